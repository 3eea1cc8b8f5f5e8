"""When a model is left alone, for how long, and how one finds out that it is back; on a clock of the test's own."""

from __future__ import annotations

import pytest

from caretwise.adapters.resources import catalog
from caretwise.engine import breaker as module
from caretwise.engine.breaker import Breaker
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import Failure, FailureKind, going_on
from caretwise.models.profile import Profile

NAME = "kimi"
DOWN = Failure(FailureKind.SERVER_ERROR, "down")


@pytest.fixture
def profile() -> Profile:
    found = catalog().resolve(ModelChoice(NAME, "kimi-k2.6", endpoint="moonshot"))
    assert isinstance(found, Profile)
    return found


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock) -> Breaker:
    return Breaker(clock)


def open_for(breaker: Breaker, clock: Clock, *, invoked: bool = False) -> float:
    """Seconds until the model may be asked."""
    since = clock.now
    while breaker.blocked(NAME, invoked=invoked):
        clock.now += 0.5
    passed, clock.now = clock.now - since, since
    return passed


def test_passing_failures_open_it_only_when_they_come_in_a_row(breaker, clock, profile):
    for _ in range(module.FAILURES_TO_OPEN - 1):
        breaker.failed(profile, DOWN)
        assert breaker.blocked(NAME, invoked=False) is None
    assert not breaker.succeeded(NAME)  # it had not been open: nothing to tell
    for _ in range(module.FAILURES_TO_OPEN):
        assert breaker.blocked(NAME, invoked=False) is None
        breaker.failed(profile, DOWN)
    assert breaker.blocked(NAME, invoked=False) is DOWN
    assert breaker.succeeded(NAME)
    assert breaker.blocked(NAME, invoked=False) is None


@pytest.mark.parametrize("kind", sorted(module.OPEN_AT_ONCE))
def test_one_is_enough_of_what_does_not_pass(breaker, profile, kind):
    breaker.failed(profile, Failure(kind, "x"))
    assert breaker.blocked(NAME, invoked=False)


def test_the_pause_doubles_up_to_its_limit(breaker, clock, profile):
    pauses = []
    for _ in range(9):
        breaker.failed(profile, Failure(FailureKind.OFFLINE, "x"))
        pauses.append(open_for(breaker, clock))
        clock.now += pauses[-1]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_one_probe_and_the_others_wait_for_what_comes_of_it(breaker, clock, profile):
    breaker.failed(profile, Failure(FailureKind.OFFLINE, "x"))
    clock.now += 5
    assert breaker.blocked(NAME, invoked=False) is None
    breaker.probing(NAME)
    assert breaker.blocked(NAME, invoked=False)
    clock.now += 20  # longer than the pause: the probe still runs
    assert breaker.blocked(NAME, invoked=False)
    assert breaker.succeeded(NAME)
    assert breaker.blocked(NAME, invoked=False) is None


def test_a_probe_that_was_given_up_is_followed_by_another(breaker, clock, profile):
    breaker.failed(profile, Failure(FailureKind.OFFLINE, "x"))
    clock.now += 5
    breaker.probing(NAME)
    breaker.abandoned(NAME)
    assert open_for(breaker, clock) == module.FIRST_PAUSE


def test_giving_up_something_else_leaves_the_pause_as_it_is(breaker, clock, profile):
    for _ in range(4):
        breaker.failed(profile, Failure(FailureKind.OFFLINE, "x"))
    breaker.abandoned(NAME)
    assert open_for(breaker, clock) == 40


def test_a_user_may_try_earlier_but_not_before_the_host_allows_it(breaker, clock, profile):
    breaker.failed(profile, Failure(FailureKind.OFFLINE, "x"))
    assert breaker.blocked(NAME, invoked=True) is None
    breaker.failed(profile, Failure(FailureKind.RATE_LIMITED, "x", retry_after=90))
    assert open_for(breaker, clock, invoked=True) == 90
    assert breaker.retry(NAME) == 90
    clock.now += 91
    assert breaker.retry(NAME) == 0
    assert breaker.blocked(NAME, invoked=False) is None


def test_a_server_that_says_when_it_is_back_is_believed_at_the_first_time(breaker, clock, profile):
    breaker.failed(profile, Failure(FailureKind.SERVER_ERROR, "x", retry_after=42))
    assert open_for(breaker, clock) == 42


def test_two_rate_limits_without_a_word_on_their_end_are_taken_for_a_used_up_quota(breaker, clock, profile):
    limited = Failure(FailureKind.RATE_LIMITED, "x")
    assert breaker.failed(profile, limited).kind is FailureKind.RATE_LIMITED
    assert open_for(breaker, clock) == module.RATE_PAUSE
    clock.now += 11
    second = breaker.failed(profile, limited)
    assert second.kind is FailureKind.QUOTA
    assert "billing" in second.sentence
    assert breaker.trouble(NAME) is second


def test_a_rate_limit_that_says_when_it_ends_is_none(breaker, profile):
    for _ in range(5):
        assert (
            breaker.failed(profile, Failure(FailureKind.RATE_LIMITED, "x", retry_after=1)).kind is not FailureKind.QUOTA
        )


def test_retry_now_opens_at_once(breaker, clock, profile):
    for _ in range(6):
        breaker.failed(profile, Failure(FailureKind.OFFLINE, "x"))
    assert breaker.retry(NAME) == 0
    assert breaker.blocked(NAME, invoked=False) is None
    assert breaker.retry("unknown") == 0


def test_what_passes_by_itself_says_so_and_what_does_not_does_not():
    again = "It is tried again by itself."
    assert going_on(DOWN).endswith(again)
    for one in (Failure(FailureKind.REFUSED, "x."), Failure(FailureKind.RATE_LIMITED, "x: 7 s.", retry_after=7)):
        assert going_on(one) == one.sentence
