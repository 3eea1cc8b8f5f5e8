"""A fix for a document that was changed meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.repair.finding import Finding
from caretwise.repair.rebase import moved_finding, rebase
from caretwise.repair.verification import Refusal
from caretwise.repair.verify import Checked, check
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import by_id
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

PYTHON = by_id("python")
TEXT = "import math\n\n\ndef area(width, height):\n    # the area\n    return width * heigth\n\n\nx = 1\ny = 2\n"
PLACE = Range(Position(5, 19), Position(5, 25))
FINDING = Finding(PLACE, "Undefined name `heigth`")


def fix() -> Checked:
    found = check(Snapshot.of(TEXT), PLACE, [TextEdit(PLACE, "height")], PYTHON)
    assert isinstance(found, Checked)
    return found


@pytest.mark.parametrize(
    "now",
    [
        TEXT,
        "import os\n" + TEXT,
        TEXT.replace("y = 2", "y = 3\nz = 4"),
        "# head\n" + TEXT.replace("x = 1\n", ""),
        TEXT.replace("import math\n", "").replace("y = 2", "y = 22"),
    ],
)
def test_a_fix_moves_with_its_lines(now):
    found = rebase(fix(), Snapshot.of(TEXT), Snapshot.of(now), PYTHON)
    assert isinstance(found, Checked)
    assert found.text == now.replace("heigth", "height")
    moved = moved_finding(FINDING, Snapshot.of(TEXT), Snapshot.of(now))
    assert moved is not None
    assert Snapshot.of(now).slice(moved.range) == "heigth"


@pytest.mark.parametrize(
    "now",
    [
        TEXT.replace("return width * heigth", "return width * heigth * 2"),
        TEXT.replace("    # the area\n", ""),
        TEXT.replace("heigth\n", "heigth\n    # done\n"),
        "",
        "x = 1\n",
    ],
)
def test_a_fix_of_lines_that_were_changed_is_refused(now):
    found = rebase(fix(), Snapshot.of(TEXT), Snapshot.of(now), PYTHON)
    assert isinstance(found, Refusal)
    assert found.code == "changed"


def test_a_moved_fix_is_checked_again():
    wide = check(Snapshot.of(TEXT), PLACE, [TextEdit(PLACE, "height * x")], PYTHON)
    assert isinstance(wide, Checked)
    found = rebase(wide, Snapshot.of(TEXT), Snapshot.of(TEXT.replace("x = 1\n", "")), PYTHON)
    assert isinstance(found, Refusal)
    assert found.code == "names"


@given(st.lists(st.tuples(st.integers(0, 10), st.sampled_from(["", "new\n", "x = 1\n", "a\nb\n"])), max_size=4))
def test_the_fix_is_what_it_was_or_it_is_refused(changes):
    lines = TEXT.splitlines(keepends=True)
    for at, new in changes:
        lines[at : at + (new == "")] = [new] if new else []
    now = "".join(lines)
    found = rebase(fix(), Snapshot.of(TEXT), Snapshot.of(now), by_id("plaintext"))
    if isinstance(found, Checked):
        assert apply_edits(Snapshot.of(now), found.edits).text == now.replace("* heigth", "* height")
