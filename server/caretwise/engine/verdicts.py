"""Counts for and against the model: what it suggested is what is typed next, or is not. Each suggestion counts once."""

from __future__ import annotations

from collections import deque

from caretwise.engine.offer import Ask
from caretwise.engine.rhythm import Rhythm
from caretwise.engine.screen import Screen

_MOST_JUDGED = 100


class Verdicts:
    """Tells the rhythm of typing how the suggestions on screen did."""

    def __init__(self, screen: Screen, rhythm: Rhythm) -> None:
        """`rhythm` hears of each verdict."""
        self._screen, self._rhythm = screen, rhythm
        self._judged: deque[str] = deque(maxlen=_MOST_JUDGED)

    def hit(self, suggestion: str) -> None:
        """A suggestion is what the user types, or takes; it counts once."""
        if suggestion not in self._judged:
            self._judged.append(suggestion)
            self._rhythm.hit()

    def judge(self, ask: Ask) -> None:
        """What stands on screen does not fit what was typed there: that counts against the model, once."""
        shown = self._screen.stood(ask.uri)
        if shown is None or shown.offer.id in self._judged:
            return
        at = shown.offer.ghost.position
        if at.line == ask.position.line and at.character < ask.position.character:
            self._judged.append(shown.offer.id)
            self._rhythm.missed()
