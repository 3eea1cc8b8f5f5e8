"""What is on screen: from here on a suggestion is shown, typed through, accepted or dismissed, and each is noted once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from caretwise.complete.trigger import Trigger
from caretwise.engine.offer import Ask, Offer
from caretwise.engine.record import Recorder
from caretwise.measure.event import Amount, Kind
from caretwise.text.position import PositionEncoding, to_code_points

VISIBLE_SECONDS = 0.75
"""An editor that reports nothing is taken to have shown what was left standing this long."""

_MOST_REMEMBERED = 500


def _nothing(_: str) -> None:
    """Nobody wants to be told."""


@dataclass(slots=True)
class OnScreen:
    """A suggestion that was offered and what became of it. Holds no document."""

    uri: str
    language_id: str
    trigger: Trigger
    offer: Offer
    shown: bool = False
    earlier: int = 0
    """Characters that were accepted of items before the present one: a part was taken, the rest was offered anew."""
    taken: int = 0
    """Characters of the present item that were accepted."""
    done: bool = False
    timer: asyncio.TimerHandle | None = None

    def follow(self, offer: Offer) -> None:
        """The same suggestion goes on with what is left of it."""
        if offer.ghost.text != self.offer.ghost.text:
            self.earlier, self.taken = self.earlier + self.taken, 0
        self.offer = offer


class Screen:
    """The suggestion on screen in each document, and the last few hundred others (an accept may come late)."""

    def __init__(self, recorder: Recorder) -> None:
        """Nothing is on screen."""
        self._recorder = recorder
        self._by_uri: dict[str, OnScreen] = {}
        self._by_id: OrderedDict[str, OnScreen] = OrderedDict()
        self.on_shown: Callable[[str], None] = _nothing
        """Told of each suggestion that was visible."""

    def offered(self, ask: Ask, offer: Offer) -> None:
        """A suggestion was sent to the editor. The same suggestion again (typed on) goes on under its id."""
        entry = self._by_id.get(offer.id)
        if entry is not None:
            entry.follow(offer)
        else:
            entry = OnScreen(ask.uri, ask.language.id, ask.trigger, offer)
            self._by_id[offer.id] = entry
            while len(self._by_id) > _MOST_REMEMBERED:
                self._by_id.popitem(last=False)
        old = self._by_uri.get(ask.uri)
        if old is not None and old is not entry:
            self._stop_waiting(old)
        self._by_uri[ask.uri] = entry
        if not entry.shown and entry.timer is None:
            entry.timer = asyncio.get_running_loop().call_later(VISIBLE_SECONDS, self.shown, offer.id)

    def also(self, ask: Ask, offer: Offer) -> None:
        """Another candidate was sent along: it is on screen when the user turns to it, and then it may be taken."""
        self._by_id[offer.id] = OnScreen(ask.uri, ask.language.id, ask.trigger, offer)

    def current(self, uri: str) -> OnScreen | None:
        """What is on screen in a document, as far as we know."""
        return self._by_uri.get(uri)

    def cleared(self, uri: str) -> None:
        """Nothing is on screen in the document any more; what was not seen long enough was not shown."""
        old = self._by_uri.pop(uri, None)
        if old is not None:
            self._stop_waiting(old)

    def shown(self, suggestion: str) -> None:
        """The suggestion was visible."""
        entry = self._by_id.get(suggestion)
        if entry is not None and not entry.shown:
            entry.shown = True
            self._stop_waiting(entry)
            self._note(entry, Kind.SHOWN, len(entry.offer.ghost.text))
            self.on_shown(suggestion)

    def accepted(self, suggestion: str, amount: Amount, length: int | None = None) -> bool:
        """A suggestion was taken, wholly or up to `length` characters of the present item; whether it was known."""
        entry = self._by_id.get(suggestion)
        if entry is None:
            return False
        self.shown(suggestion)
        whole = len(entry.offer.ghost.text)
        taken = whole if length is None else min(length, whole)
        if taken <= entry.taken or entry.done:
            return True
        entry.taken = taken
        entry.done = taken == whole
        self._note(entry, Kind.ACCEPTED, entry.earlier + taken, amount="full" if entry.done else amount)
        if entry.done and self._by_uri.get(entry.uri) is entry:
            del self._by_uri[entry.uri]
        return True

    def accepted_units(self, suggestion: str, units: int) -> bool:
        """A part was taken, its length given in UTF-16 units from the item's start; whether it was known."""
        entry = self._by_id.get(suggestion)
        if entry is None or units <= 0:
            return entry is not None
        text = entry.offer.ghost.text
        length = to_code_points(text, units, PositionEncoding.UTF16)
        return self.accepted(suggestion, "line" if "\n" in text[:length] else "word", length)

    def dismissed(self, suggestion: str) -> None:
        """The user sent the suggestion away."""
        entry = self._by_id.get(suggestion)
        if entry is not None and not entry.done:
            entry.done = True
            self._note(entry, Kind.DISMISSED, len(entry.offer.ghost.text))
            if self._by_uri.get(entry.uri) is entry:
                self.cleared(entry.uri)

    def _stop_waiting(self, entry: OnScreen) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
            entry.timer = None

    def _note(self, entry: OnScreen, kind: Kind, characters: int, *, amount: Amount = "") -> None:
        self._recorder.note(
            kind,
            entry.offer.id,
            "inline",
            entry.offer.facts,
            uri=entry.uri,
            language=entry.language_id,
            trigger=entry.trigger.value,
            amount=amount,
            characters=characters,
            lines=entry.offer.ghost.text.count("\n") + 1,
        )
