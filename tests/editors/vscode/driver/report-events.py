"""Writes events of made-up teams as exports of the journal, for the report page's test: report-events.py FOLDER."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from tests.benchmarks.report_team import ARMS, FIX_ARMS, Arm, Team, records

from caretwise.measure.schema import BOUNDS

HOSTILE = (
    Arm("<img src=http://example.test/x onerror=console.error(1)>", 0.3, 0.9, 300, 0.0001),
    Arm(("a-model-with-a-name-wider-than-a-telephone-" * 9)[: BOUNDS["arm"]], 0.4, 0.9, 300, 0.0001),
)

MANY = tuple(
    Arm(f"organisation-{n}/a-model-{n}-instruct", 0.2 + 0.02 * n, 0.9, 200 + 60 * n, 0.0001) for n in range(12)
)


def write(path: Path, made: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in made))


def main() -> None:
    folder = Path(sys.argv[1])
    write(folder / "team.jsonl", records(Team(users=6, days=30, arms=ARMS, fix_arms=FIX_ARMS, fixes=2)))
    write(folder / "many.jsonl", records(Team(users=4, days=20, arms=MANY, experiment="many")))
    write(folder / "hostile.jsonl", records(Team(users=2, days=3, arms=HOSTILE, experiment="<b>bold</b>")))
    write(folder / "nothing.jsonl", ())


if __name__ == "__main__":
    main()
