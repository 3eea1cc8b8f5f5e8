from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.measure.rates import Interval, percentile, wilson

trials_and_successes = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # R. G. Newcombe, 1998, Statistics in Medicine 17, 857-872, table I, method 3 (score without correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_values(successes, trials, low, high):
    found = wilson(successes, trials)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(trials_and_successes)
def test_the_ends_solve_the_score_equation(sample):
    trials, successes = sample
    found, share, z = wilson(successes, trials), successes / trials, 1.959963984540054
    for end in (found.low, found.high):
        assert math.isclose(
            (share - end) ** 2, z * z * end * (1 - end) / trials, rel_tol=1e-6, abs_tol=1e-12
        ) or end in (0.0, 1.0)


@given(trials_and_successes)
def test_the_interval_holds_the_rate_and_mirrors(sample):
    trials, successes = sample
    found, mirror = wilson(successes, trials), wilson(trials - successes, trials)
    assert 0 <= found.low <= successes / trials <= found.high <= 1
    assert math.isclose(found.low, 1 - mirror.high, abs_tol=1e-12)


def test_more_trials_and_less_confidence_make_it_narrower():
    def breadth(interval: Interval) -> float:
        return interval.high - interval.low

    assert breadth(wilson(300, 1000)) < breadth(wilson(30, 100)) < breadth(wilson(3, 10))
    assert breadth(wilson(30, 100, 0.8)) < breadth(wilson(30, 100, 0.95)) < breadth(wilson(30, 100, 0.99))


def test_without_trials_nothing_is_known():
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(("successes", "trials", "confidence"), [(2, 1, 0.95), (-1, 3, 0.95), (1, 2, 1.0), (1, 2, 0.0)])
def test_wilson_refuses_impossible_numbers(successes, trials, confidence):
    with pytest.raises(ValueError, match="must be"):
        wilson(successes, trials, confidence)


def test_percentile_is_the_nearest_rank():
    values = [15, 20, 35, 40, 50]
    assert [percentile(values, share) for share in (0.0, 0.05, 0.3, 0.4, 0.5, 1.0)] == [15, 15, 20, 20, 35, 50]
    assert percentile(range(1, 101), 0.07) == 7
    assert percentile([], 0.5) is None
    with pytest.raises(ValueError, match="share"):
        percentile(values, 1.1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_was_observed_and_splits_the_values(values, share):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert sum(value < found for value in values) <= share * len(values) + 1e-6
