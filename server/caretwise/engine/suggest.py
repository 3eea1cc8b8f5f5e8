"""The walk of a keystroke: from a place in a document to ghost text, or to silence with a reason.

Read `Suggester.suggest` first: its lines are the stages, in their order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from caretwise.complete.length import Length, length
from caretwise.complete.trigger import Suppressed, suppression
from caretwise.context.edits import RecentEdit
from caretwise.engine.answers import Answers, first, offer, take
from caretwise.engine.facts import name_only
from caretwise.engine.model_walk import LATE, PAUSED, ModelWalk, deadline
from caretwise.engine.offer import Ask, Facts, Offer, Silence, new_id
from caretwise.engine.outside import Outside
from caretwise.engine.prepare import place_of
from caretwise.engine.screen import Screen
from caretwise.engine.trace import Trace
from caretwise.measure.event import Kind, Origin
from caretwise.models.failure import FailureKind
from caretwise.models.profile import Profile, Role
from caretwise.syntax.grammar import Parsed, parse

_FAILURES = frozenset(kind.value for kind in FailureKind)


ALLOWED_SECONDS = 1.0
"""How long a file that may be sent may go on being answered from memory without another look at the disk. Before
anything new is made the disk is asked each time."""


class Suggester:
    """Makes suggestions for one session."""

    def __init__(self, outside: Outside, screen: Screen) -> None:
        """`screen` is told of everything that is offered."""
        self._outside, self._screen = outside, screen
        self._answers = Answers()
        self._model = ModelWalk(outside, self._answers, self._is_newest, self._parse)
        self._newest: dict[str, Ask] = {}
        self._allowed: tuple[object, str] | None = None
        self._allowed_until = 0.0
        self._parsed: tuple[tuple[str, int], Parsed | None] | None = None
        self.last: tuple[Ask, Offer | Silence, Trace] | None = None

    async def suggest(self, ask: Ask, trace: Trace | None = None) -> Offer | Silence:
        """Ghost text for a place. Always ends within the deadline; cancelling it leaves a running stream alone."""
        trace = trace or Trace()
        self._newest[ask.uri] = ask
        found = self._gate(ask, trace)
        if found is None:
            with trace.stage("what was answered lately"):
                found = self._remembered(ask)
        if found is None:
            # Something else was typed: what is on screen is not on screen any more, whoever is told of it.
            self._screen.cleared(ask.uri)
            found = self._denial(ask)
        if found is None:
            try:
                async with asyncio.timeout(deadline(ask)):
                    found = await self._new(ask, trace)
            except TimeoutError:
                found = Silence("deadline", "no answer within the deadline")
        found = self._with_menu(ask, found)
        self._finish(ask, found, trace)
        return found

    # -- the stages ------------------------------------------------------------------------------------------------

    def _gate(self, ask: Ask, trace: Trace) -> Silence | None:
        """Reasons to stay silent that need no model: a pause, a file that must not be sent, a place not worth asking."""
        outside = self._outside
        if outside.paused:
            return Silence("paused", "suggestions are paused")
        if ask.language.id in outside.settings.languages_off:
            return Silence("language_off", f"suggestions are off for {ask.language.title}")
        if not outside.settings.automatic and not ask.invoked:
            return Silence("manual_only", "suggestions come only when asked for")
        if outside.capped() and not ask.invoked:
            return Silence("daily_cap", outside.spending.sentence())
        with trace.stage("may this file be sent?"):
            allowed_lately = self._allowed == (outside.project, ask.uri) and _now() < self._allowed_until
            denied = None if allowed_lately else self._denial(ask)
        if denied is not None:
            return denied
        found = suppression(ask.snapshot, ask.position, ask.trigger)
        return _silence(found) if found is not None else None

    def _denial(self, ask: Ask) -> Silence | None:
        """Asks the disk: what the path leads to, and the ignore rules that hold there."""
        outside = self._outside
        verdict = outside.project.verdict_for_document(ask.uri)
        if verdict.allowed:
            self._allowed, self._allowed_until = (outside.project, ask.uri), _now() + ALLOWED_SECONDS
            return None
        self._allowed = None
        outside.notices.tell(f"denied:{verdict.reason}", f"No suggestions in {ask.path}: {verdict.reason}.")
        return Silence("denied", verdict.reason)

    def _remembered(self, ask: Ask) -> Offer | Silence | None:
        """What was answered before and still fits: the rest of the ghost on screen above all."""
        found = self._answers.find(ask, self._outside.fingerprint())
        if found is None and self._fallen_back(ask):
            found = self._answers.find(ask, self._outside.fingerprint(embedded=True))
        if found is None:
            return None
        answer, rest = found
        if ask.invoked and (rest is None or not answer.multiline):
            # Who asks by hand wants more than what the typing brought.
            return None
        if rest is None:
            return Silence("empty", answer.reason, replace(answer.facts, origin="memory"), answer.steps)
        on_screen = self._screen.current(ask.uri)
        same = on_screen is not None and on_screen.offer.id == answer.id and not on_screen.done
        origin = "typed" if same else "memory"
        fitted = offer(ask, answer, rest, replace(answer.facts, origin=origin), answer.id if same else new_id())
        return fitted if isinstance(fitted, Offer) else None

    def _fallen_back(self, ask: Ask) -> bool:
        """Whether what is on screen may be the embedded engine's, shown in place of a model's."""
        profile = self._outside.inline
        if profile is None or not self._outside.settings.fallback:
            return False
        return self._outside.breaker.blocked(profile.name, invoked=ask.invoked) is not None

    async def _new(self, ask: Ask, trace: Trace) -> Offer | Silence:
        """Something new: from the model, or from the embedded engine when none is configured."""
        profile = self._outside.inline
        wanted = length(ask.snapshot, ask.position, ask.language, invoked=ask.invoked)
        if profile is None:
            with trace.stage("embedded engine"):
                return await self._from_embedded(ask, wanted)
        refused = profile.cannot(Role.INLINE)
        if refused:
            self._outside.notices.tell(f"{profile.name}:inline", refused)
            return Silence("refused_profile", refused)
        found = await self._model.answer(ask, profile, wanted, trace)
        if not isinstance(found, Silence) or not self._falls_back(profile, found):
            return found
        # The model had its chance: that it was not taken is one of its own figures, and the rest is none of them.
        self._note_silence(ask, found)
        with trace.stage("embedded engine, in place of the model"):
            return await self._from_embedded(ask, wanted, "fallback")

    def _falls_back(self, profile: Profile, found: Silence) -> bool:
        """Whether the embedded engine answers in the model's place: the user wants it, and the model is in a failed state."""
        wanted = self._outside.settings.fallback and self._outside.breaker.trouble(profile.name) is not None
        return wanted and (found.code.startswith(PAUSED) or found.code in _FAILURES)

    async def _from_embedded(self, ask: Ask, wanted: Length, origin: Origin = "embedded") -> Offer | Silence:
        place = place_of(ask, multiline=wanted.multiline)
        found = await self._outside.embedded.complete(
            ask.snapshot, place.prefix, place.suffix, ask.language.id, multiline=wanted.multiline
        )
        if found is None:
            return Silence("unsure", "the embedded engine is not sure enough", Facts(origin=origin))
        facts = Facts(style="local", origin=origin)
        answer = take(ask, self._outside.fingerprint(embedded=True), place, "local", found.text, facts)
        self._answers.add(answer)
        return first(answer)

    def _with_menu(self, ask: Ask, found: Offer | Silence) -> Offer | Silence:
        """With an entry of the completion menu selected, a suggestion must go on from that entry."""
        selected = ask.selected
        if selected is None or isinstance(found, Silence):
            return found
        ghost = found.ghost
        typed = ask.snapshot.slice(replace(selected.range, end=ask.position))
        if selected.range.end != ask.position or not (typed + ghost.text).startswith(selected.text):
            return Silence("menu", "the suggestion does not go on from the selected entry of the menu", found.facts)
        start = replace(ghost, text=typed + ghost.text, position=selected.range.start)
        return replace(found, ghost=replace(start, replaces=len(typed) + ghost.replaces))

    # -- bookkeeping -----------------------------------------------------------------------------------------------

    def _finish(self, ask: Ask, found: Offer | Silence, trace: Trace) -> None:
        self.last = (ask, found, trace)
        if isinstance(found, Offer):
            if found.facts.origin != "typed":
                self._outside.recorder.of_ask(Kind.OPPORTUNITY, ask, found.facts)
            self._screen.offered(ask, found)
            return
        if self._is_newest(ask):
            self._screen.cleared(ask.uri)
        self._note_silence(ask, found)

    def _note_silence(self, ask: Ask, found: Silence) -> None:
        if found.code != "superseded":
            self._outside.recorder.of_ask(Kind.OPPORTUNITY, ask, found.facts or name_only(self._outside.inline))
        if found.code in {"superseded", LATE} or found.code in _FAILURES:
            # The first is no outcome of its own, the others are noted when the stream ends.
            return
        kind = Kind.EMPTY if found.facts is not None else Kind.SUPPRESSED
        self._outside.recorder.of_ask(kind, ask, found.facts or name_only(self._outside.inline), reason=found.code)

    @property
    def running(self) -> int:
        """How many streams run."""
        return self._model.running

    def closed(self, uri: str) -> None:
        """A document was closed: nothing of it is waited for or kept."""
        self._model.closed(uri)
        self._answers.forget(uri)
        self._newest.pop(uri, None)
        self._screen.cleared(uri)

    def close(self) -> None:
        """The session ends."""
        self._model.close()

    def note_edits(self, edits: Sequence[RecentEdit]) -> None:
        """Recent edits, as whoever sees the documents change has collected them."""
        self._model.edits = edits

    def _is_newest(self, ask: Ask) -> bool:
        return self._newest.get(ask.uri) is ask

    def _parse(self, ask: Ask) -> Parsed | None:
        key = (ask.uri, ask.snapshot.version)
        earlier = self._parsed[1] if self._parsed is not None else None
        outside = earlier is not None and not earlier.first_line <= ask.position.line < earlier.last_line
        if self._parsed is None or self._parsed[0] != key or outside:
            self._parsed = (key, parse(ask.snapshot, ask.language, ask.position, earlier=earlier))
        return self._parsed[1]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _silence(found: Suppressed) -> Silence:
    return Silence(found.code, found.reason)
