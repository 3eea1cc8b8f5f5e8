"""Up to three candidates for whoever asks by hand: the same request, answered again with more freedom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from caretwise.complete.stream import enough, whole_lines
from caretwise.engine.offer import Ask, Offer
from caretwise.engine.outside import Outside
from caretwise.engine.prepare import Prepared
from caretwise.engine.take import first, take
from caretwise.measure.event import Kind
from caretwise.models.request import varied

MOST = 3
"""Candidates."""

GRACE_SECONDS = 0.5
"""How long the others are waited for once the first is there, at least; else half as long as that one took."""


class Candidates:
    """Asks for further answers beside the first one. At most one request of these runs beside that one's."""

    def __init__(self, outside: Outside, ask: Ask, prepared: Prepared) -> None:
        """For one ask; `prepared` is its request."""
        self._outside, self._ask, self._prepared = outside, ask, prepared
        self._since = asyncio.get_running_loop().time()
        self._found: list[Offer] = []
        self._task = asyncio.get_running_loop().create_task(self._all())

    async def beside(self, chosen: Offer, others: Iterable[Offer] = ()) -> list[Offer]:
        """The other candidates, distinct from `chosen` and from each other; what is not there in time is given up."""
        took = asyncio.get_running_loop().time() - self._since
        try:
            async with asyncio.timeout(max(GRACE_SECONDS, took / 2)):
                await asyncio.shield(self._task)
        except TimeoutError:
            pass
        finally:
            self._task.cancel()
        return distinct([chosen, *others, *self._found])[1:]

    def end(self) -> None:
        """Nobody wants them."""
        self._task.cancel()

    async def _all(self) -> None:
        for number in range(1, MOST):
            found = await self._one(number)
            if found is None:
                return
            self._found.append(found)

    async def _one(self, number: int) -> Offer | None:
        prepared, outside = self._prepared, self._outside
        request = varied(prepared.request, number)
        place, style, length = prepared.place, prepared.prompt.style, prepared.length
        outside.recorder.of_ask(Kind.ASKED, self._ask, prepared.facts())
        seconds = outside.pace.life(request.profile.name, most=10.0)

        def taken(text: str) -> bool:
            return text.endswith("\n") and enough(text, place, style, length)

        try:
            exchange = await outside.endpoint.exchange(request, taken, seconds=seconds)
        except asyncio.CancelledError:
            # Too late to be shown; it was asked for and has its price.
            outside.spending.spent(request, [prepared.prompt.text])
            raise
        failure = exchange.failure
        outside.spending.spent(request, [prepared.prompt.text], exchange)
        facts = prepared.facts(exchange)
        if failure is not None:
            outside.recorder.of_ask(Kind.FAILED, self._ask, facts, reason=failure.kind.value)
            return None
        raw = exchange.text if exchange.finish == "stop" else whole_lines(exchange.text)
        outside.recorder.of_ask(Kind.RETURNED, self._ask, facts, characters=len(raw), lines=raw.count("\n") + 1)
        offered = first(take(self._ask, outside.fingerprint(self._ask), place, style, raw, facts, length))
        return offered if isinstance(offered, Offer) else None


def distinct(offers: Sequence[Offer], most: int = MOST) -> list[Offer]:
    """The offers that differ in more than white space, `most` of them, in their order."""
    seen: dict[str, Offer] = {}
    for offer in offers:
        seen.setdefault("".join(offer.ghost.text.split()), offer)
    return [replace(offer) for offer in seen.values()][:most]
