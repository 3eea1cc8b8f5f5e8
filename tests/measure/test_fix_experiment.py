"""An experiment with fixes in words, figures and on the page: the same machinery as for ghost text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from typing import Any

import pytest
from tests.benchmarks.report_team import FIX_ARMS, Team, records

from caretwise.adapters.journal_counting import count_events
from caretwise.measure.event import Event, Kind
from caretwise.measure.page import as_page
from caretwise.measure.plan import conclusions, plan
from caretwise.measure.report import as_text
from caretwise.measure.report_json import as_json
from caretwise.measure.tally import Report

STYLE = resources.files("caretwise.measure").joinpath("page.css").read_text("utf-8")


def of_fixes(made: Iterable[dict[str, Any]]) -> list[Event]:
    return [
        Event(**{**{name: value for name, value in one.items() if name != "schema"}, "kind": Kind(one["kind"])})
        for one in made
        if one["role"] == "fix"
    ]


@pytest.fixture(scope="module")
def team() -> Report:
    return count_events(of_fixes(records(Team(users=5, days=12, asks=1, fix_arms=FIX_ARMS, fixes=2))))


def test_the_better_arm_wins_by_fixes_kept_per_request(team):
    (comparison,) = team.comparisons
    assert (comparison.role, comparison.winner) == ("fix", "kimi")
    assert [measured.name for measured in comparison.measures] == [
        "fixes kept per request",
        "offered of requests",
        "verified of offered",
        "applied of offered",
        "problem gone of applied",
        "undone of applied",
    ]
    said = conclusions(team)[0]
    assert re.match(
        r"kimi is better than qwen-coder for fixes here: [\d.]+ more fixes kept of 100 requests \(95% interval", said
    )


def test_terminal_page_and_json_tell_the_same(team):
    text, page, found = as_text(team, colour=False, width=100), as_page(team, STYLE, 1.8e9), as_json(team)
    (compared,) = found["comparisons"]
    headline = compared["measures"][0]["difference"]["value"]
    assert f"fixes kept per request {headline * 100:+.1f} points" in text
    assert f"{headline * 100:+.1f} (" in page
    for arm in compared["arms"]:
        line = f"{arm['arm']}: {arm['opportunities']:,} requests for a fix, offered after"
        assert line in text
        assert line in page
        assert arm["cost_usd_per_kept"] == pytest.approx(arm["cost_usd"] / arm["kept"])
    for row in found["models"]:
        requests = row["requests"]
        assert row["kept_per_request"]["value"] == pytest.approx(requests["kept"] / requests["made"])
        assert row["retained_per_opportunity"] is None
        assert f'<td data-head="Requests">{requests["made"]:,}</td>' in page
    assert "retained characters per opportunity" not in text
    assert found["plan"] is None
    assert found["plan_fix"]["days"] > 0


def test_at_the_start_it_is_said_how_long_it_will_take():
    report = count_events(of_fixes(records(Team(users=2, days=1, fix_arms=FIX_ARMS, fixes=3))))
    said = " ".join(conclusions(report))
    assert "cannot be compared yet for fixes: " in said
    assert re.search(r"It takes about [\d,]+ requests for a fix of each arm, about \d+ \w+ in all at the pace", said)
    assert "in fixes kept would show with 80% probability" in said
    found = plan(report, role="fix")
    assert found is not None
    assert found.per_arm > found.per_arm_one_look


def test_the_same_experiment_name_in_both_roles_is_two_experiments():
    both = Team(users=4, days=10, experiment="one", fix_experiment="one", fix_arms=FIX_ARMS, fixes=2)
    made = [Event(**{k: v for k, v in one.items() if k not in {"schema", "kind"}}, kind=Kind(one["kind"]))
            for one in records(both)]  # fmt: skip
    report = count_events(made)
    assert [(one.role, one.experiment) for one in report.comparisons] == [("inline", "one"), ("fix", "one")]
    alone = count_events(one for one in made if one.role == "inline")
    assert report.comparisons[0] == alone.comparisons[0]


def test_fixes_without_an_experiment_are_told_of_and_no_winner_is_named():
    made = records(Team(users=2, days=5, asks=1, fix_arms=FIX_ARMS, fixes=2, fix_experiment=""))
    report = count_events(of_fixes(made))
    assert report.comparisons == ()
    said = conclusions(report)[0]
    for row in report.rows:
        counts = row.requests
        assert f"{row.model}: of {counts.made} requests for a fix {counts.kept} came to one that was kept, $0.0" in said
    assert said.endswith("No winner is named: nobody drew by lot which of them is asked.")
    text = as_text(report, colour=False, width=80)
    lines = [line.split() for line in text.splitlines()]
    for row in report.rows:
        found = next(line for line in lines if line[:2] == [row.model, str(row.requests.made)])
        assert found[2] == f"{row.headline.value * 100:.1f}"
