"""Moves the wall clock of the server's process, and nobody else's; its monotonic clock goes on.

The server's `time.time` is what is moved (`observed_server.py`): nothing in it, diskcache included, looks at the wall clock
in another way. libfaketime was tried and left: each wait for a lock became a busy loop in it, and the server 20 times slower.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

HOUR, DAY = 3600, 86_400

MOVES: Sequence[tuple[float, float, str]] = (
    (0.25, 40 * DAY, "forward by 40 days"),
    (0.45, -2 * HOUR, "back by 40 days and 2 hours"),
    (0.65, -400 * DAY, "back by 400 days"),
    (0.85, 0, "right again"),
)
"""When (as a part of the run), by how many seconds the clock is off from then on, and what that is in words."""


class Clock:
    """The offset, in a file that both processes map."""

    def __init__(self, file: Path) -> None:
        """Make the file; the clock is right."""
        self.file = file
        self.set(0)

    def set(self, seconds: float) -> None:
        """Let the clock be off by this many seconds (below 0: set back)."""
        if not self.file.exists():
            self.file.write_bytes(struct.pack("d", seconds))
        with self.file.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            shared[:] = struct.pack("d", seconds)


def offset(file: Path) -> Callable[[], float]:
    """What gives the seconds that the clock is off by now."""
    with file.open("rb") as opened:
        shared = mmap.mmap(opened.fileno(), 8, access=mmap.ACCESS_READ)
    return lambda: struct.unpack("d", shared[:])[0]
