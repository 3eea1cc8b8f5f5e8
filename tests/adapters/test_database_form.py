"""Whose database a file is, read while another process makes it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from caretwise.adapters.database_form import EMPTY, DatabaseForm, form_of

MADE = DatabaseForm(7, 3, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "a.db"
    made.touch()
    return made


@pytest.fixture
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", isolation_level=None, uri=True)) as connection:
        yield connection


def make(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("PRAGMA application_id = 7")
        connection.execute("CREATE TABLE one (a)")
        connection.execute("PRAGMA user_version = 3")
        connection.execute("COMMIT")


def test_an_empty_file_and_a_whole_one(path: Path, reader: sqlite3.Connection) -> None:
    assert form_of(reader) == EMPTY
    make(path)
    assert form_of(reader) == MADE


@pytest.mark.parametrize("moment", range(6))
def test_a_file_that_is_made_meanwhile_is_empty_or_whole(path: Path, reader: sqlite3.Connection, moment: int) -> None:
    """The other process commits before the reader's statement number `moment`, or fails to because it is being read."""
    seen: list[str] = []

    def before(statement: str) -> None:
        seen.append(statement)
        if len(seen) == moment + 1:
            with contextlib.suppress(sqlite3.OperationalError):
                make(path)

    reader.set_trace_callback(before)
    assert form_of(reader) in (EMPTY, MADE)
    assert len(seen) == 5


def test_what_is_no_database_is_an_error_and_ends_the_transaction(path: Path, reader: sqlite3.Connection) -> None:
    path.write_bytes(b"not a database, but longer than the header of one would be" * 40)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        form_of(reader)
    assert not reader.in_transaction
