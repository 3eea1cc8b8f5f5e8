"""Money: what an answer cost, and the daily cap.

Two figures, kept apart. What goes into the journal comes from tokens that the host reported and a price that the profile
names; where one of them is missing the cost is unknown. The cap cannot wait for that: most streams are closed early,
before any host says what was used. It counts an estimate for these, which is written nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from caretwise.models.chunk import Usage
from caretwise.models.failure import UNPAID, Failure
from caretwise.models.profile import Profile

CHARACTERS_PER_TOKEN = 3.0
"""For estimates: characters / 3, as everywhere in the design."""

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
            "ask for one."
        )

    def spent(self, profile: Profile, usage: Usage, sent: int, received: int, failure: Failure | None = None) -> None:
        """Note an exchange of `sent` and `received` characters; what the host did not count is estimated."""
        if self._ledger is None or self._cap <= 0:
            return
        if failure is not None and failure.kind in UNPAID and not received and usage == Usage():
            return
        known = cost(profile.price(), usage)
        usd = known if known is not None else estimate(profile.price(), usage, sent, received)
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


def estimate(price: Mapping[str, float], usage: Usage, sent: int, received: int) -> float:
    """US dollars, with tokens that were not reported estimated from characters; 0 when there is no price."""
    prompt = usage.prompt if usage.prompt is not None else round(sent / CHARACTERS_PER_TOKEN)
    written = usage.completion if usage.completion is not None else round(received / CHARACTERS_PER_TOKEN)
    return cost(price, Usage(prompt, written, usage.cached)) or 0.0
