"""Every field of the report for programs is in the table, and nothing is in the table that no report has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.benchmarks.report_team import FIX_ARMS, Team, records

from caretwise.cli.report_command import command
from caretwise.measure.event import Event, Kind, as_record
from caretwise.measure.report_fields import REPORT_FIELDS, paths


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The real command's object for a team with an experiment, fixes, failures and people enough to be counted."""
    path: Path = tmp_path_factory.mktemp("report") / "team.jsonl"
    path.write_text(
        "".join(f"{json.dumps(record)}\n" for record in (*records(Team(users=6, days=4, fix_arms=FIX_ARMS)), *more()))
    )
    done = CliRunner().invoke(command, [str(path), "--json", "--people"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def more() -> Iterable[Mapping[str, Any]]:
    for number, (kind, role) in enumerate(
        ((Kind.FIX_OFFERED, "fix"), (Kind.FIX_APPLIED, "fix"), (Kind.FAILED, "inline")), 1
    ):
        reason = "timeout" if kind is Kind.FAILED else ""
        one = Event(
            at=1.79e9, kind=kind, suggestion=f"{1:016x}", role=role, model="kimi", reason=reason, user=f"{9:016x}"
        )
        yield as_record(one) | ({"suggestion": f"{number:016x}"} if role == "inline" else {})


def test_each_field_is_in_the_table_and_each_entry_is_a_field(found: dict[str, Any]) -> None:
    there = set(paths(found))
    assert sorted(there - set(REPORT_FIELDS)) == []
    assert sorted(set(REPORT_FIELDS) - there) == []


def test_a_field_that_is_new_is_noticed(found: dict[str, Any]) -> None:
    found = json.loads(json.dumps(found))
    found["comparisons"][0]["measures"][0]["one"]["median"] = 1
    assert set(paths(found)) - set(REPORT_FIELDS) == {"comparisons[].measures[].one.median"}


def test_meanings_are_sentences() -> None:
    assert [name for name, meaning in REPORT_FIELDS.items() if not meaning.endswith(".") or len(meaning) < 5] == []
    done = CliRunner().invoke(command, ["--fields"])
    assert done.exit_code == 0
    assert "models[].rate: accepted / shown; null when nothing was shown." in done.output.splitlines()
