"""Makes `fixtures/statistics/reference.json`: what scipy and statsmodels say, for the tests of our own small functions.

    python -m venv reference && reference/bin/pip install scipy statsmodels
    reference/bin/python tests/measure/reference_values.py

The two packages are not needed to run the tests: importing them alone takes three seconds.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

TARGET = Path(__file__).parents[2] / "fixtures" / "statistics" / "reference.json"


def cells(seed: int, users: int, each: int, *, characters: bool) -> list[tuple[str, str, str, list[float]]]:
    """(user, block, arm, the values of its trials), of uneven sizes."""
    draw = random.Random(seed)
    found = []
    for user in range(users):
        level = draw.uniform(0.2, 0.5)
        for block in range(each):
            arm = "b" if draw.random() < 0.5 else "a"
            chance = min(1, max(0, level + draw.gauss(0, 0.15) + (0.08 if arm == "b" else 0)))
            hits = [draw.random() < chance for _ in range(1 + int(draw.expovariate(0.15)))]
            found.append((f"u{user}", f"u{user}/{block}", arm, [
                float(hit and (1 + int(draw.lognormvariate(2, 1)) if characters else 1)) for hit in hits
            ]))  # fmt: skip
    return found


def regression(name: str, data: list[tuple[str, str, str, list[float]]], *, by_user: bool) -> dict[str, object]:
    """Least squares on the arm with a constant for each user, its cluster sandwich, and the jackknife."""
    users = sorted({user for user, *_ in data})

    def fit(rows: list[tuple[str, str, str, list[float]]], kept: list[str]) -> object:
        y = np.array([value for *_, values in rows for value in values])
        x = np.array(
            [
                [float(arm == "b"), *(float(user == one) for one in kept)]
                for user, _, arm, values in rows
                for _ in values
            ]
        )
        return sm.OLS(y, x)

    groups = [user if by_user else block for user, block, _, values in data for _ in values]
    whole = fit(data, users)
    plain = whole.fit()
    names = sorted(set(groups))
    robust = whole.fit(
        cov_type="cluster", cov_kwds={"groups": [names.index(group) for group in groups], "use_correction": False}
    )
    pulls = 0.0
    for left_out in names:
        rest = [row for row in data if (row[0] if by_user else row[1]) != left_out]
        kept = [user for user in users if any(row[0] == user for row in rest)]
        pulls += (fit(rest, kept).fit().params[0] - plain.params[0]) ** 2
    return {
        "name": name,
        "cells": [[u, b, a, len(v), sum(v), sum(x * x for x in v)] for u, b, a, v in data],
        "value": plain.params[0],
        "ordinary_error": plain.bse[0],
        "sandwich_error": robust.bse[0],
        "jackknife_error": math.sqrt(pulls),
    }


def main() -> None:
    """Write the file."""
    values = {
        "made_with": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
        "t_quantile": [
            [share, freedom, float(t.ppf(share, freedom))]
            for share in (0.025, 0.6, 0.9, 0.975, 0.995) for freedom in (1, 2, 3, 7.5, 29, 120, 5000)
        ],
        "wilson": [
            [k, n, *map(float, proportion_confint(k, n, method="wilson"))]
            for k, n in ((1, 3), (3, 10), (30, 100), (299, 1000), (99, 100), (5, 50_000))
        ],
        "within_users": [
            regression("one user", cells(1, 1, 60, characters=False), by_user=False),
            regression("five users", cells(2, 5, 30, characters=False), by_user=False),
            regression("five users, characters", cells(3, 5, 30, characters=True), by_user=False),
            regression("thirty users", cells(4, 30, 5, characters=False), by_user=True),
        ],
    }  # fmt: skip
    TARGET.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
