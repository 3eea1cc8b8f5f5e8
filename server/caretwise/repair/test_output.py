"""What a failing test's output comes to, whichever tool has printed it."""

from __future__ import annotations

from dataclasses import dataclass

MOST_MESSAGE = 800
"""The most characters that are kept of what went wrong."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One place on the way to the failure: the file as it is written there, and the line, counted from 0.

    The line is -1 where the output names nothing but a test, which `function` then is: `test_total`.
    """

    file: str
    line: int
    function: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failing test has printed: at least one frame, the innermost last, and what went wrong in words."""

    frames: tuple[Frame, ...]
    message: str
