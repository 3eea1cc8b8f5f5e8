"""The collector's pauses stay short: what outlived a slow look at all objects is not looked at again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from caretwise.lsp import collector


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    callbacks = list(gc.callbacks)
    collector.begin()
    gc.disable()  # only the looks that a test asks for
    yield
    gc.enable()
    gc.callbacks[:] = callbacks
    gc.unfreeze()


def is_looked_at(wanted: object) -> bool:
    """Whether the collector still goes through this object."""
    return any(found is wanted for found in gc.get_objects())


def test_what_outlived_a_slow_look_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "SLOW_SECONDS", 0.0)
    many = [[number] for number in range(1000)]
    gc.collect()
    assert not is_looked_at(many[-1])


def test_a_quick_look_sets_nothing_aside_so_that_cycles_are_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "SLOW_SECONDS", 3600.0)
    many = [[number] for number in range(1000)]
    gc.collect()
    assert is_looked_at(many[-1])


def test_a_slow_look_at_the_young_sets_nothing_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "SLOW_SECONDS", 0.0)
    young = [[number] for number in range(100)]
    gc.collect(1)
    assert is_looked_at(young[-1])


def test_a_session_that_is_open_collects() -> None:
    collector.begin()
    assert gc.isenabled()
