"""Whose SQLite file it is and in which form: the two numbers in its header, and whether it holds anything."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class DatabaseForm(NamedTuple):
    """`application` and `version` are SQLite's `application_id` and `user_version`; `tables` counts all it defines."""

    application: int
    version: int
    tables: int


EMPTY = DatabaseForm(0, 0, 0)
"""A file that nobody has written to yet."""


def form_of(connection: sqlite3.Connection) -> DatabaseForm:
    """The form of a connection's main database. Only reads; the connection must be in no transaction.

    Raises sqlite3.Error.
    """
    # In one transaction: while another process makes the file, one number of before and one of after name a stranger.
    connection.execute("BEGIN")
    try:
        ((tables,),) = connection.execute("SELECT count(*) FROM main.sqlite_master").fetchall()
        ((application,),) = connection.execute("PRAGMA main.application_id").fetchall()
        ((version,),) = connection.execute("PRAGMA main.user_version").fetchall()
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return DatabaseForm(application, version, tables)
