"""Money: what an answer cost, and the daily cap.

Two figures, kept apart. What goes into the journal comes from tokens that the host reported and a price that the profile
names; where one of them is missing the cost is unknown. The cap cannot wait for that: most streams are closed early,
before any host says what was used. It counts the most that these may have cost, which is written nowhere else: the
prompt without any discount, and as many tokens as the request allows, since nobody knows whether a host writes on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from caretwise.adapters.ports import Exchange
from caretwise.models.chunk import Usage
from caretwise.models.failure import UNPAID
from caretwise.models.profile import Profile
from caretwise.models.request import Request

BYTES_PER_TOKEN = 2.5
"""Fewer than code has in any tokenizer that we know of: the cap is to hold where the design's characters / 3 are too many."""

_MILLION = 1_000_000


class Ledger(Protocol):
    """Where a day's spending is kept, for all windows together."""

    def add(self, day: str, usd: float) -> None:
        """Add to a day; returns at once."""
        ...

    def total(self, day: str) -> float:
        """What is known to be spent on a day; reads no disk."""
        ...


class Spending:
    """Counts what is spent, and says when the day's cap is reached."""

    def __init__(self, cap_usd: float, ledger: Ledger | None, today: Callable[[], str] | None = None) -> None:
        """`cap_usd` 0 means that there is no cap; `today` names the user's day (2026-11-24)."""
        self._cap, self._ledger = cap_usd, ledger
        self._today = today or (lambda: time.strftime("%Y-%m-%d"))

    @property
    def capped(self) -> bool:
        """Whether there is a cap at all."""
        return self._cap > 0 and self._ledger is not None

    def reached(self) -> str:
        """The day whose cap is reached; "" when there is something left, or no cap."""
        if self._ledger is None or self._cap <= 0:
            return ""
        day = self._today()
        return day if self._ledger.total(day) >= self._cap else ""

    def sentence(self) -> str:
        """What the user is told when the cap is reached."""
        return (
            f"Today's cap of {self._cap:g} USD (daily_cap_usd) is reached: until midnight suggestions come only when you "
            "ask for one. Where a host did not say what was used, the most that it may have been is counted."
        )

    def spent(self, request: Request, prompt: Iterable[str], exchange: Exchange | None = None) -> None:
        """Note an exchange, None for one that was given up; what the host did not count is taken at its most."""
        if self._ledger is None or self._cap <= 0 or (exchange is not None and _is_free(exchange)):
            return
        usage, price = exchange.usage if exchange is not None else Usage(), request.profile.price()
        known = cost(price, usage)
        usd = known if known is not None else most(price, usage, tokens(prompt), _most_written(request, exchange))
        if usd > 0:
            self._ledger.add(self._today(), usd)


def unpriced(profile: Profile) -> str:
    """What is said of a model that a cap cannot count."""
    return (
        f"daily_cap_usd does not hold for {profile.name}: what {profile.model} costs at {profile.host} is not known, so "
        "nothing of it is counted. Set a limit in that account."
    )


def cost(price: Mapping[str, float], usage: Usage) -> float | None:
    """US dollars for reported tokens; None when tokens or price are not known.

    A host that does not say how much of the prompt came from its cache is taken to have charged the full price.
    """
    if usage.prompt is None or usage.completion is None or "input" not in price or "output" not in price:
        return None
    cached = min(usage.cached or 0, usage.prompt)
    read = (usage.prompt - cached) * price["input"] + cached * price.get("cached", price["input"])
    return (read + usage.completion * price["output"]) / _MILLION


def most(price: Mapping[str, float], usage: Usage, sent: int, written: int) -> float:
    """US dollars, with `sent` and `written` for tokens that were not reported; 0 when there is no price."""
    prompt = usage.prompt if usage.prompt is not None else sent
    completion = usage.completion if usage.completion is not None else written
    return cost(price, Usage(prompt, completion, usage.cached)) or 0.0


def tokens(texts: Iterable[str]) -> int:
    """The tokens that texts may be at the most."""
    return math.ceil(sum(len(text.encode("utf-8", "replace")) for text in texts) / BYTES_PER_TOKEN)


def _is_free(exchange: Exchange) -> bool:
    """Whether the host refused, or never had, the request: nothing is charged for that."""
    failure = exchange.failure
    wrote = exchange.text or exchange.reasoning or exchange.usage != Usage()
    return failure is not None and failure.kind in UNPAID and not wrote


def _most_written(request: Request, exchange: Exchange | None) -> int:
    """The tokens that a model may have written: what was read where it ended by itself, else all that it was allowed."""
    seen = 0 if exchange is None else tokens([exchange.text]) + math.ceil(exchange.reasoning / BYTES_PER_TOKEN)
    whole = exchange is not None and exchange.failure is None and exchange.finish not in {"", "enough"}
    limit = request.body.get(request.profile.route(request.role).token_field)
    if (whole and not request.thinking) or not isinstance(limit, int):
        return seen
    return max(seen, limit)
