"""What becomes of a stream: its answer is kept and noted, or what went wrong is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from caretwise.adapters.ports import Exchange
from caretwise.engine.answers import Answer, Answers
from caretwise.engine.offer import Ask, Facts, Offer, Silence
from caretwise.engine.outside import Outside
from caretwise.engine.pending import Flight
from caretwise.engine.prepare import Prepared
from caretwise.engine.rhythm import Rhythm
from caretwise.engine.take import first, take, take_all, what_follows
from caretwise.engine.trace import Trace
from caretwise.measure.event import Kind
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Role

CACHE_SECONDS = 0.3
"""A disk that takes longer than this to answer is not waited for."""


class Landing:
    """Takes in what streams bring, for one session."""

    def __init__(self, outside: Outside, answers: Answers, rhythm: Rhythm) -> None:
        """What is usable goes into `answers`; `rhythm` is told how long it took."""
        self._outside, self._answers, self._rhythm = outside, answers, rhythm

    def given_up(self, flight: Flight) -> None:
        """A stream was ended from our side: note what it tells of the model, and what it has cost."""
        request = flight.prepared.request
        profile, outside = request.profile, self._outside
        outside.breaker.abandoned(profile.name)
        if flight.text:
            outside.pace.answering(profile.name)
        else:
            outside.pace.given_up(profile.name)
        outside.spending.spent(request, [flight.prepared.prompt.text])
        if flight.late:
            facts = flight.prepared.facts()
            outside.recorder.of_ask(Kind.FAILED, flight.ask, facts, reason=FailureKind.TIMEOUT.value)

    def landed(self, flight: Flight) -> None:
        """A stream has ended: store the raw answer, remember what it comes to, note failures."""
        exchange, prepared = flight.exchange, flight.prepared
        if exchange is None:
            return
        profile, failure = prepared.request.profile, exchange.failure
        self._outside.gatherer.rests(flight.ask.uri)
        facts = prepared.facts(exchange)
        self._outside.spending.spent(prepared.request, [prepared.prompt.text], exchange)
        if exchange.text:
            self._outside.pace.answering(profile.name)
        if failure is not None and not _usable_in_part(failure, exchange.text):
            self._outside.failed(profile, failure)
            self._outside.recorder.of_ask(Kind.FAILED, flight.ask, facts, reason=failure.kind.value)
            return
        raw, without_text = flight.raw, nothing_written(exchange)
        ended = failure is None and exchange.finish in {"stop", "enough"}
        self._outside.recorder.of_ask(Kind.RETURNED, flight.ask, facts, characters=len(raw), lines=raw.count("\n") + 1)
        if failure is None:
            self._rhythm.answered(exchange.total_ms / 1000)
            self._outside.pace.took(profile.name, exchange.total_ms / 1000)
            self._outside.succeeded(profile, exchange.left_out, Role.INLINE)
            if self._outside.cache is not None and without_text is None:
                kept = {"text": raw, "model": exchange.model, "ended": ended}
                self._outside.cache.set(prepared.key, json.dumps(kept))
        self._take(
            flight.ask, prepared, raw, facts, ended=ended, suggestion=flight.suggestion, without_text=without_text
        )

    def early(self, flight: Flight) -> bool:
        """Take the lines that a stream has written so far, while it goes on; whether they come to anything."""
        prepared, raw = flight.prepared, flight.raw
        fingerprint, style = self._outside.fingerprint(flight.ask), prepared.prompt.style
        answer = take(flight.ask, fingerprint, prepared.place, style, raw, prepared.facts(), prepared.length)
        if answer.ghost is None:
            return False
        flight.wanted = True
        self._answers.add(replace(answer, id=flight.suggestion))
        return True

    async def stored(self, ask: Ask, prepared: Prepared, trace: Trace) -> Offer | Silence | None:
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
        if raw is None or entry is None:
            return None
        trace.took(raw, prepared.prompt.style, prepared.place, prepared.length)
        facts, ended = prepared.facts(origin="disk", model_answered=model), entry.get("ended") is True
        return first(self._take(ask, prepared, raw, facts, ended=ended))

    def _take(
        self,
        ask: Ask,
        prepared: Prepared,
        raw: str,
        facts: Facts,
        *,
        ended: bool,
        suggestion: str = "",
        without_text: tuple[str, str] | None = None,
    ) -> Answer:
        """Remember an answer; and, a moment later, what is known of the place where it ends."""
        place, style, length = prepared.place, prepared.prompt.style, prepared.length
        answer, tail = take_all(ask, self._outside.fingerprint(ask), place, style, raw, facts, length)
        if suggestion:
            answer = replace(answer, id=suggestion)
        if without_text is not None and answer.ghost is None:
            answer = replace(answer, code=without_text[0], reason=without_text[1])
        self._answers.add(answer)
        asyncio.get_running_loop().call_soon(self._follow, ask, answer, tail, ended)
        return answer

    def _follow(self, ask: Ask, answer: Answer, tail: str, ended: bool) -> None:
        following = what_follows(ask, answer, tail, ended=ended)
        if following is not None:
            self._answers.add(following)


_WITHOUT_TEXT = {
    "content_filter": ("content_filter", "the host's content filter held the answer back"),
    "tool_calls": ("tool_call", "the model called a tool instead of writing; none was offered to it"),
    "function_call": ("tool_call", "the model called a tool instead of writing; none was offered to it"),
}
"""Code and reason of an answer without text, by the host's finish reason."""


def nothing_written(exchange: Exchange) -> tuple[str, str] | None:
    """Code and reason of an answer that holds no text although the model did not say that it has nothing to add."""
    if exchange.text.strip():
        return None
    return _WITHOUT_TEXT.get(exchange.finish)


def _usable_in_part(failure: Failure, text: str) -> bool:
    """What was written before the time ran out may hold whole lines."""
    return failure.kind is FailureKind.TIMEOUT and "\n" in text
