"""One request to a model in the role `fix`: sent within its time, counted, paid for, and its failure told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from caretwise.adapters.ports import Exchange
from caretwise.engine.facts import facts_of
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.offer import Facts
from caretwise.engine.outside import Outside
from caretwise.measure.event import Kind
from caretwise.models.failure import out_of_time
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, Request, build
from caretwise.repair.prompt import FixPrompt
from caretwise.repair.verification import Refusal


@dataclass(frozen=True)
class Call:
    """Asks one model, for what the user asked for, until `ends` (loop time, seconds)."""

    outside: Outside
    profile: Profile
    asked_for: FixAsked
    ends: float

    async def exchange(self, asked: FixPrompt) -> tuple[Exchange | None, Facts, Refusal | None]:
        """One answer, what it cost, and why nothing came of it when nothing did."""
        request = build(self.profile, Ask(Role.FIX, messages=asked.messages))
        style, template = self.profile.style_for(Role.FIX), asked.template
        seconds = max(1.0, self.ends - asyncio.get_running_loop().time())
        self._note(Kind.ASKED, facts_of(request, style=style, template=template))
        exchange: Exchange | None = None
        try:
            async with asyncio.timeout(seconds):
                exchange = await self.outside.endpoint.exchange(request, lambda _: False, seconds=max(1.0, seconds - 1))
            failure = exchange.failure
        except TimeoutError:
            failure = out_of_time(self.profile, seconds)
        except asyncio.CancelledError:
            # Whoever asked does not want it any more. It has its price, and nothing was learned of the model.
            self.outside.breaker.abandoned(self.profile.name)
            self._spent(request, asked, None)
            raise
        facts = facts_of(request, style=style, template=template, exchange=exchange)
        self._spent(request, asked, exchange)
        if failure is not None:
            self.outside.failed(self.profile, failure)
            self._note(Kind.FAILED, facts, reason=failure.kind.value)
            return None, facts, Refusal(failure.kind.value, failure.sentence)
        left_out = exchange.left_out if exchange is not None else ()
        self.outside.succeeded(self.profile, left_out, Role.FIX)
        self._note(Kind.RETURNED, facts)
        return exchange, facts, None

    def _spent(self, request: Request, asked: FixPrompt, exchange: Exchange | None) -> None:
        self.outside.spending.spent(request, [text for _, text in asked.messages], exchange)

    def _note(self, kind: Kind, facts: Facts, *, reason: str = "") -> None:
        self.outside.recorder.of_fix(kind, self.asked_for.new_id(), facts, self.asked_for, reason=reason)
