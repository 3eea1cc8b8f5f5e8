"""Snapshots: lines, offsets, slices and places that do not exist."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot, split_lines, without_end

texts = st.text(st.sampled_from("ab \t\r\n\x0b\x0c\x1c\x85\u2028\u2029é𝒳\ud800"), max_size=30)
places = st.builds(Position, st.integers(-2, 12), st.integers(-2, 12))


@given(texts)
def test_lines_end_at_the_three_line_ends_of_lsp_only(text):
    lines = split_lines(text)
    assert "".join(lines) == text
    assert [without_end(line) for line in lines] == re.split(r"\r\n|\n|\r", text)
    assert all(re.search(r"(\r\n|\n|\r)\Z", line) for line in lines[:-1])


@given(texts)
def test_offsets_and_positions_are_inverse(text):
    snapshot = Snapshot.of(text)
    for offset in range(len(text) + 1):
        inside = text[offset - 1 : offset + 1] == "\r\n"
        assert snapshot.offset(snapshot.position(offset)) == offset - inside


@given(texts, places)
def test_every_place_has_an_offset_and_a_clamped_form(text, place):
    snapshot = Snapshot.of(text)
    at = snapshot.clamp(place)
    assert snapshot.clamp(at) == at
    assert snapshot.position(snapshot.offset(place)) == at
    assert snapshot.whole.contains(at)


@given(texts, st.integers(-50, 50))
def test_offsets_that_do_not_exist_are_clamped(text, offset):
    snapshot = Snapshot.of(text)
    assert snapshot.position(-1 - abs(offset)) == Position(0, 0)
    assert snapshot.position(len(text) + abs(offset)) == snapshot.end


@given(texts, places, places)
def test_a_slice_is_the_text_between_two_places(text, one, two):
    snapshot = Snapshot.of(text)
    start, end = sorted((snapshot.clamp(one), snapshot.clamp(two)))
    assert snapshot.slice(Range(start, end)) == text[snapshot.offset(start) : snapshot.offset(end)]
    assert snapshot.slice(snapshot.whole) == text


@given(texts, places, places)
def test_a_range_that_is_the_wrong_way_round_holds_nothing_odd(text, one, two):
    """Empty, or the same as the right way round; never text from elsewhere."""
    snapshot = Snapshot.of(text)
    low, high = sorted((one, two))
    assert snapshot.slice(Range(high, low)) in ("", snapshot.slice(Range(low, high)))


@given(texts, places)
def test_before_and_after_make_the_line(text, place):
    snapshot = Snapshot.of(text)
    at = snapshot.clamp(place)
    assert snapshot.before(at) + snapshot.after(at) == snapshot.line(at.line)
    assert snapshot.before(place) == snapshot.line(place.line)[: max(0, place.character)]
    assert snapshot.after(place) == snapshot.line(place.line)[max(0, place.character) :]


@given(texts)
def test_utf8_keeps_the_number_of_characters(text):
    assert len(Snapshot.of(text).utf8.decode()) == len(text)


@pytest.mark.parametrize(
    ("text", "end"), [("", "\n"), ("a", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb", "\r"), ("\n\r\n", "\n")]
)
def test_the_line_end_is_that_of_the_first_line(text, end):
    assert Snapshot.of(text).line_end == end


def test_lines_that_do_not_exist_are_empty():
    snapshot = Snapshot.of("a\nb", uri="u", language_id="python", version=3)
    assert (snapshot.line(-1), snapshot.line(0), snapshot.line(1), snapshot.line(2)) == ("", "a", "b", "")
    assert (snapshot.uri, snapshot.language_id, snapshot.version) == ("u", "python", 3)
    assert snapshot.end == Position(1, 1)


def test_a_very_long_text_is_split_in_a_moment():
    assert len(split_lines("x\r\n" * 200_000)) == 200_001
