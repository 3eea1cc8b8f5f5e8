"""What is under way: running streams, which later keystrokes join instead of asking again.

A request and a flight (a running stream) have different lives. The editor cancels a request at each key; the flight goes
on as long as what the user types agrees with what it writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from caretwise.adapters.ports import Endpoint, Exchange
from caretwise.complete.ghost import Spot, typed_since
from caretwise.complete.stream import enough, has_lines, whole_lines
from caretwise.engine.offer import Ask, new_id
from caretwise.engine.prepare import Prepared
from caretwise.engine.take import shown

MOST_FLIGHTS = 2
"""Streams at once in this process."""

IDLE_SECONDS = 0.3
"""A flight that nobody has asked about for this long is ended."""

LINES_SECONDS = 0.25
"""After the first line of several the rest is waited for no longer than this; what comes later is shown with the next key."""


class Flight:
    """One running stream and those who wait for it."""

    def __init__(self, ask: Ask, prepared: Prepared) -> None:
        """Not started yet; `Flights.start` does that."""
        self.ask, self.prepared = ask, prepared
        self.text = ""
        self.exchange: Exchange | None = None
        self.task: asyncio.Task[None] | None = None
        self.on_idle: Callable[[], None] = self.end
        self.over = False
        """The connection is closed before the answer was whole; nothing more will come."""
        self.patient = False
        """Until the first text it goes on although nobody waits: a model may have to be loaded first."""
        self.held = False
        """Until the first text it goes on whatever is typed: it tries whether the model answers at all."""
        self.late = False
        """Somebody has waited for it as long as one waits; it goes on for the next who asks."""
        self.wanted = False
        """What it has written so far is shown; it goes on although nobody waits."""
        self.missed = False
        """Something else was typed, and that has been counted."""
        self.suggestion = new_id()
        """Names what comes of it."""
        self._lines_at: float | None = None
        self._spot = Spot.of(ask.snapshot, ask.position)
        self._waiting = 0
        self._idle: asyncio.TimerHandle | None = None
        self._change = asyncio.Event()

    def took(self, text: str) -> bool:
        """Take in the text so far; whether it is enough."""
        tried, self.patient, self.held = self.held, False, False
        if not tried:  # what comes of a trial is to be known to its end
            self._wait_for_company()
        lines, self.text = self.text.count("\n"), text
        self._changed()
        # Only the end of a line can make a suggestion whole, and looking costs a few ms.
        if text.count("\n") <= lines:
            return False
        prepared = self.prepared
        place, style, length = prepared.place, prepared.prompt.style, prepared.length
        if self._lines_at is None and length.multiline and has_lines(text, place, style):
            self._lines_at = asyncio.get_running_loop().time()
        return enough(text, place, style, length)

    def ended(self, exchange: Exchange) -> None:
        """Take in the end."""
        self.exchange, self.text = exchange, exchange.text
        self._changed()

    @property
    def raw(self) -> str:
        """What may be used of the text. Unless the model itself came to an end, the last line may be half a line."""
        ended = self.exchange is not None and self.exchange.finish == "stop"
        return self.text if ended else whole_lines(self.text)

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    async def change(self) -> None:
        """Wait until there is more text, or the end."""
        await self._change.wait()

    async def change_or_lines(self, *, invoked: bool) -> bool:
        """As `change`; but no longer than `LINES_SECONDS` after the first line of several. Whether these are to be shown."""
        if self._lines_at is None or self.wanted or invoked:
            await self.change()
            return False
        try:
            async with asyncio.timeout_at(self._lines_at + LINES_SECONDS):
                await self.change()
        except TimeoutError:
            return True
        return False

    def is_judged_by(self, ask: Ask) -> bool:
        """Whether something was typed at the very place that the stream writes for."""
        return bool(typed_since(self._spot, ask.snapshot, ask.position))

    def agrees(self, ask: Ask) -> bool:
        """Whether what was typed since is, as far as one can tell by now, what the flight is writing."""
        typed = typed_since(self._spot, ask.snapshot, ask.position)
        if typed is None or ask.assignment.arm != self.ask.assignment.arm:
            return False
        whole = self.text if self.exchange is not None else self.text.rpartition("\n")[0]
        if not typed or not whole:
            return True
        prepared = self.prepared
        draft = shown(whole, self.ask, prepared.place, prepared.prompt.style, prepared.length)[0].draft
        if draft is None or not draft.text:
            return self.exchange is None
        return draft.text.startswith(typed) or (self.exchange is None and typed.startswith(draft.text))

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Be one of those who wait; when the last has gone, the flight ends soon."""
        self._waiting += 1
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            yield
        finally:
            self._waiting -= 1
            self._wait_for_company()

    def _wait_for_company(self) -> None:
        """While nobody waits, and nothing else keeps it going, it goes on for `IDLE_SECONDS`."""
        kept = self.patient or self.held or self.late or self.wanted
        if not (self._waiting or self._idle or kept) and self.exchange is None:
            self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.on_idle)

    def end(self) -> None:
        """Close the connection; nobody needs the answer. Whoever waits all the same is told at once."""
        self.over = True
        self._changed()
        if self.task is not None and not self.task.done():
            self.task.cancel()


