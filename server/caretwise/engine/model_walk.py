"""The part of a keystroke's walk that reaches a model: join a running stream or start one, wait, take the answer.

Read `ModelWalk.answer` first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

from caretwise.complete.length import Length
from caretwise.complete.stream import whole_lines
from caretwise.context.edits import RecentEdit
from caretwise.engine.answers import Answer, Answers, first, offer, take
from caretwise.engine.gather import Search
from caretwise.engine.offer import Ask, Facts, Offer, Silence
from caretwise.engine.outside import Outside
from caretwise.engine.pending import Flight, Flights
from caretwise.engine.prepare import Prepared, prepare
from caretwise.engine.trace import Trace
from caretwise.measure.event import Kind
from caretwise.models.chunk import Usage
from caretwise.models.failure import Failure, FailureKind, out_of_time, span
from caretwise.models.profile import Profile, Role
from caretwise.models.request import PROMPT_FIELDS
from caretwise.syntax.grammar import Parsed

AUTOMATIC_SECONDS, INVOKED_SECONDS = 10.0, 30.0
"""An automatic request is answered within the first, one that the user asked for within the second."""

_SUPERSEDED = Silence("superseded", "the text has changed since")

_ENDED = Silence("ended", "the request was ended before its answer was whole")

LATE = "late"
"""Code of a request that got nothing because the answer is still on its way; what comes of that is noted when it is there."""

PAUSED = "paused_"
"""Codes of requests that were not sent because the model is in a failed state begin so; the failure's kind follows."""

MOST_TRIES = 2
"""Streams that one request may lead to: the one it joins or starts, and one for what was typed instead."""

CACHE_SECONDS = 0.3
"""A disk that takes longer than this to answer is not waited for."""

LANDING_SECONDS = 0.5
"""A stream ends this long before whoever asked gives up: there is time to use and to count what came of it."""


