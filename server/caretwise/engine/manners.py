"""What a suggestion must not do, however good it is: come back after it was sent away, or undo what the user has just done.

Both hold for suggestions that come while typing. Who asks by hand gets what there is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from caretwise.complete.ghost import Ghost, taken
from caretwise.engine.offer import Ask
from caretwise.text.edit import TextEdit
from caretwise.text.snapshot import Snapshot

MOST_REJECTED, MOST_OFFERED = 200, 100
"""Suggestions that were sent away, and that were offered, which are remembered."""

_ABOVE = 5
"""Lines above the cursor's by which a place is known again: others may come and go."""

_Made = tuple[str, tuple[str, ...], str]
"""What taking a suggestion makes of a place: the document, the lines above, the cursor's line up to the suggestion's end,
whatever blanks it has."""


class Manners:
    """Remembers, in memory only, what the user did not want."""

    def __init__(self) -> None:
        """Nothing was offered yet."""
        self._offered: OrderedDict[str, tuple[_Made, int]] = OrderedDict()
        self._rejected: OrderedDict[_Made, int] = OrderedDict()
        """With the characters before the cursor then: who types on into a suggestion wants it after all."""
        self._taken: OrderedDict[_Made, int] = OrderedDict()
        self._left: dict[str, Snapshot] = {}

    def offered(self, suggestion: str, ask: Ask, ghost: Ghost) -> None:
        """A suggestion was sent to the editor."""
        self._offered[suggestion] = _made(ask, ghost), _typed(ask)
        self._offered.move_to_end(suggestion)
        while len(self._offered) > MOST_OFFERED:
            self._offered.popitem(last=False)

    def dismissed(self, suggestion: str) -> None:
        """The user sent it away: the same is not offered in the same place again."""
        offered = self._offered.get(suggestion)
        if offered is not None:
            _remember(self._rejected, *offered)

    def accepted(self, suggestion: str) -> None:
        """The user took it. Should all of it be deleted again at once, it was not wanted after all."""
        offered = self._offered.get(suggestion)
        if offered is not None:
            _remember(self._taken, *offered)

    def changed(self, before: Snapshot | None, edits: Sequence[TextEdit], after: Snapshot) -> None:
        """The document was changed: what stood there before the user began to delete is not to be put back."""
        deleted = bool(edits) and all(not edit.new_text and not edit.range.is_empty for edit in edits)
        if not deleted or before is None:
            self._left.pop(after.uri, None)
        else:
            self._left.setdefault(after.uri, before)

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self._left.pop(uri, None)
        for known in (self._rejected, self._taken):
            for made in [made for made in known if made[0] == uri]:
                del known[made]

    def objection(self, ask: Ask, ghost: Ghost) -> tuple[str, str] | None:
        """Why a suggestion is not offered, as a code and a reason; None when nothing speaks against it."""
        if not self._rejected and ask.uri not in self._left:
            return None
        made = _made(ask, ghost)
        if _typed(ask) <= self._rejected.get(made, -1):
            return "rejected", "the same was sent away here before"
        left = self._left.get(ask.uri)
        if left is not None and _puts_back(left, ask, ghost):
            if made in self._taken:
                _remember(self._rejected, made, _typed(ask))
            return "undo", "it would put back what was just deleted"
        return None


def _remember(known: OrderedDict[_Made, int], made: _Made, typed: int) -> None:
    known[made] = typed
    while len(known) > MOST_REJECTED:
        known.popitem(last=False)


def _made(ask: Ask, ghost: Ghost) -> _Made:
    line = ask.position.line
    above = tuple(ask.snapshot.lines[max(0, line - _ABOVE) : line])
    return ask.uri, above, "".join((ask.snapshot.before(ghost.position) + ghost.text).split())


def _typed(ask: Ask) -> int:
    """Characters before the cursor on its line, blanks left out."""
    return len("".join(ask.snapshot.before(ask.position).split()))


def _puts_back(left: Snapshot, ask: Ask, ghost: Ghost) -> bool:
    """Whether taking the ghost brings the document back to what it was, or on the way there."""
    now, at = taken(ask.snapshot, ghost)
    first, last = ask.position.line, at.line
    if not (ask.snapshot.before(ask.position) + ghost.text).strip():
        return False
    before = [left.line(number) for number in range(first, last)]
    if before != [now.line(number) for number in range(first, last)]:
        return False
    return left.line(last).startswith(now.before(at))
