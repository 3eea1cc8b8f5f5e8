import random

import pytest

from caretwise.bench.answer import Answer
from caretwise.bench.compare import FEW_DISCORDANT, difference, holm, matches, mcnemar, verdict
from caretwise.bench.cost import dollars, spent
from caretwise.bench.tally import comparisons, rows


def draw(seed=1):
    return random.Random(seed).randrange


@pytest.mark.parametrize(
    ("one", "two", "p"), [(0, 0, 1.0), (5, 5, 1.0), (1, 9, 0.021484375), (9, 1, 0.021484375), (0, 6, 0.03125)]
)
def test_mcnemar_by_the_binomial_table(one, two, p):
    assert mcnemar(one, two) == pytest.approx(p)


def test_a_clear_difference_has_an_interval_off_zero_and_noise_has_not():
    chance = random.Random(2)
    files = [f"f{number % 60}" for number in range(240)]
    first = [chance.random() for _ in files]
    assert difference(first, [one + 0.2 + chance.gauss(0, 0.1) for one in first], files, draw()).excludes_zero
    assert not difference(first, [one + chance.gauss(0, 0.3) for one in first], files, draw()).excludes_zero


def test_the_interval_covers_the_truth_in_most_clustered_samples():
    covered = 0
    for seed in range(60):
        chance = random.Random(seed)
        files, values = [], []
        for file in range(40):
            shift = chance.gauss(0.1, 0.3)
            for _ in range(4):
                files.append(str(file))
                values.append(shift + chance.gauss(0, 0.2))
        found = difference([0.0] * len(values), values, files, draw(seed)).interval
        covered += found.low <= 0.1 <= found.high
    assert covered >= 51  # 95 % nominal; holes taken as independent would cover about 40


def test_one_file_gives_no_interval():
    assert difference([0, 0], [1, 1], ["a", "a"], draw()).interval is None


def test_holm_adjusts_in_order():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))


def test_no_winner_is_named_below_the_sample_size():
    few = matches([False] * 10, [True] * 10)
    assert few.p < 0.05
    assert "not enough data" in verdict(few, few.p, "a", "b")
    many = matches([False] * FEW_DISCORDANT, [True] * FEW_DISCORDANT)
    assert verdict(many, many.p, "a", "b") == "b is right more often than a"


def answer(arm, hole, *, exact=False, leak="", origin="network", ms=10.0, tokens=100):
    return Answer(
        arm=arm, key=arm, hole=hole, path=hole, kind="tail", truth="t", text="t" if exact else "u", exact=exact, leak=leak,
        origin=origin, ms=ms, prompt_tokens=tokens, completion_tokens=10, dollars=0.5,
    )  # fmt: skip


def test_a_leaking_answer_counts_nowhere_and_its_pair_neither():
    answers = [answer("a", "1"), answer("b", "1", exact=True, leak="x"), answer("a", "2"), answer("b", "2", exact=True)]
    one, two = rows(answers, ["a", "b"])
    assert (one.holes, two.holes, two.exact, two.leaks) == (2, 1, 1, 1)
    (found,) = comparisons(answers, ["a", "b"], draw())
    assert found.holes == 1
    assert [pair[1].hole for pair in found.won] == ["2"]


def test_what_came_from_a_cache_costs_nothing_and_says_nothing_of_waiting():
    answers = [answer("a", "1", ms=100), answer("a", "2", origin="disk", ms=1)]
    (row,) = rows(answers, ["a"])
    assert row.median_ms == 100
    assert (row.spent.tokens, row.spent.dollars) == (110, 0.5)
    assert spent([]).dollars is None


def test_cached_tokens_have_a_price_of_their_own():
    prices = {"input": 2.0, "output": 10.0, "cached": 0.5}
    assert dollars(prices, 1_000_000, 400_000, 100_000) == pytest.approx(1.2 + 0.2 + 1.0)
    assert dollars({}, 5, 0, 5) is None
