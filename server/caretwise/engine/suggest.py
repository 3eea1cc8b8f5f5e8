"""The walk of a keystroke: from a place in a document to ghost text, or to silence with a reason.

Read `Suggester.suggest` first: its lines are the stages, in their order.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

from caretwise.complete.length import Length, length
from caretwise.complete.stream import whole_lines
from caretwise.complete.trigger import Suppressed, suppression
from caretwise.context.edits import RecentEdit
from caretwise.engine.answers import Answer, Answers, new_id, offer, take
from caretwise.engine.facts import name_only
from caretwise.engine.offer import Ask, Facts, Offer, Silence
from caretwise.engine.outside import Outside
from caretwise.engine.pending import Flight, Flights
from caretwise.engine.prepare import Prepared, place_of, prepare
from caretwise.engine.screen import Screen
from caretwise.engine.trace import Trace
from caretwise.measure.event import Kind
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Profile, Role
from caretwise.syntax.grammar import Parsed, parse
from caretwise.syntax.scope import surrounding

AUTOMATIC_SECONDS, INVOKED_SECONDS = 10.0, 30.0
"""An automatic request is answered within the first, one that the user asked for within the second."""

_FAILURES = frozenset(kind.value for kind in FailureKind)

_SUPERSEDED = Silence("superseded", "the text has changed since")

_ENDED = Silence("ended", "the request was ended before its answer was whole")

MOST_TRIES = 2
"""Streams that one request may lead to: the one it joins or starts, and one for what was typed instead."""

CACHE_SECONDS = 0.3
"""A disk that takes longer than this to answer is not waited for."""


class Suggester:
    """Makes suggestions for one session."""

    def __init__(self, outside: Outside, screen: Screen) -> None:
        """`screen` is told of everything that is offered."""
        self._outside, self._screen = outside, screen
        self._answers = Answers()
        self._flights = Flights(outside.endpoint, self._landed)
        self._newest: dict[str, Ask] = {}
        self._parsed: tuple[tuple[str, int], Parsed | None] | None = None
        self.last: tuple[Ask, Offer | Silence, Trace] | None = None
        self.edits: Sequence[RecentEdit] = ()
        """Recent edits, kept up to date by whoever sees the documents change."""

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
            try:
                async with asyncio.timeout(INVOKED_SECONDS if ask.invoked else AUTOMATIC_SECONDS):
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
        with trace.stage("may this file be sent?"):
            verdict = outside.project.verdict_for_document(ask.uri)
        if not verdict.allowed:
            outside.notices.tell(f"denied:{verdict.reason}", f"No suggestions in {ask.path}: {verdict.reason}.")
            return Silence("denied", verdict.reason)
        with trace.stage("parse"):
            parsed = self._parse(ask)
            around = surrounding(parsed, ask.position) if parsed is not None else None
        found = suppression(ask.snapshot, ask.position, ask.language, ask.trigger, around)
        return _silence(found) if found is not None else None

    def _remembered(self, ask: Ask) -> Offer | Silence | None:
        """What was answered before and still fits: the rest of the ghost on screen above all."""
        found = self._answers.find(ask, self._fingerprint())
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
        return await self._from_model(ask, profile, wanted, trace)

    async def _from_embedded(self, ask: Ask, wanted: Length) -> Offer | Silence:
        place = place_of(ask, multiline=wanted.multiline)
        found = await self._outside.embedded.complete(
            ask.snapshot, place.prefix, place.suffix, ask.language.id, multiline=wanted.multiline
        )
        if found is None:
            return Silence("unsure", "the embedded engine is not sure enough", Facts())
        answer = take(ask, self._fingerprint(), place, "local", found.text, Facts(style="local"))
        self._answers.add(answer)
        return _first(answer)

    async def _from_model(self, ask: Ask, profile: Profile, wanted: Length, trace: Trace) -> Offer | Silence:
        """From a running stream or a new one. A stream that turns out wrong is followed by one for the text as it is."""
        found: Offer | Silence = _SUPERSEDED
        for _ in range(MOST_TRIES):
            flight = self._flights.joinable(ask)
            if flight is None:
                asked = await self._ask(ask, profile, wanted, trace)
                if not isinstance(asked, Flight):
                    return asked
                flight = asked
            with trace.stage("model"):
                found = await self._landing(ask, flight)
            trace.answer = flight.text
            if found is not _SUPERSEDED or self._newest.get(ask.uri) is not ask:
                break
        return found

    async def _ask(self, ask: Ask, profile: Profile, wanted: Length, trace: Trace) -> Flight | Offer | Silence:
        """Start a stream; or say why not, or what the disk has."""
        blocked = self._outside.breaker.blocked(profile.name, invoked=ask.invoked)
        if blocked is not None:
            return Silence("paused_after_failure", blocked.sentence)
        with trace.stage("wait for typing to rest"):
            rested = await self._rested(ask)
        if not rested:
            return _SUPERSEDED
        with trace.stage("context, prompt, request"):
            prepared = self._prepare(ask, profile, wanted)
        _trace_request(trace, prepared)
        with trace.stage("disk cache"):
            stored = await self._stored(ask, prepared)
        if stored is not None:
            return stored
        return self._flights.joinable(ask) or self._start(ask, prepared)

    async def _rested(self, ask: Ask) -> bool:
        """Let typing come to rest; whether this is still the newest request for its document."""
        if not ask.invoked:
            await asyncio.sleep(self._outside.settings.debounce_ms / 1000)
        return self._newest.get(ask.uri) is ask

    def _prepare(self, ask: Ask, profile: Profile, wanted: Length) -> Prepared:
        outside = self._outside
        related = outside.settings.related_tokens
        snippets = outside.gatherer.snippets(ask.snapshot, ask.position.line, ask.language) if related else []
        return prepare(
            ask,
            profile,
            wanted,
            self._parse(ask),
            snippets,
            [edit for edit in self.edits if outside.gatherer.may_show(edit.uri)],
            outside.templates,
            context_tokens=outside.settings.context_tokens,
            related_tokens=related,
        )

    def _start(self, ask: Ask, prepared: Prepared) -> Flight:
        self._outside.breaker.probing(prepared.request.profile.name)
        self._note(Kind.ASKED, ask, prepared.facts())
        return self._flights.start(ask, prepared, seconds=INVOKED_SECONDS if ask.invoked else AUTOMATIC_SECONDS)

    async def _landing(self, ask: Ask, flight: Flight) -> Offer | Silence:
        """Wait for the flight, as long as it agrees with the text."""
        with flight.waiting():
            while flight.exchange is None and not flight.over:
                await flight.change()
                if flight.exchange is None and not flight.agrees(ask):
                    self._flights.end(ask.uri)
        found = self._answers.find(ask, self._fingerprint())
        if found is not None:
            answer, rest = found
            if rest is None:
                return Silence("empty", answer.reason, answer.facts, answer.steps)
            return offer(ask, answer, rest, answer.facts, answer.id)
        if flight.exchange is not None and flight.exchange.failure is not None:
            return Silence(flight.exchange.failure.kind.value, flight.exchange.failure.sentence)
        # Ended for another document's sake, or by a pause: asking again would only take the place back.
        return _SUPERSEDED if flight.exchange is not None or not flight.agrees(ask) else _ENDED

    # -- answers ---------------------------------------------------------------------------------------------------

    def _landed(self, flight: Flight) -> None:
        """A stream has ended: store the raw answer, remember what it comes to, note failures."""
        exchange, prepared = flight.exchange, flight.prepared
        if exchange is None:
            return
        profile, failure = prepared.request.profile, exchange.failure
        facts = prepared.facts(exchange)
        if failure is not None and not _usable_in_part(failure, exchange.text):
            self._outside.failed(profile, failure)
            self._note(Kind.FAILED, flight.ask, facts, reason=failure.kind.value)
            return
        # Unless the model itself came to an end, the last line may be half a line (or half a fence).
        raw = exchange.text if exchange.finish == "stop" else whole_lines(exchange.text)
        self._note(Kind.RETURNED, flight.ask, facts, characters=len(raw), lines=raw.count("\n") + 1)
        if failure is None:
            self._outside.succeeded(profile)
            if self._outside.cache is not None:
                self._outside.cache.set(prepared.key, json.dumps({"text": raw, "model": exchange.model}))
        self._take(flight.ask, prepared, raw, facts)

    def _take(self, ask: Ask, prepared: Prepared, raw: str, facts: Facts) -> Answer:
        answer = take(ask, self._fingerprint(), prepared.place, prepared.prompt.style, raw, facts)
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
        return _first(answer)

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
                self._note(Kind.OPPORTUNITY, ask, found.facts)
            self._screen.offered(ask, found)
            return
        if self._newest.get(ask.uri) is ask:
            self._screen.cleared(ask.uri)
        if found.code != "superseded":
            self._note(Kind.OPPORTUNITY, ask, found.facts or name_only(self._outside.inline))
        if found.code == "superseded" or found.code in _FAILURES:
            # The one is no outcome of its own, the other was noted when the stream ended.
            return
        kind = Kind.EMPTY if found.facts is not None else Kind.SUPPRESSED
        self._note(kind, ask, found.facts or name_only(self._outside.inline), reason=found.code)

    def _note(
        self,
        kind: Kind,
        ask: Ask,
        facts: Facts,
        *,
        reason: str = "",
        characters: int | None = None,
        lines: int | None = None,
    ) -> None:
        self._outside.recorder.note(
            kind,
            new_id(),
            "inline",
            facts,
            uri=ask.uri,
            language=ask.language.id,
            trigger=ask.trigger.value,
            reason=reason,
            characters=characters,
            lines=lines,
        )

    @property
    def running(self) -> int:
        """How many streams run."""
        return self._flights.running

    def closed(self, uri: str) -> None:
        """A document was closed: nothing of it is waited for or kept."""
        self._flights.end(uri)
        self._answers.forget(uri)
        self._newest.pop(uri, None)
        self._screen.cleared(uri)

    def close(self) -> None:
        """The session ends."""
        self._flights.end_all()

    def _fingerprint(self) -> str:
        profile = self._outside.inline
        return (
            f"{profile.name}|{profile.base_url}|{profile.model}|{profile.style}" if profile is not None else "embedded"
        )

    def _parse(self, ask: Ask) -> Parsed | None:
        key = (ask.uri, ask.snapshot.version)
        if self._parsed is None or self._parsed[0] != key:
            self._parsed = (key, parse(ask.snapshot, ask.language, ask.position))
        return self._parsed[1]


def _first(answer: Answer) -> Offer | Silence:
    """A new answer, at the very place it was asked for."""
    if answer.ghost is None:
        return Silence("empty", answer.reason, answer.facts, answer.steps)
    return Offer(answer.id, answer.ghost, answer.facts, answer.steps)


def _silence(found: Suppressed) -> Silence:
    return Silence(found.code, found.reason)


def _usable_in_part(failure: Failure, text: str) -> bool:
    """What was written before the time ran out may hold whole lines."""
    return failure.kind is FailureKind.TIMEOUT and "\n" in text


def _trace_request(trace: Trace, prepared: Prepared) -> None:
    request = prepared.request
    trace.prompt = prepared.prompt.text
    trace.address = request.profile.base_url + request.path
    trace.body = {key: value for key, value in request.body.items() if key not in {"messages", "prompt", "suffix"}}
    trace.snippets = tuple(
        f"{snippet.path}:{snippet.first_line + 1} {snippet.kind}" for snippet in prepared.context.snippets
    )
