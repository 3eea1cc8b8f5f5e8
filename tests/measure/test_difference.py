from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.measure.difference import FEWEST_BLOCKS, MANY_USERS, Cell, Difference, mean_of, within_users
from caretwise.measure.rates import wilson
from caretwise.measure.sequence import (
    always_valid,
    decided,
    needed,
    radius,
    trials_for_one_look,
    trials_per_arm,
)
from caretwise.measure.student import t_quantile, t_share

REFERENCE = json.loads((Path(__file__).parents[2] / "fixtures" / "statistics" / "reference.json").read_text())


def blocks(users: int, each: int, seed: int = 1, effect: float = 0.1) -> list[Cell]:
    draw = random.Random(seed)
    cells = []
    for user in range(users):
        level = draw.uniform(0.2, 0.4)
        for block in range(each):
            arm = "b" if draw.random() < 0.5 else "a"
            trials = draw.randint(1, 12)
            chance = level + draw.uniform(-0.15, 0.15) + (effect if arm == "b" else 0)
            hits = sum(draw.random() < chance for _ in range(trials))
            cells.append(Cell(f"u{user}", f"u{user}/{block}", arm, trials, hits, hits))
    return cells


def estimate(cells: list[Cell]) -> Difference:
    found = within_users(cells, "b", "a")
    assert isinstance(found, Difference), found
    return found


@pytest.mark.parametrize(("share", "freedom", "value"), REFERENCE["t_quantile"])
def test_t_quantiles_are_scipy_s(share, freedom, value):
    assert t_quantile(share, freedom) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize(("successes", "trials", "low", "high"), REFERENCE["wilson"])
def test_wilson_is_statsmodels_s(successes, trials, low, high):
    found = wilson(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("case", REFERENCE["within_users"], ids=lambda case: case["name"])
def test_the_difference_is_that_of_a_regression_with_a_constant_for_each_user(case):
    cells = [Cell(user, block, arm, n, total, squares) for user, block, arm, n, total, squares in case["cells"]]
    found = estimate(cells)
    assert found.value == pytest.approx(case["value"], rel=1e-9)
    assert found.error == pytest.approx(case["jackknife_error"], rel=1e-9)
    # The plain sandwich is smaller, and by less and less as there are more clusters.
    assert case["sandwich_error"] < found.error < case["sandwich_error"] * 1.2
    assert found.error / math.sqrt(found.design_effect) == pytest.approx(case["ordinary_error"], rel=1e-9)


@given(st.floats(0.001, 0.999), st.integers(1, 2000))
def test_a_quantile_inverts_its_distribution(share, freedom):
    assert t_share(t_quantile(share, freedom), freedom) == pytest.approx(share, abs=1e-9)


def test_swapping_the_arms_turns_the_difference_around():
    cells = blocks(4, 40)
    one, other = estimate(cells), within_users(cells, "a", "b")
    assert not isinstance(other, str)
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))
    assert other.error == pytest.approx(one.error)


def test_a_user_s_level_does_not_matter():
    cells = blocks(3, 60)
    keen = [Cell(c.user, c.block, c.arm, c.trials, c.total + c.trials * 5, 0) if c.user == "u1" else c for c in cells]
    assert estimate(keen).value == pytest.approx(estimate(cells).value)
    assert estimate(keen).error == pytest.approx(estimate(cells).error)


def test_a_user_of_one_arm_says_nothing_about_the_difference():
    cells = blocks(3, 60)
    alone = [Cell("x", f"x/{n}", "a", 10, 10, 10) for n in range(50)]
    assert estimate(cells + alone) == estimate(cells)


def test_from_many_users_on_the_users_are_the_clusters():
    assert not estimate(blocks(MANY_USERS - 1, 12)).by_user
    found = estimate(blocks(MANY_USERS, 12))
    assert found.by_user
    assert found.users - 5 <= found.freedom < found.users


def test_an_arm_that_is_seldom_drawn_and_long_blocks_leave_few_degrees_of_freedom():
    alike = [Cell("u", f"b{n}", "ab"[n % 2], 10, 3.0 + n % 3, 5.0) for n in range(80)]
    assert estimate(alike).freedom == 78  # 80 blocks, less one for the user and one for the arm
    seldom = [replace(cell, arm="b" if n % 8 == 0 else "a") for n, cell in enumerate(alike)]
    assert 10 <= estimate(seldom).freedom <= 20  # ten blocks of the one arm say nearly all
    long = [replace(cell, trials=400) if n < 2 else cell for n, cell in enumerate(alike)]
    assert estimate(long).freedom < 10


