"""Quantiles of Student's t, without a numerical library (scipy takes 35 MB and about a second to import)."""

from __future__ import annotations

import functools
import math
from statistics import NormalDist

_STEPS = 200
_TINY = 1e-300
_CLOSE = 1e-14


@functools.lru_cache(maxsize=1024)
def t_quantile(share: float, freedom: float) -> float:
    """The value that Student's t with `freedom` degrees of freedom stays below with probability `share`.

    Found by bisection on the distribution function, to 1e-10 of its size; above 1e7 degrees it is the normal one's.
    Raises ValueError for a share outside 0 and 1 or for no degrees of freedom.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be inside 0 and 1, not {share}")
    if not freedom > 0:
        raise ValueError(f"freedom must be above 0, not {freedom}")
    if freedom > 1e7:
        return NormalDist().inv_cdf(share)
    if share < 0.5:
        return -t_quantile(1 - share, freedom)
    low, high = 0.0, 2.0
    while t_share(high, freedom) < share:
        low, high = high, high * 2
    while high - low > 1e-12 * (1 + high):
        middle = (low + high) / 2
        low, high = (middle, high) if t_share(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def t_share(value: float, freedom: float) -> float:
    """How likely Student's t stays below `value`: the distribution function (Abramowitz and Stegun 26.7.1, 26.5.27)."""
    tail = _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + value * value)) / 2
    return 1 - tail if value > 0 else tail


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x > (a + 1) / (a + b + 2):
        return 1 - math.exp(scale) * _fraction(b, a, 1 - x) / b
    return math.exp(scale) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction, evaluated from its front (Lentz, 1976, Applied Optics 15, 668-671)."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
