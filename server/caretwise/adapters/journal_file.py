"""The journal's SQLite file: recognised, brought to today's form, set aside when damaged, written and read."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from caretwise.adapters.database_form import EMPTY, form_of
from caretwise.adapters.disk_trouble import (
    CORRUPT,
    FOREIGN,
    NEWER,
    OTHER,
    Trouble,
    trouble,
    trouble_of,
)
from caretwise.adapters.private_folder import exclusive, file_identity, prepare, private_file
from caretwise.measure.event import FIELDS, Event, as_record
from caretwise.measure.schema import added

NAME = "journal.db"
APPLICATION = 0x43545752  # "CTWR", PRAGMA application_id: says that a file is a caretwise journal
BUSY_SECONDS = 0.5
_ASIDE_MOST = 9  # damaged files kept; the last one is replaced after that

_COLUMNS = ("schema", *FIELDS)
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_INSERT = f"INSERT INTO event ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - names are ours
_ADDED = {2: ("cost_usd",), 3: added(2)}  # columns by the form that brought them
_SELECT = f"SELECT {_NAMES} FROM event ORDER BY id"  # noqa: S608 - names are ours


def migrations() -> dict[int, list[str]]:
    """The statements of `journal_schema.sql` by the number of the form that they lead to, in order."""
    text = resources.files("caretwise.adapters").joinpath("journal_schema.sql").read_text("utf-8")
    sections: dict[int, list[str]] = {}
    for part in text.split("-- migration ")[1:]:
        number, _, body = part.partition("\n")
        sections[int(number)] = [s.strip() + ";" for s in body.split(";\n") if s.strip()]
    return sections


class JournalFile:
    """An open journal; used by one thread. Made by `open_journal`.

    In WAL mode with `synchronous = NORMAL` a committed row is in the operating system's hands: it survives the death
    of this process at any moment. A power cut may cost the last rows, never the file (sqlite.org/pragma.html).
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, aside: Path | None) -> None:
        self.path = path
        self.aside = aside
        """Where a damaged file went before this one was made; None when there was none."""
        self._connection = connection
        self.identity = file_identity(path)

    def append(self, events: Sequence[Event]) -> Trouble | None:
        """Write all events in one transaction, or none of them."""
        rows = [tuple(as_record(event).values()) for event in events]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_INSERT, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            return trouble_of(error, self.path)
        return None

    def forget(self, before: float | None) -> int | Trouble:
        """Delete events older than `before` (seconds since 1970; None: all of them); how many were deleted."""
        latest = before if before is not None else float("inf")
        try:
            self._connection.execute("PRAGMA secure_delete = ON").fetchall()
            return self._connection.execute("DELETE FROM event WHERE at < ?", (latest,)).rowcount
        except sqlite3.Error as error:
            return trouble_of(error, self.path)

    def is_current(self) -> bool:
        """Whether the path still names this file; not so after someone deleted the folder or moved the file."""
        return file_identity(self.path) == self.identity

    def close(self) -> None:
        """Close the file; errors have nowhere to go and are dropped."""
        _close(self._connection)

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # the error that led here is the one to report
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def open_journal(folder: Path, *, damaged: tuple[int, int] | None = None) -> JournalFile | Trouble:
    """Open or make the journal in `folder`.

    A damaged file, or the one whose `identity` is `damaged`, is kept aside as `journal.corrupt-<n>` and an empty one
    is made. A database of another program, or of a newer caretwise, is left untouched and is Trouble.
    """
    problem = prepare(folder)
    if problem:
        return problem
    path = folder / NAME
    with exclusive(folder):
        found = file_identity(path)
        opened: JournalFile | Trouble = trouble(CORRUPT, path)
        if damaged is None or found != damaged:
            opened = _open(path, None)
        if isinstance(opened, Trouble) and opened.cause == CORRUPT:
            # Another file by now: a process that did not get the lock in time has put it right.
            aside = _set_aside(path) if file_identity(path) == found else None
            opened = aside if isinstance(aside, Trouble) else _open(path, aside)
    return opened


def connect_read_only(path: Path) -> sqlite3.Connection:
    """A connection that never writes to the database. Raises sqlite3.Error."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def not_ours(path: Path, connection: sqlite3.Connection) -> Trouble | None:
    """Why this database is not a journal that this version can use. Only reads. Raises sqlite3.Error."""
    form = form_of(connection)
    newest = max(migrations())
    if form.application != APPLICATION and form != EMPTY:
        return Trouble(
            FOREIGN, f"{path} is a database of another program; it is left untouched. Name another state folder."
        )
    if form.version > newest:
        return Trouble(
            NEWER,
            f"{path} has form {form.version}, written by a newer caretwise; this one reads up to {newest}. "
            "Update caretwise, or name another state folder.",
        )
    return None


def rows(connection: sqlite3.Connection) -> Iterator[dict[str, object]]:
    """All stored records in the order in which they were written. Raises sqlite3.Error.

    A file that an older version wrote, and none has brought to today's form yet, has fewer columns.
    """
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    missing = {name for number, names in _ADDED.items() if version < number for name in names}
    columns = [name for name in _COLUMNS if name not in missing]
    names = ", ".join(f'"{name}"' for name in columns)
    for row in connection.execute(f"SELECT {names} FROM event ORDER BY id"):  # noqa: S608 - names are ours
        yield dict(zip(columns, row, strict=True))


def _open(path: Path, aside: Path | None) -> JournalFile | Trouble:
    problem = private_file(path)
    if problem:
        return problem
    connection = None
    try:
        problem = _looked_at(path)
        if problem:
            return problem
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        problem = _bring_to_form(path, connection)
    except sqlite3.Error as error:
        problem = trouble_of(error, path)
    if problem or connection is None:
        if connection:
            _close(connection)
        return problem or trouble(OTHER, path)
    return JournalFile(path, connection, aside)


def _looked_at(path: Path) -> Trouble | None:
    """`not_ours` through a read-only connection, so that another program's file stays as it is to the byte."""
    try:
        connection = connect_read_only(path)
        try:
            return not_ours(path, connection)
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        # A transaction that was cut short can only be undone by a connection that may write: look again with one.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
            raise
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        return not_ours(path, connection)
    finally:
        connection.close()


def _bring_to_form(path: Path, connection: sqlite3.Connection) -> Trouble | None:
    """Run the missing migrations, each in its own transaction, then set the journal mode. Raises sqlite3.Error."""
    # Before WAL: the number that says whose file it is must stand in the file itself from its first commit on.
    for number, statements in migrations().items():
        connection.execute("BEGIN IMMEDIATE")
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if version < number:
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        connection.execute(f"{_SELECT} LIMIT 1").fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_ERROR:  # a table or a column is not there
            return trouble(CORRUPT, path)
        raise
    return None


def _set_aside(path: Path) -> Path | Trouble:
    """Move the damaged file and its `-wal` to the first free `journal.corrupt-<n>`."""
    names = [path.with_name(f"journal.corrupt-{number}") for number in range(1, _ASIDE_MOST + 1)]
    aside = next((name for name in names if not name.exists()), names[-1])
    try:
        # The log first: a new, empty database must never meet the old one's log.
        for end in ("-wal", "-shm", ""):
            beside = path.with_name(path.name + end)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + end))
    except OSError as error:
        return trouble_of(error, path)
    return aside


def _close(connection: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):  # nothing is left to do for a file that cannot even be closed
        connection.close()
