from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caretwise.local.document import CLOSED_LINES, OPEN_LINES, Lines
from caretwise.local.tokens import detokenize
from caretwise.text.snapshot import split_lines

LINE = st.sampled_from(
    ["def f():\n", "    x = 1\n", "\n", "        y\n", ")\n", "z = 2\n", "password = 'hunter2hunter2'\n", "\r\n"]
)
TEXT = st.lists(LINE | st.integers(0, 40).map("v{0} = {0}\n".format), max_size=60)


@given(texts=st.lists(TEXT, min_size=1, max_size=6))
def test_edits_end_where_learning_anew_does(texts: list[list[str]]) -> None:
    document = Lines([*texts[0], ""], "    ", 3)
    pieces = document.tokens()
    for lines in texts[1:]:
        for change in document.edited([*lines, ""]):
            assert [len(change.tokens)] == [len(change.sizes)]
            pieces[change.first : change.last] = change.tokens
        assert sum(document.sizes) == len(lines) + 1
        assert pieces == document.tokens()
        fresh = Lines([*lines, ""], "    ", 3)
        # Where pieces begin elsewhere, blanks at their start are a token of their own.
        words = [token for piece in pieces for token in piece if token.strip() and token[0] not in "\r\n"]
        assert words == [
            token for piece in fresh.tokens() for token in piece if token.strip() and token[0] not in "\r\n"
        ]


def test_an_edit_costs_the_pieces_that_it_touches() -> None:
    lines = [f"value_{number} = {number}\n" for number in range(10_000)] + [""]
    document = Lines(lines, "    ", OPEN_LINES)
    assert len(document.sizes) >= 99
    edited = [*lines[:5_000], "another = 1\n", *lines[5_000:]]
    (change,) = document.edited(edited)
    assert change.last - change.first == 1
    assert sum(change.sizes) <= 2 * OPEN_LINES + 1
    assert document.edited(edited) == ()


def test_edits_far_apart_cost_the_pieces_that_they_touch() -> None:
    lines = [f"value_{number} = {number}\n" for number in range(10_000)] + [""]
    document = Lines(lines, "    ", OPEN_LINES)
    edited = ["import os\n", *lines[:4_000], "value_4000 = other\n", *lines[4_001:9_000], *lines[9_003:]]
    pieces = document.tokens()
    for change in document.edited(edited):
        assert sum(change.sizes) <= 2 * OPEN_LINES + 1
        pieces[change.first : change.last] = change.tokens
    assert pieces == document.tokens()
    assert detokenize([token for piece in pieces for token in piece]) == "".join(edited)


def test_pieces_start_at_the_left_margin_where_they_can() -> None:
    lines = ["def f():\n", *["    x = 1\n"] * 6] * 10 + [""]
    document = Lines(lines, "    ", 5)
    starts = [sum(document.sizes[:number]) for number in range(len(document.sizes))]
    assert all(lines[start] == "def f():\n" for start in starts)
    assert len(starts) > 5


def test_the_tokens_of_a_line() -> None:
    lines = split_lines("def f():\n    return one\n\n\nx = 2\n")
    document = Lines(lines, "    ", CLOSED_LINES)
    (tokens,) = document.tokens()
    piece, start, end = document.tokens_of(1)
    assert (piece, "".join(tokens[start : end - 1])) == (0, "return one")
    _, start, end = document.tokens_of(4)
    assert "".join(tokens[start : end - 1]) == "x = 2"


KEY = [
    "-----BEGIN RSA PRIVATE KEY-----\n",
    *["MIIEpAIBAAKCAQEA7bq0fh3bVnLwZ9kT2mXcRr5yUoPq8sDfGhJkLzXcVbNm1234\n"] * 40,
    "-----END RSA PRIVATE KEY-----\n",
]


def test_secrets_are_masked_also_when_one_line_of_them_is_edited() -> None:
    lines = [*["x = 1\n"] * 300, 'key = """\n', *KEY, '"""\n', *["y = 2\n"] * 300, ""]
    document = Lines(lines, "    ", 20)
    edited = list(lines)
    edited[320] = "MIIEpAIBAAKCAQEA7bq1fh3bVnLwZ9kT2mXcRr5yUoPq8sDfGhJkLzXcVbNm1234\n"
    (change,) = document.edited(edited)
    learned = [token for piece in [*change.tokens, *document.tokens()] for token in piece]
    assert not any("MIIE" in token for token in learned)


def test_lines_that_nobody_wrote_by_hand_are_not_learned_nor_looked_at_when_their_neighbours_are_edited() -> None:
    lines = ["x = 1\n", "data(" * 2_000 + "\n", "y = 2\n", "data(" * 2_000]
    document = Lines(lines, "    ", OPEN_LINES)
    assert document.tokens() == [["x", " ", "=", " ", "1", "\n\n=", "y", " ", "=", " ", "2", "\n="]]
    (change,) = document.edited([*lines[:2], "z = 2\n", lines[3]])
    assert change.tokens[0][6:7] == ["z"]
