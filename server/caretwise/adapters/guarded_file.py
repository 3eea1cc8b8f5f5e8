"""Reading a file that somebody else's repository may have prepared: a link, a pipe, a device, a file without end."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

_CHUNK = 1 << 18
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer must not hold us
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file was not read, to stand after a colon."""

    reason: str


def read_regular(path: str, limit: int) -> bytes | Refused:
    """The bytes of a regular file of at most `limit` bytes. `path` itself must not be a link; never blocks on a pipe."""
    try:
        before = os.lstat(path)
        if not stat.S_ISREG(before.st_mode):  # asked first: merely opening a device can do something
            return Refused("it is not a regular file")
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        return Refused(f"it cannot be opened ({_why(error)})")
    try:
        return _read_open(descriptor, before, limit)
    except OSError as error:
        return Refused(f"it cannot be read ({_why(error)})")
    finally:
        os.close(descriptor)


def _read_open(descriptor: int, before: os.stat_result, limit: int) -> bytes | Refused:
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode) or not os.path.samestat(info, before):
        return Refused("it was replaced while it was opened")
    if info.st_size > limit:
        return Refused(_too_large(limit))
    read = bytearray()
    while len(read) <= limit:  # the size may grow meanwhile
        piece = os.read(descriptor, _CHUNK)
        if not piece:
            return bytes(read)
        read += piece
    return Refused(_too_large(limit))


def _too_large(limit: int) -> str:
    return f"it is larger than {limit >> 10:,} KiB"


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
