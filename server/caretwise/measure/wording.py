"""How the figures of a comparison are spoken of, by role."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Wording:
    """Words for one role."""

    whose: str
    """What is put behind the models' names where it is not plain whether ghost text or fixes are meant."""
    unit: str
    """What the headline counts, in the plural."""
    scale: float
    """By what it is multiplied for people."""
    digits: int
    trials: str
    """What the headline is taken over, in the plural."""
    planned: str
    """What an experiment's size is told in."""
    rate: str
    """The rate that a size is told for."""
    wait: str
    """What the waits of an arm are waits for."""
    cost_for: str
    """What the cost of an arm is told for."""
    cost_unit: int
    """How many of what is kept that is."""

    def amount(self, value: float, sign: str = "") -> str:
        """A value of the headline in the unit's scale; `sign` "+" for a difference."""
        return f"{value * self.scale:{sign}.{self.digits}f}"


WORDS: Mapping[str, Wording] = MappingProxyType(
    {
        "inline": Wording(
            "",
            "retained characters per opportunity",
            1,
            2,
            "opportunities",
            "shown suggestions",
            "acceptance",
            "shown",
            "1,000 retained characters",
            1000,
        ),
        "fix": Wording(
            " for fixes",
            "fixes kept of 100 requests",
            100,
            1,
            "requests for a fix",
            "requests for a fix",
            "fixes kept",
            "offered",
            "a kept fix",
            1,
        ),
    }
)


def seconds(milliseconds: float) -> str:
    """A wait in seconds, as exactly as anybody feels it."""
    return f"{milliseconds / 1000:.2f}" if milliseconds < 9_995 else f"{milliseconds / 1000:.0f}"


def dollars(value: float) -> str:
    """US dollars, small sums to three digits."""
    if value >= 1 or value <= 0:
        return f"${value:,.2f}"
    return f"${value:.{min(9, 2 - math.floor(math.log10(value)))}f}"
