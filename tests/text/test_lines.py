"""Immutable lines against a plain list."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.text.lines import PIECE, Lines, downward, upward

counts = st.sampled_from([0, 1, 2, PIECE - 1, PIECE, 2 * PIECE, 2 * PIECE + 1, 5 * PIECE + 7])
places = st.integers(0, 6 * PIECE)


def numbered(count: int, start: int = 0) -> list[str]:
    return [f"line {number}\n" for number in range(start, start + count)]


@given(count=counts, changes=st.lists(st.tuples(places, st.integers(0, 3 * PIECE), counts), max_size=5))
@settings(max_examples=60)
def test_changes_are_those_of_a_list(count, changes):
    plain = numbered(count)
    lines = Lines(plain)
    for number, (at, length, new) in enumerate(changes):
        first = min(at, len(plain))
        last = min(first + length, len(plain))
        before, kept = list(lines), lines
        lines = lines.replaced(first, last, numbered(new, 10_000 * number))
        assert list(kept) == before
        plain[first:last] = numbered(new, 10_000 * number)
        assert list(lines) == plain
        assert len(lines) == len(plain)
        assert [lines[index] for index in range(len(plain))] == plain


@given(count=counts, one=st.integers(-4000, 4000), two=st.integers(-4000, 4000), step=st.sampled_from([None, 1, 2, -1]))
@settings(max_examples=80)
def test_slices_are_tuples(count, one, two, step):
    plain = numbered(count)
    lines = Lines(plain)
    assert lines[one:two:step] == tuple(plain[one:two:step])
    assert lines[one:] == tuple(plain[one:])
    for index in (one, two):
        if -count <= index < count:
            assert lines[index] == plain[index]


def test_lines_are_equal_however_they_came_about():
    whole = numbered(3000)
    pieced = Lines(whole[:10]).replaced(10, 10, whole[10:2000]).replaced(2000, 2000, whole[2000:])
    assert pieced == Lines(whole)
    assert pieced == tuple(whole)
    assert hash(pieced) == hash(tuple(whole))
    assert pieced != Lines(whole[1:])
    assert pieced != whole
    assert "line 5" not in repr(pieced)


def test_a_change_shares_what_has_not_changed():
    """What a change costs does not grow with the document: all pieces but one are the very same."""
    lines = Lines(numbered(100 * PIECE))
    changed = lines.replaced(5000, 5001, ["new\n"])
    same = [one is two for one, two in zip(lines._pieces, changed._pieces, strict=True)]
    assert same.count(False) == 1


def test_deleting_line_by_line_leaves_no_crumbs():
    lines = Lines(numbered(20 * PIECE))
    while len(lines) > PIECE:
        lines = lines.replaced(len(lines) // 2, len(lines) // 2 + 3, [])
    assert len(lines._pieces) <= 20
    while len(lines):
        lines = lines.replaced(0, 1, [])
    assert list(lines) == []


def test_a_line_is_found_as_in_a_tuple():
    lines = Lines([*numbered(2000), "line 3\n"])
    assert (lines.index("line 3\n"), lines.index("line 3\n", 4)) == (3, 2000)
    with pytest.raises(ValueError, match="no such line"):
        lines.index("line 3\n", 4, 2000)
    with pytest.raises(ValueError, match="no such line"):
        Lines().index("line 3\n")


@given(count=counts, line=places)
@settings(max_examples=40)
def test_one_after_the_other_in_both_directions(count, line):
    plain = numbered(count)
    for lines in (Lines(plain), tuple(plain)):
        at = min(line, count)
        assert list(upward(lines, at)) == plain[:at][::-1]
        assert list(downward(lines, at)) == plain[at:]
