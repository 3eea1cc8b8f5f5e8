"""What was found out about a suggestion, before it becomes an event: what happened to it, when, and how it is known."""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.measure.schema import Amount, Disturbed, Evidence, Kind

_DAY_MS = 86_400_000


def milliseconds(earlier: float, later: float) -> float | None:
    """Between two times in seconds; None when the clock was set back or far forward meanwhile."""
    between = (later - earlier) * 1000
    return between if 0 <= between <= _DAY_MS else None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to a suggestion at a time (seconds since 1970). The fields mean what the event's do."""

    kind: Kind
    suggestion: str
    at: float
    amount: Amount = ""
    evidence: Evidence = ""
    characters: int | None = None
    lines: int | None = None
    reason: str = ""
    shown_ms: float | None = None
    visible_ms: float | None = None
    after_s: int | None = None
    share: float | None = None
    disturbed: Disturbed = ""
