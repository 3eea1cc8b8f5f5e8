"""Experiments: how arms are drawn."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.measure.arm import BLOCK_SECONDS, Assignment, Experiment, assign, block_of, fault

KEY = bytes(range(32))
THREE = Experiment("three", "inline", {"a": 1.0, "b": 2.0, "c": 5.0})

arms = st.dictionaries(st.text(min_size=1, max_size=8), st.floats(0.01, 100), min_size=2, max_size=5)


def test_without_an_experiment_there_is_a_block_and_no_arm() -> None:
    found = assign(None, KEY, "u", "d", 1000.0)
    assert found == Assignment(block_of(KEY, "u", "d", 1000.0))
    assert len(found.block) == 16


@given(arms, st.binary(min_size=32, max_size=32), st.floats(0, 4e9), st.floats(0, 599))
def test_an_arm_holds_for_ten_minutes_in_a_document_and_has_its_propensity(weights, key, at, later) -> None:
    experiment = Experiment("x", "inline", weights)
    start = at // BLOCK_SECONDS * BLOCK_SECONDS
    one, two = (assign(experiment, key, "u", "d", start + offset) for offset in (0.0, later))
    assert one == two
    assert one.arm in weights
    assert one.propensity == pytest.approx(weights[one.arm] / sum(weights.values()))
    assert one.experiment == "x"
    assert sum(experiment.propensities.values()) == pytest.approx(1.0)


def test_the_order_in_which_arms_are_written_does_not_matter() -> None:
    turned = Experiment("three", "inline", dict(reversed(THREE.arms.items())))
    for block in range(50):
        assert assign(THREE, KEY, "u", "d", block * 600.0) == assign(turned, KEY, "u", "d", block * 600.0)


def test_arms_come_as_often_as_their_weights_say() -> None:
    found = Counter(assign(THREE, KEY, "u", f"d{n}", 600.0 * n).arm for n in range(8000))
    for name, weight in THREE.arms.items():
        share = weight / 8
        # Five standard errors of a share among 8,000.
        assert abs(found[name] / 8000 - share) < 5 * (share * (1 - share) / 8000) ** 0.5


@pytest.mark.parametrize(
    "other", [("v", "d", 0.0, KEY), ("u", "e", 0.0, KEY), ("u", "d", 600.0, KEY), ("u", "d", 0.0, KEY[::-1])]
)
def test_users_documents_times_and_keys_are_drawn_apart(other) -> None:
    """Two places have the same arm no more often than chance has it."""
    user, document, later, key = other
    half = Experiment("half", "inline", {"a": 1.0, "b": 1.0})
    same = sum(
        assign(half, KEY, "u", "d", 1200.0 * n).arm == assign(half, key, user, document, 1200.0 * n + later).arm
        for n in range(2000)
    )
    assert abs(same / 2000 - 0.5) < 5 * (0.25 / 2000) ** 0.5


def test_another_experiment_draws_anew() -> None:
    one, two = (Experiment(name, "inline", {"a": 1.0, "b": 1.0}) for name in ("one", "two"))
    same = sum(
        assign(one, KEY, "u", "d", 600.0 * n).arm == assign(two, KEY, "u", "d", 600.0 * n).arm for n in range(2000)
    )
    assert abs(same / 2000 - 0.5) < 5 * (0.25 / 2000) ** 0.5


@pytest.mark.parametrize(
    ("weights", "word"),
    [({}, "two arms"), ({"a": 1.0}, "two arms"), ({"a": 1.0, "b": 0.0}, "'b'"), ({"a": -1.0, "b": 1.0}, "'a'"),
     ({"a": float("nan"), "b": 1.0}, "'a'"), ({"a": float("inf"), "b": 1.0}, "'a'")],
)  # fmt: skip
def test_weights_that_make_no_experiment(weights, word) -> None:
    assert word in fault(weights)


def test_weights_that_do() -> None:
    assert fault({"a": 3, "b": 1}) == ""
