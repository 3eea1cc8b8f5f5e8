"""diskcache, held down to text. Imported by the cache's own thread only, because importing diskcache takes its time.

diskcache 5.6.3 unpickles a row that says so (CVE-2025-69872), with its JSONDisk too, and joins a row's file name to the
folder unchecked. Whoever can write to the cache could run code or delete files. `TextDisk` refuses both: a row is text
in the database itself, or it is not read at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import diskcache
from diskcache.core import DEFAULT_SETTINGS, METADATA, UNKNOWN

from caretwise.adapters.disk_trouble import CORRUPT, LOCKED, REFUSED, UNSAFE, Trouble, trouble, trouble_of
from caretwise.adapters.private_folder import exclusive, file_identity, prepare, private_file

NAME = "cache.db"
_RAW = 1  # diskcache's MODE_RAW: the value stands in the row itself
_PATIENCE = 0.2  # seconds that one step waits for another window's write
_SETTINGS: dict[str, Any] = {
    **DEFAULT_SETTINGS,
    # Least recently used would turn every read into a write, four to five times slower.
    "eviction_policy": "least-recently-stored",
    # A mapped file that another program shortens kills the process that reads it.
    "sqlite_mmap_size": 0,
    # Far above the cache's largest value (1 MiB): nothing goes to a file of its own.
    "disk_min_file_size": 2**24,
    "statistics": 0,
    "tag_index": 0,
}
_MAY_DIFFER = {*METADATA, "size_limit", "disk_min_file_size", "disk_pickle_protocol", "sqlite_cache_size"}


class Refused(Exception):  # noqa: N818 - it says what happened
    """A row or a value that is not plain text; nothing of it was used."""


class TextDisk(diskcache.Disk):
    """Keys and values are `str` in the database. No pickle is made or read, no file is made, opened or removed."""

    def put(self, key: Any) -> tuple[Any, Literal[True]]:
        if type(key) is not str:
            raise Refused("a key must be text")
        return key, True

    def get(self, key: Any, raw: Any) -> str:
        if not raw or type(key) is not str:
            raise Refused("a stored key is not text")
        return key

    def store(self, value: Any, read: bool, key: Any = UNKNOWN) -> tuple[Literal[0], Literal[1], None, Any]:
        del key  # diskcache hands it over for file names
        if read or type(value) is not str:
            raise Refused("a value must be text")
        return 0, _RAW, None, value

    def fetch(self, mode: Any, filename: Any, value: Any, read: bool) -> str:
        if read or mode != _RAW or filename is not None or type(value) is not str:
            raise Refused("a stored value is not text")
        return value

    def filename(self, key: Any = UNKNOWN, value: Any = UNKNOWN) -> tuple[str, str]:
        del key, value
        raise Refused("no value has a file of its own")

    def remove(self, file_path: Any) -> None:
        """Called for the file name of a replaced or evicted row. We write none, so whatever it names is not ours."""


class _BoundedCache(diskcache.Cache):
    """diskcache tries for a minute when the database is locked; this gives up when `patience_until` is over."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.patience_until = time.monotonic() + 2 * _PATIENCE
        try:
            options: dict[str, Any] = {**settings, "timeout": _PATIENCE, "disk": TextDisk}
            super().__init__(str(folder), **options)
        except BaseException:
            self.close()
            raise

    def undo(self) -> None:
        """End a transaction that a failed commit left open; diskcache forgets it and could never begin another."""
        with contextlib.suppress(sqlite3.Error):
            if self._con.in_transaction:
                self._con.execute("ROLLBACK")

    @property
    def _sql(self) -> Callable[..., sqlite3.Cursor]:
        execute = self._con.execute

        def bounded(statement: str, *rest: Any) -> sqlite3.Cursor:
            try:
                return execute(statement, *rest)
            except sqlite3.OperationalError:
                if time.monotonic() > self.patience_until:
                    # diskcache's loops go round for an OperationalError only.
                    raise diskcache.Timeout from None
                raise

        return bounded


