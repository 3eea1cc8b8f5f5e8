"""Which difference between two arms is real: paired, because both were asked for the same holes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caretwise.measure.rates import Interval

Draw = Callable[[int], int]
"""Gives a number from 0 up to, and without, its argument."""

RESAMPLES = 2_000
FEW_DISCORDANT = 25
"""Fewer holes than this on which two arms differ: no winner is named (6 of 6 would be "significant", and is luck)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of (second - first) over paired values, and its interval; it is None with fewer than two clusters."""

    mean: float
    interval: Interval | None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.interval is not None and (self.interval.low > 0 or self.interval.high < 0)


@dataclass(frozen=True, slots=True)
class Matches:
    """Exact matches of two arms over the same holes: only the first has it, only the second has it; McNemar's p."""

    first_only: int
    second_only: int
    p: float

    @property
    def discordant(self) -> int:
        """Holes on which the arms differ."""
        return self.first_only + self.second_only


def matches(first: Sequence[bool], second: Sequence[bool]) -> Matches:
    """McNemar's exact test (binomial, two-sided) on holes in the same order.

    Raises ValueError when the lengths differ.
    """
    pairs = list(zip(first, second, strict=True))
    one = sum(a and not b for a, b in pairs)
    two = sum(b and not a for a, b in pairs)
    return Matches(one, two, mcnemar(one, two))


def mcnemar(one: int, two: int) -> float:
    """The chance of a split at least as uneven as this one if both were equally good."""
    total = one + two
    if not total:
        return 1.0
    tail = sum(math.comb(total, k) for k in range(min(one, two) + 1)) / 2**total
    return min(1.0, 2 * tail)


def difference(
    first: Sequence[float], second: Sequence[float], clusters: Sequence[str], draw: Draw, *, confidence: float = 0.95
) -> Difference:
    """The mean difference with a percentile bootstrap that draws whole clusters (files): holes of one are alike.

    Raises ValueError when the lengths differ or there are no values.
    """
    sums: dict[str, tuple[float, int]] = {}
    for a, b, cluster in zip(first, second, clusters, strict=True):
        total, count = sums.get(cluster, (0.0, 0))
        sums[cluster] = (total + b - a, count + 1)
    if not sums:
        raise ValueError("there is nothing to compare")
    groups = list(sums.values())
    mean = sum(total for total, _ in groups) / sum(count for _, count in groups)
    if len(groups) < 2:
        return Difference(mean, None)
    means = sorted(_resampled(groups, draw) for _ in range(RESAMPLES))
    tail = (1 - confidence) / 2
    low, high = means[math.floor(tail * RESAMPLES)], means[math.ceil((1 - tail) * RESAMPLES) - 1]
    return Difference(mean, Interval(low, high))


def _resampled(groups: Sequence[tuple[float, int]], draw: Draw) -> float:
    total, count = 0.0, 0
    for _ in groups:
        one, size = groups[draw(len(groups))]
        total += one
        count += size
    return total / count


def holm(values: Sequence[float]) -> tuple[float, ...]:
    """p-values of several comparisons, adjusted together (Holm 1979), in the order given."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    adjusted = [0.0] * len(values)
    least = 0.0
    for rank, index in enumerate(order):
        least = max(least, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = least
    return tuple(adjusted)


def verdict(found: Matches, p: float, first: str, second: str) -> str:
    """One sentence. `p` is adjusted where there are several comparisons."""
    if found.discordant < FEW_DISCORDANT:
        more = FEW_DISCORDANT - found.discordant
        return (
            f"not enough data: the arms differ on {found.discordant} holes, at least {more} more such holes are needed"
        )
    if p >= 0.05:
        return f"no difference shown between {first} and {second}"
    better, worse = (second, first) if found.second_only > found.first_only else (first, second)
    return f"{better} is right more often than {worse}"