class ModelWalk:
    """Asks the model for one session, and puts what comes back among the answers."""

    def __init__(
        self,
        outside: Outside,
        answers: Answers,
        is_newest: Callable[[Ask], bool],
        parse: Callable[[Ask], Parsed | None],
    ) -> None:
        """`is_newest` says whether an ask is still the last one of its document."""
        self._outside, self._answers = outside, answers
        self._is_newest, self._parse = is_newest, parse
        self._flights = Flights(outside.endpoint, self._landed, self._given_up)
        self.edits: Sequence[RecentEdit] = ()
        """Recent edits that a prompt may show."""

    @property
    def running(self) -> int:
        """How many streams run."""
        return self._flights.running

    def closed(self, uri: str) -> None:
        """A document was closed: its stream ends."""
        self._flights.end(uri)

    def close(self) -> None:
        """Every stream ends."""
        self._flights.end_all()

    async def answer(self, ask: Ask, profile: Profile, wanted: Length, trace: Trace) -> Offer | Silence:
        """From a running stream or a new one. A stream that turns out wrong is followed by one for the text as it is."""
        found: Offer | Silence = _SUPERSEDED
        most = deadline(ask) - LANDING_SECONDS
        now = asyncio.get_running_loop().time()
        until = now + self._outside.pace.patience(profile.name, most=most)
        for _ in range(MOST_TRIES):
            flight = self._flights.joinable(ask)
            if flight is None:
                asked = await self._ask(ask, profile, wanted, trace, now + most)
                if not isinstance(asked, Flight):
                    return asked
                flight = asked
            with trace.stage("model"):
                found = await self._landing(ask, flight, until)
            trace.answer = flight.text
            if found is not _SUPERSEDED or not self._is_newest(ask):
                break
        return found

    async def _ask(
        self, ask: Ask, profile: Profile, wanted: Length, trace: Trace, until: float
    ) -> Flight | Offer | Silence:
        """Start a stream; or say why not, or what the disk has."""
        blocked = self._blocked(ask, profile)
        if blocked is not None:
            return blocked
        gatherer, related = self._outside.gatherer, self._outside.settings.related_tokens
        search = gatherer.search(ask.snapshot, ask.position, ask.language) if related else None
        with trace.stage("wait for typing to rest"):
            rested = await self._rested(ask)
        if not rested:
            return _SUPERSEDED
        with trace.stage("context, prompt, request"):
            prepared = await self._prepare(ask, profile, wanted, search)
        if prepared.request.refused:
            return Silence("control_token", prepared.request.refused)
        _trace_request(trace, prepared)
        with trace.stage("disk cache"):
            stored = await self._stored(ask, prepared)
        if stored is not None:
            return stored
        with trace.stage("wait for the model's first text"):
            free = await self._free(ask, until)
        if not free:
            return _SUPERSEDED if not self._is_newest(ask) else self._late(profile, deadline(ask))
        # Somebody else's request may have failed, or been sent as a probe, since this one was begun.
        return self._blocked(ask, profile) or self._flights.joinable(ask) or self._start(ask, prepared, until)

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

    async def _rested(self, ask: Ask) -> bool:
        """Let typing come to rest; whether this is still the newest request for its document."""
        if not ask.invoked:
            await asyncio.sleep(self._outside.settings.debounce_ms / 1000)
        return self._is_newest(ask)

    async def _prepare(self, ask: Ask, profile: Profile, wanted: Length, search: Search | None) -> Prepared:
        """Some 30 ms in a long file with many others open; a key that comes meanwhile is let in between the steps."""
        outside = self._outside
        parsed = self._parse(ask)
        await asyncio.sleep(0)
        snippets = await outside.gatherer.found(search, invoked=ask.invoked) if search is not None else []
        await asyncio.sleep(0)
        return prepare(
            ask,
            profile,
            wanted,
            parsed,
            snippets,
            [edit for edit in self.edits if outside.gatherer.may_show(edit.uri)],
            outside.templates,
            context_tokens=outside.settings.context_tokens,
            related_tokens=outside.settings.related_tokens,
        )

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
        """Wait for the flight, as long as it agrees with the text."""
        try:
            # A joined stream may have been given more time than this request has; half of the landing is for it.
            async with asyncio.timeout_at(until + LANDING_SECONDS / 2):
                await self._wait(ask, flight)
        except TimeoutError:
            flight.late = True
            waited = self._outside.pace.patience(flight.prepared.request.profile.name, most=deadline(ask))
            return self._late(flight.prepared.request.profile, waited)
        found = self._answers.find(ask, self._outside.fingerprint())
        if found is not None:
            answer, rest = found
            if rest is None:
                return Silence("empty", answer.reason, answer.facts, answer.steps)
            return offer(ask, answer, rest, answer.facts, answer.id)
        if flight.exchange is not None and flight.exchange.failure is not None:
            return Silence(flight.exchange.failure.kind.value, flight.exchange.failure.sentence)
        # Ended for another document's sake, or by a pause: asking again would only take the place back.
        return _SUPERSEDED if flight.exchange is not None or not flight.agrees(ask) else _ENDED

    async def _wait(self, ask: Ask, flight: Flight) -> None:
        """Until the flight has ended; one that the text contradicts is ended."""
        with flight.waiting():
            while flight.exchange is None and not flight.over:
                await flight.change()
                if flight.text:
                    self._outside.pace.answering(flight.prepared.request.profile.name)
                if flight.exchange is None and not flight.agrees(ask):
                    self._flights.end(ask.uri)

    def _late(self, profile: Profile, seconds: float) -> Silence:
        """The time of a request is up before the stream's: that goes on, and who asks next finds what came of it."""
        then = "What it writes is shown with the next key."
        if self._outside.pace.cold(profile.name):
            then = "A model that has to be loaded first may take a minute; its answer is shown with the next key."
            self._outside.show_busy(f"waiting for the first answer of {profile.name}")
        return Silence(LATE, f"{out_of_time(profile, seconds).sentence} {then}")

    def _given_up(self, flight: Flight) -> None:
        """A stream was ended from our side: note what it tells of the model, and what it has cost."""
        request = flight.prepared.request
        profile, outside = request.profile, self._outside
        outside.breaker.abandoned(profile.name)
        if not flight.text:
            outside.pace.given_up(profile.name)
        outside.spending.spent(profile, Usage(), len(flight.prepared.prompt.text), len(flight.text))
        if flight.late:
            facts = flight.prepared.facts()
            outside.recorder.of_ask(Kind.FAILED, flight.ask, facts, reason=FailureKind.TIMEOUT.value)

    def _landed(self, flight: Flight) -> None:
        """A stream has ended: store the raw answer, remember what it comes to, note failures."""
        exchange, prepared = flight.exchange, flight.prepared
        if exchange is None:
            return
        profile, failure = prepared.request.profile, exchange.failure
        facts = prepared.facts(exchange)
        self._outside.spending.spent(profile, exchange.usage, len(prepared.prompt.text), len(exchange.text))
        if exchange.text:
            self._outside.pace.answering(profile.name)
        if failure is not None and not _usable_in_part(failure, exchange.text):
            self._outside.failed(profile, failure)
            self._outside.recorder.of_ask(Kind.FAILED, flight.ask, facts, reason=failure.kind.value)
            return
        # Unless the model itself came to an end, the last line may be half a line (or half a fence).
        raw = exchange.text if exchange.finish == "stop" else whole_lines(exchange.text)
        self._outside.recorder.of_ask(Kind.RETURNED, flight.ask, facts, characters=len(raw), lines=raw.count("\n") + 1)
        if failure is None:
            self._outside.pace.took(profile.name, exchange.total_ms / 1000)
            self._outside.succeeded(profile, exchange.left_out, Role.INLINE)
            if self._outside.cache is not None:
                self._outside.cache.set(prepared.key, json.dumps({"text": raw, "model": exchange.model}))
        self._take(flight.ask, prepared, raw, facts)

    def _take(self, ask: Ask, prepared: Prepared, raw: str, facts: Facts) -> Answer:
        answer = take(ask, self._outside.fingerprint(), prepared.place, prepared.prompt.style, raw, facts)
        self._answers.add(answer)
        return answer

    async def _stored(self, ask: Ask, prepared: Prepared) -> Offer | Silence | None:
        """What the disk has for exactly this request."""
        if self._outside.cache is None:
            return None
        try:
            async with asyncio.timeout(CACHE_SECONDS):
                value = await self._outside.cache.get(prepared.key)
            entry = json.loads(value) if value is not None else None
            raw, model = (str(entry["text"]), str(entry["model"])) if entry is not None else (None, "")
        except (TimeoutError, ValueError, TypeError, KeyError):
            return None
        if raw is None:
            return None
        answer = self._take(ask, prepared, raw, prepared.facts(origin="disk", model_answered=model))
        return first(answer)


def deadline(ask: Ask) -> float:
    """Seconds within which a request is answered."""
    return INVOKED_SECONDS if ask.invoked else AUTOMATIC_SECONDS


def _usable_in_part(failure: Failure, text: str) -> bool:
    """What was written before the time ran out may hold whole lines."""
    return failure.kind is FailureKind.TIMEOUT and "\n" in text


def _trace_request(trace: Trace, prepared: Prepared) -> None:
    request = prepared.request
    trace.prompt = prepared.prompt.text
    trace.address = request.address
    trace.body = {key: value for key, value in request.body.items() if key not in PROMPT_FIELDS}
    trace.snippets = tuple(
        f"{snippet.path}:{snippet.first_line + 1} {snippet.kind}" for snippet in prepared.context.snippets
    )
