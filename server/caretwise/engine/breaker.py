"""The breaker: after failures a model is left alone for a while, and one request tries whether it is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caretwise.models.failure import STANDING, Failure, FailureKind, repeated_rate_limit
from caretwise.models.profile import Profile

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds: the pause doubles from the first to the longest."""

FAILURES_TO_OPEN = 3
"""Failures in a row that open the breaker."""

OPEN_AT_ONCE = STANDING | {FailureKind.OFFLINE, FailureKind.NOT_A_STREAM, FailureKind.THINKING_ONLY}
"""Failures of which one is enough: the next request would end the same way, and some of these cost money."""

RATE_PAUSE = 10.0
"""Seconds, after a rate limit that does not say for how long."""

RATE_LIMITS_TO_DOUBT = 2
"""Rate limits in a row, none of which says for how long, that are taken for a used-up quota."""

PROBE_SECONDS = 60.0
"""A probe that has not come to an end after this time no longer keeps others from asking."""


@dataclass(slots=True)
class _State:
    failures: int = 0
    rate_limits: int = 0
    pause: float = FIRST_PAUSE
    until: float = 0.0
    hard: float = 0.0
    """Until when the host itself asked not to be called; an invoked request does not go before that either."""
    last: Failure | None = None
    """Why the breaker is open; None while it is closed."""
    probing: bool = False


class Breaker:
    """One state per model; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with everything closed."""
        self._clock = clock
        self._states: dict[str, _State] = {}

    def trouble(self, model: str) -> Failure | None:
        """Why the model is in a failed state, or None. The next request to it is a probe."""
        state = self._states.get(model)
        return state.last if state is not None else None

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

    def left(self, model: str) -> float:
        """Seconds until typing may ask the model again."""
        state = self._states.get(model)
        return max(0.0, state.until - self._clock()) if state is not None and state.last is not None else 0.0

    def probing(self, model: str) -> None:
        """A request goes out to a model that had failed: the others wait for what comes of it."""
        state = self._states.get(model)
        if state is not None and state.last is not None:
            state.until, state.probing = self._clock() + PROBE_SECONDS, True

    def abandoned(self, model: str) -> None:
        """A request was given up before anything came of it: if it was the probe, another may follow after a pause."""
        state = self._states.get(model)
        if state is not None and state.probing:
            state.until, state.probing = max(state.hard, self._clock() + FIRST_PAUSE), False

    def failed(self, profile: Profile, failure: Failure) -> Failure:
        """Note a failure; what it is taken for now that one knows the ones before it."""
        state = self._states.setdefault(profile.name, _State())
        now = self._clock()
        state.failures += 1
        state.probing = False
        limited = failure.kind is FailureKind.RATE_LIMITED
        state.rate_limits = state.rate_limits + 1 if limited and failure.retry_after is None else 0
        if state.rate_limits >= RATE_LIMITS_TO_DOUBT:
            failure = repeated_rate_limit(profile)
        if limited or failure.retry_after is not None:
            state.hard = now + (failure.retry_after if failure.retry_after is not None else RATE_PAUSE)
        opens = failure.kind in OPEN_AT_ONCE or state.failures >= FAILURES_TO_OPEN
        if opens or state.hard > now:
            state.until = max(state.hard, now + state.pause if opens else 0.0)
            state.pause = min(state.pause * 2, LONGEST_PAUSE) if opens else state.pause
            state.last = failure
        return failure

    def retry(self, model: str) -> float:
        """The user wants it tried now: typing may ask at once. Seconds for which the host itself asked not to be called."""
        state = self._states.get(model)
        if state is None:
            return 0.0
        now = self._clock()
        state.until, state.pause = max(state.hard, now), FIRST_PAUSE
        return max(0.0, state.hard - now)

    def succeeded(self, model: str) -> bool:
        """Note a success; whether the model had been failing."""
        state = self._states.pop(model, None)
        return state is not None and state.last is not None
