"""The conditions of the table of faults: each one, when it is broken, is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.benchmarks.faults_table import HARMLESS, KEY, NAMES, Row, leaks
from tests.doubles.faults import FAULTS

WELL = Row("500", messages=["it has a problem"], ms=80, grown_mb=1, requests=1, ended="answered whole after 0 ms")


def test_every_fault_is_in_the_table():
    assert set(FAULTS) < set(NAMES)
    assert set(FAULTS) >= HARMLESS
    assert WELL.broken() == []


@pytest.mark.parametrize(
    "change",
    [
        {"ms": 10_001},
        {"ended": ""},
        {"grown_mb": 50.0},
        {"requests": 3},
        {"elsewhere": 1},
        {"messages": []},
        {"messages": ["once", "twice"]},
        {"leaks": ["stderr"]},
        {"name": "bidi"},
    ],
)
def test_a_broken_condition_is_named(change):
    assert len(replace(WELL, **change).broken()) == 1


def test_the_key_is_found_wherever_it_is_written(tmp_path: Path):
    (tmp_path / "journal.db").write_bytes(b"\0" + KEY.encode() + b"\0")
    (tmp_path / "log").write_text("nothing")
    assert list(leaks(KEY.encode(), list(tmp_path.iterdir()))) == ["stdout", "journal.db"]
