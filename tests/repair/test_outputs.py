"""Outputs of test runners as they were printed (fixtures/outputs): every failing test, where it went, and what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.repair.traceback import Failure, read_failures

FOLDER = Path(__file__).parents[2] / "fixtures" / "outputs"
OUTPUTS = sorted(FOLDER.glob("*.txt"))
MARK = "-- failures --\n"
ELSEWHERE = re.compile(r"/usr/|/srv/env/|/rustc/|\.\./env/|.*/node_modules/|node_modules/")


def told(failures: tuple[Failure, ...]) -> str:
    lines: list[str] = []
    for one in failures:
        frame = next((one for one in reversed(one.frames) if not ELSEWHERE.match(one.file)), one.frames[-1])
        place = f"{frame.file}:{frame.line + 1}" if frame.line >= 0 else f"{frame.file} {frame.function}".strip()
        lines.append(f"{one.test or '(no name)'} | {place} | {one.message}\n")
    return "".join(lines) or "none\n"


def test_there_are_outputs_of_many_runners():
    assert len({path.stem.split("-")[0] for path in OUTPUTS}) >= 8


LINES = sorted({line for path in OUTPUTS for line in path.read_text(encoding="utf-8").splitlines()})


@settings(max_examples=60)
@given(st.lists(st.sampled_from(LINES), max_size=40))
def test_in_whatever_order_they_come_they_are_read_to_the_end(lines: list[str]):
    for failure in read_failures("\n".join(lines)):
        assert failure.frames
        assert failure.name
        assert len(failure.message) <= 800


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: path.stem)
def test_an_output_is_read_as_it_was_printed(path: Path, request: pytest.FixtureRequest):
    output, _, expected = path.read_text(encoding="utf-8").partition(MARK)
    read = told(read_failures(output))
    if read != expected and request.config.getoption("--update-cases"):
        path.write_text(f"{output}{MARK}{read}", encoding="utf-8")
        return
    assert read == expected
    assert told(read_failures(output.replace("\n", "\r\n"))) == expected
