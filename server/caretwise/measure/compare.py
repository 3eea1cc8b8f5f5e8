"""The arms of an experiment compared: how far apart they are, whether a winner may be named, and how long it will take.

Only arms that were drawn at random are compared. Two models that a user took in turn differ in days, tasks and mood as
well; the report shows them side by side and says nothing about the difference.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from caretwise.measure.difference import Cell, Difference, Mean, mean_of, within_users
from caretwise.measure.sequence import ALPHA, always_valid, needed

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ArmCell:
    """What happened to the ghost text of one user in one block under one model and arm."""

    experiment: str
    arm: str
    model: str
    user: str
    block: str
    opportunities: int
    shown: int
    accepted: int
    dismissed: int
    retained: float
    """Retained characters after 300 s."""
    retained_squares: float
    """The sum over suggestions of their squares."""
    day: float = 0.0
    """Midnight (UTC) before it began, in seconds since 1970."""

    @property
    def retention(self) -> Cell:
        """Retained characters, a trial being an opportunity."""
        return Cell(self.user, self.block, self.arm, self.opportunities, self.retained, self.retained_squares)

    @property
    def acceptance(self) -> Cell:
        """Acceptance, a trial being a shown suggestion."""
        return Cell(self.user, self.block, self.arm, self.shown, self.accepted, self.accepted)

    @property
    def dismissal(self) -> Cell:
        """Dismissal, a trial being a shown suggestion."""
        return Cell(self.user, self.block, self.arm, self.shown, self.dismissed, self.dismissed)


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of two arms: each arm's mean and the difference within users, or why there is none."""

    name: str
    one: Mean | None
    other: Mean | None
    difference: Difference | str
    always: tuple[float, float]
    """The confidence sequence's ends; infinite while it says nothing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms of one experiment. `measures`: the headline first."""

    experiment: str
    one: str
    other: str
    measures: tuple[Measured, ...]
    alpha: float
    """How often a winner may be named falsely, over all looks, for this pair."""
    opportunities: int
    more_opportunities: int | None
    """How many more it takes to name a winner with 80 % probability if the true difference is a fifth; None: cannot tell."""
    more_days: float | None
    """How many days that is at the pace so far."""

    @property
    def headline(self) -> Measured:
        """Retained characters per opportunity."""
        return self.measures[0]

    def means(self) -> tuple[tuple[str, Mean | None], tuple[str, Mean | None]]:
        """Each arm's mean of the headline."""
        return (self.one, self.headline.one), (self.other, self.headline.other)

    @property
    def winner(self) -> str:
        """The better arm by the headline; empty while none may be named."""
        low, high = self.headline.always
        return self.one if low > 0 else self.other if high < 0 else ""


HEADLINE, ACCEPTANCE, DISMISSAL = "retained characters per opportunity", "acceptance", "dismissal"
_MEASURES: tuple[tuple[str, Callable[[ArmCell], Cell]], ...] = (
    (HEADLINE, lambda cell: cell.retention),
    (ACCEPTANCE, lambda cell: cell.acceptance),
    (DISMISSAL, lambda cell: cell.dismissal),
)


def compare(cells: Iterable[ArmCell]) -> Iterator[Comparison]:
    """Each pair of arms of each experiment in turn."""
    experiments: defaultdict[str, list[ArmCell]] = defaultdict(list)
    for cell in cells:
        if cell.experiment and cell.arm:
            experiments[cell.experiment].append(cell)
    for experiment, mine in sorted(experiments.items()):
        weight = {arm: sum(c.opportunities for c in mine if c.arm == arm) for arm in {c.arm for c in mine}}
        arms = sorted(weight, key=lambda arm: (-weight[arm], arm))
        pairs = list(itertools.combinations(arms, 2))
        for one, other in pairs:
            yield _pair(experiment, one, other, mine, ALPHA / len(pairs))


def _side_by_side(cells: Sequence[ArmCell], one: str, other: str) -> list[ArmCell]:
    """The cells of two arms from the days on which either was drawn already, and still: an arm may come or go on the way."""
    days = [[cell.day for cell in cells if cell.arm == arm] for arm in (one, other)]
    first, last = max(map(min, days)), min(map(max, days))
    return [cell for cell in cells if cell.arm in (one, other) and first <= cell.day <= last]


def _pair(experiment: str, one: str, other: str, cells: Sequence[ArmCell], alpha: float) -> Comparison:
    mine = _side_by_side(cells, one, other)
    measures = tuple(_measured(name, [of(cell) for cell in mine], one, other, alpha) for name, of in _MEASURES)
    opportunities = sum(cell.opportunities for cell in mine)
    difference = measures[0].difference
    more = None
    if not isinstance(difference, str):
        factor = needed(difference, alpha=alpha)
        more = round((factor - 1) * opportunities) if math.isfinite(factor) else None
    days = [cell.day for cell in mine]
    pace = opportunities / ((max(days, default=0.0) - min(days, default=0.0)) / _DAY + 1)
    return Comparison(
        experiment, one, other, measures, alpha, opportunities, more, more / pace if more is not None and pace else None
    )


def _measured(name: str, cells: Sequence[Cell], one: str, other: str, alpha: float) -> Measured:
    difference = within_users(cells, one, other) if cells else "they were never drawn at the same time"
    always = (-math.inf, math.inf) if isinstance(difference, str) else always_valid(difference, alpha)
    means = [
        mean_of([cell for cell in cells if cell.arm == arm and (cell.trials or cell.total)]) for arm in (one, other)
    ]
    return Measured(name, means[0], means[1], difference, always)
