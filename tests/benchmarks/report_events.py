"""How long the report takes and how much memory, for a million events and for ten million out of exported files.

    python tests/benchmarks/report_events.py [--events 1000000] [--team 10000000] [--keep]

The journal holds made-up events of a team (`report_team.py`). The report runs as its own process, as a user runs it; memory
is the most that the process held (its resident set), read by the operating system.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from caretwise.adapters.journal_file import NAME, open_journal
from caretwise.measure.event import FIELDS

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.report_team import Team, records

COMMAND = "python tests/benchmarks/report_events.py --team 10000000 --keep"
_NAMES = ", ".join(f'"{name}"' for name in ("schema", *FIELDS))


def fill(folder: Path, team: Team, most: int) -> int:
    """Write up to `most` of the team's events into a journal in `folder`; how many."""
    journal = open_journal(folder)
    journal.close()
    connection = __import__("sqlite3").connect(folder / NAME)
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        done = connection.executemany(
            f"INSERT INTO event ({_NAMES}) VALUES ({', '.join('?' * (len(FIELDS) + 1))})",
            (tuple(record.values()) for record in itertools.islice(records(team), most)),
        ).rowcount
    connection.close()
    return done
