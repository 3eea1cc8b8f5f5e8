"""Column units, against Python's own encoders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.text.position import Position, PositionEncoding, Range, from_code_points, to_code_points

lines = st.text(st.characters(exclude_characters="\r\n", exclude_categories=[]), max_size=20)
encodings = st.sampled_from(PositionEncoding)


def length(text, encoding):
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding.value]
    return sum(len(character.encode(codec, "surrogatepass")) for character in text) // width


@given(lines, encodings, st.integers(0, 25))
def test_units_are_what_the_encoder_says(line, encoding, characters):
    assert from_code_points(line, characters, encoding) == length(line[:characters], encoding)


@given(lines, encodings, st.integers(-5, 90))
def test_a_column_is_the_last_character_that_starts_at_or_before_it(line, encoding, units):
    found = to_code_points(line, units, encoding)
    assert 0 <= found <= len(line)
    assert length(line[:found], encoding) <= max(0, units)
    if found < len(line):
        assert length(line[: found + 1], encoding) > units


@given(lines, encodings, st.integers(0, 20))
def test_there_and_back(line, encoding, characters):
    at = min(characters, len(line))
    assert to_code_points(line, from_code_points(line, characters, encoding), encoding) == at


@given(lines, encodings)
def test_both_directions_clamp(line, encoding):
    assert to_code_points(line, 2**31 - 1, encoding) == len(line)
    assert to_code_points(line, -1, encoding) == 0
    assert from_code_points(line, 10**9, encoding) == length(line, encoding)
    assert from_code_points(line, -1, encoding) == 0


@pytest.mark.parametrize(
    ("one", "two", "touches"),
    [((0, 1), (1, 2), True), ((0, 1), (2, 3), False), ((0, 5), (2, 3), True), ((2, 2), (2, 2), True)],
)
def test_ranges(one, two, touches):
    first, second = (Range(Position(0, low), Position(0, high)) for low, high in (one, two))
    assert first.touches(second) is second.touches(first) is touches
    assert first.is_empty is (one[0] == one[1])
    assert first.contains(first.start)
    assert first.contains(first.end)
    assert not first.contains(Position(1, 0))
    assert not first.contains(Position(0, one[1] + 1))


def test_a_line_of_a_megabyte():
    line = "é" + "x" * 1_000_000 + "𝒳"
    for encoding in PositionEncoding:
        assert to_code_points(line, 10**9, encoding) == len(line)
        assert to_code_points(line, from_code_points(line, 999_999, encoding), encoding) == 999_999