class DiskStore:
    """The cache on disk; every method belongs to one thread and may raise. `trouble_with` reads what was raised."""

    def __init__(self, path: Path, cache: _BoundedCache, aside: Path | None) -> None:
        self.path = path
        self.aside = aside
        """Where a damaged file went before this one was made; None when there was none."""
        self.identity = file_identity(path)
        self._cache = cache

    def get(self, key: str) -> str | None:
        """The value, or None when there is none, it is over its time, or it is not what was stored."""
        self._cache.patience_until = time.monotonic() + _PATIENCE
        value = self._cache.get(key)
        if not isinstance(value, str):
            return None
        text = value[_SUM:]
        # SQLite does not notice a bit that has changed inside a row; the user would find it in their code.
        return text if value[:_SUM] == _sum(key, text) else None

    def set(self, key: str, value: str, seconds: float) -> None:
        """Keep `value` for `seconds`; the entries stored first make room."""
        self._cache.patience_until = time.monotonic() + _PATIENCE
        try:
            self._cache.set(key, _sum(key, value) + value, expire=seconds)
        except BaseException:
            self._cache.undo()
            raise

    def close(self) -> None:
        """Close the database."""
        self._cache.close()


_SUM = 16  # characters


def _sum(key: str, text: str) -> str:
    content = f"{key} {text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=_SUM // 2).hexdigest()


def trouble_with(error: BaseException, path: Path) -> Trouble | None:
    """What an exception of `DiskStore` means; None for what costs one entry and no word: a lock, half a character."""
    if isinstance(error, diskcache.Timeout | UnicodeError):
        return None
    if isinstance(error, Refused):
        return Trouble(REFUSED, f"{path} holds an entry that caretwise did not write. It is not used.")
    found = trouble_of(error, path)
    return None if found.cause == LOCKED else found


def open_store(folder: Path, size_limit: int, *, damaged: tuple[int, int] | None = None) -> DiskStore | Trouble:
    """Open or make the cache in `folder`, inside a folder that was checked by `prepare`.

    A damaged database, or the one whose `identity` is `damaged`, goes to `cache.db.corrupt` in place of an older one,
    and an empty one is made. Gives up on a locked one within about a second.
    """
    problem = prepare(folder.parent) or prepare(folder, tighten=True)
    if problem:
        return problem
    if os.path.expandvars(os.path.expanduser(folder)) != str(folder):  # noqa: PTH111 - what diskcache will do
        return Trouble(UNSAFE, f"{folder} holds a character that would be expanded ($, % or ~). Name another folder.")
    path = folder / NAME
    with exclusive(folder):
        found = file_identity(path)
        opened: DiskStore | Trouble = trouble(CORRUPT, path)
        if damaged is None or found != damaged:
            opened = _open(path, size_limit, None)
        if isinstance(opened, Trouble) and opened.cause == CORRUPT:
            # Another file by now: a process that did not get the lock in time has put it right.
            aside = _set_aside(path) if file_identity(path) == found else None
            opened = aside if isinstance(aside, Trouble) else _open(path, size_limit, aside)
    return opened


def _open(path: Path, size_limit: int, aside: Path | None) -> DiskStore | Trouble:
    problem = private_file(path)
    if problem:
        return problem
    try:
        if not _is_ours(path):
            return trouble(CORRUPT, path)
        cache = _BoundedCache(path.parent, **{**_SETTINGS, "size_limit": size_limit})
    except diskcache.Timeout:
        return trouble(LOCKED, path)
    except (sqlite3.Error, OSError, ValueError, TypeError) as error:
        return trouble_of(error, path)
    return DiskStore(path, cache, aside)


def _is_ours(path: Path) -> bool:
    """Whether the stored settings are those that we write: diskcache would act on any others before it reads ours."""
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "Settings" not in tables:
            return not tables
        stored = dict(connection.execute("SELECT key, value FROM Settings").fetchall())
    finally:
        connection.close()
    return all(
        isinstance(value, int) if key in _MAY_DIFFER else key in _SETTINGS and _SETTINGS[key] == value
        for key, value in stored.items()
    )


def _set_aside(path: Path) -> Path | Trouble:
    aside = path.with_name(f"{path.name}.corrupt")
    try:
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        path.replace(aside)
    except OSError as error:
        return trouble_of(error, path)
    return aside
