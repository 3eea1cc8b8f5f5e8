"""Captured suggestions on disk: the user's consent, and a database beside the journal that holds code.

Both lie in the folder `capture` of the state folder (0700, the files 0600). Without the file of consent nothing is written;
it is looked at before every write, so that taking it back holds at once, in every window.
"""

from __future__ import annotations

import contextlib
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from caretwise.adapters.atomic import write_text
from caretwise.adapters.database_form import EMPTY, form_of
from caretwise.adapters.disk_trouble import Listener, Teller, Trouble, trouble_of
from caretwise.adapters.guarded_file import Refused, read_regular
from caretwise.adapters.private_folder import exclusive, file_identity, prepare, private_file
from caretwise.measure.fact import Fact
from caretwise.measure.sample import Sample
from caretwise.measure.schema import Kind

FOLDER, NAME, CONSENT = "capture", "samples.db", "consent.json"

KEEP_DAYS = 90.0
"""Captured suggestions older than this are deleted when a session with capture begins."""

_FORM = 1
_APPLICATION = 0x43545753  # "CTWS", PRAGMA application_id
_MOST_WAITING = 1_000
_MOST_CONSENT_BYTES = 4_096
_BUSY_SECONDS = 2.0
_CLOSE_SECONDS = 3.0
_SAMPLE = ("id", "at", "model", "language", "prefix", "ghost", "suffix")
_FACT = ("suggestion", "kind", "at", "amount", "characters", "after_s", "share", "disturbed")
_TABLES = (
    (
        "CREATE TABLE sample (id TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, language TEXT NOT NULL, "
        "prefix TEXT NOT NULL, ghost TEXT NOT NULL, suffix TEXT NOT NULL)"
    ),
    (
        "CREATE TABLE fact (suggestion TEXT NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL, amount TEXT NOT NULL, "
        "characters INTEGER, after_s INTEGER, share REAL, disturbed TEXT NOT NULL)"
    ),
    "CREATE INDEX fact_of ON fact (suggestion)",
)

Make = Callable[[], Sample | None]
"""Makes a sample, or None where the rules do not allow it; called on the writer's thread."""


def consented(state: Path) -> float | None:
    """When the user switched capture on, in seconds since 1970; None: it is off."""
    content = read_regular(str(state / FOLDER / CONSENT), _MOST_CONSENT_BYTES)
    if isinstance(content, Refused):
        return None
    try:
        found: Any = json.loads(content)
        return float(found["at"]) if found["consent"] == _FORM else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def consent(state: Path, now: float) -> Trouble | None:
    """Switch capture on."""
    folder = state / FOLDER
    problem = prepare(state) or prepare(folder, tighten=True) or private_file(folder / CONSENT)
    if problem is not None:
        return problem
    try:
        write_text(folder / CONSENT, json.dumps({"consent": _FORM, "at": now}) + "\n", mode=0o600)
    except OSError as error:
        return trouble_of(error, folder / CONSENT)
    return None


def withdraw(state: Path, *, delete: bool) -> Trouble | None:
    """Switch capture off; with `delete` what was captured goes too."""
    folder = state / FOLDER
    names = [CONSENT, *((NAME, f"{NAME}-wal", f"{NAME}-shm") if delete else ())]
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            return trouble_of(error, folder / name)
    return None


