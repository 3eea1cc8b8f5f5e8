"""Facts of a suggestion, each made once: shown, accepted, typed through, superseded."""

from __future__ import annotations

from caretwise.measure.candidate import Candidate
from caretwise.measure.fact import Fact, milliseconds
from caretwise.measure.schema import Amount, Evidence, Kind


def shown(at: float, one: Candidate, evidence: Evidence, since: float) -> list[Fact]:
    """It was on screen from `since` on, as is known at `at`; nothing when that was noted before."""
    if one.shown_at is not None:
        return []
    one.shown_at = since
    lines = one.text.count("\n") + 1
    return [
        Fact(
            Kind.SHOWN,
            one.id,
            at,
            evidence=evidence,
            characters=len(one.text),
            lines=lines,
            shown_ms=milliseconds(one.asked_at, since),
            visible_ms=milliseconds(since, at),
        )
    ]


def accepted(at: float, one: Candidate, amount: Amount, evidence: Evidence) -> list[Fact]:
    """So much of it was accepted by now, as this witness says; nothing that this witness has said before."""
    if one.noted.get(evidence, 0) >= one.accepted:
        return []
    one.noted[evidence] = one.accepted
    return [
        Fact(
            Kind.ACCEPTED,
            one.id,
            at,
            amount=amount,
            evidence=evidence,
            characters=one.accepted,
            lines=one.accepted_lines,
            visible_ms=visible(at, one),
        )
    ]


def typed(at: float, one: Candidate, *, whole: bool = False) -> list[Fact]:
    """What the user typed of it by hand."""
    if not one.typed:
        return []
    amount: Amount = "full" if whole and not one.accepted else ""
    return [Fact(Kind.TYPED_THROUGH, one.id, at, amount=amount, characters=one.typed, visible_ms=visible(at, one))]


def visible(at: float, one: Candidate) -> float | None:
    """Milliseconds for which it has been on screen; None when it never was, or the clock was set."""
    return milliseconds(one.shown_at, at) if one.shown_at is not None else None
