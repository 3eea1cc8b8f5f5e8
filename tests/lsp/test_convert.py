"""Positions there and back, in three encodings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from caretwise.lsp import convert
from caretwise.text.edit import TextEdit
from caretwise.text.position import Position, PositionEncoding, Range
from caretwise.text.snapshot import Snapshot

LINE = "aé€𝒳b"


@pytest.mark.parametrize(
    ("encoding", "columns"),
    [
        (PositionEncoding.UTF8, [0, 1, 3, 6, 10, 11]),
        (PositionEncoding.UTF16, [0, 1, 2, 3, 5, 6]),
        (PositionEncoding.UTF32, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_columns_by_hand(encoding, columns):
    snapshot = Snapshot.of(f"\n{LINE}\r\n")
    for character, column in enumerate(columns):
        there = convert.from_position(snapshot, Position(1, character), encoding)
        assert there == types.Position(line=1, character=column)
        assert convert.to_position(snapshot, there, encoding) == Position(1, character)


def test_places_that_do_not_exist_become_the_nearest_that_does():
    snapshot = Snapshot.of("ab\r\n𝒳")
    utf16 = PositionEncoding.UTF16
    assert convert.to_position(snapshot, types.Position(line=9, character=9), utf16) == Position(1, 1)
    assert convert.to_position(snapshot, types.Position(line=0, character=9), utf16) == Position(0, 2)
    assert convert.to_position(snapshot, types.Position(line=1, character=1), utf16) == Position(1, 0)
    assert convert.from_position(snapshot, Position(5, 0), utf16) == types.Position(line=1, character=2)
    assert convert.from_position(snapshot, Position(-1, 7), utf16) == types.Position(line=0, character=0)


@given(
    text=st.text(st.sampled_from("a𝒳é\r\n\u2028\x0c"), max_size=20),
    encoding=st.sampled_from(PositionEncoding),
    places=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    new=st.text(max_size=3),
)
def test_edits_come_back_as_they_were(text, encoding, places, new):
    snapshot = Snapshot.of(text)
    start, end = sorted(snapshot.position(place) for place in places)
    edit = TextEdit(Range(start, end), new)
    there = convert.from_text_edit(snapshot, edit, encoding)
    assert convert.to_text_edit(snapshot, there, encoding) == edit
    assert convert.from_range(snapshot, edit.range, encoding) == there.range
    backwards = types.Range(start=there.range.end, end=there.range.start)
    assert convert.to_range(snapshot, backwards, encoding) == edit.range


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, PositionEncoding.UTF16),
        ([], PositionEncoding.UTF16),
        (["utf-7"], PositionEncoding.UTF16),
        ([types.PositionEncodingKind.Utf32, types.PositionEncodingKind.Utf8], PositionEncoding.UTF32),
        (["utf-7", "utf-8", "utf-16"], PositionEncoding.UTF8),
    ],
)
def test_the_first_encoding_of_the_editor_that_is_known_is_chosen(offered, chosen):
    general = types.GeneralClientCapabilities(position_encodings=offered)
    assert convert.choose_encoding(types.ClientCapabilities(general=general)) is chosen


def test_without_general_capabilities_columns_are_utf_16():
    assert convert.choose_encoding(types.ClientCapabilities()) is PositionEncoding.UTF16
