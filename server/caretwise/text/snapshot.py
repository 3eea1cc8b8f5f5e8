"""An immutable view of one version of a document.

Lines end at `\\n`, `\\r\\n` and `\\r` and nowhere else (LSP 3.17). `str.splitlines` also splits at
form feeds, U+2028 and others; an edit applied to lines counted that way lands in the wrong place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


def split_lines(text: str) -> list[str]:
    """Split into lines that keep their ends. There is always a last line, and it has no end (it may be empty)."""
    if "\r" not in text:
        lines = text.split("\n")
        return [*(line + "\n" for line in lines[:-1]), lines[-1]]
    lines = _LINE.findall(text)
    rest = text[sum(map(len, lines)) :]
    return [*lines, rest]


def without_end(line: str) -> str:
    """The line's text without its line end."""
    return line.rstrip("\r\n")


@dataclass(frozen=True)
class Snapshot:
    """One version of one document. Built from lines, so that taking one copies no text.

    `lines` keep their line ends; the last one has none. `version` is the editor's number for this text.
    """

    uri: str
    language_id: str
    version: int
    lines: Lines | tuple[str, ...]

    @classmethod
    def of(cls, text: str, *, uri: str = "untitled:", language_id: str = "plaintext", version: int = 0) -> Snapshot:
        """A snapshot of `text`."""
        return cls(uri, language_id, version, tuple(split_lines(text)))

    def is_as(self, other: Snapshot) -> bool:
        """Whether this is the same version with the same text: a document that was opened anew counts from 1 again."""
        return self.version == other.version and self.lines == other.lines

    @cached_property
    def text(self) -> str:
        """The whole text, line ends as they are."""
        return "".join(self.lines)

    @cached_property
    def utf8(self) -> bytes:
        """The whole text for a parser; a lone surrogate becomes `?` so that columns in code points stay right."""
        return self.text.encode("utf-8", "replace")

    @cached_property
    def line_end(self) -> str:
        """The line end that the document uses (that of its first line; `\\n` when it has only one line)."""
        first = self.lines[0]
        return first[len(without_end(first)) :] or "\n"

    @property
    def end(self) -> Position:
        """The place after the last character."""
        return Position(len(self.lines) - 1, len(self.lines[-1]))

    def line(self, number: int) -> str:
        """Line `number` without its end; `""` for a line that does not exist."""
        return without_end(self.lines[number]) if 0 <= number < len(self.lines) else ""

    def clamp(self, position: Position) -> Position:
        """The nearest place that exists."""
        if position.line < 0:
            return Position(0, 0)
        if position.line >= len(self.lines):
            return self.end
        return Position(position.line, max(0, min(position.character, len(self.line(position.line)))))

    def before(self, position: Position) -> str:
        """The text of the position's line up to the position."""
        return self.line(position.line)[: max(0, position.character)]

    def after(self, position: Position) -> str:
        """The text of the position's line from the position on, without the line end."""
        return self.line(position.line)[max(0, position.character) :]

    def slice(self, span: Range) -> str:
        """The text inside `span` (clamped)."""
        start, end = sorted((self.clamp(span.start), self.clamp(span.end)))
        if start.line == end.line:
            return self.line(start.line)[start.character : end.character]
        middle = self.lines[start.line + 1 : end.line]
        return "".join((self.lines[start.line][start.character :], *middle, self.lines[end.line][: end.character]))

    def offset(self, position: Position) -> int:
        """Code points from the start of the text to `position` (clamped)."""
        at = self.clamp(position)
        return sum(map(len, self.lines[: at.line])) + at.character

    def position(self, offset: int) -> Position:
        """The position `offset` code points after the start; clamped. An offset inside `\\r\\n` is before it."""
        left = max(0, offset)
        for number, line in enumerate(self.lines):
            if left < len(line) or number == len(self.lines) - 1:
                return Position(number, min(left, len(without_end(line))))
            left -= len(line)
        return self.end

    @property
    def whole(self) -> Range:
        """The range of the whole document."""
        return Range(Position(0, 0), self.end)
