"""What was answered before and still fits: no model is asked, and nothing is waited for."""

from __future__ import annotations

from dataclasses import replace

from caretwise.complete.ghost import Rest
from caretwise.engine.answers import Answer, Answers
from caretwise.engine.embedded_walk import EmbeddedWalk
from caretwise.engine.offer import Ask, Facts, Offer, Silence, new_id
from caretwise.engine.outside import Outside
from caretwise.engine.screen import Screen
from caretwise.engine.take import offer
from caretwise.engine.verdicts import Verdicts
from caretwise.measure.event import Origin

TYPED_OUT = 3
"""Code points of a suggestion that were typed as it says them: fewer may be chance."""


class Remembered:
    """Finds answers for places that were asked about before, or that typing has come to since."""

    def __init__(
        self, outside: Outside, screen: Screen, answers: Answers, embedded: EmbeddedWalk, verdicts: Verdicts
    ) -> None:
        """`verdicts` is told when a suggestion is being typed out."""
        self._outside, self._screen, self._answers = outside, screen, answers
        self._embedded, self._verdicts = embedded, verdicts
        self._lately = Facts(), Facts()

    def find(self, ask: Ask) -> Offer | Silence | None:
        """What was answered before and still fits: the rest of the ghost on screen above all."""
        found = self._answers.find(ask, self._outside.fingerprint(ask))
        if found is None and self._embedded.stands_in(ask):
            found = self._answers.find(ask, self._outside.fingerprint(ask, embedded=True))
        if found is None:
            return None
        return self.rest(ask, *found)

    def rest(self, ask: Ask, answer: Answer, rest: Rest | None) -> Offer | Silence | None:
        """What is left of a remembered answer."""
        if ask.invoked and (rest is None or not answer.multiline):
            # Who asks by hand wants more than what the typing brought.
            return None
        if rest is None:
            return Silence(answer.code, answer.reason, replace(answer.facts, origin="memory"), answer.steps)
        on_screen = self._screen.current(ask.uri)
        same = on_screen is not None and on_screen.offer.id == answer.id
        origin = "typed" if same else "memory"
        if answer.ghost is not None and len(answer.ghost.text) - len(rest.ghost.text) >= TYPED_OUT:
            self._verdicts.hit(answer.id)
        fitted = offer(ask, answer, rest, self._facts(answer, origin), answer.id if same else new_id())
        return fitted if isinstance(fitted, Offer) else None

    def _facts(self, answer: Answer, origin: Origin) -> Facts:
        """The answer's facts with another origin: the same for key after key."""
        was, facts = self._lately
        if was is not answer.facts or facts.origin != origin:
            facts = replace(answer.facts, origin=origin)
            self._lately = answer.facts, facts
        return facts
