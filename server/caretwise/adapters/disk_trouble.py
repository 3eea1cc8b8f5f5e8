"""Trouble with the disk, told in plain sentences and once per cause."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOCKED = "locked"
CORRUPT = "corrupt"
FULL = "full"
UNWRITABLE = "unwritable"
UNSAFE = "unsafe"
FOREIGN = "foreign"
NEWER = "newer"
REFUSED = "refused"
EXHAUSTED = "exhausted"
OTHER = "error"

Listener = Callable[[str, str], None]
"""Called with a short cause (`journal_full`) and a sentence for the user, on whatever thread met the trouble."""

_SENTENCES = {
    LOCKED: "{path} is locked by another program. caretwise goes on without it and tries again.",
    CORRUPT: "{path} is damaged. It is kept aside, and caretwise starts an empty one.",
    FULL: "{path} cannot be written: the disk is full or failing. caretwise goes on without it; free some space.",
    UNWRITABLE: "{path} cannot be opened for writing. caretwise goes on without it; "
    "check who may write to the folder, or name another folder.",
    EXHAUSTED: "{path} cannot be opened: too many files are open. caretwise goes on without it and tries again; "
    "allow more open files (ulimit -n) if this lasts.",
    OTHER: "{path} gave an error ({error}). caretwise goes on without it.",
}
_CAUSES = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_CORRUPT: CORRUPT,
    sqlite3.SQLITE_NOTADB: CORRUPT,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: FULL,
    sqlite3.SQLITE_READONLY: UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: UNWRITABLE,
    sqlite3.SQLITE_PERM: UNWRITABLE,
    sqlite3.SQLITE_AUTH: UNWRITABLE,
}

_FULL_ERRNOS = {errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}
_EXHAUSTED_ERRNOS = {errno.EMFILE, errno.ENFILE}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a file: a cause from this module and a sentence that says what would be right."""

    cause: str
    sentence: str


def trouble(cause: str, path: Path) -> Trouble:
    """The usual sentence for `cause` at `path`."""
    return Trouble(cause, _SENTENCES[cause].format(path=path, error=cause))


def trouble_of(error: BaseException, path: Path) -> Trouble:
    """The trouble behind an exception of sqlite3 or of the file system. Never repeats the exception's own text."""
    if isinstance(error, sqlite3.Error):
        # The primary result code is the lowest byte of the extended one (sqlite.org/rescode.html).
        code = getattr(error, "sqlite_errorcode", -1) & 0xFF
        cause = EXHAUSTED if code == sqlite3.SQLITE_CANTOPEN and _exhausted() else _CAUSES.get(code, OTHER)
    elif isinstance(error, OSError) and error.errno in _EXHAUSTED_ERRNOS:
        cause = EXHAUSTED
    elif isinstance(error, OSError):
        cause = FULL if error.errno in _FULL_ERRNOS else UNWRITABLE
    else:
        cause = OTHER
    return Trouble(cause, _SENTENCES[cause].format(path=path, error=type(error).__name__))


def _exhausted() -> bool:
    """Whether no file can be opened at all. SQLite says of every file that it cannot be opened, and not why."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in _EXHAUSTED_ERRNOS
    return False


class Teller:
    """Passes each cause on to the listener once. `name` goes before the cause: `journal`, `cache`."""

    def __init__(self, name: str, listener: Listener) -> None:
        self._name = name
        self._listener = listener
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def tell(self, problem: Trouble) -> None:
        """Tell it unless its cause was told before. A listener that fails is not let through to the caller."""
        with self._lock:
            if problem.cause in self._told:
                return
            self._told.add(problem.cause)
        with contextlib.suppress(Exception):  # the listener is other code; one problem must not become two
            self._listener(f"{self._name}_{problem.cause}", problem.sentence)
