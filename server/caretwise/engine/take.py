"""From a raw answer to what is shown of it, what is kept for later, and what is offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.ghost import Ghost, Rest, Spot, taken
from caretwise.complete.length import Length
from caretwise.complete.recipe import Result, Step, fit, unwrap
from caretwise.complete.rules.rest_of_line import rest_of_line
from caretwise.complete.stream import split, tail_head
from caretwise.engine.answers import Answer
from caretwise.engine.offer import Ask, Facts, Offer, Silence, new_id
from caretwise.engine.prepare import place_of
from caretwise.text.position import Position

_CLOSED = frozenset(")]}>\"'`;, \t")
"""What an editor may have put behind the cursor."""

COMPLETE = "the model has ended there"
"""Why nothing is asked where a suggestion that was taken whole ends."""


def take(
    ask: Ask, fingerprint: str, place: Place, style: str, raw: str, facts: Facts, length: Length | None = None
) -> Answer:
    """Make a ghost of a raw answer. `place` is the place as the model saw it.

    What is remembered is the ghost as it is shown there: that is what the user will type, if anything. The rules run
    here and not again, for the rest of a finished ghost is no answer of a model.
    """
    return take_all(ask, fingerprint, place, style, raw, facts, length)[0]


def take_all(
    ask: Ask, fingerprint: str, place: Place, style: str, raw: str, facts: Facts, length: Length | None = None
) -> tuple[Answer, str]:
    """As `take`; and what the raw answer holds beyond the ghost's end."""
    result, tail = shown(raw, ask, place, style, length)
    draft = result.draft
    ghost = Ghost(draft.text, ask.position, draft.replaces) if draft is not None and draft.text else None
    reason = "" if ghost is not None else why(result.steps) or "the model had nothing to add"
    spot = Spot.of(ask.snapshot, ask.position)
    return Answer(new_id(), spot, fingerprint, ghost, place.multiline, facts, reason, steps=result.steps, raw=raw), tail


def shown(raw: str, ask: Ask, place: Place, style: str, length: Length | None = None) -> tuple[Result, str]:
    """A raw answer through both lists of rules, at the place it was asked for; and what it holds beyond its end."""
    unwrapped = unwrap(raw, place, style)
    if unwrapped.draft is None:
        return unwrapped, ""
    text, tail = (unwrapped.draft.text, "") if length is None else split(unwrapped.draft.text, place, length)
    fitted = fit(text, place_of(ask, multiline=place.multiline))
    return Result(fitted.draft, (*unwrapped.steps, *fitted.steps)), tail


def what_follows(ask: Ask, answer: Answer, tail: str, *, ended: bool) -> Answer | None:
    """What is known of the place where the answer's ghost ends, once the user has taken all of it.

    That is the `tail` of what the model wrote, or, when the model `ended` there, that it has nothing to add. Where closers
    follow the ghost on its line, the tail belongs behind them.
    """
    ghost = answer.ghost
    if ghost is None:
        return None
    snapshot, position = taken(ask.snapshot, ghost)
    rest = snapshot.after(position)
    if tail.strip() and rest.strip():
        if not set(rest) <= _CLOSED:
            return None
        position = Position(position.line, position.character + len(rest))
    then = replace(ask, snapshot=snapshot, position=position, selected=None)
    text = tail_head(tail)
    draft = fit(text, place_of(then, multiline=True)).draft if text else None
    facts = replace(answer.facts, origin="memory")
    spot = Spot.of(snapshot, position)
    if draft is not None and draft.text:
        rest = Ghost(draft.text, position, draft.replaces)
        return Answer(new_id(), spot, answer.fingerprint, rest, multiline=True, facts=facts)
    if ended and not tail.strip():
        return Answer(new_id(), spot, answer.fingerprint, None, multiline=False, facts=facts, reason=COMPLETE)
    return None


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
        return Silence(answer.code, answer.reason, answer.facts, answer.steps)
    return Offer(answer.id, answer.ghost, answer.facts, answer.steps)


def why(steps: Sequence[Step]) -> str:
    """The reason that the last rule gave."""
    return steps[-1].reason if steps else ""
