"""What is told of one arm of an experiment beside the differences: its counts, its waits, its cost."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caretwise.measure.rates import percentile
from caretwise.measure.wording import WORDS, dollars, seconds

Place = tuple[str, str, str]
"""Role, experiment and arm."""


@dataclass(slots=True)
class ArmSpent:
    """What an arm's answers took, before any figure is made of it. US dollars; None: nothing is known."""

    waits: array[float] = field(default_factory=lambda: array("d"))
    cost: float | None = None
    cost_unknown: int = 0


@dataclass(frozen=True, slots=True)
class ArmTold:
    """An arm, over all days of its experiment."""

    arm: str
    role: str
    opportunities: int
    kept: float
    """Retained characters, or fixes."""
    wait_p50: float | None
    """Milliseconds until ghost text was on screen, or a fix was offered."""
    wait_p90: float | None
    cost_usd: float | None
    cost_unknown: int
    """Answers whose cost is not known: they are not in `cost_usd`."""

    @property
    def cost_per_kept(self) -> float | None:
        """US dollars for 1,000 retained characters, or for a kept fix; None when no cost is known or nothing was kept."""
        return (
            self.cost_usd / self.kept * WORDS[self.role].cost_unit if self.cost_usd is not None and self.kept else None
        )

    def sentence(self) -> str:
        """The arm in a line: "kimi: 120 requests for a fix, offered after 2.1 / 5.0 s (p50 / p90), $0.012 for a kept fix"."""
        words = WORDS[self.role]
        said = f"{self.arm}: {self.opportunities:,} {words.trials}"
        if self.wait_p50 is not None and self.wait_p90 is not None:
            said += f", {words.wait} after {seconds(self.wait_p50)} / {seconds(self.wait_p90)} s (p50 / p90)"
        if self.cost_per_kept is not None:
            said += f", {dollars(self.cost_per_kept)} for {words.cost_for}"
            said += f" (and {self.cost_unknown:,} answers of unknown cost)" if self.cost_unknown else ""
        return said


def told(place: Place, counts: Sequence[tuple[int, float]], spent: Mapping[Place, ArmSpent]) -> ArmTold:
    """An arm of which `counts` gives opportunities and what was kept, cell by cell."""
    role, _, arm = place
    found = spent.get(place, ArmSpent())
    waits = sorted(found.waits)
    return ArmTold(
        arm,
        role,
        sum(one for one, _ in counts),
        sum(kept for _, kept in counts),
        percentile(waits, 0.5),
        percentile(waits, 0.9),
        found.cost,
        found.cost_unknown,
    )
