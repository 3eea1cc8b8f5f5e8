"""Answers that were given, and fitting them to the text as it is now: most keystrokes are served from here."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.ghost import Ghost, Rest, Spot, rest_after_typing
from caretwise.complete.recipe import Result, Step, fit, unwrap
from caretwise.complete.rules.rest_of_line import rest_of_line
from caretwise.engine.offer import Ask, Facts, Offer, Silence, new_id
from caretwise.engine.prepare import place_of

MOST_ANSWERS = 200
"""Answers that are kept, over all documents."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was given: where, and the ghost as it was shown there (None: nothing came of it, see `reason`)."""

    id: str
    spot: Spot
    fingerprint: str
    ghost: Ghost | None
    multiline: bool
    facts: Facts
    reason: str = ""
    steps: tuple[Step, ...] = ()


class Answers:
    """The last answers, newest first."""

    def __init__(self) -> None:
        """Nothing was answered yet."""
        self._answers: deque[Answer] = deque(maxlen=MOST_ANSWERS)

    def add(self, answer: Answer) -> None:
        """Remember an answer."""
        self._answers.appendleft(answer)

    def find(self, ask: Ask, fingerprint: str) -> tuple[Answer, Rest | None] | None:
        """An answer that still fits the text, with what is left of its ghost; (answer, None) for a known silence."""
        here = Spot.of(ask.snapshot, ask.position)
        for answer in self._answers:
            if answer.fingerprint != fingerprint or answer.spot.uri != ask.uri:
                continue
            if answer.ghost is None:
                if answer.spot == here:
                    return answer, None
                continue
            rest = rest_after_typing(answer.ghost, answer.spot, ask.snapshot, ask.position)
            if rest is not None:
                return answer, rest
        return None

    def forget(self, uri: str) -> None:
        """Drop what was answered for a document."""
        self._answers = deque((one for one in self._answers if one.spot.uri != uri), maxlen=MOST_ANSWERS)


def take(ask: Ask, fingerprint: str, place: Place, style: str, raw: str, facts: Facts) -> Answer:
    """Make a ghost of a raw answer. `place` is the place as the model saw it.

    What is remembered is the ghost as it is shown there: that is what the user will type, if anything. The rules run
    here and not again, for the rest of a finished ghost is no answer of a model.
    """
    result = shown(raw, ask, place, style)
    draft = result.draft
    ghost = Ghost(draft.text, ask.position, draft.replaces) if draft is not None and draft.text else None
    reason = "" if ghost is not None else why(result.steps) or "the model had nothing to add"
    spot = Spot.of(ask.snapshot, ask.position)
    return Answer(new_id(), spot, fingerprint, ghost, place.multiline, facts, reason, result.steps)


def shown(raw: str, ask: Ask, place: Place, style: str) -> Result:
    """A raw answer through both lists of rules, at the place it was asked for."""
    unwrapped = unwrap(raw, place, style)
    if unwrapped.draft is None:
        return unwrapped
    fitted = fit(unwrapped.draft.text, place_of(ask, multiline=place.multiline))
    return Result(fitted.draft, (*unwrapped.steps, *fitted.steps))


def offer(ask: Ask, answer: Answer, rest: Rest, facts: Facts, suggestion: str) -> Offer | Silence:
    """What is left of an answer, as it is offered under the id `suggestion`."""
    ghost = rest.ghost
    if rest.closed:
        # The ghost brings the closers that the editor has put there; one of the two has to go.
        fitted = rest_of_line(Draft(ghost.text), place_of(ask, multiline=answer.multiline))
        if isinstance(fitted, Drop) or not fitted.text.strip():
            return Silence("empty", "nothing is left beside what the editor has closed", facts)
        ghost = Ghost(fitted.text, ghost.position, fitted.replaces)
    return Offer(suggestion, ghost, facts, answer.steps)


def first(answer: Answer) -> Offer | Silence:
    """A new answer, at the very place it was asked for."""
    if answer.ghost is None:
        return Silence("empty", answer.reason, answer.facts, answer.steps)
    return Offer(answer.id, answer.ghost, answer.facts, answer.steps)


def why(steps: Sequence[Step]) -> str:
    """The reason that the last rule gave."""
    return steps[-1].reason if steps else ""
