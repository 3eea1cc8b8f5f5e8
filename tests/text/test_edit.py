"""Edits against plain string surgery."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.text.edit import (
    TextEdit,
    apply_edits,
    common_prefix,
    common_suffix,
    difference,
    replace_range,
    smallest_edit,
)
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot, split_lines

texts = st.text(st.sampled_from("ab\r\n\u2028"), max_size=12)
THOROUGH = settings(max_examples=150)
places = st.builds(Position, st.integers(-1, 8), st.integers(-1, 8))
news = st.text(st.sampled_from("x\r\ny"), max_size=5)


@given(texts, places, places, news)
def test_a_replacement_is_that_of_the_string(text, one, two, new):
    snapshot = Snapshot.of(text)
    lines = list(snapshot.lines)
    low, high = sorted((snapshot.offset(one), snapshot.offset(two)))
    replace_range(lines, Range(one, two), new)
    assert "".join(lines) == text[:low] + new + text[high:]
    assert lines == split_lines("".join(lines))


@st.composite
def edits_of(draw):
    """A text and edits of it, in order and apart, as offsets."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return text, [(low, high, draw(news)) for low, high in spans]


def whole_ends(snapshot, low, high):
    return all(snapshot.offset(snapshot.position(place)) == place for place in (low, high))


@given(edits_of(), st.randoms(use_true_random=False))
@THOROUGH
def test_many_edits_are_those_of_the_string(case, order):
    text, spans = case
    snapshot = Snapshot.of(text)
    # A place inside `\r\n` cannot be said; and two insertions at one place have no order once they are shuffled.
    spans = [span for span in spans if whole_ends(snapshot, *span[:2])]
    spans = list({span[:2]: span for span in spans}.values())
    edits = [TextEdit(Range(snapshot.position(low), snapshot.position(high)), new) for low, high, new in spans]
    order.shuffle(edits)
    expected, at = "", 0
    for low, high, new in spans:
        expected, at = expected + text[at:low] + new, high
    expected += text[at:]
    result = apply_edits(snapshot, edits, version=5)
    assert result.text == expected
    assert list(result.lines) == split_lines(expected)
    assert (result.version, apply_edits(snapshot, edits).version) == (5, 0)


def test_insertions_at_one_place_keep_their_order():
    here = Range(Position(0, 1), Position(0, 1))
    assert apply_edits(Snapshot.of("ab"), [TextEdit(here, "1"), TextEdit(here, "2")]).text == "a12b"


@given(texts, places, places, news)
def test_one_edit_is_applied_as_it_is_made_in_place(text, one, two, new):
    """Also when it is the wrong way round or past the end."""
    lines = split_lines(text)
    replace_range(lines, Range(one, two), new)
    assert list(apply_edits(Snapshot.of(text), [TextEdit(Range(one, two), new)]).lines) == lines


def test_an_insertion_and_a_deletion_side_by_side_where_half_line_ends_meet():
    insertion = TextEdit(Range(Position(1, 0), Position(1, 0)), "X")
    deletion = TextEdit(Range(Position(1, 0), Position(1, 1)), "")
    assert apply_edits(Snapshot.of("\rb\n"), [insertion, deletion]).text == "\rX\n"


def test_overlapping_edits_are_refused():
    one = TextEdit(Range(Position(0, 0), Position(0, 2)), "x")
    two = TextEdit(Range(Position(0, 1), Position(0, 3)), "y")
    with pytest.raises(ValueError, match="line 1"):
        apply_edits(Snapshot.of("abc"), [two, one])


def test_edits_that_only_look_apart_are_refused():
    """Past the end of the line, both mean the line's end."""
    one = TextEdit(Range(Position(0, 0), Position(0, 9)), "x")
    two = TextEdit(Range(Position(0, 1), Position(0, 2)), "y")
    with pytest.raises(ValueError, match="overlap"):
        apply_edits(Snapshot.of("ab"), [one, two])


@given(texts, texts)
@THOROUGH
def test_a_difference_leads_from_the_old_text_to_the_new(old, new):
    snapshot = Snapshot.of(old)
    edits = difference(snapshot, new)
    assert apply_edits(snapshot, edits).text == new
    for start in range(len(old)):
        part = Snapshot.of(old[start:])
        assert apply_edits(part, difference(part, new)).text == new
    assert bool(edits) == (old != new)


def test_a_difference_leaves_lines_alone_that_have_not_changed():
    old = Snapshot.of("a\nb\nc\nd\n")
    edits = difference(old, "a\nB\nc\nd\ne\n")
    assert [(edit.range.start.line, edit.new_text) for edit in edits] == [(1, "B"), (4, "e\n")]


@pytest.mark.parametrize(("old", "new"), [("a\r\nb", "a\nb"), ("a\nb", "a\r\nb"), ("\r\n", "\r"), ("a\r\n", "a\n\r")])
def test_changed_line_ends_are_a_difference_too(old, new):
    snapshot = Snapshot.of(old)
    assert apply_edits(snapshot, difference(snapshot, new)).text == new


@given(texts, texts, st.integers(0, 5))
def test_the_smallest_edit(old, new, start):
    low, high, text = smallest_edit(old, new, start)
    assert old[: low - start] + text + old[high - start :] == new
    assert start <= low <= high <= start + len(old)
    if text and high > low:
        removed = old[low - start : high - start]
        assert removed[0] != text[0]
        assert removed[-1] != text[-1]


@given(texts, texts, texts)
def test_common_ends(one, two, shared):
    assert common_prefix(shared + one, shared + two) >= len(shared)
    assert common_suffix(one + shared, two + shared) >= len(shared)
    length = common_prefix(one, two)
    assert one[:length] == two[:length]
    assert one[length : length + 1] != two[length : length + 1] or length == len(one) == len(two)
