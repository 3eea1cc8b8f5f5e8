"""Witten-Bell interpolation: one probability out of counts at many lengths of match.

P_n(t) = (c_n(t) + T_n P_(n-1)(t)) / (C_n + T_n), where c_n counts how often t followed the last n tokens, C_n is the sum of
these counts and T_n how many different tokens followed (Witten and Bell 1991). A single place that matches far back
therefore counts for more than one that matches a few tokens.
"""

from __future__ import annotations


def witten_bell(by_length: dict[int, dict[int, float]]) -> tuple[dict[int, float], dict[int, int]]:
    """Probabilities from counts by length of match, and the greatest length for each token."""
    totals: list[tuple[int, dict[int, float]]] = []  # length, counts of all places that match at least so far
    running: dict[int, float] = {}
    orders: dict[int, int] = {}
    for length in sorted(by_length, reverse=True):
        for number, count in by_length[length].items():
            running[number] = running.get(number, 0.0) + count
            orders.setdefault(number, length)
        totals.append((length, dict(running)))
    chances = dict.fromkeys(running, 0.0)
    below = 0
    for length, counts in reversed(totals):
        types, total = len(counts), sum(counts.values())
        # From `below` + 1 to `length` the counts are the same: as many steps of the formula at once.
        rest = (types / (total + types)) ** (length - below)
        for number, chance in chances.items():
            share = counts.get(number, 0.0) / total
            chances[number] = share + (chance - share) * rest
        below = length
    return chances, orders