def read_samples(state: Path) -> tuple[list[Sample], list[Fact]] | Trouble:
    """What was captured, oldest first, and what became of it. Nothing is written."""
    path = state / FOLDER / NAME
    if not path.exists():
        return [], []
    try:
        with contextlib.closing(_connected(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            fault = _not_ours(path, connection)
            if fault is not None:
                return fault
            if form_of(connection) == EMPTY:  # the writer is making it at this moment
                return [], []
            samples = [Sample(*row) for row in connection.execute(_select("sample", _SAMPLE))]
            rows = [dict(zip(_FACT, row, strict=True)) for row in connection.execute(_select("fact", _FACT))]
        return samples, [Fact(**{**row, "kind": Kind(row["kind"])}) for row in rows]
    except (sqlite3.Error, ValueError) as error:
        return trouble_of(error, path)


class SampleStore:
    """The writing end: a thread of its own. Full queues and trouble with the disk cost samples and nothing else."""

    def __init__(self, state: Path, *, on_problem: Listener, now: Callable[[], float] = time.time) -> None:
        """Starts the thread; the file is opened with the first sample."""
        self._state, self._now = state, now
        self._teller = Teller("capture", on_problem)
        self._waiting: queue.Queue[tuple[Fact, Make | None] | None] = queue.Queue(_MOST_WAITING)
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._thread = threading.Thread(target=self._run, name="caretwise-capture", daemon=True)
        self._thread.start()

    def record(self, fact: Fact, make: Make | None) -> None:
        """Take what happened to a suggestion, with the way to its sample the first time; returns at once."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait((fact, make))

    def close(self) -> None:
        """Write what is waiting and stop; takes a few seconds at the most."""
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=_CLOSE_SECONDS)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            try:
                self._write(*item)
            except Exception as error:
                self._teller.tell(trouble_of(error, self._state / FOLDER / NAME))
                self._shut()
        self._shut()

    def _write(self, fact: Fact, make: Make | None) -> None:
        if consented(self._state) is None:
            self._shut()
            return
        sample = make() if make is not None else None
        if make is not None and sample is None:
            return
        connection = self._opened()
        if connection is None:
            return
        connection.execute("BEGIN IMMEDIATE")
        if sample is not None:
            marks = ", ".join("?" * len(_SAMPLE))
            values = [getattr(sample, name) for name in _SAMPLE]
            connection.execute(f"INSERT OR IGNORE INTO sample VALUES ({marks})", values)  # noqa: S608 - names are ours
        values = [fact.kind.value if name == "kind" else getattr(fact, name) for name in _FACT]
        marks = ", ".join("?" * len(_FACT))
        connection.execute(
            f"INSERT INTO fact SELECT {marks} WHERE EXISTS (SELECT 1 FROM sample WHERE id = ?)",  # noqa: S608
            [*values, fact.suggestion],
        )
        connection.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection | None:
        folder, path = self._state / FOLDER, self._state / FOLDER / NAME
        if self._connection is not None:
            if file_identity(path) == self._identity:
                return self._connection
            self._shut()  # somebody has deleted what was captured
        problem = prepare(folder, tighten=True) or private_file(path)
        if problem is None:
            connection = _connected(str(path))
            problem = _not_ours(path, connection)
            if problem is None:
                with exclusive(folder):
                    _bring_to_form(connection, self._now() - KEEP_DAYS * 86_400)
                self._connection, self._identity = connection, file_identity(path)
                return connection
            connection.close()
        self._teller.tell(problem)
        return None

    def _shut(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _connected(where: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(where, timeout=_BUSY_SECONDS, isolation_level=None, uri=uri)


def _select(table: str, names: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(names)} FROM {table} ORDER BY rowid"  # noqa: S608 - names are ours


def _not_ours(path: Path, connection: sqlite3.Connection) -> Trouble | None:
    form = form_of(connection)
    if form == EMPTY or (form.application, form.version) == (_APPLICATION, _FORM):
        return None
    return Trouble("foreign", f"{path} is not a file of this version's captures; it is left untouched. Move it away.")


def _bring_to_form(connection: sqlite3.Connection, before: float) -> None:
    """Make the tables where there are none, and delete what is too old. Raises sqlite3.Error."""
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    connection.execute("BEGIN IMMEDIATE")
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version == 0:
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_FORM}")
    connection.execute("DELETE FROM fact WHERE suggestion IN (SELECT id FROM sample WHERE at < ?)", (before,))
    connection.execute("DELETE FROM sample WHERE at < ?", (before,))
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
