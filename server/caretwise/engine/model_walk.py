"""The part of a keystroke's walk that reaches a model: join a running stream or start one, wait, take the answer.

Read `ModelWalk.answer` first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from caretwise.complete.trigger import patience
from caretwise.engine.answers import Answers
from caretwise.engine.gate import unwanted_text
from caretwise.engine.landing import Landing
from caretwise.engine.offer import Ask, Offer, Silence
from caretwise.engine.outside import Outside
from caretwise.engine.pending import Flight, Flights
from caretwise.engine.prepare import Prepared
from caretwise.engine.requests import Requests
from caretwise.engine.rhythm import Rhythm
from caretwise.engine.search import Search
from caretwise.engine.take import offer
from caretwise.engine.trace import Trace
from caretwise.measure.event import Kind
from caretwise.models.failure import FailureKind, out_of_time, span
from caretwise.models.profile import Profile

AUTOMATIC_SECONDS, INVOKED_SECONDS = 10.0, 30.0
"""An automatic request is answered within the first, one that the user asked for within the second."""

SUPERSEDED = Silence("superseded", "the text has changed since")
"""What a request gets that is not the newest of its document any more."""

_ENDED = Silence("ended", "the request was ended before its answer was whole")

LATE = "late"
"""Code of a request that got nothing because the answer is still on its way; what comes of that is noted when it is there."""

FAILURES = frozenset(kind.value for kind in FailureKind)
"""Codes of requests that were sent and failed."""

PAUSED = "paused_"
"""Codes of requests that were not sent because the model is in a failed state begin so; the failure's kind follows."""

MOST_TRIES = 2
"""Streams that one request may lead to: the one it joins or starts, and one for what was typed instead."""

DOUBT = 0.5
"""Trust from which on downward a stream that has written nothing is not waited for once typing has come to rest."""

LONGEST_LEAD = 0.05
"""Seconds before the end of a wait at which a request is made at the earliest."""

LANDING_SECONDS = 0.5
"""A stream ends this long before whoever asked gives up: there is time to use and to count what came of it."""


