"""Ghost text: a finished suggestion at a place, and whether it still fits after the user has typed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.text.edit import replacement
from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_ABOVE, _BELOW = 20, 5
"""Lines around a place that must be as they were for a suggestion to hold still."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """`text` goes in at `position` and replaces the `replaces` code points that follow it on its line."""

    text: str
    position: Position
    replaces: int = 0

    @property
    def range(self) -> Range:
        """The range that the text replaces: on one line, from the cursor on."""
        end = Position(self.position.line, self.position.character + self.replaces)
        return Range(self.position, end)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with what stands around it: enough to know it again, little enough to be kept for a whole session."""

    uri: str
    position: Position
    above: tuple[str, ...]
    before: str
    after: str
    below: tuple[str, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, position: Position) -> Spot:
        """The spot at a position."""
        number, column = position.line, max(0, position.character)
        lines, line = snapshot.lines, snapshot.line(number)
        below = lines[number + 1 : number + 1 + _BELOW]
        return cls(snapshot.uri, position, lines_above(lines, number), line[:column], line[column:], below)


def lines_above(lines: Sequence[str], number: int) -> tuple[str, ...]:
    """The lines above a place that must be as they were."""
    return tuple(lines[max(0, number - _ABOVE) : number])


def taken(snapshot: Snapshot, ghost: Ghost) -> tuple[Snapshot, Position]:
    """The document with a ghost taken whole, and where the cursor stands then. The version stays the same."""
    return with_text(snapshot, ghost.range, ghost.text)


def with_text(snapshot: Snapshot, span: Range, text: str) -> tuple[Snapshot, Position]:
    """The document with `span` replaced by a text (its lines joined by `\\n`), and the place where that text ends."""
    first, last, pieces = replacement(snapshot.lines, span, text.replace("\n", snapshot.line_end))
    lines = snapshot.lines if isinstance(snapshot.lines, Lines) else Lines(snapshot.lines)
    made = Snapshot(snapshot.uri, snapshot.language_id, snapshot.version, lines.replaced(first, last, pieces))
    breaks = text.count("\n")
    last_line = text.rpartition("\n")[2]
    column = len(last_line) + (0 if breaks else span.start.character)
    return made, Position(span.start.line + breaks, column)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a ghost. `closed`: brackets or quotes that the editor itself has put behind the cursor meanwhile."""

    ghost: Ghost
    closed: str = ""


def typed_since(spot: Spot, now: Snapshot, position: Position) -> str | None:
    """The text between the spot and the cursor, when everything around is as it was; else None.

    What follows on the cursor's own line is left to the caller: editors close brackets there.
    """
    start = spot.position
    if now.uri != spot.uri or position < start or now.before(start) != spot.before:
        return None
    if lines_above(now.lines, start.line) != spot.above:
        return None
    if now.lines[position.line + 1 : position.line + 1 + _BELOW] != spot.below:
        return None
    return now.slice(Range(start, position)).replace("\r\n", "\n")


def rest_after_typing(ghost: Ghost, spot: Spot, now: Snapshot, position: Position) -> Rest | None:
    """What is left of a ghost when the user has typed its first characters since; None when it no longer fits."""
    typed = typed_since(spot, now, position)
    return rest_of(ghost, typed, position, was=spot.after, rest=now.after(position)) if typed is not None else None


def rest_of(ghost: Ghost, typed: str, position: Position, *, was: str, rest: str) -> Rest | None:
    """What is left of a ghost behind `typed`, the text since its place, when nothing else has changed around; or None.

    What follows on the line `was` one thing then, and is `rest` now.
    """
    if not ghost.text.startswith(typed) or len(typed) == len(ghost.text):
        return None
    left = ghost.text[len(typed) :]
    if rest == was:
        return Rest(Ghost(left, position, ghost.replaces))
    closed = rest[: len(rest) - len(was)] if rest.endswith(was) else ""
    if closed and closed in left:
        return Rest(Ghost(left, position, ghost.replaces), closed)
    return None
