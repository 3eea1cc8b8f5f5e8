"""The breaker: after failures a model is left alone for a while, and one request tries whether it is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caretwise.models.failure import STANDING, Failure, FailureKind

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds: the pause doubles from the first to the longest."""

FAILURES_TO_OPEN = 3
"""Passing failures in a row that open the breaker; a standing one (a refused key) opens it at once."""

_RATE_PAUSE = 10.0


@dataclass(slots=True)
class _State:
    failures: int = 0
    pause: float = FIRST_PAUSE
    until: float = 0.0
    hard: float = 0.0
    """Until when the host itself asked not to be called; an invoked request does not go before that either."""
    last: Failure | None = None


class Breaker:
    """One state per model; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with everything closed."""
        self._clock = clock
        self._states: dict[str, _State] = {}

    def blocked(self, model: str, *, invoked: bool) -> Failure | None:
        """Why the model must not be asked now, or None. A user who asks may try earlier than typing does.

        Asking this changes nothing; whoever then sends a request says so with `probing`.
        """
        state = self._states.get(model)
        if state is None or state.last is None:
            return None
        now = self._clock()
        if now < state.hard or (now < state.until and not invoked):
            return state.last
        return None

    def probing(self, model: str) -> None:
        """A request goes out to a model that had failed; until it is back, the others wait for another pause."""
        state = self._states.get(model)
        if state is not None and state.last is not None:
            state.until = self._clock() + state.pause

    def failed(self, model: str, failure: Failure) -> None:
        """Note a failure."""
        state = self._states.setdefault(model, _State())
        now = self._clock()
        state.failures += 1
        if failure.kind is FailureKind.RATE_LIMITED:
            state.hard = now + (failure.retry_after if failure.retry_after is not None else _RATE_PAUSE)
            state.until = max(state.until, state.hard)
            state.last = failure
        elif failure.kind in STANDING or failure.kind is FailureKind.OFFLINE or state.failures >= FAILURES_TO_OPEN:
            state.until = now + state.pause
            state.pause = min(state.pause * 2, LONGEST_PAUSE)
            state.last = failure

    def succeeded(self, model: str) -> bool:
        """Note a success; whether the model had been failing."""
        return self._states.pop(model, None) is not None
