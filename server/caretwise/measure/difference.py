"""What the difference between two arms is, within users, with an interval that allows for clustered data.

Suggestions to one user in one document resemble each other, so they are not so many independent trials. Arms are drawn
for each *block* (user, document, 10 minutes). The estimate compares the arms inside each user and averages over users;
its uncertainty comes from how blocks differ, not from the count of suggestions (Abadie, Athey, Imbens, Wooldridge, 2023,
QJE 138, 1-35: cluster where the treatment is drawn). With many users the users are the clusters, and the interval then
speaks of people like them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caretwise.measure.student import t_quantile

MANY_USERS = 30
"""From this many users on, users are the clusters; with fewer, every figure describes these users only."""

FEWEST_BLOCKS = 10
"""Blocks of each arm below which nothing is estimated."""

_LEAST = 1e-3  # a cluster that is nearly all the data


@dataclass(frozen=True, slots=True)
class Cell:
    """All trials of one user in one block under one arm: how many, the sum of their values and of the squares."""

    user: str
    block: str
    arm: str
    trials: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True)
class Difference:
    """`one` minus `other`, averaged over the users who met both."""

    value: float
    error: float
    """Its standard error, cluster-robust."""
    low: float
    high: float
    """The ends of the interval."""
    freedom: int
    """Degrees of freedom of the interval's t: fewer than clusters, when these are unequal or one arm is seldom drawn."""
    users: int
    blocks: int
    trials: int
    mean: float
    """Mean of the trials of both arms, for scale."""
    design_effect: float
    """How many times the variance is that of as many independent trials."""
    by_user: bool
    """Whether users were the clusters, else blocks."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean value of a trial in one arm, with its interval."""

    value: float
    low: float
    high: float
    design_effect: float
    trials: int
    users: int


@dataclass(slots=True)
class _User:
    """What one user did: trials and sums by arm (0: other, 1: one)."""

    cells: list[tuple[int, Cell]]
    trials: list[int]
    totals: list[float]
    squares: float = 0.0

    @property
    def weight(self) -> float:
        """Mantel and Haenszel's: what a comparison inside this user can say."""
        return self.trials[0] * self.trials[1] / sum(self.trials)

    @property
    def mean(self) -> float:
        return sum(self.totals) / sum(self.trials)

    @property
    def share(self) -> float:
        return self.trials[1] / sum(self.trials)


def within_users(cells: Iterable[Cell], one: str, other: str, confidence: float = 0.95) -> Difference | str:
    """The difference, or a sentence that says why there is none.

    The estimate is that of a linear regression on the arm with a constant for each user (so that quick and slow, keen and
    sceptical users cancel out), and the error is the sandwich of its clusters.
    """
    users = _users(cells, one, other)
    if not users:
        return "nobody has met both arms yet"
    blocks = [{cell.block for user in users for arm, cell in user.cells if arm == side} for side in (0, 1)]
    if min(map(len, blocks)) < FEWEST_BLOCKS:
        return f"fewer than {FEWEST_BLOCKS} blocks of 10 minutes in one of the arms"
    weight = sum(user.weight for user in users)
    value = sum(u.weight * (u.totals[1] / u.trials[1] - u.totals[0] / u.trials[0]) for u in users) / weight
    by_user = len(users) >= MANY_USERS
    pulls, says = _pulls(users, value, weight, by_user=by_user)
    most = len(pulls) - (1 if by_user else len(users) + 1)
    if most < 1:
        return "too few blocks of 10 minutes for so many users"
    freedom = _freedom(says, most)
    variance = sum(pull * pull for pull in pulls)
    if variance <= 0:
        return "in each arm all came out alike, so that no interval can be told"
    trials = sum(sum(user.trials) for user in users)
    reach = t_quantile((1 + confidence) / 2, freedom) * math.sqrt(variance)
    return Difference(
        value=value,
        error=math.sqrt(variance),
        low=value - reach,
        high=value + reach,
        freedom=freedom,
        users=len(users),
        blocks=sum(map(len, blocks)),
        trials=trials,
        mean=sum(sum(user.totals) for user in users) / trials,
        design_effect=_ratio(variance, _independent(users, value, weight, trials)),
        by_user=by_user,
    )


