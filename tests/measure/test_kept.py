"""What is left of a text that is edited: against a list of code points of which each knows where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from caretwise.lsp.document import Document
from caretwise.measure.kept import FOREIGN, Remains, tokens
from caretwise.measure.piece import Piece
from caretwise.measure.tracked import refined
from caretwise.text.edit import TextEdit
from caretwise.text.lines import Lines
from caretwise.text.position import Position, PositionEncoding, Range
from caretwise.text.snapshot import Snapshot

words = st.text(st.sampled_from("ab(.\n 🎈é"), max_size=12)


@pytest.mark.parametrize(
    ("edits", "now", "share"),
    [
        ([], "return width * height", 1.0),
        ([(7, 12, "w")], "return w * height", 3 / 4),
        ([(0, 21, "")], "", 0.0),
        ([(12, 12, "s")], "return widths * height", 3 / 4),
        ([(12, 13, "")], "return width* height", 1.0),
        ([(7, 12, ""), (7, 7, "width")], "return width * height", 1.0),
        ([(13, 14, "/ 2 *")], "return width / 2 * height", 3 / 4),
    ],
)
def test_the_share_counts_whole_tokens(edits, now, share) -> None:
    text = "return width * height"
    remains = Remains(text)
    for low, high, new in edits:
        remains.replace(low, high, text[low:high], new)
        text = text[:low] + new + text[high:]
    assert text == now
    assert remains.share(now) == pytest.approx(share)


def test_what_the_editor_put_in_with_changes_of_its_own() -> None:
    remains = Remains.told("for b in a:\n    print(b)", "for b in a:\n\tprint(c)")
    assert remains.share("for b in a:\n\tprint(c)") == pytest.approx(8 / 9)


def test_tokens_are_names_numbers_and_signs() -> None:
    assert tokens("größe_2 += f(1.5)") == ["größe_2", "+", "=", "f", "(", "1", ".", "5", ")"]


@given(words, words, words, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), words), max_size=8))
def test_a_piece_stays_with_its_text(before, accepted, behind, edits) -> None:
    """Each code point that is said to be left stands where it is said to stand, whatever is edited around it."""
    if not accepted:
        return
    document = Document("a", "plaintext", 0, Lines(Snapshot.of(before + accepted + behind).lines))
    start = document.snapshot().position(len(before))
    piece = Piece(accepted, Range(start, document.snapshot().position(len(before) + len(accepted))))
    for number, (one, two, new) in enumerate(edits, 1):
        now = document.snapshot()
        span = Range(*sorted((now.position(one), now.position(two))))
        apply(document, TextEdit(span, new), number)
        for change in document.take_changes(number):
            touched = piece.span.touches(change.smallest.range)
            piece.follow(change, refined(change) if touched else [change.smallest])
        text = piece.now(document.lines)
        assert len(piece.remains.there) == len(text)
        for place, origin in enumerate(piece.remains.there):
            assert origin == FOREIGN or accepted[origin] == text[place]
        assert 0.0 <= piece.remains.share(text) <= 1.0


def apply(document: Document, edit: TextEdit, version: int) -> None:
    def place(one: Position) -> types.Position:
        return types.Position(one.line, one.character)

    span = types.Range(place(edit.range.start), place(edit.range.end))
    document.change([types.TextDocumentContentChangePartial(span, edit.new_text)], version, PositionEncoding.UTF32)
