"""The arms of an experiment compared: how far apart they are, whether a winner may be named, and how long it will take.

Only arms that were drawn at random are compared. Two models that a user took in turn differ in days, tasks and mood as
well; the report shows them side by side and says nothing about the difference.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from caretwise.measure.arm_told import ArmSpent, ArmTold, Place, told
from caretwise.measure.difference import Cell, Difference, Mean, mean_of, within_users
from caretwise.measure.sequence import ALPHA, always_valid, needed
from caretwise.measure.wording import WORDS, Wording

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ArmCell:
    """What happened to the ghost text, or the fixes, of one user in one block under one model and arm.

    Of fixes a trial is a request: `shown` are those that a fix was offered for, `retained` those of which one was kept.
    """

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
    role: str = "inline"
    verified: int = 0
    gone: int = 0
    undone: int = 0

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
    is_share: bool
    """Whether it is a share of trials, else a number for each."""
    one: Mean | None
    other: Mean | None
    difference: Difference | str
    always: tuple[float, float]
    """The confidence sequence's ends; infinite while it says nothing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms of one experiment. `measures`: the headline first."""

    role: str
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
    arms: tuple[ArmTold, ArmTold]
    """Each arm's counts, waits and cost, of all days."""

    @property
    def words(self) -> Wording:
        """How its figures are spoken of."""
        return WORDS[self.role]

    @property
    def headline(self) -> Measured:
        """Retained characters per opportunity; fixes kept per request."""
        return self.measures[0]

    def means(self) -> tuple[tuple[str, Mean | None], tuple[str, Mean | None]]:
        """Each arm's mean of the headline."""
        return (self.one, self.headline.one), (self.other, self.headline.other)

    @property
    def winner(self) -> str:
        """The better arm by the headline; empty while none may be named."""
        low, high = self.headline.always
        return self.one if low > 0 else self.other if high < 0 else ""


def _share(part: str, whole: str) -> Callable[[ArmCell], Cell]:
    """A share of trials: both are counts of a cell."""

    def cell(of: ArmCell) -> Cell:
        trials, total = getattr(of, whole), getattr(of, part)
        return Cell(of.user, of.block, of.arm, trials, total, total)

    return cell


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is compared of two arms."""

    name: str
    cell: Callable[[ArmCell], Cell]
    is_share: bool = True


_MEASURES: Mapping[str, tuple[_Measure, ...]] = {
    "inline": (
        _Measure("retained characters per opportunity", lambda cell: cell.retention, is_share=False),
        _Measure("acceptance", lambda cell: cell.acceptance),
        _Measure("dismissal", lambda cell: cell.dismissal),
    ),
    "fix": (
        _Measure("fixes kept per request", lambda cell: cell.retention),
        _Measure("offered of requests", _share("shown", "opportunities")),
        _Measure("verified of offered", _share("verified", "shown")),
        _Measure("applied of offered", lambda cell: cell.acceptance),
        _Measure("problem gone of applied", _share("gone", "accepted")),
        _Measure("undone of applied", _share("undone", "accepted")),
    ),
}
"""By role, the headline first."""


def compare(cells: Iterable[ArmCell], spent: Mapping[Place, ArmSpent] | None = None) -> Iterator[Comparison]:
    """Each pair of arms of each experiment in turn, the arm that keeps more so far first.

    `spent`: waits and cost by role, experiment and arm.
    """
    experiments: defaultdict[tuple[bool, str, str], list[ArmCell]] = defaultdict(list)
    for cell in cells:
        if cell.experiment and cell.arm:
            experiments[cell.role != "inline", cell.role, cell.experiment].append(cell)
    for (_, role, experiment), mine in sorted(experiments.items()):
        of = {
            arm: told(
                (role, experiment, arm), [(c.opportunities, c.retained) for c in mine if c.arm == arm], spent or {}
            )
            for arm in {cell.arm for cell in mine}
        }
        arms = sorted(of, key=lambda arm: (-of[arm].kept / (of[arm].opportunities or 1), arm))
        pairs = list(itertools.combinations(arms, 2))
        for one, other in pairs:
            yield _pair(experiment, mine, (of[one], of[other]), ALPHA / len(pairs))


def _side_by_side(cells: Sequence[ArmCell], one: str, other: str) -> list[ArmCell]:
    """The cells of two arms from the days on which either was drawn already, and still: an arm may come or go on the way."""
    days = [[cell.day for cell in cells if cell.arm == arm] for arm in (one, other)]
    first, last = max(map(min, days)), min(map(max, days))
    return [cell for cell in cells if cell.arm in (one, other) and first <= cell.day <= last]


def _pair(experiment: str, cells: Sequence[ArmCell], arms: tuple[ArmTold, ArmTold], alpha: float) -> Comparison:
    (one, other), role = (arm.arm for arm in arms), arms[0].role
    mine = _side_by_side(cells, one, other)
    measures = tuple(_measured(measure, mine, one, other, alpha) for measure in _MEASURES[role])
    opportunities = sum(cell.opportunities for cell in mine)
    difference = measures[0].difference
    more = None
    if not isinstance(difference, str):
        factor = needed(difference, alpha=alpha)
        more = round((factor - 1) * opportunities) if math.isfinite(factor) else None
    days = [cell.day for cell in mine]
    pace = opportunities / ((max(days, default=0.0) - min(days, default=0.0)) / _DAY + 1)
    return Comparison(
        role,
        experiment,
        one,
        other,
        measures,
        alpha,
        opportunities,
        more,
        more / pace if more is not None and pace else None,
        arms,
    )


def _measured(measure: _Measure, of: Sequence[ArmCell], one: str, other: str, alpha: float) -> Measured:
    cells = [measure.cell(cell) for cell in of]
    difference = within_users(cells, one, other) if cells else "they were never drawn at the same time"
    always = (-math.inf, math.inf) if isinstance(difference, str) else always_valid(difference, alpha)
    means = [
        mean_of([cell for cell in cells if cell.arm == arm and (cell.trials or cell.total)]) for arm in (one, other)
    ]
    return Measured(measure.name, measure.is_share, means[0], means[1], difference, always)
