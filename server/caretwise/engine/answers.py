"""Answers that were given, and fitting them to the text as it is now: most keystrokes are served from here."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.complete.draft import Place
from caretwise.complete.ghost import Ghost, rest_after_typing
from caretwise.complete.recipe import Result, Step, fit, unwrap
from caretwise.engine.offer import Ask, Facts, Offer, Silence
from caretwise.engine.prepare import place_of

MOST_ANSWERS = 200
"""Answers that are kept, over all documents."""


@dataclass(slots=True)
class Answer:
    """An answer that was given: the place it was asked for and the ghost (None: nothing came of it, `reason` says why)."""

    id: str
    ask: Ask
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

    def find(self, ask: Ask, fingerprint: str) -> tuple[Answer, Ghost | None] | None:
        """An answer that still fits the text, with what is left of its ghost; (answer, None) for a known silence."""
        for answer in self._answers:
            if answer.fingerprint != fingerprint or answer.ask.uri != ask.uri:
                continue
            if answer.ghost is None:
                same = answer.ask.position == ask.position and answer.ask.snapshot.lines == ask.snapshot.lines
                if same:
                    return answer, None
                continue
            if not same_below(answer.ask, ask):
                continue
            rest = rest_after_typing(answer.ghost, answer.ask.snapshot, ask.snapshot, ask.position)
            if rest is not None:
                return answer, rest
        return None

    def forget(self, uri: str) -> None:
        """Drop what was answered for a document."""
        self._answers = deque((one for one in self._answers if one.ask.uri != uri), maxlen=MOST_ANSWERS)


def same_below(then: Ask, now: Ask) -> bool:
    """Whether the lines below the cursor are the same ones (a few of them: they shaped the answer most)."""
    was, here = then.position.line + 1, now.position.line + 1
    return then.snapshot.lines[was : was + 5] == now.snapshot.lines[here : here + 5]


def take(ask: Ask, fingerprint: str, place: Place, style: str, raw: str, facts: Facts) -> Answer:
    """Make a ghost of a raw answer. `place` is the place as the model saw it.

    What is remembered is the ghost as it is shown there: that is what the user will type, if anything.
    """
    result = shown(raw, ask, place, style)
    draft = result.draft
    ghost = Ghost(draft.text, ask.position, draft.replaces) if draft is not None and draft.text else None
    reason = "" if ghost is not None else why(result.steps) or "the model had nothing to add"
    return Answer(new_id(), ask, fingerprint, ghost, place.multiline, facts, reason, result.steps)


def shown(raw: str, ask: Ask, place: Place, style: str) -> Result:
    """A raw answer through both lists of rules, at the place it was asked for."""
    unwrapped = unwrap(raw, place, style)
    if unwrapped.draft is None:
        return unwrapped
    fitted = fit(unwrapped.draft.text, place_of(ask, multiline=place.multiline))
    return Result(fitted.draft, (*unwrapped.steps, *fitted.steps))


def offer(ask: Ask, answer: Answer, ghost: Ghost, facts: Facts, suggestion: str) -> Offer | Silence:
    """Fit what is left of an answer to the text as it is now; `suggestion` is the id it is offered under."""
    result = fit(ghost.text, place_of(ask, multiline=answer.multiline))
    if result.draft is None:
        return Silence("empty", why(result.steps), facts, result.steps)
    fitted = Ghost(result.draft.text, ask.position, result.draft.replaces)
    return Offer(suggestion, fitted, facts, answer.steps + result.steps)


def why(steps: Sequence[Step]) -> str:
    """The reason that the last rule gave."""
    return steps[-1].reason if steps else ""


def new_id() -> str:
    """A random identifier for a suggestion."""
    return uuid.uuid4().hex[:16]
