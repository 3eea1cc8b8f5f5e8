"""The clock, and the one that stands in a file."""

from __future__ import annotations

import time
from pathlib import Path

from caretwise.adapters.clock import FileClock, SystemClock, clock_of


def test_without_the_variable_it_is_this_machines_clock() -> None:
    clock = clock_of({})
    assert isinstance(clock, SystemClock)
    assert abs(clock.now() - time.time()) < 1.0
    assert clock.poll is None


def test_a_file_says_what_time_it_is_and_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "now"
    file.write_text("1000.5\n")
    clock = clock_of({"CARETWISE_TEST_CLOCK": str(file)})
    assert isinstance(clock, FileClock)
    assert clock.now() == 1000.5
    file.write_text("4600")
    assert clock.now() == 4600.0
    assert clock.poll is not None
    assert clock.poll <= 0.05


def test_a_file_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "now"
    clock = FileClock(file)
    assert abs(clock.now() - time.time()) < 1.0
    file.write_text("7")
    assert clock.now() == 7.0
    for said in ("", "soon", "nan", "-1", "ü"):
        file.write_text(said)
        assert clock.now() == 7.0
    file.unlink()
    assert clock.now() == 7.0