class Flights:
    """The running streams: one for a document, `MOST_FLIGHTS` in all."""

    def __init__(
        self, endpoint: Endpoint, landed: Callable[[Flight], None], given_up: Callable[[Flight], None] = lambda _: None
    ) -> None:
        """`landed` is told of each flight that came to its end, `given_up` of each that was ended before it."""
        self._endpoint, self._landed, self._given_up = endpoint, landed, given_up
        self._flights: dict[str, Flight] = {}

    def joinable(self, ask: Ask) -> Flight | None:
        """The running stream for the document, when it agrees with the text as it is now."""
        flight = self._flights.get(ask.uri)
        if flight is None or flight.over or flight.exchange is not None:
            return None
        return flight if flight.agrees(ask) else None

    def of(self, uri: str) -> Flight | None:
        """The running stream for a document."""
        return self._flights.get(uri)

    def held(self) -> Flight | None:
        """A running stream that has to come to its end before another may begin."""
        return next((one for one in self._flights.values() if one.held and one.exchange is None), None)

    def start(self, flight: Flight, *, seconds: float, first_seconds: float = 0.0) -> Flight:
        """Start a stream; the document's old one ends, and the oldest of all when there are too many."""
        uri = flight.ask.uri
        self.end(uri)
        while len(self._flights) >= MOST_FLIGHTS:
            self.end(next(iter(self._flights)))
        self._flights[uri] = flight
        flight.on_idle = lambda: self._end(flight)
        flight.task = asyncio.get_running_loop().create_task(self._fly(flight, seconds, first_seconds))
        return flight

    async def _fly(self, flight: Flight, seconds: float, first_seconds: float) -> None:
        try:
            request = flight.prepared.request
            exchange = await self._endpoint.exchange(request, flight.took, seconds=seconds, first_seconds=first_seconds)
            flight.ended(exchange)
            self._landed(flight)
        finally:
            if self._flights.get(flight.ask.uri) is flight:
                del self._flights[flight.ask.uri]

    def end(self, uri: str) -> None:
        """End the document's stream, if there is one."""
        flight = self._flights.get(uri)
        if flight is not None:
            self._end(flight)

    def _end(self, flight: Flight) -> None:
        if self._flights.get(flight.ask.uri) is flight:
            del self._flights[flight.ask.uri]
        if not flight.over and flight.exchange is None:
            flight.end()
            self._given_up(flight)

    def end_all(self) -> None:
        """End every stream."""
        for uri in list(self._flights):
            self.end(uri)

    @property
    def running(self) -> int:
        """How many streams run."""
        return len(self._flights)