def mean_of(cells: Sequence[Cell], confidence: float = 0.95) -> Mean | None:
    """Mean value of a trial with a cluster-robust t interval: clusters are users from `MANY_USERS` on, else their blocks.

    With few users it then says how well the mean of *these* is known; two or three of them tell nothing of others, and as
    clusters they would make intervals of any width. Values are counts, so the lower end is never below zero.
    None without trials. The upper end is infinite where a single cluster says nothing about its spread.
    """
    trials, total = sum(c.trials for c in cells), sum(c.total for c in cells)
    if not trials:
        return None
    value = total / trials
    users = {cell.user for cell in cells}
    scores: defaultdict[tuple[str, str], float] = defaultdict(float)
    for cell in cells:
        scores[cell.user, "" if len(users) >= MANY_USERS else cell.block] += cell.total - value * cell.trials
    count = len(scores)
    if count < 2:
        return Mean(value, -math.inf, math.inf, 1.0, trials, len(users))
    variance = count / (count - 1) * sum(score * score for score in scores.values()) / trials**2
    spread = max(0.0, sum(c.squares for c in cells) / trials - value * value)
    reach = t_quantile((1 + confidence) / 2, count - 1) * math.sqrt(variance)
    return Mean(value, max(0.0, value - reach), value + reach, _ratio(variance, spread / trials), trials, len(users))


def _users(cells: Iterable[Cell], one: str, other: str) -> list[_User]:
    found: dict[str, _User] = {}
    for cell in cells:
        if cell.arm not in (one, other) or not (cell.trials or cell.total):
            continue
        side = 1 if cell.arm == one else 0
        user = found.setdefault(cell.user, _User([], [0, 0], [0.0, 0.0]))
        user.cells.append((side, cell))
        user.trials[side] += cell.trials
        user.totals[side] += cell.total
        user.squares += cell.squares
    return [user for user in found.values() if all(user.trials)]


def _pulls(users: Sequence[_User], value: float, weight: float, *, by_user: bool) -> tuple[list[float], list[float]]:
    """By how much each cluster moves the estimate, as leaving it out shows: the sum of their squares is the variance.

    With it how much of that variance each may be expected to make.

    This is the cluster jackknife, "CR3" (Bell and McCaffrey, 2002, Survey Methodology 28, 169-181). A plain sandwich is too
    small when clusters are few or unequal: in simulations of 75 unequal blocks it covers 92 %, this one 94.5 %.
    """
    scores: defaultdict[tuple[int, str], float] = defaultdict(float)
    leverage: defaultdict[tuple[int, str], float] = defaultdict(float)
    says: defaultdict[tuple[int, str], float] = defaultdict(float)
    for number, user in enumerate(users):
        mean, share, trials = user.mean, user.share, sum(user.trials)
        for side, cell in user.cells:
            cluster, lean = (number, "" if by_user else cell.block), side - share
            scores[cluster] += lean * (cell.total - cell.trials * (mean + value * lean))
            says[cluster] += lean * lean * cell.trials
            leverage[cluster] += cell.trials * (lean * lean / weight + (0 if by_user else 1 / trials))
    return [score / max(1 - leverage[cluster], _LEAST) / weight for cluster, score in scores.items()], [*says.values()]


def _freedom(says: Sequence[float], most: int) -> int:
    """Degrees of freedom: of so many equal clusters as these are worth (Satterthwaite, 1946, Biometrics Bulletin 2, 110-114).

    When one arm is drawn seldom, or a few blocks are very long, a few clusters make most of the variance.
    """
    squares = sum(one * one for one in says)
    return max(1, min(most, int(sum(says) ** 2 / squares))) if squares > 0 else most


def _independent(users: Sequence[_User], value: float, weight: float, trials: int) -> float:
    """The variance that the estimate would have if every trial stood alone."""
    left = trials - len(users) - 1
    if left < 1:
        return 0.0
    about_means = sum(u.squares - sum(u.trials) * u.mean**2 for u in users) - value * value * weight
    return max(0.0, about_means) / left / weight


def _ratio(variance: float, independent: float) -> float:
    return variance / independent if independent > 0 else 1.0
