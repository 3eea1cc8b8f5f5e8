"""When a winner may be named although people look every day: an always-valid confidence sequence, and how long it takes.

An interval for one look is wrong far too often when one looks daily and stops at a difference. A confidence sequence
holds at all looks together. Ours is the normal mixture of Robbins (1970, Ann. Math. Stat. 41, 1397-1409) in the
asymptotic form of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024, Ann. Stat. 52, 2613-2640), on the
cluster-robust standard error.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from caretwise.measure.difference import Difference
from caretwise.measure.student import t_quantile

ALPHA = 0.05
"""How often a winner may be named at any of all looks when there is none."""

EXPECTED = 0.2
"""The relative difference that the sequence is made for and that sample sizes are given for: a fifth."""

FEWEST_CLUSTERS = 40
"""Clusters before the first look: the sequence holds for many clusters, not for a handful."""

POWER = 0.8


def radius(error: float, scale: float, alpha: float = ALPHA) -> float:
    """How far from the estimate the sequence reaches on each side, for a standard error and the mixture's scale.

    `scale` is the size of differences that are thought likely; the sequence holds for every one, and is tightest there.
    """
    if error <= 0 or scale <= 0:
        return math.inf
    ratio = (scale / error) ** 2
    return error * math.sqrt((1 + 1 / ratio) * 2 * math.log(math.sqrt(1 + ratio) / alpha))


def always_valid(difference: Difference, alpha: float = ALPHA) -> tuple[float, float]:
    """The ends of the confidence sequence at this look; infinite before `FEWEST_CLUSTERS` clusters.

    For few clusters the error is widened as Student's t is wider than the normal distribution.
    """
    if (difference.users if difference.by_user else difference.blocks - difference.users) < FEWEST_CLUSTERS:
        return -math.inf, math.inf
    reach = radius(_widened(difference), EXPECTED * abs(difference.mean), alpha)
    return difference.value - reach, difference.value + reach


def decided(difference: Difference, alpha: float = ALPHA) -> bool:
    """Whether a winner may be named: the sequence does not hold zero."""
    low, high = always_valid(difference, alpha)
    return low > 0 or high < 0


def needed(difference: Difference, relative: float = EXPECTED, alpha: float = ALPHA) -> float:
    """How many times as many trials as there are now it takes to name a winner with 80 % probability, if the true
    difference is `relative` of the mean. The spread is taken as it was found, clusters and all. At least 1.
    """
    effect = relative * abs(difference.mean)
    if effect <= 0 or difference.error <= 0:
        return math.inf
    goal = _largest_error(effect, EXPECTED * abs(difference.mean), alpha)
    return max(1.0, (_widened(difference) / goal) ** 2)


def trials_per_arm(rate: float, relative: float = EXPECTED, design_effect: float = 1.0, alpha: float = ALPHA) -> int:
    """How many shown suggestions each of two arms needs until a winner is named with 80 % probability.

    For an acceptance rate of `rate` that differs by `relative` of it; the variance of a share, times the design effect.
    Raises ValueError for a rate outside 0 and 1 or no difference.
    """
    if not 0 < rate < 1 or not relative > 0:
        raise ValueError(f"a rate inside 0 and 1 and a difference above 0 are wanted, not {rate} and {relative}")
    other = min(rate * (1 + relative), 1.0)
    goal = _largest_error(other - rate, EXPECTED * rate, alpha)
    return math.ceil(design_effect * (rate * (1 - rate) + other * (1 - other)) / goal**2)


def trials_for_one_look(rate: float, relative: float = EXPECTED, design_effect: float = 1.0) -> int:
    """As `trials_per_arm`, for someone who fixes the number before and looks once. Smaller, and seldom what people do."""
    other = min(rate * (1 + relative), 1.0)
    reach = NormalDist().inv_cdf(1 - ALPHA / 2) + NormalDist().inv_cdf(POWER)
    spread = rate * (1 - rate) + other * (1 - other)
    return math.ceil(design_effect * spread * (reach / (other - rate)) ** 2)


def _largest_error(effect: float, scale: float, alpha: float) -> float:
    """The standard error at which a difference of `effect` is decided with probability `POWER`."""
    low, high = effect * 1e-6, effect
    margin = NormalDist().inv_cdf(POWER)
    for _ in range(100):
        middle = (low + high) / 2
        if radius(middle, scale, alpha) + margin * middle < effect:
            low = middle
        else:
            high = middle
    return low


def _widened(difference: Difference) -> float:
    normal = NormalDist().inv_cdf(1 - ALPHA / 2)
    return difference.error * t_quantile(1 - ALPHA / 2, difference.freedom) / normal
