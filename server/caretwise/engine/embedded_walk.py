"""The part of a keystroke's walk that the embedded engine answers: without a model, or in place of one that fails."""

from __future__ import annotations

from caretwise.complete.length import length
from caretwise.engine.answers import Answers
from caretwise.engine.model_walk import FAILURES, PAUSED
from caretwise.engine.offer import Ask, Facts, Offer, Silence
from caretwise.engine.outside import Outside
from caretwise.engine.prepare import place_of
from caretwise.engine.take import first, take
from caretwise.engine.trace import Trace
from caretwise.measure.event import Origin
from caretwise.models.profile import Profile


class EmbeddedWalk:
    """Asks the embedded engine for one session, and puts what it writes among the answers."""

    def __init__(self, outside: Outside, answers: Answers) -> None:
        """`answers` are those of the session."""
        self._outside, self._answers = outside, answers

    def stands_in(self, ask: Ask) -> bool:
        """Whether what is on screen may be the embedded engine's, shown in place of a model's."""
        profile = self._outside.inline_for(ask)
        if profile is None or not self._outside.settings.fallback:
            return False
        return self._outside.breaker.blocked(profile.name, invoked=ask.invoked) is not None

    def takes_over(self, profile: Profile, found: Silence) -> bool:
        """Whether the embedded engine answers in the model's place: the user wants it, and the model is in a failed state."""
        wanted = self._outside.settings.fallback and self._outside.breaker.trouble(profile.name) is not None
        return wanted and (found.code.startswith(PAUSED) or found.code in FAILURES)

    async def answer(self, ask: Ask, trace: Trace, origin: Origin = "embedded") -> Offer | Silence:
        """What it would write here, or that it is not sure enough."""
        wanted = length(ask.snapshot, ask.position, ask.language, invoked=ask.invoked)
        place = place_of(ask, multiline=wanted.multiline)
        found = await self._outside.embedded.complete(
            ask.snapshot, ask.position.line, place.prefix, place.suffix, ask.language.id, multiline=wanted.multiline
        )
        if found is None:
            return Silence("unsure", "the embedded engine is not sure enough", Facts(origin=origin))
        trace.took(found.text, "local", place)
        facts = Facts(style="local", origin=origin)
        answer = take(ask, self._outside.fingerprint(ask, embedded=True), place, "local", found.text, facts)
        self._answers.add(answer)
        return first(answer)
