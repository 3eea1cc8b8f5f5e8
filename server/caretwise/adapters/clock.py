"""What time it is. For tests that need hours, `CARETWISE_TEST_CLOCK` names a file that says so."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

TEST_CLOCK = "CARETWISE_TEST_CLOCK"
POLL_SECONDS = 0.04
"""A clock in a file may be put forward at any moment: it is looked at this often (at least every 50 ms is promised)."""


class Clock(Protocol):
    """Seconds since 1970, and how often to look when waiting for a time (None: it runs by itself)."""

    poll: float | None

    def now(self) -> float:
        """Seconds since 1970."""
        ...


class SystemClock:
    """This machine's clock."""

    poll: float | None = None

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()


class FileClock:
    """The time that stands in a file, in seconds; read anew each time."""

    poll: float | None = POLL_SECONDS

    def __init__(self, path: Path) -> None:
        """What the file says is read at the first question."""
        self._path = path
        self._last: float | None = None

    def now(self) -> float:
        """What the file says; what it said last while it cannot be read (it is being written), at first the system's time."""
        try:
            said = float(self._path.read_text("ascii"))
            if math.isfinite(said) and said >= 0:
                self._last = said
        except (OSError, ValueError):
            pass
        return time.time() if self._last is None else self._last


def clock_of(environ: Mapping[str, str]) -> Clock:
    """The clock that the environment asks for."""
    named = environ.get(TEST_CLOCK)
    return FileClock(Path(named)) if named else SystemClock()
