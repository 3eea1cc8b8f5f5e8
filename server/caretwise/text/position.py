"""Positions and ranges in a document, and the three ways in which LSP counts columns.

Inside caretwise a position is always a line number and a column in **code points** (what Python's `str` indexes).
The column units that an editor speaks (UTF-8 bytes, UTF-16 units or code points, LSP 3.17 `positionEncoding`) appear
only where messages are converted.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class PositionEncoding(enum.Enum):
    """The column units that were agreed with the editor; values are LSP's names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters. Both fields count from 0; `character` in code points."""

    line: int
    character: int


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """From `start` up to and not including `end`."""

    start: Position
    end: Position

    @property
    def is_empty(self) -> bool:
        """Whether start and end are the same place."""
        return self.start == self.end

    def contains(self, position: Position) -> bool:
        """Whether `position` lies inside or on either edge."""
        return self.start <= position <= self.end

    def touches(self, other: Range) -> bool:
        """Whether the two share at least one place (an edge is enough)."""
        return self.start <= other.end and other.start <= self.end


def _units_of(text: str, encoding: PositionEncoding) -> int:
    # A lone surrogate (possible in JSON) counts as any other character of its range would.
    if encoding is PositionEncoding.UTF16:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def to_code_points(line: str, units: int, encoding: PositionEncoding) -> int:
    """Convert a column in the editor's units to code points.

    Clamped, never raising: a negative column is 0, one past the end is the end, one in the middle of a character is
    the character's start.
    """
    if units <= 0:
        return 0
    if encoding is PositionEncoding.UTF32 or line.isascii():
        return min(units, len(line))
    low, high = 0, len(line)
    while low < high:  # halving: a line of a megabyte takes a few milliseconds, not a second
        middle = (low + high + 1) // 2
        width = _units_of(line[low:middle], encoding)
        if width <= units:
            low, units = middle, units - width
        else:
            high = middle - 1
    return low


def from_code_points(line: str, characters: int, encoding: PositionEncoding) -> int:
    """Convert a column in code points to the editor's units; clamped to the line."""
    characters = max(0, min(characters, len(line)))
    if encoding is PositionEncoding.UTF32 or line.isascii():
        return characters
    return _units_of(line[:characters], encoding)
