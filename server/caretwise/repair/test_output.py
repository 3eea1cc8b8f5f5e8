"""What a failing test's output comes to, whichever tool has printed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

MOST_MESSAGE = 800
"""The most characters that are kept of what went wrong."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One place on the way to the failure: the file as it is written there, and the line, counted from 0.

    The line is -1 where the output names nothing but a test, which `function` then is: `test_total`. That is "" where
    all of a file could not be loaded.
    """

    file: str
    line: int
    function: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failing test: at least one frame, the innermost last, and what went wrong in words."""

    frames: tuple[Frame, ...]
    message: str
    test: str = ""
    """The test's name as the tool says it; "" when it is not said."""

    @property
    def name(self) -> str:
        """What to call it: the test's name, else the outermost place."""
        first = self.frames[0]
        file = first.file.replace("\\", "/").rsplit("/", 1)[-1]
        return self.test or (f"{file}:{first.line + 1}" if first.line >= 0 else file)


def joined(lines: Iterable[str]) -> str:
    """Words in one line, as many as are kept."""
    return " ".join(" ".join(lines).split())[:MOST_MESSAGE]


class Reading(Protocol):
    """What was read of an output so far."""

    found: list[Failure]
    """The failures that are whole."""

    def take(self, line: str) -> None:
        """Read the next line."""
        ...

    def end(self) -> None:
        """The failure that is being printed is whole."""
        ...


def read_all(reading: Reading, lines: Iterable[str]) -> list[Failure]:
    """Every failure that has a place, in their order."""
    for line in lines:
        reading.take(line)
    reading.end()
    return reading.found
