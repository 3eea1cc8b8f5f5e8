"""Reading the journal back, and deleting from it, for the command line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from caretwise.adapters import journal_file
from caretwise.adapters.disk_trouble import CORRUPT, Trouble, trouble_of
from caretwise.measure.event import Event, Unreadable, from_record


class JournalError(Exception):
    """The journal cannot be read; the message is a plain sentence for the user."""


class StoredEvents(Iterator[Event]):
    """Events out of a journal, oldest first. Raises JournalError when the file turns out damaged on the way."""

    def __init__(self, path: Path, connection: sqlite3.Connection | None) -> None:
        self.skipped = 0
        """Rows so far that could not be read."""
        self._path = path
        self._connection = connection
        self._rows: Iterator[dict[str, object]] = journal_file.rows(connection) if connection else iter(())

    def __next__(self) -> Event:
        try:
            for record in self._rows:
                event = from_record(record)
                if not isinstance(event, Unreadable):
                    return event
                self.skipped += 1
        except sqlite3.Error as error:
            self.close()
            raise JournalError(sentence(error, self._path)) from error
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Close the file before the end of the events; at the end that has happened already."""
        self._rows = iter(())
        if self._connection:
            self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        self.close()


def read_events(folder: Path) -> StoredEvents:
    """The stored events, oldest first; none when there is no journal yet. Changes nothing that is stored.

    Rows that are not events of this version are skipped and counted in `skipped` of the iterator.
    Raises JournalError for a file that is newer, damaged or not a journal.
    """
    connection = open_for_reading(folder)
    return StoredEvents(_path(folder), connection)


def open_for_reading(folder: Path) -> sqlite3.Connection | None:
    """A connection to the journal in `folder` that cannot change it; None when there is no journal or it is still empty.

    Raises JournalError for a file that is newer, damaged or not a journal.
    """
    path = _path(folder)
    if not path.exists():
        return None
    connection = None
    try:
        connection = journal_file.connect_read_only(path)
        problem = journal_file.not_ours(path, connection)
        has_tables = connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        _close(connection)
        raise JournalError(sentence(error, path)) from error
    if problem or not has_tables:
        connection.close()
        connection = None
    if problem:
        raise JournalError(problem.sentence)
    return connection


def purge_events(folder: Path, *, before: float | None = None) -> int:
    """Delete events older than `before` (seconds since 1970), all of them without it; how many were deleted.

    The deleted bytes are overwritten in the file. Servers may go on writing meanwhile.
    Raises JournalError when the journal cannot be opened or written.
    """
    if not _path(folder).exists():
        return 0
    opened = journal_file.open_journal(folder)
    if isinstance(opened, Trouble):
        raise JournalError(opened.sentence)
    try:
        deleted = opened.forget(before)
    finally:
        opened.close()
    if isinstance(deleted, Trouble):
        raise JournalError(deleted.sentence)
    return deleted


def _path(folder: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise JournalError(f"{folder} is a file; the folder with the journal is wanted.")
    return folder / journal_file.NAME


def sentence(error: sqlite3.Error, path: Path) -> str:
    """What a reader of the file at `path` is told about the error."""
    problem = trouble_of(error, path)
    if problem.cause == CORRUPT:
        return f"{path} is damaged. The server keeps it aside and begins a new one at its next start."
    return (
        f"{path} cannot be read ({type(error).__name__}). Check who may read it, and whether another program holds it."
    )


def _close(connection: sqlite3.Connection | None) -> None:
    if connection:
        connection.close()
