"""Deadlines follow what was measured, within bounds."""

from __future__ import annotations

import pytest

from caretwise.adapters.resources import catalog
from caretwise.engine import pace as module
from caretwise.engine.pace import Pace, is_own
from caretwise.models.catalog import ModelChoice
from caretwise.models.profile import Profile


def profile(base_url: str) -> Profile:
    found = catalog().resolve(ModelChoice("m", "kimi-k2.6", base_url, "vllm"))
    assert isinstance(found, Profile)
    return found


def test_before_enough_is_measured_the_whole_time_is_waited():
    pace = Pace()
    for _ in range(module.FEWEST - 1):
        pace.took("m", 0.1)
    assert pace.percentiles("m") is None
    assert pace.patience("m", most=9.5) == 9.5
    assert pace.life("m", most=9.5) == 9.5


def test_a_fast_model_is_waited_for_no_longer_than_it_needs_and_a_slow_one_longer():
    pace = Pace()
    for _ in range(10):
        pace.took("fast", 0.2)
        pace.took("slow", 2.0)
        pace.took("slower", 30.0)
    assert pace.patience("fast", most=9.5) == module.LEAST_PATIENCE
    assert pace.patience("slow", most=9.5) == 6.0
    assert pace.patience("slower", most=9.5) == 9.5
    assert pace.life("fast", most=9.5) == module.LEAST_LIFE
    assert pace.life("slow", most=9.5) == 9.5


def test_one_slow_answer_among_many_changes_little():
    pace = Pace()
    for seconds in [1.0] * 19 + [20.0]:
        pace.took("m", seconds)
    assert pace.patience("m", most=9.5) == 3.0


def test_old_answers_are_forgotten():
    pace = Pace()
    for seconds in [9.0] * 40 + [1.0] * 40:
        pace.took("m", seconds)
    assert pace.percentiles("m") == (1.0, 1.0)


def test_a_server_of_ones_own_has_longer_for_its_first_text():
    pace = Pace()
    assert pace.first_text(profile("http://gpu-box:8000/v1")) == module.FIRST_OWN_SECONDS
    assert pace.first_text(profile("https://api.example.com/v1")) == module.FIRST_OTHER_SECONDS
    pace.answering("m")
    assert pace.first_text(profile("http://gpu-box:8000/v1")) == 0


def test_a_word_of_text_ends_the_doubt():
    pace = Pace()
    for _ in range(module.UNANSWERED_TO_WAIT):
        assert not pace.doubtful("m")
        pace.given_up("m")
    assert pace.doubtful("m")
    pace.answering("m")
    assert not pace.doubtful("m")


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://[::1]:8080", True),
        ("http://192.168.1.7/v1", True),
        ("http://10.0.0.1/v1", True),
        ("http://localhost:11434/v1", True),
        ("http://gpu-box:8000/v1", True),
        ("http://gpu.local/v1", True),
        ("https://api.moonshot.ai/v1", False),
        ("http://8.8.8.8/v1", False),
        ("https://localhost.example.com/v1", False),
    ],
)
def test_whose_server_it_is(address, own):
    assert is_own(address) is own
