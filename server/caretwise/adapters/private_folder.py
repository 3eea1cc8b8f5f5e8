"""Folders and files that belong to this user alone: made private, checked before use, opened by one process at a time."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from caretwise.adapters.disk_trouble import UNSAFE, UNWRITABLE, Trouble, trouble_of

try:
    import fcntl
except ImportError:  # Windows: an open file cannot be renamed there, so the race that the lock prevents does not exist
    fcntl = None

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LOCK_NAME = "open.lock"


def prepare(folder: Path, *, tighten: bool = False) -> Trouble | None:
    """Make `folder` with mode 0700 when it is missing; refuse one that others could tamper with.

    Refused: a symbolic link, anything that is not a folder, a folder of another user, one that group or others may
    write to. A folder that was there and that others may only read is left as it is, because it may be shared on
    purpose and the files in it are 0600; with `tighten` (for folders that are caretwise's alone) it becomes 0700.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except FileExistsError:
        return Trouble(UNWRITABLE, f"{folder} is a file; a folder is wanted there. Move it, or name another folder.")
    except OSError as error:
        return trouble_of(error, folder)
    if stat.S_ISLNK(found.st_mode):
        return Trouble(UNSAFE, f"{folder} is a symbolic link; caretwise does not use it. Name the real folder.")
    reason = _tampering(folder, found, _OTHERS_WRITE)
    if reason:
        return Trouble(UNSAFE, reason)
    if tighten and os.name == "posix" and found.st_mode & _OTHERS:
        try:
            folder.chmod(0o700)
        except OSError as error:
            return trouble_of(error, folder)
    return None


def private_file(path: Path) -> Trouble | None:
    """Make an empty file with mode 0600 when `path` is missing; else check it and take other users' rights away.

    SQLite gives the `-wal` and `-shm` files beside a database the database's own mode, so these are private too, and
    the process-wide umask, which other threads rely on, stays as it is.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        # Not opened again here: closing any descriptor of a database drops the locks that this process holds on it.
        return _checked(path)
    except OSError as error:
        return trouble_of(error, path)
    return None


def file_identity(path: Path) -> tuple[int, int] | None:
    """Device and number of the file that `path` names now; None when there is none."""
    try:
        found = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - once per write: the cheapest form
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _checked(path: Path) -> Trouble | None:
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return Trouble(UNSAFE, f"{path} is not a plain file; caretwise does not use it. Move it away.")
        reason = _tampering(path, found, 0)
        if reason:
            return Trouble(UNSAFE, reason)
        if os.name == "posix" and found.st_mode & _OTHERS:
            path.chmod(0o600)
    except OSError as error:
        return trouble_of(error, path)
    return None


def _tampering(path: Path, found: os.stat_result, forbidden: int) -> str:
    """Why others could have put something there; empty when they could not (or on Windows, which has other rights)."""
    if os.name != "posix":
        return ""
    if found.st_uid != os.geteuid():
        return f"{path} belongs to another user; caretwise does not use it. Name a folder of your own."
    if found.st_mode & forbidden:
        return f"Other users may write to {path}; caretwise does not use it. Allow only yourself: chmod 700."
    return ""


@contextmanager
def exclusive(folder: Path, seconds: float = 1.0) -> Iterator[bool]:
    """Hold the folder's lock, so that two processes do not create, migrate or set aside one file at the same time.

    Yields whether the lock was got within `seconds`; the caller goes on either way, the lock only removes a race.
    """
    descriptor = None
    try:
        descriptor = _locked(folder / _LOCK_NAME, seconds)
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(path: Path, seconds: float) -> int | None:
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > until:
                os.close(descriptor)
                return None
            time.sleep(0.01)
        else:
            return descriptor
