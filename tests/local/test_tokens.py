from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.local.tokens import depth_after, detokenize, is_line_end, line_ends, tokenize, word_before

PIECES = st.sampled_from(
    [" ", "  ", "    ", "\t", "\n", "\r\n", "\r", "x", "foo_1", "größe", "42", "1.5", "==", "**=", '"""', "'", "#",
     "(", "\f", "\u2028", "\ud800", "😀", "->", "…"]
)  # fmt: skip
CODE = st.lists(PIECES, max_size=40).map("".join)
UNITS = st.sampled_from(["    ", "  ", "\t", ""])


@given(text=CODE | st.text(max_size=80), unit=UNITS)
def test_round_trip_of_a_text_that_starts_a_line(text: str, unit: str) -> None:
    assert detokenize(tokenize(text, unit=unit), unit=unit) == text


@given(text=CODE, unit=UNITS, indent=st.text(" \t", max_size=6))
def test_round_trip_of_a_text_that_starts_behind_an_indentation(text: str, unit: str, indent: str) -> None:
    assert detokenize(tokenize(text, unit=unit, indent=indent), unit=unit, indent=indent) == text


@given(text=CODE)
def test_no_token_is_empty_and_only_line_ends_hold_line_ends(text: str) -> None:
    for token in tokenize(text):
        assert token
        assert is_line_end(token) == any(end in token for end in "\r\n")


@given(text=CODE)
def test_line_ends_are_counted_as_lsp_counts_them(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert sum(line_ends(token) for token in tokenize(text)) == lines


def test_tokens_of_a_line() -> None:
    assert tokenize("x += größe.at(1.5)") == ["x", " ", "+=", " ", "größe", ".", "at", "(", "1.5", ")"]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a\nb", "\n="),
        ("a:\n    b", "\n>1"),
        ("a:\n        b", "\n>2"),
        ("    a\nb", "\n<1"),
        ("f(a,\n  b", "\n+  "),
        ("      a\n    b", "\n-2"),
        ("    a\n\tb", "\n!\t"),
        ("    a\n\n  \n    b", "\n\n  \n="),
    ],
)
def test_a_line_end_says_how_the_indentation_changes(text: str, mark: str) -> None:
    assert [token for token in tokenize(text) if is_line_end(token)] == [mark]


def test_what_was_learned_at_one_depth_fits_at_another_and_with_another_unit() -> None:
    learned = tokenize("if a:\n    b\nc", unit="    ")
    assert detokenize(learned, unit="\t", indent="\t\t") == "if a:\n\t\t\tb\n\t\tc"


def test_more_dedents_than_indentation_end_at_the_margin() -> None:
    assert detokenize(["\n<3", "x"], indent="    ") == "\nx"
    assert depth_after("\n<3", 4, "    ") == 0
    assert depth_after("\n>1", 4, "  ") == 6


def test_the_word_being_typed() -> None:
    assert word_before("self._con") == "_con"
    assert word_before("x = ") == ""
