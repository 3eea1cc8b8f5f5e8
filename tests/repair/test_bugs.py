"""Bugs in a model's answer: at lines that exist, in words that steer no screen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.repair.bugs import MOST_BUGS, read_bugs
from caretwise.repair.verification import Refusal
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

TEXT = "import os\n\ndef mean(numbers):\n    total = sum(numbers)\n    return total / len(numbers)\n\ndef other():\n    pass\n"
SNAPSHOT = Snapshot.of(TEXT, uri="file:///a.py", language_id="python", version=1)
PART = Range(Position(2, 0), Position(4, 31))


def answer(line="5", code="    return total / len(numbers)", problem="Divides by zero.", why="mean([]) raises.") -> str:
    return f"<<<<<<< BUG\nline: {line}\ncode: {code}\nproblem: {problem}\nwhy: {why}\n>>>>>>> END\n"


def read(text: str):
    return read_bugs(text, SNAPSHOT, PART, "caretwise")


@pytest.mark.parametrize(
    "text",
    [
        answer(),
        f"I looked at it.\n\n{answer()}\nThat is all.",
        f"```\n{answer()}```",
        answer(line="3"),  # models miscount, the line's text counts
        answer(code=""),
        answer(code="`return total / len(numbers)`"),
        "**Line:** 5\n**Problem:** Divides by zero.\n**Why:** mean([]) raises.",
        answer(why="mean([])\nraises."),
    ],
)
def test_a_bug_in_every_usual_form(text):
    (bug,) = read(text)
    assert bug.range == Range(Position(4, 4), Position(4, 31))
    assert bug.message == "Divides by zero.\nmean([]) raises."
    assert (bug.source, bug.code, bug.severity) == ("caretwise", "bug", 2)


@pytest.mark.parametrize("text", ["NOTHING", "nothing.", "**NOTHING**\n"])
def test_no_bug(text):
    assert read(text) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_block"),
        ("It all looks fine to me.", "no_block"),
        (answer(line="8", code="    pass"), "not_found"),  # outside the part
        (answer(code="    return total / count"), "not_found"),  # a line that is nowhere
        (answer(line="99", code=""), "not_found"),
        (answer(problem=""), "not_found"),
    ],
)
def test_what_is_refused(text, code):
    refusal = read(text)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_many_are_cut_and_controls_are_gone():
    found = read("".join(answer(problem=f"Number {number}\x1b[31m \u202e") for number in range(30)))
    assert len(found) == MOST_BUGS
    assert all(one.message.split("\n")[0].isprintable() for one in found)


PIECES = [*answer().splitlines(), "line: 10**9", "code:", "\x00", "```", "a" * 2000, "problem: " + "x" * 2000]


@settings(max_examples=30)
@given(st.lists(st.sampled_from(PIECES)))
def test_no_answer_raises_or_points_elsewhere(lines):
    found = read("\n".join(lines))
    if not isinstance(found, Refusal):
        assert all(2 <= one.range.start.line <= 4 and len(one.message) <= 1202 for one in found)
