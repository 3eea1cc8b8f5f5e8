"""A finding: something that a language server or linter said is wrong at a place, and where it may be mended."""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.syntax.grammar import Parsed
from caretwise.syntax.scope import Scope, enclosing, held
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

REGION_LINES = 120
"""The most lines of a region: a longer function is cut around the finding."""

AROUND_LINES = 8
"""Lines on either side of a finding that stands in no function."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnostic, from whatever server. `severity` is LSP's number (1 error, 2 warning, 3 information, 4 hint)."""

    range: Range
    message: str
    severity: int = 1
    code: str = ""
    source: str = ""
    more: tuple[str, ...] = ()
    """Further words: related information and the address of the rule's description."""

    @property
    def title(self) -> str:
        """The message on one line, short enough for a menu."""
        line = " ".join(self.message.split())
        return line if len(line) <= 80 else line[:79] + "…"

    def as_text(self) -> str:
        """For a prompt: line, source, code and message. Lines count from 1."""
        origin = " ".join(part for part in (self.source, self.code) if part)
        head = f"line {self.range.start.line + 1}{f' ({origin})' if origin else ''}: {self.message.strip()}"
        return "\n".join([head, *self.more])


def region(snapshot: Snapshot, finding: Finding, parsed: Parsed | None) -> Range:
    """The whole lines that a fix may touch: the smallest function with a name around the finding, else a few lines around it.

    A callback or lambda without a name counts where no function with a name is around it, or only one that is too long.
    """
    start, end = snapshot.clamp(finding.range.start), snapshot.clamp(finding.range.end)
    functions = [one for one in _around(snapshot, start, parsed) if one.last_line >= end.line]
    named = [one for one in functions if one.name and one.last_line - one.first_line < REGION_LINES]
    long = [one for one in functions if one.last_line - one.first_line >= 2]
    chosen = next(iter((*named, *long, *functions)), None)
    if chosen is not None:
        first, last = chosen.first_line, chosen.last_line
    else:
        first, last = start.line - AROUND_LINES, end.line + AROUND_LINES
    if last - first >= REGION_LINES:
        first = max(first, start.line - REGION_LINES // 2)
        last = min(last, first + REGION_LINES - 1)
    return lines_range(snapshot, max(0, first), min(max(last, end.line), max(0, first) + REGION_LINES - 1))


def _around(snapshot: Snapshot, start: Position, parsed: Parsed | None) -> list[Scope]:
    """The functions around a position, innermost first: also when it is at the name of one, or in a comment behind one."""
    if parsed is None:
        return []
    line = snapshot.line(start.line)
    code = Position(start.line, len(line) - len(line.lstrip()))
    for at in (start, code):
        at_name = held(parsed, at)
        found = [one for one in enclosing(parsed, at) if one.kind == "function"]
        if at_name is not None or found:
            return [at_name, *found] if at_name is not None else found
    return []


def lines_range(snapshot: Snapshot, first: int, last: int) -> Range:
    """The range of the lines `first` to `last` (both included), without the last one's line end."""
    last = min(last, len(snapshot.lines) - 1)
    return Range(Position(first, 0), Position(last, len(snapshot.line(last))))
