"""What the embedded engine learned of a project, kept between sessions: one SQLite file for each project.

It holds the masked tokens of the project's own files, as JSON text (never a pickle), in the folder `learned` of the cache
(0700, files 0600). Files are named by keyed hashes, no path is in it. A row counts only while its file has the same size and
time of change; a row whose file is gone, or may not be read any more, is deleted. Whatever is wrong with the file (noise,
another version, another program's, no room): it is deleted if it can be, the index starts empty or is done without, and
nobody is told, because all of it can be learned anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from caretwise.adapters.database_form import EMPTY, form_of
from caretwise.adapters.private_folder import exclusive, prepare, private_file
from caretwise.local.predict import Kept

FOLDER = "learned"
APPLICATION = 0x43545749  # "CTWI", PRAGMA application_id
VERSION = 2
"""Of the rows' form, the tokens and the masking: one more with each change of these, and older files start empty."""
MOST_PROJECTS = 8
"""Files that are kept; the one written longest ago goes."""
MOST_BYTES = 64 << 20
"""Size at which nothing more is kept of a project."""
_MOST_ROW_BYTES = 16 << 20  # unpacked; a source file has 1 MiB at the most
_ROWS_AT_ONCE = 100
_BUSY_SECONDS = 0.5

Mark = tuple[int, int]
"""A file's time of change in ns, and its size in bytes."""


def mark_of(path: Path) -> Mark | None:
    """The mark of a file as it is now; None when there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


class LearnedIndex:
    """The kept index of one project. For one thread; made by `open_index` in that thread. No method raises."""

    def __init__(self, path: Path, connection: sqlite3.Connection, key: bytes) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = connection
        self._key = key
        self._rows: list[tuple[bytes, int, int, str, bytes]] = []

    def find(self, name: str, mark: Mark) -> Kept | None:
        """What was kept of the file with this address, if it has not changed."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(
                "SELECT step, tokens FROM learned WHERE name = ? AND changed = ? AND size = ?",
                (self._hash(name), *mark),
            ).fetchone()
        except sqlite3.Error:
            self._give_up()
            return None
        return _unpacked(*row) if row else None

    def keep(self, name: str, mark: Mark, kept: Kept) -> None:
        """Keep what was learned of a file. Written some files later, at `flush` or at `close`."""
        if self._connection is not None:
            packed = zlib.compress(json.dumps(kept.pieces).encode("ascii"), 1)
            self._rows.append((self._hash(name), *mark, kept.unit, packed))
            if len(self._rows) >= _ROWS_AT_ONCE:
                self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        rows, self._rows = self._rows, []
        if self._connection is None or not rows or self._size() > MOST_BYTES:
            return
        self._write("INSERT OR REPLACE INTO learned VALUES (?, ?, ?, ?, ?)", rows)

    def forget(self, name: str) -> None:
        """Delete what was kept of a file: it must not be read any more."""
        wanted = self._hash(name)
        self._rows = [row for row in self._rows if row[0] != wanted]
        self._write("DELETE FROM learned WHERE name = ?", [(wanted,)])

    def keep_only(self, names: Iterable[str]) -> None:
        """Delete the rows of all other files: they are gone, or must not be read any more."""
        self.flush()
        if self._connection is None:
            return
        try:
            known = {row[0] for row in self._connection.execute("SELECT name FROM learned")}
        except sqlite3.Error:
            self._give_up()
            return
        gone = known - {self._hash(name) for name in names}
        self._write("DELETE FROM learned WHERE name = ?", [(name,) for name in sorted(gone)])

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self.flush()
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if self._connection is None or not rows:
            return
        try:
            with self._connection:
                self._connection.executemany(statement, rows)
        except sqlite3.OperationalError:
            return  # locked by another window, or no room: these rows are learned again next time
        except sqlite3.Error:
            self._give_up()

    def _give_up(self) -> None:
        """The file is no good: away with it, and nothing is kept in this session."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
        _remove(self._path)

    def _hash(self, name: str) -> bytes:
        return _keyed(self._key, name)[:16]

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0


def open_index(cache: Path, key: bytes, roots: Sequence[Path]) -> LearnedIndex | None:
    """The index of the project with these folders, below the `cache` folder; None when there can be none.

    `key` is the machine's; it names the file, so that the name tells nothing of the project.
    """
    folder = cache / FOLDER
    if not roots or prepare(cache) or prepare(folder, tighten=True):
        return None
    path = folder / f"{_keyed(key, chr(0).join(map(str, roots))).hex()[:32]}.db"
    with exclusive(folder):
        connection = _connection(path)
        if connection is None:
            _remove(path)
            connection = _connection(path)
        _remove_oldest(folder, path)
    return LearnedIndex(path, connection, key) if connection is not None else None


def _connection(path: Path) -> sqlite3.Connection | None:
    """An open file in today's form; None when it is another one, damaged, or cannot be opened."""
    if private_file(path):
        return None
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")  # a row of a file that is denied since leaves no bytes
        form = form_of(connection)
        if (form.application, form.version) != (APPLICATION, VERSION):
            if form != EMPTY:
                connection.close()
                return None
            connection.executescript(
                "BEGIN; CREATE TABLE learned (name BLOB PRIMARY KEY, changed INTEGER, size INTEGER, step TEXT, "
                f"tokens BLOB) WITHOUT ROWID; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; "
                "COMMIT;"
            )
        connection.execute("SELECT name, changed, size, step, tokens FROM learned LIMIT 1").fetchall()
    except sqlite3.Error:
        if connection is not None:
            connection.close()
        return None
    return connection


def _unpacked(step: Any, tokens: Any) -> Kept | None:
    try:
        opened = zlib.decompressobj()
        found = json.loads(opened.decompress(tokens, _MOST_ROW_BYTES))
    except (zlib.error, ValueError, TypeError, RecursionError):
        return None
    whole = opened.eof and isinstance(step, str) and isinstance(found, list)
    if not whole or not all(isinstance(piece, list) and set(map(type, piece)) <= {str} for piece in found):
        return None
    return Kept(step, tuple(found))


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + end).unlink(missing_ok=True)


def _remove_oldest(folder: Path, own: Path) -> None:
    try:
        others = [one for one in folder.glob("*.db") if one != own]
        others.sort(key=lambda one: one.lstat().st_mtime, reverse=True)
    except OSError:
        return
    for one in others[MOST_PROJECTS - 1 :]:
        _remove(one)
