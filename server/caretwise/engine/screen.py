"""What is on screen: from here on a suggestion is shown, typed through, accepted or dismissed, and each is noted once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from caretwise.complete.trigger import Trigger
from caretwise.engine.offer import Ask, Offer
from caretwise.engine.record import Recorder
from caretwise.measure.event import Amount, Kind
from caretwise.text.position import PositionEncoding, to_code_points

VISIBLE_SECONDS = 0.75
"""An editor that reports nothing is taken to have shown what was left standing this long."""

_MOST_REMEMBERED = 500


@dataclass(slots=True)
class OnScreen:
    """A suggestion that was offered and what became of it."""

    ask: Ask
    offer: Offer
    shown: bool = False
    accepted: int = 0
    """Characters that were accepted so far."""
    done: bool = False
    timer: asyncio.TimerHandle | None = None


class Screen:
    """The suggestion on screen in each document, and the last few hundred others (an accept may come late)."""

    def __init__(self, recorder: Recorder) -> None:
        """Nothing is on screen."""
        self._recorder = recorder
        self._by_uri: dict[str, OnScreen] = {}
        self._by_id: OrderedDict[str, OnScreen] = OrderedDict()

    def offered(self, ask: Ask, offer: Offer) -> None:
        """A suggestion was sent to the editor. The same suggestion again (typed on) goes on under its id."""
        known = self._by_id.get(offer.id)
        if known is not None:
            known.ask, known.offer = ask, offer
            entry = known
        else:
            entry = OnScreen(ask, offer)
            self._by_id[offer.id] = entry
            while len(self._by_id) > _MOST_REMEMBERED:
                self._by_id.popitem(last=False)
        old = self._by_uri.get(ask.uri)
        if old is not None and old is not entry:
            self._stop_waiting(old)
        self._by_uri[ask.uri] = entry
        if not entry.shown and entry.timer is None:
            entry.timer = asyncio.get_running_loop().call_later(VISIBLE_SECONDS, self.shown, offer.id)

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
            self._note(entry, Kind.SHOWN, text=entry.offer.ghost.text)

    def accepted(self, suggestion: str, amount: Amount, length: int | None = None) -> bool:
        """A suggestion was taken, wholly or up to `length` characters of it; whether it was known."""
        entry = self._by_id.get(suggestion)
        if entry is None:
            return False
        self.shown(suggestion)
        whole = entry.offer.ghost.text
        taken = len(whole) if length is None else min(length, len(whole))
        if taken <= entry.accepted or entry.done:
            return True
        entry.accepted = taken
        entry.done = taken == len(whole)
        self._note(entry, Kind.ACCEPTED, text=whole[:taken], amount=amount)
        if entry.done and self._by_uri.get(entry.ask.uri) is entry:
            del self._by_uri[entry.ask.uri]
        return True

    def accepted_units(self, suggestion: str, units: int) -> bool:
        """A part was taken, its length given in UTF-16 units from the suggestion's start; whether it was known."""
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
            self._note(entry, Kind.DISMISSED, text=entry.offer.ghost.text)
            if self._by_uri.get(entry.ask.uri) is entry:
                self.cleared(entry.ask.uri)

    def _stop_waiting(self, entry: OnScreen) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
            entry.timer = None

    def _note(self, entry: OnScreen, kind: Kind, *, text: str, amount: Amount = "") -> None:
        ask = entry.ask
        self._recorder.note(
            kind,
            entry.offer.id,
            "inline",
            entry.offer.facts,
            uri=ask.uri,
            language=ask.language.id,
            trigger="invoked" if ask.trigger is Trigger.INVOKED else "automatic",
            amount=amount,
            text=text,
        )
