"""What was seen: a row for each check, printed as it comes and once more as a whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


class UnexpectedError(Exception):
    """Something else happened than should have; the message says what."""


def expect(true: object, otherwise: str) -> None:
    """Raise `UnexpectedError` with a sentence unless something is true."""
    if not true:
        raise UnexpectedError(otherwise)


@dataclass(frozen=True, slots=True)
class Row:
    """One check: the server, what was tried, whether it went as it should, what was seen, and how long it took."""

    server: str
    check: str
    passed: bool
    seen: str
    seconds: float


class Table:
    """The rows so far. `say` prints a line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Add a row and print it."""
        self.rows.append(row)
        self._say(f"{'ok    ' if row.passed else 'FAILED'} {row.server}: {row.check} ({row.seconds:.1f} s): {row.seen}")

    async def check(self, server: str, check: str, work: Callable[[], Awaitable[str]], *, seconds: float = 120) -> None:
        """Run one check. `work` returns what was seen; whatever it raises is a failure of this check alone."""
        since = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                passed, seen = True, await work()
        except TimeoutError:
            passed, seen = False, f"not done after {seconds:.0f} s"
        except UnexpectedError as error:
            passed, seen = False, str(error)
        except Exception as error:
            # A check that breaks says so and leaves the others their turn.
            passed, seen = False, f"{type(error).__name__}: {error}"
        self.add(Row(server, check, passed, " ".join(seen.splitlines()), time.monotonic() - since))

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(not row.passed for row in self.rows)

    def as_markdown(self) -> str:
        """The table."""
        head = ["| server | what was tried | seen | s | |", "|---|---|---|---|---|"]
        return "\n".join([*head, *map(_line, self.rows)])

    def summary(self) -> str:
        """The closing line."""
        return f"{len(self.rows) - self.failed} passed, {self.failed} failed"


def _line(row: Row) -> str:
    seen = row.seen.replace("|", "\\|")
    return f"| {row.server} | {row.check} | {seen} | {row.seconds:.1f} | {'passed' if row.passed else '**failed**'} |"
