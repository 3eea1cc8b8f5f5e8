"""When to ask."""

from __future__ import annotations

import pytest

from caretwise.engine.rhythm import LONGEST_GAP, MOST_RESTS, USUAL_GAP, Rhythm

LEAST = 0.06


def typing(gap: float, keys: int = 20) -> tuple[Rhythm, float]:
    """Somebody who types, and the time of the last key."""
    rhythm = Rhythm()
    for number in range(keys):
        rhythm.key(number * gap)
    return rhythm, (keys - 1) * gap


def test_a_model_that_is_trusted_is_asked_at_once():
    rhythm, now = typing(0.08)
    assert rhythm.wait(now, least=LEAST) == 0


def test_one_that_keeps_missing_is_asked_when_typing_rests():
    rhythm, now = typing(0.08)
    rhythm.missed()
    rhythm.missed()
    assert rhythm.wait(now, least=LEAST) > 0.08
    rhythm.hit()
    rhythm.hit()
    assert rhythm.wait(now, least=LEAST) < 0.08


def test_what_the_editor_has_waited_counts():
    rhythm, now = typing(0.08)
    for _ in range(5):
        rhythm.missed()
    assert rhythm.wait(now + 0.05, least=LEAST) == pytest.approx(rhythm.wait(now, least=LEAST) - 0.05)
    assert rhythm.wait(now + 0.2, least=LEAST) == 0


def test_slow_typists_and_slow_models_and_finished_statements_are_waited_for_longer():
    quick, now = typing(0.08)
    slow, _ = typing(0.16)
    assert slow.rest(least=LEAST) > quick.rest(least=LEAST)
    before = quick.rest(least=LEAST)
    quick.answered(0.9)
    assert quick.rest(least=LEAST) > before
    assert quick.rest(least=LEAST, patience=1.5) > quick.rest(least=LEAST, patience=0.75)
    assert now


def test_bounds():
    rhythm, _ = typing(0.39)
    rhythm.answered(10)
    assert rhythm.rest(least=LEAST, patience=1.5) == MOST_RESTS * LEAST
    assert rhythm.rest(least=0) == 0
    quick, _ = typing(0.001)
    assert quick.rest(least=LEAST) == LEAST


def test_pauses_are_no_part_of_how_fast_somebody_types():
    rhythm, now = typing(0.1)
    rhythm.key(now + LONGEST_GAP + 5)
    assert rhythm.gap == pytest.approx(0.1)
    assert Rhythm().gap == USUAL_GAP


def test_who_deletes_is_let_finish():
    rhythm, now = typing(0.1)
    rhythm.key(now + 0.1, deleted=True)
    assert rhythm.wait(now + 0.1, least=LEAST) >= LEAST
    rhythm.key(now + 0.2)
    assert rhythm.wait(now + 0.2, least=LEAST) == 0
