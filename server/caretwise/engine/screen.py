"""What is on screen: tells `measure.outcome` what happens, wakes it when time alone decides, and has its facts written.

What each edit and each answer mean for the outcomes is worked out a moment later, when the answer to the key has gone out;
whoever asks about the outcomes, or has news that depend on them, sees all that came before.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from caretwise.adapters.clock import Clock
from caretwise.engine.fix_kept import Kept
from caretwise.engine.offer import Ask, AskedAt, Offer
from caretwise.engine.record import Recorder
from caretwise.engine.sampling import Sampler
from caretwise.measure.event import Amount, Kind
from caretwise.measure.fact import Fact, milliseconds
from caretwise.measure.outcome import Outcomes
from caretwise.measure.schema import CHECKPOINTS
from caretwise.measure.tracked import Change
from caretwise.text.position import PositionEncoding, Range, to_code_points
from caretwise.text.snapshot import Snapshot

_MOST_REMEMBERED = 1_000

_AFTERWARDS = 0.005
"""Seconds that the editor has for its question after an edit, and we for the answer, before the outcomes are worked out."""


_MOST_WAITING = 500
"""Edits and offers that wait at most: of more that come in one go some are worked out between them."""


def _no_facts(work: Callable[[], None]) -> list[Fact]:
    work()
    return []


def _nothing(_: object) -> None:
    """Nobody wants to be told."""


@dataclass(slots=True)
class OnScreen:
    """A suggestion that was offered: where it was asked for, and the item that was sent last."""

    place: AskedAt
    first: Offer
    offer: Offer
    asked_at: float
    offered_at: float


class Screen:
    """The suggestion on screen in each document, and the last few hundred others (an accept may come late)."""

    def __init__(self, recorder: Recorder, clock: Clock, editor: str = "", sampler: Sampler | None = None) -> None:
        """Nothing is on screen. `editor` is the name that the editor gives itself; `sampler` there for who wants capture."""
        self._sampler = sampler
        self._recorder, self._clock = recorder, clock
        self._outcomes = Outcomes(editor)
        self._neovim = "neovim" in editor.lower()
        self._by_id: OrderedDict[str, OnScreen] = OrderedDict()
        self._stood: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: list[Callable[[], list[Fact]]] = []
        """What happened and is not worked out yet, oldest first."""
        self._soon: asyncio.Handle | None = None
        self._offered_since = False
        self.on_shown: Callable[[str], None] = _nothing
        """Told of each suggestion that was visible."""
        self.on_fix: Callable[[Fact], None] = _nothing
        """Told what is left of a fix that is followed."""
        self._fixes: OrderedDict[str, None] = OrderedDict()

    # -- what we offer ---------------------------------------------------------------------------------------------

    def offered(self, ask: Ask, offer: Offer) -> None:
        """A suggestion was sent to the editor. The same suggestion again (typed on) goes on under its id."""
        self._offered_since = True
        self._afterwards(partial(self._offered, self._clock.now(), ask, offer))

    def _offered(self, now: float, ask: Ask, offer: Offer) -> list[Fact]:
        self._stood[ask.uri] = offer.id
        entry = self._by_id.get(offer.id)
        if entry is None:
            asked_at = now if ask.asked_at is None else ask.asked_at
            self._by_id[offer.id] = OnScreen(ask.place, offer, offer, asked_at, now)
            if self._sampler is not None:
                self._sampler.offered(ask, offer)
            while len(self._by_id) > _MOST_REMEMBERED:
                self._by_id.popitem(last=False)
        else:
            entry.offer = offer
        # In front of the cursor an item repeats what is typed, when it has to go on from an entry of the menu.
        typed = max(0, ask.position.character - offer.ghost.position.character)
        return self._outcomes.offered(
            now,
            offer.id,
            ask.uri,
            offer.ghost.text[typed:],
            ask.position,
            replaces=max(0, offer.ghost.replaces - typed),
            asked_at=ask.asked_at,
            menu=ask.selected.text if ask.selected is not None else "",
        )

    def also(self, ask: Ask, offer: Offer) -> None:
        """Another candidate was sent along: it is on screen when the user turns to it, and then it may be taken."""
        self.catch_up()
        now = self._clock.now()
        asked_at = now if ask.asked_at is None else ask.asked_at
        self._by_id[offer.id] = OnScreen(ask.place, offer, offer, asked_at, now)
        if self._sampler is not None:
            self._sampler.offered(ask, offer)
        self._outcomes.also(now, offer.id, ask.uri, offer.ghost.text, ask.position, offer.ghost.replaces, asked_at)

    def current(self, uri: str) -> OnScreen | None:
        """What was on screen in a document before the edits of this moment, as far as we know."""
        if self._offered_since:
            self.catch_up()
        suggestion = self._outcomes.current(uri)
        return self._by_id.get(suggestion) if suggestion is not None else None

    def stood(self, uri: str) -> OnScreen | None:
        """What stood on screen when the document was asked about last, whether it still fits or not; not what was taken."""
        self.catch_up()
        suggestion = self._stood.get(uri)
        if suggestion is None or self._outcomes.taken(suggestion):
            return None
        return self._by_id.get(suggestion)

    def cleared(self, uri: str) -> None:
        """Nothing is on screen in the document any more; what was not seen long enough was not shown."""
        self.catch_up()
        self._stood.pop(uri, None)
        self._write(self._outcomes.cleared(self._clock.now(), uri))

    # -- what the editor says --------------------------------------------------------------------------------------

    def shown(self, suggestion: str) -> None:
        """The editor has drawn the suggestion."""
        self.catch_up()
        self._write(self._outcomes.shown(self._clock.now(), suggestion))

    def accepted(self, suggestion: str, amount: Amount, length: int | None = None) -> bool:
        """A suggestion was taken, wholly or up to `length` characters of the present item; whether it was known."""
        self.catch_up()
        if not self._outcomes.knows(suggestion):
            return False
        evidence = "command" if length is None else "notice"
        now = self._clock.now()
        self._write(self._outcomes.accepted(now, suggestion, amount, length=length, evidence=evidence))
        return True

    def accepted_units(self, suggestion: str, units: int) -> bool:
        """A part was taken, its length given in UTF-16 units from the item's start; whether it was known."""
        self.catch_up()
        entry = self._by_id.get(suggestion)
        if entry is None or units <= 0:
            return entry is not None
        # The item was sent with the document's line ends, and they count; Neovim has lines, and counts one for each end.
        text = entry.offer.ghost.text.replace("\n", "\n" if self._neovim else entry.place.line_end)
        taken = text[: to_code_points(text, units, PositionEncoding.UTF16)].replace("\r\n", "\n")
        return self.accepted(suggestion, "line" if "\n" in taken else "word", len(taken))

    def dismissed(self, suggestion: str) -> None:
        """The user sent the suggestion away."""
        self.catch_up()
        entry = self._by_id.get(suggestion)
        if entry is not None:
            self._stood.pop(entry.place.uri, None)
        self._write(self._outcomes.dismissed(self._clock.now(), suggestion))

    # -- what the documents say ------------------------------------------------------------------------------------

    def changed(self, uri: str, changes: Sequence[Change]) -> None:
        """A document was edited."""
        self._afterwards(partial(self._outcomes.changed, self._clock.now(), uri, changes))

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self.catch_up()
        self._stood.pop(uri, None)
        self._write(self._outcomes.closed(self._clock.now(), uri))

    def close(self) -> None:
        """The session ends: what is known by now is written."""
        self.catch_up()
        self._write(self._outcomes.end(self._clock.now()))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- the inside ------------------------------------------------------------------------------------------------

    def later(self, work: Callable[[], None]) -> None:
        """Have other work that a key makes done a moment later too, in its turn."""
        self._afterwards(partial(_no_facts, work))

    def _afterwards(self, happened: Callable[[], list[Fact]]) -> None:
        self._waiting.append(happened)
        if len(self._waiting) >= _MOST_WAITING:
            self.catch_up()
        elif self._soon is None:
            # The time is taken when this turn of the loop is over: the answer may be written in it.
            self._soon = asyncio.get_running_loop().call_soon(self._wait)

    def _wait(self) -> None:
        self._soon = asyncio.get_running_loop().call_later(_AFTERWARDS, self.catch_up)

    def catch_up(self) -> None:
        """Work out now what has happened by now."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self._offered_since = False
        if not self._waiting:
            return
        facts: list[Fact] = []
        while self._waiting:
            try:
                facts += self._waiting.pop(0)()
            except Exception as error:  # a fault of ours costs this edit: not the others, nor who asks about them
                fault = {"message": "what an edit means was not worked out", "exception": error}
                asyncio.get_running_loop().call_exception_handler(fault)
        self._write(facts)

    def _tick(self) -> None:
        self._timer = None
        self.catch_up()
        self._write(self._outcomes.tick(self._clock.now()))

    def follows(self, kept: Kept, documents: Callable[[], Iterable[Snapshot]]) -> None:
        """The fixes of `kept` are followed in these open documents as accepted text is."""
        kept.document = lambda uri: next((one for one in documents() if one.uri == uri), None)
        kept.follow, self.on_fix = self.follow, kept.left

    def follow(self, suggestion: str, uri: str, parts: Sequence[Range], lines: Sequence[str]) -> None:
        """A document holds what a fix has put into it."""
        self.catch_up()
        self._fixes[suggestion] = None
        while len(self._fixes) > _MOST_REMEMBERED:
            self._fixes.popitem(last=False)
        self._write(self._outcomes.follow(self._clock.now(), suggestion, uri, parts, lines))

    def _write(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.suggestion in self._fixes:
                if fact.after_s == CHECKPOINTS[-1]:
                    del self._fixes[fact.suggestion]
                self.on_fix(fact)
                continue
            entry = self._by_id.get(fact.suggestion)
            if fact.kind is Kind.SHOWN:
                self.on_shown(fact.suggestion)
            if self._sampler is not None:
                self._sampler.fact(fact)
            if entry is not None:
                offer_ms = milliseconds(entry.asked_at, entry.offered_at)
                self._recorder.fact(fact, entry.place, entry.first.facts, offer_ms=offer_ms)
        self._wake()

    def _wake(self) -> None:
        """Be called when there is something to see; a clock that does not run by itself is looked at again and again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._outcomes.due()
        if due is None:
            return
        wait = self._clock.poll if self._clock.poll is not None else max(0.0, due - self._clock.now())
        self._timer = asyncio.get_running_loop().call_later(wait, self._tick)
