"""Fixes in a file that is too long to be parsed whole: read, checked around the fix, and in bounded time."""

from __future__ import annotations

import time

import pytest

from caretwise.repair.answer import read
from caretwise.repair.finding import Finding, region
from caretwise.repair.verification import Refusal
from caretwise.repair.verify import Checked, check
from caretwise.syntax.grammar import PARSE_BYTES, parse
from caretwise.text.language import by_id
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

PYTHON = by_id("python")
HANDLER = (
    "def handle_{0}(values):\n    total = {0}\n    for value in values:\n        total += {1}\n    return total\n\n\n"
)
TEXT = "".join(HANDLER.format(n, "valeu" if n == 3000 else "value") for n in range(6000))
SNAPSHOT = Snapshot.of(TEXT, language_id="python")
LINE = 7 * 3000 + 3
FINDING = Finding(Range(Position(LINE, 17), Position(LINE, 22)), "Undefined name `valeu`")
REGION = region(SNAPSHOT, FINDING, parse(SNAPSHOT, PYTHON, FINDING.range.start))
RIGHT = HANDLER.format(3000, "value").rstrip()


def result(answer: str) -> Checked | Refusal:
    edits = read(answer, SNAPSHOT, REGION, PYTHON, "a.py")
    return edits if isinstance(edits, Refusal) else check(SNAPSHOT, REGION, edits, PYTHON, [FINDING])


def test_the_part_is_the_function():
    assert len(TEXT) > PARSE_BYTES
    assert (REGION.start.line, REGION.end.line) == (LINE - 3, LINE + 1)


@pytest.mark.parametrize("answer", [RIGHT, f"```python\n{RIGHT}\n```"])
def test_a_whole_function_is_read_and_checked_around_it(answer):
    found = result(answer)
    assert isinstance(found, Checked)
    assert found.level == "parses"
    assert found.text == TEXT.replace("valeu", "value")
    assert "around the fix" in found.verification[1].words


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (RIGHT.replace("return total", "return (total"), "parses_worse"),
        (RIGHT.replace("return total", 'print "total"'), "parses_worse"),
        (RIGHT.replace("total += value", "totl += value").replace("total = 3000", "amount = 1"), "names"),
    ],
)
def test_what_is_wrong_is_refused_there_too(answer, code):
    found = result(f"```python\n{answer}\n```")
    assert isinstance(found, Refusal)
    assert found.code == code


def test_lines_too_long_to_parse_are_said_to_be_so():
    text = f"x = {'1 + ' * 150_000}1\ny = 2\n"
    snapshot = Snapshot.of(text)
    span = Range(Position(1, 0), Position(1, 5))
    edits = read("<<<<<<< SEARCH\ny = 2\n=======\ny = 3\n>>>>>>> REPLACE", snapshot, span, PYTHON)
    assert not isinstance(edits, Refusal)
    found = check(snapshot, span, edits, PYTHON)
    assert isinstance(found, Checked)
    assert found.level == "unchecked"
    assert found.verification[1].state == "not run"


@pytest.mark.parametrize(
    "answer",
    [
        "\n".join(["    return total"] * 8000),
        "```\n" + "\n".join(TEXT.split("\n")[:5000]) + "\n```",
        "<<<<<<< SEARCH\n" + "\n" * 5000 + "=======\n" + "\n" * 5000 + "x\n>>>>>>> REPLACE",
        "```\n" * 20000,
    ],
)
def test_a_hostile_answer_takes_bounded_time(answer):
    before = time.thread_time()
    assert isinstance(read(answer, SNAPSHOT, REGION, PYTHON, "a.py"), Refusal)
    assert time.thread_time() - before < 3
