"""Rates with their uncertainty, and percentiles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of shares, both ends from 0 to 1."""

    low: float
    high: float


def wilson(successes: float, trials: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a share (E. B. Wilson, 1927, JASA 22, 209-212).

    With p = successes / trials and z the normal quantile of (1 + confidence) / 2, its ends are
    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). It takes trials as independent: give
    clustered ones divided by their design effect. Without trials nothing is known: 0 to 1.

    Raises ValueError when successes are not between 0 and trials, or confidence is not inside 0 and 1.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"successes must be between 0 and {trials}, not {successes}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be inside 0 and 1, not {confidence}")
    if trials == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # At 0 and at all of them the end is exact; rounding would leave it a hair off.
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == trials else (middle + spread) / scale
    return Interval(max(0.0, low), min(1.0, high))


def percentile(values: Iterable[float], share: float) -> float | None:
    """The nearest-rank percentile: the smallest value that at least `share` (0 to 1) of all values do not exceed.

    It is always a value that was observed, never one between two of them. None when there are no values.
    Raises ValueError for a share outside 0 and 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, not {share}")
    ordered = sorted(values)
    if not ordered:
        return None
    # The product can come out a hair above a whole number (0.07 * 100): take that hair off before rounding up.
    rank = math.ceil(share * len(ordered) - 1e-9)
    return ordered[max(rank, 1) - 1]
