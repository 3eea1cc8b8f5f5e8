"""Journals as files: exported as lines of JSON, and several of them (exports, or journals themselves) counted together.

SQLite does the merging too, in a temporary file of its own: the report's queries are the same for one journal and for many,
and nothing has to be installed. `tests/benchmarks/report_events.py --team` measures it.
"""

from __future__ import annotations

import gzip
import itertools
import json
import math
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from caretwise.adapters import journal_file
from caretwise.adapters.journal_counting import count
from caretwise.adapters.journal_reading import JournalError, sentence
from caretwise.measure.event import BOUNDS, CHOICES, FIELDS, Event, Unreadable, as_record, from_record
from caretwise.measure.tally import Report

_TEXTS = [name for name in FIELDS if name in BOUNDS or name in CHOICES or name == "kind"]
_NAMES = ("schema", *FIELDS)
_EMPTY: list[Any] = ["" if name in _TEXTS else None for name in _NAMES]
_PLACES = {name: place for place, name in enumerate(_NAMES)}
_USER = _PLACES["user"]
_QUOTED = ", ".join(f'"{name}"' for name in _NAMES)
_SAME = ("suggestion", "kind", "at", "evidence", "amount", "after_s", "characters")
_BATCH = 20_000

Read = Callable[[int], None]
"""Told how many bytes more were read."""
_LONGEST_LINE = 1 << 16


def as_line(event: Event, *, with_user: bool = True) -> str:
    """The event as a line of JSON without its line end; fields that are not known or empty are left out.

    Without the user the file that the line stands in tells people apart (see `count_files`).
    """
    record = as_record(event) | ({} if with_user else {"user": ""})
    return json.dumps({name: value for name, value in record.items() if value not in (None, "")})


def count_files(paths: Iterable[Path], read: Read = lambda _: None, now: float = math.inf) -> Report:
    """One report of several files: `log export`'s, plain or gzipped, or journals. An event in two of them counts once.

    What cannot be read as an event is counted in `skipped`. `read` is told, again and again, how many bytes more of the
    files were read; `now` is as for `count_journal`. Raises JournalError for a file that cannot be read at all, or that is
    something else altogether.
    """
    with tempfile.TemporaryDirectory(prefix="caretwise-") as folder:
        connection = sqlite3.connect(Path(folder) / "merged.db", isolation_level=None)
        try:
            return _count_into(connection, list(paths), read, now)
        finally:
            connection.close()


def _count_into(connection: sqlite3.Connection, paths: list[Path], read: Read, now: float) -> Report:
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -131072"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.executescript(_table())
    skipped = 0
    for number, path in enumerate(paths, 1):
        connection.execute("BEGIN")
        skipped += _add(connection, path, f"file{number:012d}", read)
        connection.execute("COMMIT")
    return count(connection, "merged", skipped=skipped, now=now)


def _table() -> str:
    """A table that takes an event once. Its numbers have no type of SQLite's: a count stays a whole number."""
    columns = [f"\"{name}\" TEXT NOT NULL DEFAULT ''" if name in _TEXTS else f'"{name}"' for name in _NAMES]
    same = ", ".join(f"coalesce({name}, -1)" if name not in _TEXTS else name for name in _SAME)
    return f"CREATE TABLE merged ({', '.join(columns)});\nCREATE UNIQUE INDEX once ON merged ({same});"


def _add(connection: sqlite3.Connection, path: Path, stranger: str, read: Read) -> int:
    """Add a file's events; how many records were no events. Who wrote no user (an old form) is told apart by file."""
    marks = ", ".join("?" * len(_NAMES))
    statement = f"INSERT OR IGNORE INTO merged ({_QUOTED}) VALUES ({marks})"  # noqa: S608 - names are ours
    skipped, events = 0, 0
    rows: list[list[Any]] = []
    try:
        for record in _records(path, read):
            row = _row(record, stranger)
            if row is None:
                skipped += 1
                continue
            events += 1
            rows.append(row)
            if len(rows) >= _BATCH:
                connection.executemany(statement, rows)
                rows.clear()
        connection.executemany(statement, rows)
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        raise JournalError(f"{path} cannot be read: {error}") from error
    except sqlite3.Error as error:
        raise JournalError(sentence(error, path)) from error
    if skipped and not events and not _looks_like_an_export(path):
        raise JournalError(
            f"{path} holds no events: none of its {skipped:,} lines is one. Files of `caretwise log export` are wanted, or "
            "journals."
        )
    return skipped


def _looks_like_an_export(path: Path) -> bool:
    """Whether a file without an event is a damaged export, or a newer one, and not something else altogether."""
    with path.open("rb") as file:
        head = file.read(2)
        file.seek(0)
        return (gzip.GzipFile(fileobj=file) if head == b"\x1f\x8b" else file).read(1) == b"{"


def _row(record: Mapping[str, Any] | None, stranger: str) -> list[Any] | None:
    """The record's values in order; None for what is not an event that this version can count."""
    if record is None or isinstance(from_record(record), Unreadable):
        return None
    row = _EMPTY.copy()
    for name, value in record.items():
        place = _PLACES.get(name)
        if place is not None:
            row[place] = value
    row[_USER] = row[_USER] or stranger
    return row


def _records(path: Path, read: Read) -> Iterator[Mapping[str, Any] | None]:
    with path.open("rb") as file:
        head = file.read(16)
    if head == b"SQLite format 3\0":
        yield from _of_journal(path)
        read(path.stat().st_size)
        return
    with path.open("rb") as file:
        yield from _of_lines(file, gzip.GzipFile(fileobj=file) if head[:2] == b"\x1f\x8b" else file, read)


def _of_lines(file: BinaryIO, lines: BinaryIO | gzip.GzipFile, read: Read) -> Iterator[Mapping[str, Any] | None]:
    """`lines` are the file's own, or what is packed in it."""
    told = 0
    for number in itertools.count(1):
        line = lines.readline(_LONGEST_LINE)
        if not line or number % _BATCH == 0:
            read(file.tell() - told)
            told = file.tell()
        if not line:
            return
        if line.strip():
            yield _of_line(line)


def _of_line(line: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]


def _of_journal(path: Path) -> Iterator[Mapping[str, Any]]:
    connection = journal_file.connect_read_only(path)
    try:
        problem = journal_file.not_ours(path, connection)
        if problem:
            raise JournalError(problem.sentence)
        yield from journal_file.rows(connection)
    finally:
        connection.close()
