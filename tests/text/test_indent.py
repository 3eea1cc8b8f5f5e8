"""Indentation of lines and documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.text import indent

lines = st.lists(st.text(st.sampled_from(" \tab"), max_size=8), max_size=10)


@given(st.text(st.sampled_from(" \t\x0cab"), max_size=12))
def test_leading_white_space_is_where_the_text_starts(line):
    found = indent.leading(line)
    assert line.startswith(found)
    assert set(found) <= {" ", "\t"}
    assert line[len(found) : len(found) + 1] not in (" ", "\t")


@pytest.mark.parametrize(("text", "columns"), [("", 0), ("   ", 3), ("\t", 4), ("  \t", 4), ("\t ", 5), ("    \t", 8)])
def test_tabs_go_to_the_next_stop(text, columns):
    assert indent.width(text) == columns


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", "    "),
        ("a\nb", "    "),
        ("a\n  b\n  c\n    d\ne", "  "),
        ("a\n    b\n\n\n        c\n", "    "),
        ("a {\n\tb {\n\t\tc\n\t}\n}", "\t"),
        # One line that is aligned and not indented does not decide.
        ("f(a,\n  b)\nclass A:\n    x\n    def f():\n        y\n", "    "),
        # The line that was just begun in a document's first function tells as well, where nothing else does.
        ("func f() {\n\t\n}\n", "\t"),
        ("function f() {\r\n  \r\n}\r\n", "  "),
        ("def f():\n    x\n\n\ndef g():\n\t\n", "    "),
    ],
)
def test_the_unit_is_the_most_frequent_step(text, unit):
    assert indent.unit(text.splitlines(keepends=True)) == unit


def test_a_default_for_what_has_no_indentation():
    assert indent.unit(["a\n", "b\n"], default="\t") == "\t"


@given(lines, st.sampled_from(["", "  ", "\t"]), st.sampled_from(["", "    ", "\t"]))
def test_shifting_there_and_back(block, old, new):
    moved = indent.shift(block, old, new)
    for before, after in zip(block, moved, strict=True):
        if before.startswith(old) and before.strip():
            assert after == new + before[len(old) :]
        else:
            assert after == before
    inside = [line for line in block if line.startswith(old) and line.strip()]
    assert indent.shift(indent.shift(inside, old, new), new, old) == inside


@pytest.mark.parametrize(("line", "blank"), [("", True), (" \t\r\n", True), ("\x0c\n", True), (" a", False)])
def test_blank_lines(line, blank):
    assert indent.is_blank(line) is blank
