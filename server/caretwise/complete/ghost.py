"""Ghost text: a finished suggestion at a place, and whether it still fits after the user has typed on."""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot


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


def rest_after_typing(ghost: Ghost, before: Snapshot, now: Snapshot, position: Position) -> Ghost | None:
    """What is left of a ghost when the user has typed its first characters since; None when it no longer fits.

    The lines above must be the same, and so must be what follows the cursor: an editor's own closing bracket counts as
    typed when the ghost brings it too.
    """
    typed = typed_since(ghost.position, before, now, position)
    if typed is None or not ghost.text.startswith(typed) or len(typed) == len(ghost.text):
        return None
    was, rest = before.after(ghost.position), now.after(position)
    left = ghost.text[len(typed) :]
    if rest == was:
        return Ghost(left, position, ghost.replaces)
    # The editor has closed a bracket or quote behind the cursor. The ghost brings its own; fitting takes one away.
    added = rest[: len(rest) - len(was)] if rest.endswith(was) else ""
    return Ghost(left, position) if added and left.split("\n", 1)[0].endswith(added) else None


def typed_since(start: Position, before: Snapshot, now: Snapshot, position: Position) -> str | None:
    """The text between `start` and the cursor, when everything above `start` is as it was; else None."""
    if now.uri != before.uri or position < start or len(now.lines) < len(before.lines):
        return None
    if now.before(start) != before.before(start) or len(now.line(start.line)) < start.character:
        return None
    above = max(0, start.line - 20)
    if now.lines[above : start.line] != before.lines[above : start.line]:
        return None
    return now.slice(Range(start, position)).replace("\r\n", "\n")
