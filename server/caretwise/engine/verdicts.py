"""Counts for and against the model: what it suggested is what is typed next, or is not. Each suggestion counts once."""

from __future__ import annotations

from collections import deque

from caretwise.engine.offer import Ask
from caretwise.engine.rhythm import Rhythm
from caretwise.engine.screen import Screen
from caretwise.text.position import Position

_MOST_JUDGED = 100


class Verdicts:
    """Tells the rhythm of typing how the suggestions on screen did."""

    def __init__(self, screen: Screen, rhythm: Rhythm) -> None:
        """`rhythm` hears of each verdict."""
        self._screen, self._rhythm = screen, rhythm
        self._judged: deque[str] = deque(maxlen=_MOST_JUDGED)
        self._nothing: dict[str, Position] = {}
        """Where the model has said of each document that there is nothing to add, or nothing that could be shown."""

    def hit(self, suggestion: str) -> None:
        """A suggestion is what the user types, or takes; it counts once."""
        if suggestion not in self._judged:
            self._judged.append(suggestion)
            self._rhythm.hit()

    def nothing(self, ask: Ask) -> None:
        """The model was asked and gave nothing to show: where typing goes on, that was a miss as well."""
        self._nothing[ask.uri] = ask.position

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self._nothing.pop(uri, None)

    def judge(self, ask: Ask) -> None:
        """What stands on screen does not fit what was typed there, or nothing stands there: a miss, counted once."""
        said = self._nothing.pop(ask.uri, None)
        if said is not None and _typed_on(said, ask):
            self._rhythm.missed()
        shown = self._screen.stood(ask.uri)
        if shown is None or shown.offer.id in self._judged:
            return
        if _typed_on(shown.offer.ghost.position, ask):
            self._judged.append(shown.offer.id)
            self._rhythm.missed()


def _typed_on(at: Position, ask: Ask) -> bool:
    return at.line == ask.position.line and at.character < ask.position.character
