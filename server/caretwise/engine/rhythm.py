"""When to ask: from how somebody types, how long the model takes, and how often what it says is what is typed next.

A stream that agrees with what is typed is joined and costs nothing, so a model whose suggestions are typed out is asked at
once. One that keeps missing is asked when typing rests. Times are seconds on any clock that does not go back.
"""

from __future__ import annotations

import statistics
from collections import deque

LONGEST_GAP = 0.4
"""A gap between keys longer than this is a pause, and no part of how fast somebody types."""

USUAL_GAP = 0.15
"""The gap between keys of somebody who has not typed yet."""

REST_GAPS = 1.5
"""Typing rests when no key has come for this many usual gaps."""

MOST_RESTS = 5
"""The longest wait, as a multiple of the user's `debounce_ms`."""

SLOW_MODEL = 1.0
"""Seconds to an answer from which on a model is slow: one asked too early is wrong for so long."""

_KEYS, _ANSWERS = 16, 8
_TRUST = 0.5


class Rhythm:
    """What one session knows of its user's typing and of its model's luck."""

    def __init__(self) -> None:
        """Nothing is known: the model is trusted."""
        self._gaps: deque[float] = deque(maxlen=_KEYS)
        self._answers: deque[float] = deque(maxlen=_ANSWERS)
        self._last: float | None = None
        self._deleted = False
        self.trust = 1.0
        """From 0 (nothing that the model says is typed) to 1."""

    def key(self, now: float, *, deleted: bool = False) -> None:
        """The document was changed; `deleted` when nothing was put in."""
        if self._last is not None and 0 < now - self._last <= LONGEST_GAP:
            self._gaps.append(now - self._last)
        self._last, self._deleted = now, deleted

    def answered(self, seconds: float) -> None:
        """The model took so long to the end of a suggestion."""
        self._answers.append(seconds)

    def hit(self) -> None:
        """A suggestion is being typed out, or was accepted."""
        self.trust += (1 - self.trust) * _TRUST

    def missed(self) -> None:
        """Something else was typed than what the model was writing or had written."""
        self.trust *= _TRUST

    @property
    def gap(self) -> float:
        """The usual time between two keys."""
        return statistics.median(self._gaps) if self._gaps else USUAL_GAP

    @property
    def latency(self) -> float:
        """The usual time to an answer; 0 before there was one."""
        return statistics.median(self._answers) if self._answers else 0.0

    def rest(self, *, least: float, patience: float = 1.0) -> float:
        """How long no key must have come for typing to have come to rest. `patience` is the place's (more: wait longer).

        A slow model's answer is hardly later for a longer rest, and when it is wrong it is wrong for longer: up to half as
        long again for one that takes `SLOW_MODEL`.
        """
        slow = 1 + 0.5 * min(1.0, self.latency / SLOW_MODEL)
        return min(MOST_RESTS * least, max(least, REST_GAPS * self.gap) * patience * slow)

    def wait(self, now: float, *, least: float, patience: float = 1.0, doubted: bool = False) -> float:
        """How much longer to wait before the model is asked; what the editor has waited already counts.

        Nothing while the model is trusted; all of the rest after something was deleted (there is more to come), and where
        the place itself is `doubted`.
        """
        doubt = 1.0 if self._deleted or doubted else 1.0 - self.trust
        rested = max(0.0, now - self._last) if self._last is not None else 0.0
        return max(0.0, doubt * self.rest(least=least, patience=patience) - rested)

    def told(self, wait: float) -> str:
        """Why a request waits as long as it does, for people."""
        known = f"keys come every {self.gap * 1000:.0f} ms, of the model's suggestions {self.trust:.0%} are counted on"
        return f"{known}: waited {wait * 1000:.0f} ms"