class ModelWalk:
    """Asks the model for one session, and puts what comes back among the answers."""

    def __init__(
        self,
        outside: Outside,
        answers: Answers,
        is_newest: Callable[[Ask], bool],
    ) -> None:
        """`is_newest` says whether an ask is still the last one of its document."""
        self._outside, self._answers = outside, answers
        self._is_newest = is_newest
        self.requests = Requests(outside)
        self.rhythm = Rhythm()
        """When to ask."""
        self._landing_place = Landing(outside, answers, self.rhythm)
        self._flights = Flights(outside.endpoint, self._landing_place.landed, self._landing_place.given_up)
        self._warm = False
        self._begun: tuple[Ask, Search | None] | None = None
        """The question to the index that was begun last, and for whom."""
        self._lead = 0.02
        """Seconds that it takes to make a request: begun so long before typing counts as resting."""

    @property
    def running(self) -> int:
        """How many streams run."""
        return self._flights.running

    def closed(self, uri: str) -> None:
        """A document was closed: its stream ends."""
        self._flights.end(uri)
        self.requests.forget(uri)

    def close(self) -> None:
        """Every stream ends."""
        self._flights.end_all()

    async def warm(self, ask: Ask, profile: Profile) -> None:
        """Make a request and throw it away: grammar, expressions and templates are loaded when the first key comes."""
        if self.requests.parsed(ask) is not None and not self._warm:
            self._warm = True
            await self.requests.make(ask, profile, None)  # nobody has asked about that place: nothing is found for it
            self.requests.forget(ask.uri)

    def look_ahead(self, ask: Ask, profile: Profile) -> None:
        """Have the index look already, while the disk is asked whether anything may be sent at all.

        Not where a stream runs: mostly it agrees, and then nothing is looked for.
        """
        if self._flights.of(ask.uri) is None and self._blocked(ask, profile) is None:
            self._begun = ask, self.requests.search(ask)

    def _search(self, ask: Ask) -> Search | None:
        begun, self._begun = self._begun, None
        return begun[1] if begun is not None and begun[0] is ask else self.requests.search(ask)

    async def answer(self, ask: Ask, profile: Profile, trace: Trace) -> Offer | Silence:
        """From a running stream or a new one. A stream that turns out wrong is followed by one for the text as it is."""
        found: Offer | Silence = SUPERSEDED
        most = deadline(ask) - LANDING_SECONDS
        now = asyncio.get_running_loop().time()
        until = now + self._outside.pace.patience(profile.name, most=most)
        for _ in range(MOST_TRIES):
            flight = await self._joinable(ask, trace)
            if flight is None:
                asked = await self._ask(ask, profile, trace, now + most)
                if not isinstance(asked, Flight):
                    return asked
                flight = asked
            else:
                trace.note("joined the answer under way")
            with trace.stage("model"):
                found = await self._landing(ask, flight, until)
            trace.took(flight.raw, flight.prepared.prompt.style, flight.prepared.place, flight.prepared.length)
            if found is not SUPERSEDED or not self._is_newest(ask):
                break
        return found

    async def _joinable(self, ask: Ask, trace: Trace) -> Flight | None:
        """The running stream, when it agrees; that it does not counts against the model.

        One that was asked for less than is typed by now is left when the model is doubted and typing comes to rest before
        it has written anything: should it be wrong, the right one would begin that much later.
        """
        flight, running = self._flights.joinable(ask), self._flights.of(ask.uri)
        if flight is None and running is not None:
            self._missed(running, ask)
        if flight is not None and self._doubted(flight, ask):
            wait = self._to_wait(ask, doubted=True)
            with flight.waiting(), contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wait - self._lead)):
                    await flight.change()
                return flight
            trace.note(f"left an answer that had not begun: waited {wait * 1000:.0f} ms")
            return None
        return flight

    def _doubted(self, flight: Flight, ask: Ask) -> bool:
        """Whether a stream that has not written anything is more likely wrong than right."""
        unproven = not (flight.text or flight.held or flight.patient or ask.invoked)
        return unproven and self.rhythm.trust <= DOUBT and flight.is_judged_by(ask)

    async def _ask(self, ask: Ask, profile: Profile, trace: Trace, until: float) -> Flight | Offer | Silence:
        """Start a stream; or say why not, or what the disk has."""
        blocked = self._blocked(ask, profile)
        if blocked is not None:
            return blocked
        search = self._search(ask)
        wait = self._to_wait(ask)
        trace.note(self.rhythm.told(wait))
        with trace.stage("wait for typing to rest"):
            await asyncio.sleep(max(0.0, wait - self._lead))
        if not self._is_newest(ask):
            return SUPERSEDED
        unwanted = unwanted_text(ask, self._outside.settings, self.requests.parsed)
        if unwanted is not None:
            return unwanted
        began = asyncio.get_running_loop().time()
        with trace.stage("context, prompt, request"):
            prepared = await self.requests.make(ask, profile, search)
        left = wait - self._spent(wait, began)
        if left > 0:
            with trace.stage("wait for the rest of that"):
                await asyncio.sleep(left)
        if not self._is_newest(ask):
            return SUPERSEDED
        if prepared.request.refused:
            return Silence("control_token", prepared.request.refused)
        trace.asked(prepared)
        with trace.stage("disk cache"):
            stored = await self._landing_place.stored(ask, prepared, trace)
        if stored is not None:
            return stored
        with trace.stage("wait for the model's first text"):
            free = await self._free(ask, until)
        if not free:
            return SUPERSEDED if not self._is_newest(ask) else self._late(profile, deadline(ask))
        # Somebody else's request may have failed, or been sent as a probe, since this one was begun.
        flight = self._flights.joinable(ask)
        if flight is not None and not self._doubted(flight, ask):
            return self._blocked(ask, profile) or flight
        landed = None if ask.invoked else self._landed(ask)
        return landed or self._blocked(ask, profile) or self._start(ask, prepared, until)

    def _blocked(self, ask: Ask, profile: Profile) -> Silence | None:
        """Why the model is not asked now: it is in a failed state, and it is not time to try again."""
        breaker = self._outside.breaker
        failure = breaker.blocked(profile.name, invoked=ask.invoked)
        if failure is None:
            return None
        reason = f"{failure.sentence} It is tried again in {span(max(1.0, breaker.left(profile.name)))}."
        return Silence(PAUSED + failure.kind.value, reason)

    async def _free(self, ask: Ask, until: float) -> bool:
        """Let a stream that must not be ended have its first text; whether that came in time and `ask` is still wanted."""
        while (flight := self._flights.held()) is not None:
            try:
                async with asyncio.timeout_at(until):
                    await flight.change()
            except TimeoutError:
                return False
            if not self._is_newest(ask):
                return False
        return True

    def _to_wait(self, ask: Ask, *, doubted: bool = False) -> float:
        """Seconds until typing has come to rest."""
        if ask.invoked:
            return 0.0
        least = self._outside.settings.debounce_ms / 1000
        place = patience(ask.snapshot, ask.position)
        # Somebody who walks through the menu looks at several entries.
        doubted = doubted or ask.selected is not None
        return self.rhythm.wait(asyncio.get_running_loop().time(), least=least, patience=place, doubted=doubted)

    def _spent(self, wait: float, began: float) -> float:
        """What of the wait is over now that a request has been made, and how long that is going to take the next time."""
        took = asyncio.get_running_loop().time() - began
        slept = max(0.0, wait - self._lead)
        self._lead = min(LONGEST_LEAD, (self._lead + took) / 2)
        return slept + took

    async def prepared(self, ask: Ask, profile: Profile) -> Prepared:
        """The request for a place, not sent."""
        search = None if self.requests.under_way(ask, profile) else self.requests.search(ask)
        return await self.requests.make(ask, profile, search)

    async def prepare_next(self, ask: Ask, profile: Profile) -> None:
        """Ask for a place where the user may soon be. Of the least importance: any other stream goes before it."""
        if self._flights.running or self._blocked(ask, profile) is not None or self._answers_there(ask):
            return
        prepared = await self.prepared(ask, profile)
        if not (self._flights.running or prepared.request.refused):
            self._start(ask, prepared, asyncio.get_running_loop().time() + AUTOMATIC_SECONDS).wanted = True

    def _answers_there(self, ask: Ask) -> bool:
        return self._answers.find(ask, self._outside.fingerprint(ask)) is not None

    def _start(self, ask: Ask, prepared: Prepared, until: float) -> Flight:
        profile, outside = prepared.request.profile, self._outside
        pace, name = outside.pace, profile.name
        self._flights.end(ask.uri)  # before one asks how many were given up
        flight = Flight(ask, prepared)
        flight.patient = pace.cold(name)
        flight.held = pace.doubtful(name) or outside.breaker.trouble(name) is not None
        outside.breaker.probing(name)
        outside.recorder.of_ask(Kind.ASKED, ask, prepared.facts())
        seconds = max(0.0, until - asyncio.get_running_loop().time())
        return self._flights.start(
            flight, seconds=pace.life(name, most=seconds), first_seconds=pace.first_text(profile)
        )

    async def _landing(self, ask: Ask, flight: Flight, until: float) -> Offer | Silence:
        """Wait for the flight, as long as it agrees with the text; or for its first lines, when there are to be many."""
        try:
            # A joined stream may have been given more time than this request has; half of the landing is for it.
            async with asyncio.timeout_at(until + LANDING_SECONDS / 2):
                await self._wait(ask, flight)
                if not self._is_newest(ask):
                    await asyncio.sleep(0)  # all wake at once, and the newest, which somebody looks for, woke last
        except TimeoutError:
            flight.late = True
            waited = self._outside.pace.patience(flight.prepared.request.profile.name, most=deadline(ask))
            return self._late(flight.prepared.request.profile, waited)
        found = self._landed(ask)
        if found is not None:
            return found
        if flight.exchange is not None and flight.exchange.failure is not None:
            return Silence(flight.exchange.failure.kind.value, flight.exchange.failure.sentence)
        self._missed(flight, ask)
        # Ended for another document's sake, or by a pause: asking again would only take the place back.
        return SUPERSEDED if flight.exchange is not None or not flight.agrees(ask) else _ENDED

    def _landed(self, ask: Ask) -> Offer | Silence | None:
        """What a stream that has come to its end, or has lines to show, left for this place."""
        found = self._answers.find(ask, self._outside.fingerprint(ask))
        if found is None:
            return None
        answer, rest = found
        if rest is None:
            return Silence(answer.code, answer.reason, answer.facts, answer.steps)
        return offer(ask, answer, rest, answer.facts, answer.id)

    async def _wait(self, ask: Ask, flight: Flight) -> None:
        """Until the flight has ended, or has lines to show for now; one that the text contradicts is ended."""
        with flight.waiting():
            while flight.exchange is None and not flight.over:
                early = await flight.change_or_lines(invoked=ask.invoked)
                if flight.text:
                    self._outside.pace.answering(flight.prepared.request.profile.name)
                # Who asked before the last change is not judged by it, and to look costs each of them a part of a ms.
                if flight.exchange is None and self._is_newest(ask) and not flight.agrees(ask):
                    self._missed(flight, ask)
                    self._flights.end(ask.uri)
                elif early and self._landing_place.early(flight):
                    return

    def _missed(self, flight: Flight, ask: Ask) -> None:
        """Count, once, that something else was typed than the stream wrote. To go elsewhere is no judgement of it."""
        if not flight.missed and flight.text and flight.is_judged_by(ask):
            flight.missed = True
            self.rhythm.missed()

    def _late(self, profile: Profile, seconds: float) -> Silence:
        """The time of a request is up before the stream's: that goes on, and who asks next finds what came of it."""
        then = "What it writes is shown with the next key."
        if self._outside.pace.cold(profile.name):
            then = "A model that has to be loaded first may take a minute; its answer is shown with the next key."
            self._outside.show_busy(f"waiting for the first answer of {profile.name}")
        return Silence(LATE, f"{out_of_time(profile, seconds).sentence} {then}")


def deadline(ask: Ask) -> float:
    """Seconds within which a request is answered."""
    return INVOKED_SECONDS if ask.invoked else AUTOMATIC_SECONDS
