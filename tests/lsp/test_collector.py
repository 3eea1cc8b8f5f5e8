"""The collector's pauses stay short: what outlived a slow look at all objects is not looked at again."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from caretwise.lsp import collector


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    callbacks = list(gc.callbacks)
    yield
    gc.callbacks[:] = callbacks
    gc.unfreeze()


def seconds_of_a_look() -> float:
    since = time.thread_time()
    gc.collect()
    return time.thread_time() - since


def test_what_outlived_a_slow_look_is_not_looked_at_again() -> None:
    collector.begin()
    frozen = gc.get_freeze_count()
    many = [[number] for number in range(400_000)]
    gc.collect()
    assert gc.get_freeze_count() >= frozen + len(many) / 2
    fast = seconds_of_a_look()
    gc.unfreeze()
    assert fast < seconds_of_a_look() / 4


def test_a_quick_look_sets_nothing_aside_so_that_cycles_are_freed() -> None:
    collector.begin()
    gc.collect()
    frozen = gc.get_freeze_count()
    gc.collect()
    assert gc.get_freeze_count() == frozen
