"""How long the report takes and how much memory, for a million events, and for many out of exported files.

    python tests/benchmarks/report_events.py [--events 1000000] [--team 10000000] [--duckdb] [--keep]

The journal holds made-up events of a team (`report_team.py`). The report runs as its own process, as a user runs it; memory
is the most that the process held (its resident set), read by the operating system. `--duckdb` merges the same files with
DuckDB too (`report_duckdb.py`).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from caretwise.adapters.disk_trouble import Trouble
from caretwise.adapters.journal_file import NAME, open_journal
from caretwise.measure.event import FIELDS

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.report_team import Team, records
from tests.benchmarks.results import keep

COMMAND = "python tests/benchmarks/report_events.py --team 10000000 --duckdb --keep"
_DAYS = 1000
"""How long ago the team began: what lies in the future is in no report."""
_NAMES = ", ".join(f'"{name}"' for name in ("schema", *FIELDS))


def team() -> Team:
    """The team whose events are counted."""
    return Team(users=40, days=100_000, begin=time.time() // 86_400 * 86_400 - _DAYS * 86_400)


def fill(folder: Path, team: Team, most: int) -> int:
    """Write up to `most` of the team's events into a journal in `folder`; how many."""
    journal = open_journal(folder)
    if isinstance(journal, Trouble):
        raise SystemExit(journal.sentence)
    journal.close()
    connection = sqlite3.connect(folder / NAME)
    connection.execute("PRAGMA synchronous = OFF")
    marks = ", ".join("?" * (len(FIELDS) + 1))
    with connection:
        done = connection.executemany(
            f"INSERT INTO event ({_NAMES}) VALUES ({marks})",
            (tuple(record.values()) for record in itertools.islice(records(team), most)),
        ).rowcount
    connection.close()
    return done


def export(folder: Path, events: int, files: int) -> list[Path]:
    """The events of a team in so many exports, a tenth of each in the next one once more."""
    made = records(team())
    paths = [folder / f"export{number}.jsonl" for number in range(files)]
    again: list[str] = []
    for path in paths:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(again)
            again.clear()
            for number, record in enumerate(itertools.islice(made, events // files)):
                line = json.dumps({name: value for name, value in record.items() if value not in (None, "")}) + "\n"
                file.write(line)
                if number < events // files // 10:
                    again.append(line)
    return paths


def measured(state: Path, files: Sequence[Path] = ()) -> tuple[float, float, float, int]:
    """Seconds by the clock, processor seconds, MB at the most, and events counted, of `caretwise report --json`."""
    script = (
        "import json, resource, sys, time; from click.testing import CliRunner; from caretwise.cli import main; "
        "done = CliRunner().invoke(main, ['report', '--json', *sys.argv[1:]]); assert done.exit_code == 0, done.output; "
        "used = resource.getrusage(resource.RUSAGE_SELF); "
        # Not `ru_maxrss`, which begins with what the process held that started this one.
        "most = next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')); "
        "print(used.ru_utime + used.ru_stime, most / 1024, json.loads(done.stdout)['events'])"
    )
    begun = time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-P", "-c", script, *map(str, files)],
        env={**os.environ, "CARETWISE_STATE_DIR": str(state)}, capture_output=True, text=True, check=True, timeout=3600,
    ).stdout.split()  # fmt: skip
    return time.perf_counter() - begun, float(said[0]), float(said[1]), int(said[2])


def measured_duckdb(files: Sequence[Path]) -> tuple[float, float, float, int]:
    """The same of DuckDB, which must be installed beside caretwise."""
    rival = Path(__file__).with_name("report_duckdb.py")
    begun = time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-P", rival, *files], capture_output=True, text=True, check=True, timeout=3600
    ).stdout.split()
    return time.perf_counter() - begun, float(said[0]), float(said[1]), int(said[2])


def row(what: str, found: tuple[float, float, float, int]) -> str:
    """A line of the table, printed at once."""
    line = f"| {what} | {found[3]:,} | {found[0]:.1f} | {found[1]:.1f} | {found[2]:.0f} |"
    print(line, flush=True)
    return line


def main() -> None:
    """Run, print, and keep the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--team", type=int, default=0)
    parser.add_argument("--duckdb", action="store_true", help="merge with DuckDB too (pip install duckdb)")
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    lines = ["| what | events | seconds | processor seconds | MB |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "state", team(), asked.events)
        lines.append(row("a journal", measured(folder / "state")))
        if asked.team:
            paths = export(folder, asked.team, 10)
            size = sum(path.stat().st_size for path in paths) / 2**30
            lines.append(row(f"ten exports, {size:.1f} GiB, a tenth twice", measured(folder / "state", paths)))
            if asked.duckdb:
                lines.append(row("the same by DuckDB, no record looked at", measured_duckdb(paths)))
    if asked.keep:
        keep("The report's time and memory", COMMAND, "\n".join(lines))


if __name__ == "__main__":
    main()
