"""The key of this machine's keyed hashes: random, made once, readable by its user alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from caretwise.adapters.private_folder import exclusive, prepare

NAME = "machine-key"
_BYTES = 32


def machine_key(folder: Path) -> bytes:
    """32 random bytes out of `machine-key` (0600) in `folder`; the first process to ask makes it, all get the same.

    Where it cannot be kept (unwritable folder, full disk), the bytes are random for this process only: documents are
    then counted apart in each session, and nothing else changes. Never raises for trouble with the disk.
    """
    path = folder / NAME
    if prepare(folder):
        return secrets.token_bytes(_BYTES)
    found = _read(path)
    if found is not None:  # it is put there whole: without the lock, for which another process may make us wait
        return found
    with exclusive(folder):
        found = _read(path)
        if found is None:
            with contextlib.suppress(OSError):
                _place(path, secrets.token_bytes(_BYTES))
            found = _read(path)  # another process may have been first where there is no lock
    return found or secrets.token_bytes(_BYTES)


def _read(path: Path) -> bytes | None:
    """The key, or None when there is none or it is not a whole one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file, contextlib.suppress(OSError):
        key = file.read(_BYTES + 1)
        return key if len(key) == _BYTES else None
    return None


def _place(path: Path, key: bytes) -> None:
    """Put the key there whole: written beside, then moved to its name, so that nobody ever reads half of it."""
    beside = path.with_name(f"{NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        if path.exists():  # a broken one: only seen under the lock
            beside.replace(path)
        else:
            # Neither of the two overwrites: a link never does, and a rename does not on Windows.
            (os.link if os.name == "posix" else os.rename)(beside, path)
    finally:
        beside.unlink(missing_ok=True)
