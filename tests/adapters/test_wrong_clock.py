"""A clock that was set wrong for a while: what lies far in the future is left out of the report, and that is said."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from tests.benchmarks.report_team import BEGIN, Team, records

from caretwise.adapters.journal_export import count_files
from caretwise.cli.report_command import command
from caretwise.measure.report import as_text
from caretwise.measure.report_json import as_json

NOW = BEGIN + 12 * 86_400
WRONG = 20 * 365 * 86_400.0
"""How far the clock went wrong: twenty years."""


def exported(path: Path, *, wrong: int = 0, ahead: float = WRONG) -> Path:
    """A team's twelve days; the first `wrong` events lie `ahead`."""
    made = list(records(Team(users=3, days=12, blocks=5)))
    made = [one | ({"at": one["at"] + ahead} if number < wrong else {}) for number, one in enumerate(made)]
    path.write_text("".join(f"{json.dumps(one)}\n" for one in made))
    return path


def test_the_future_is_left_out_of_the_axis_and_of_the_pace(tmp_path: Path) -> None:
    true = count_files([exported(tmp_path / "true")], now=NOW)
    report = count_files([exported(tmp_path / "wrong", wrong=40)], now=NOW)
    assert (true.ahead, report.ahead, report.events) == (0, 40, true.events - 40)
    assert report.last_at == true.last_at
    days, wanted = (one.comparisons[0].more_days for one in (report, true))
    assert days is not None
    assert wanted is not None
    assert 0.7 < days / wanted < 1.4
    assert as_json(report)["ahead"] == 40
    said = " ".join(as_text(report, colour=False, width=200).split())
    assert "40 events lie in the future, as a clock was set wrong, and are left out." in said
    assert "in the future" not in as_text(true, colour=False, width=200)


def test_a_day_ahead_is_no_wrong_clock(tmp_path: Path) -> None:
    latest = count_files([exported(tmp_path / "all")]).last_at
    assert latest is not None
    assert count_files([tmp_path / "all"], now=latest - 86_400).ahead == 0
    assert count_files([tmp_path / "all"], now=latest - 86_401).ahead == 1


def test_the_command_knows_what_time_it_is_and_the_page_says_so(tmp_path: Path) -> None:
    clock, page = tmp_path / "clock", tmp_path / "page.html"
    clock.write_text(str(NOW))
    files = [str(exported(tmp_path / "team", wrong=1)), "--html", str(page), "--json"]
    done = CliRunner().invoke(command, files, env={"CARETWISE_TEST_CLOCK": str(clock)})
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["ahead"] == 1
    assert "1 event lies in the future, as a clock was set wrong, and is left out." in page.read_text()
