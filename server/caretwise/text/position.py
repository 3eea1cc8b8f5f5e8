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


def _units_of(character: str, encoding: PositionEncoding) -> int:
    code = ord(character)
    if encoding is PositionEncoding.UTF16:
        return 2 if code > 0xFFFF else 1
    if encoding is PositionEncoding.UTF8:
        # A lone surrogate (possible in JSON) takes three bytes, as any other character of its range would.
        return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    return 1


def to_code_points(line: str, units: int, encoding: PositionEncoding) -> int:
    """Convert a column in the editor's units to code points.

    Clamped, never raising: a negative column is 0, one past the end is the end, one in the middle of a character is
    the character's start.
    """
    if units <= 0:
        return 0
    if encoding is PositionEncoding.UTF32 or line.isascii():
        return min(units, len(line))
    seen = 0
    for index, character in enumerate(line):
        width = _units_of(character, encoding)
        if seen + width > units:
            return index
        seen += width
    return len(line)


def from_code_points(line: str, characters: int, encoding: PositionEncoding) -> int:
    """Convert a column in code points to the editor's units; clamped to the line."""
    characters = max(0, min(characters, len(line)))
    if encoding is PositionEncoding.UTF32 or line.isascii():
        return characters
    return sum(_units_of(character, encoding) for character in line[:characters])
