"""What was found out about a suggestion, before it becomes an event: what happened to it, when, and how it is known."""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.measure.schema import Amount, Disturbed, Evidence, Kind


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