def test_too_little_is_said_in_words():
    assert within_users([], "b", "a") == "nobody has met both arms yet"
    assert within_users(blocks(5, 40), "b", "c") == "nobody has met both arms yet"
    few = [c for c in blocks(1, 12) if c.arm == "a"][: FEWEST_BLOCKS - 1] + [c for c in blocks(1, 60) if c.arm == "b"]
    assert isinstance(within_users(few, "b", "a"), str)


def test_blocks_that_hang_together_widen_the_interval():
    loose = [Cell("u", f"{n}", "ab"[n % 2], 10, 3 + n % 4 - 1.5, 3) for n in range(80)]
    tight = [Cell("u", f"{n}", "ab"[n % 2], 10, 10.0 * (n % 4 > 1), 10.0 * (n % 4 > 1)) for n in range(80)]
    assert estimate(tight).design_effect > 5 > 2 > estimate(loose).design_effect


def test_a_mean_s_clusters_are_users_or_one_user_s_blocks():
    one = [c for c in blocks(1, 30) if c.arm == "a"]
    found = mean_of(one)
    assert found is not None
    assert found.value == sum(c.total for c in one) / sum(c.trials for c in one)
    assert found.low < found.value < found.high
    lonely = mean_of(one[:1])
    assert lonely is not None
    assert (lonely.low, lonely.high) == (-math.inf, math.inf)
    assert mean_of([]) is None


def test_the_sequence_is_wider_than_one_look_and_narrows():
    assert radius(0.01, 0.06) > 1.96 * 0.01
    assert radius(0.001, 0.06) < radius(0.01, 0.06) < radius(0.02, 0.06)
    assert radius(0.0, 0.06) == radius(0.01, 0.0) == math.inf
    assert radius(0.01, 0.06, 0.01) > radius(0.01, 0.06, 0.05)


def test_the_mixture_crosses_where_its_likelihood_ratio_is_one_over_alpha():
    error, scale, alpha = 0.013, 0.05, 0.05
    at = radius(error, scale, alpha)
    ratio = (scale / error) ** 2
    mixture = math.exp(at**2 / error**2 * ratio / (1 + ratio) / 2) / math.sqrt(1 + ratio)
    assert mixture == pytest.approx(1 / alpha)


def test_no_winner_before_there_are_enough_clusters():
    clear = [Cell("u", f"{n}", "ab"[n % 2], 10, 9 - n % 2 * 8 + n % 3 * 0.1, 9) for n in range(30)]
    found = within_users(clear, "b", "a")
    assert not isinstance(found, str)
    assert found.high < 0
    assert always_valid(found) == (-math.inf, math.inf)
    assert not decided(found)


def test_with_as_much_data_as_said_the_better_arm_is_mostly_named():
    """`needed` promises 80 %: draw that much again and again, by simulation of the estimate itself."""
    found = estimate(blocks(6, 60, effect=0.0))
    factor = needed(found)
    error = found.error / math.sqrt(factor)
    draw = random.Random(3)
    effect = 0.2 * found.mean
    reach = radius(error * t_quantile(0.975, found.freedom) / 1.959964, 0.2 * found.mean)
    named = sum(draw.gauss(effect, error) > reach for _ in range(4000)) / 4000
    assert 0.78 < named < 0.84


def test_sample_sizes():
    # 30 % against 36 %, two-sided 5 %, power 80 %: 960 of each by the usual formula.
    assert trials_for_one_look(0.3) == pytest.approx(960, abs=2)
    assert trials_for_one_look(0.25, 0.1) == pytest.approx(4860, rel=0.01)
    assert 1.5 < trials_per_arm(0.3) / trials_for_one_look(0.3) < 2.5
    assert trials_per_arm(0.3, design_effect=2) == pytest.approx(2 * trials_per_arm(0.3), abs=1)
    with pytest.raises(ValueError, match="rate"):
        trials_per_arm(1.0)


def test_of_few_users_a_mean_s_clusters_are_blocks_and_it_is_never_below_zero():
    cells = [Cell(f"u{n % 2}", f"b{n}", "a", 10, 30.0 * (n % 9 == 0), 900.0 * (n % 9 == 0)) for n in range(12)]
    found = mean_of(cells)
    assert found is not None
    assert found.low == 0.0
    assert found.high < 3 * found.value  # as clusters, two people would give a t of one degree of freedom


def test_arms_that_came_out_alike_throughout_have_no_interval():
    same = [Cell("u", f"{n}", "ab"[n % 2], 10, 10.0, 10.0) for n in range(60)]
    assert within_users(same, "b", "a") == "in each arm all came out alike, so that no interval can be told"
