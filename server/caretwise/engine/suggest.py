"""The walk of a keystroke: from a place in a document to ghost text, or to silence with a reason.

Read `Suggester.suggest` first: its lines are the stages, in their order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from caretwise.complete.ghost import Rest, taken
from caretwise.complete.trigger import Trigger
from caretwise.context.edits import RecentEdit
from caretwise.engine.answers import Answer, Answers
from caretwise.engine.candidates import Candidates, distinct
from caretwise.engine.embedded_walk import EmbeddedWalk
from caretwise.engine.facts import name_only
from caretwise.engine.gate import Gate
from caretwise.engine.manners import Manners
from caretwise.engine.menu import ahead, back
from caretwise.engine.model_walk import FAILURES, LATE, SUPERSEDED, ModelWalk, deadline
from caretwise.engine.offer import Ask, Offer, Silence
from caretwise.engine.outside import Outside
from caretwise.engine.remembered import Remembered
from caretwise.engine.screen import Screen
from caretwise.engine.trace import Trace
from caretwise.engine.verdicts import Verdicts
from caretwise.measure.event import Amount, Kind
from caretwise.models.profile import Profile, Role
from caretwise.text.edit import TextEdit
from caretwise.text.language import identify
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

LATELY = "what was answered lately"
"""A stage, as the story of a suggestion names it."""

HEAD_START = 0.05
"""Seconds after which further candidates are asked for beside the first: it is the one that is waited for."""


class Suggester:
    """Makes suggestions for one session."""

    def __init__(self, outside: Outside, screen: Screen) -> None:
        """`screen` is told of everything that is offered."""
        self._outside, self._screen = outside, screen
        self._answers = Answers()
        self._manners = Manners()
        screen.on_shown = self._on_shown
        self._gate = Gate(outside)
        self._model = ModelWalk(outside, self._answers, self._is_newest)
        self._embedded = EmbeddedWalk(outside, self._answers)
        self._verdicts = Verdicts(screen, self._model.rhythm)
        self._remembered = Remembered(outside, screen, self._answers, self._embedded, self._verdicts)
        self._newest: dict[str, Ask] = {}
        self._several: tuple[tuple[str, int, Position], list[Offer]] | None = None
        """The other candidates of who asked by hand last: asked again at once, they are the same."""
        self._warming: asyncio.Task[None] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self.last: tuple[Ask, Offer | Silence, Trace] | None = None
        self.last_answered: tuple[Ask, Trace] | None = None
        """The last place that something was written for, and the story of that."""

    async def suggest(self, ask: Ask, trace: Trace | None = None) -> Offer | Silence:
        """Ghost text for a place. Always ends within the deadline; cancelling it leaves a running stream alone."""
        trace = trace or Trace()
        ask = self._outside.assigned(ask)
        going_on = ahead(ask)
        if isinstance(going_on, Silence):
            return going_on
        found = back(ask, await self._walk(going_on, trace))
        self._finish(ask, going_on, found, trace)
        return found

    def at_once(self, ask: Ask) -> Offer | Silence | None:
        """What `suggest` would say, where nothing has to be waited for: most keys of who types what is suggested.

        None: `suggest` is to be asked. Nobody was told anything by then.
        """
        if ask.invoked or ask.selected is not None or not self._gate.is_open(ask):
            return None
        since = time.perf_counter()
        ask = self._outside.assigned(ask)
        found = self._remembered.find(ask)
        if found is None:
            return None
        trace = Trace([(LATELY, (time.perf_counter() - since) * 1000)])
        self._newest[ask.uri] = ask
        found = self._with_manners(ask, found)
        self._finish(ask, ask, found, trace)
        self._screen.later(partial(self._gate.renew, ask))
        return found

    async def several(self, ask: Ask) -> list[Offer]:
        """Up to three distinct candidates, for somebody who asks by hand; one while typing."""
        if not ask.invoked or ask.selected is not None:
            return _listed(await self.suggest(ask))
        ask = self._outside.assigned(ask)
        profile = self._outside.inline_for(ask)
        if profile is None or await self._gate.objection(ask, Trace()) is not None:
            return _listed(await self.suggest(ask))
        remembered = self._answers.find(ask, self._outside.fingerprint(ask))
        asked = asyncio.create_task(self.suggest(ask))
        try:
            with self._model.requests.made_once():
                return await self._beside(ask, profile, asked, remembered)
        finally:
            asked.cancel()

    async def _beside(
        self,
        ask: Ask,
        profile: Profile,
        asked: asyncio.Task[Offer | Silence],
        remembered: tuple[Answer, Rest | None] | None,
    ) -> list[Offer]:
        candidates: Candidates | None = None
        known = [self._remembered.rest(ask, *remembered)] if remembered is not None else []
        try:
            # The first request has a head start: it is the one that is waited for, and a host may take one at a time.
            await asyncio.wait([asked], timeout=HEAD_START)
            silent = asked.done() and isinstance(asked.result(), Silence)
            again = self._several is not None and self._several[0] == _state(ask)
            if again and self._several is not None:
                known += self._several[1]
            if not (silent or again or self._outside.breaker.trouble(profile.name)):
                candidates = Candidates(self._outside, ask, await self._model.prepared(ask, profile))
            found = await asked
            if not isinstance(found, Offer):
                return []
            more = [one for one in known if isinstance(one, Offer)]
            others = await candidates.beside(found, more) if candidates is not None else distinct([found, *more])[1:]
        finally:
            if candidates is not None:
                candidates.end()
        self._several = _state(ask), others
        for other in others:
            self._screen.also(ask, other)
            self._manners.offered(other.id, ask, other.ghost)
        return [found, *others]

    async def _walk(self, ask: Ask, trace: Trace) -> Offer | Silence:
        self._newest[ask.uri] = ask
        try:
            async with asyncio.timeout(deadline(ask)):
                found = await self._found(ask, trace)
        except TimeoutError:
            found = Silence("deadline", "no answer within the deadline")
        return self._with_manners(ask, found)

    async def _found(self, ask: Ask, trace: Trace) -> Offer | Silence:
        found: Offer | Silence | None = await self._gate.objection(ask, trace)
        if self._overtaken(ask):  # while the disk was asked
            return SUPERSEDED
        if found is None:
            with trace.stage(LATELY):
                found = self._remembered.find(ask)
        if found is None:
            # Something else was typed: what is on screen is not on screen any more, whoever is told of it.
            self._verdicts.judge(ask)
            self._screen.cleared(ask.uri)
            self._look_ahead(ask)
            found = await self._gate.denial(ask)
            if found is None:
                found = self._remembered.find(ask)  # a stream may have come to its end while the disk was asked
        return found if found is not None else await self._new(ask, trace)

    def _with_manners(self, ask: Ask, found: Offer | Silence) -> Offer | Silence:
        """A suggestion that the user has just deleted or sent away does not come back while typing."""
        if isinstance(found, Silence) or ask.invoked:
            return found
        objection = self._manners.objection(ask, found.ghost)
        return found if objection is None else Silence(*objection, found.facts, found.steps)

    # -- the stages ------------------------------------------------------------------------------------------------

    def _look_ahead(self, ask: Ask) -> None:
        profile = self._outside.inline_for(ask)
        if profile is not None and not profile.cannot(Role.INLINE):
            self._model.look_ahead(ask, profile)

    async def _new(self, ask: Ask, trace: Trace) -> Offer | Silence:
        """Something new: from the model, or from the embedded engine when none is configured."""
        profile = self._outside.inline_for(ask)
        if profile is None:
            with trace.stage("embedded engine"):
                return await self._embedded.answer(ask, trace)
        refused = profile.cannot(Role.INLINE)
        if refused:
            self._outside.notices.tell(f"{profile.name}:inline", refused)
            return Silence("refused_profile", refused)
        found = await self._model.answer(ask, profile, trace)
        if isinstance(found, Silence) and found.facts is not None:
            self._verdicts.nothing(ask)
        if not isinstance(found, Silence) or not self._embedded.takes_over(profile, found):
            return found
        # The model had its chance: that it was not taken is one of its own figures, and the rest is none of them.
        self._note_silence(ask, found)
        with trace.stage("embedded engine, in place of the model"):
            return await self._embedded.answer(ask, trace, "fallback")

    # -- bookkeeping -----------------------------------------------------------------------------------------------

    def _finish(self, ask: Ask, going_on: Ask, found: Offer | Silence, trace: Trace) -> None:
        if isinstance(found, Offer) and self._overtaken(going_on):
            return  # the text is another by now: the editor shows nothing of this, and it was no opportunity
        self.last = (ask, found, trace)
        if trace.answer:
            self.last_answered = (going_on, trace)
        if isinstance(found, Offer):
            if found.facts.origin != "typed":
                self._outside.recorder.of_ask(Kind.OPPORTUNITY, ask, found.facts)
            self._screen.offered(ask, found)
            self._screen.later(partial(self._manners.offered, found.id, ask, found.ghost))
            return
        if self._is_newest(going_on):
            self._screen.cleared(ask.uri)
        self._note_silence(ask, found)

    def _on_shown(self, suggestion: str) -> None:
        """A suggestion is looked at: what may follow it is asked for meanwhile, if the user wants that and it is free."""
        if self.last is None or not self._outside.settings.prepare_next:
            return
        ask, found, _ = self.last
        profile = self._outside.inline_for(ask)
        if profile is None or profile.price():
            return
        if isinstance(found, Offer) and found.id == suggestion and ask.selected is None:
            snapshot, position = taken(ask.snapshot, found.ghost)
            then = replace(ask, snapshot=snapshot, position=position, trigger=Trigger.AUTOMATIC)
            self._preparing = _loop().create_task(self._model.prepare_next(then, profile))

    def _note_silence(self, ask: Ask, found: Silence) -> None:
        if found.code != "superseded":
            self._outside.recorder.of_ask(
                Kind.OPPORTUNITY, ask, found.facts or name_only(self._outside.inline_for(ask))
            )
        if found.code in {"superseded", LATE} or found.code in FAILURES:
            # The first is no outcome of its own, the others are noted when the stream ends.
            return
        kind = Kind.EMPTY if found.facts is not None else Kind.SUPPRESSED
        self._outside.recorder.of_ask(
            kind, ask, found.facts or name_only(self._outside.inline_for(ask)), reason=found.code
        )

    @property
    def running(self) -> int:
        """How many streams run."""
        return self._model.running

    def sent_away(self, suggestion: str) -> None:
        """The user said that a suggestion is not wanted: it is not made in that place again."""
        self._screen.catch_up()
        self._manners.dismissed(suggestion)

    def closed(self, uri: str) -> None:
        """A document was closed: nothing of it is waited for or kept."""
        self._model.closed(uri)
        self._answers.forget(uri)
        self._newest.pop(uri, None)
        if self._several is not None and self._several[0][0] == uri:
            self._several = None
        self._manners.closed(uri)
        self._verdicts.closed(uri)
        self._screen.closed(uri)

    def close(self) -> None:
        """The session ends."""
        for task in (self._warming, self._preparing):
            if task is not None:
                task.cancel()
        self._model.close()

    def opened(self, snapshot: Snapshot) -> None:
        """A document was opened or saved: what its first key would have to wait for is done now, and nothing is sent."""
        profile = self._outside.inline
        if profile is not None:
            ask = Ask(snapshot, Position(0, 0), identify(snapshot.language_id, snapshot.uri), "")
            self._warming = _loop().create_task(self._model.warm(ask, profile))

    def changed(self, before: Snapshot | None, edits: Sequence[TextEdit], after: Snapshot) -> None:
        """A document was changed."""
        self._manners.changed(before, edits, after)
        self._model.rhythm.key(_now(), deleted=all(not edit.new_text for edit in edits))

    def accepted(self, suggestion: str, amount: Amount) -> bool:
        """The editor has inserted a suggestion; whether it was one of ours."""
        known = self._screen.accepted(suggestion, amount)
        if known:
            self._verdicts.hit(suggestion)
            self._manners.accepted(suggestion)
        return known

    def use_edits(self, edits: Callable[[], Sequence[RecentEdit]]) -> None:
        """Where recent edits are had from: whoever sees the documents change collects them."""
        self._model.requests.edits = edits

    def _overtaken(self, ask: Ask) -> bool:
        """Whether the document has been asked about in another state since."""
        newest = self._newest.get(ask.uri, ask)
        return (newest.snapshot.version, newest.position) != (ask.snapshot.version, ask.position)

    def _is_newest(self, ask: Ask) -> bool:
        return self._newest.get(ask.uri) is ask


def _listed(found: Offer | Silence) -> list[Offer]:
    return [found] if isinstance(found, Offer) else []


def _state(ask: Ask) -> tuple[str, int, Position]:
    """What must be the same for candidates to hold."""
    return ask.uri, ask.snapshot.version, ask.position


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def _now() -> float:
    return _loop().time()
