from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.text.case import CURSOR, Case, read, write
from caretwise.text.position import Position

PRICING = """\
-- pricing.py --
def total(items, tax):
    net = sum(i.price for i in items)
    return ‸
-- answer: fim --
net * (1 + tax)
-- ghost --
    return ⟦net * (1 + tax)⟧
-- why --
one line, because the block goes on
"""


def test_a_case_has_a_document_a_cursor_an_answer_and_a_ghost():
    case = read(PRICING)
    assert case.name == "pricing.py"
    assert case.document == "def total(items, tax):\n    net = sum(i.price for i in items)\n    return "
    assert case.cursor == Position(2, 11)
    assert (case.prefix, case.suffix) == (case.document, "")
    assert (case.style, case.answer) == ("fim", "net * (1 + tax)")
    assert case.ghost_text == "net * (1 + tax)"
    assert case.why == "one line, because the block goes on"
    assert write(case) == PRICING


def test_the_last_line_end_of_a_section_is_not_part_of_it():
    case = read("-- a.py --\nx = ‸\n\n-- answer --\n1\n\n\n-- why --\n")
    assert case.document == "x = \n"
    assert case.answer == "1\n\n"
    assert case.why == ""
    assert read("-- a.py --\n‸").document == ""
    assert read("-- a.py --\n‸\n").document == ""
    assert read("-- a.py --\n‸\n\n").document == "\n"


def test_a_section_without_lines_is_empty_and_a_missing_one_is_none():
    case = read("-- a.py --\n‸\n-- answer --\n")
    assert case.answer == ""
    assert case.ghost is None
    assert case.ghost_text is None


def test_lines_that_look_like_headers_are_content_behind_a_backslash():
    case = Case("a.sql", "-- drop --\n‸", answer="\\-- x --\n-- y --")
    text = write(case)
    assert "\n\\-- drop --\n" in text
    assert read(text) == case
    assert read("-- a.sql --\n--not a header--\n-- nor this\n‸").document == "--not a header--\n-- nor this\n"


def test_carriage_returns_are_kept():
    case = read("-- a.py --\nx\r\n‸\r\ny\n-- answer --\n1\r\n2")
    assert case.document == "x\r\n\r\ny"
    assert case.cursor == Position(1, 0)
    assert case.answer == "1\r\n2"


def test_columns_count_characters():
    assert read("-- a.py --\n# 👍🏽é‸").cursor == Position(0, 5)


def test_settings_and_other_sections():
    case = read("-- a.go --\n‸\n-- setting --\nmultiline = false\nindent = tab\n-- diagnostic --\nundefined: x\n")
    assert case.setting("multiline", "true") == "false"
    assert case.setting("indent", "") == "tab"
    assert case.setting("else", "nothing") == "nothing"
    assert case.others == (("diagnostic", "undefined: x"),)
    assert read(write(case)) == case


def test_the_ghost_section_shows_the_line_as_it_looks_then():
    case = read("-- a.js --\nfirst\nfoo(‸) // x\nlast")
    assert case.shown("a, b);", 1) == "foo(⟦a, b);⟧ // x"
    assert case.shown("a,\n  b") == "foo(⟦a,\n  b⟧) // x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: a case begins with a header"),
        ("x = 1\n-- a.py --\n‸", "line 1: a case begins with a header"),
        ("-- a.py --\nx = 1\n", "line 1: the document must hold the cursor mark ‸ once, not 0 times"),
        ("-- a.py --\n‸x‸\n", "line 1: the document must hold the cursor mark ‸ once, not 2 times"),
        ("-- a.py --\n‸\n-- why --\na\n-- why --\nb\n", "line 5: the section 'why' occurs twice"),
        ("-- a.py --\n‸\n-- answer --\na\n-- answer: fim --\nb\n", "line 5: the section 'answer' occurs twice"),
        ("-- a.py --\n‸\n-- note --\na\n-- note --\nb\n", "line 5: the section 'note' occurs twice"),
        ("-- a.py --\n‸\n-- ghost --\nx = 1\n", "line 3: the ghost section holds the ghost text in"),
        ("-- a.py --\n‸\n-- ghost --\nx = ⟧1⟦\n", "line 3: the ghost section holds the ghost text in"),
        ("-- a.py --\n‸\n-- setting --\nmultiline = false\nindent: tab\n", "line 5: a setting has the form"),
        ("-- a.py --\n‸\n-- setting --\na = 1\na = 2\n", "line 5: a setting has the form"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str):
    with pytest.raises(ValueError) as error:
        read(text)
    assert str(error.value).startswith(message)


def test_no_ghost_may_be_expected():
    case = read("-- a.py --\n‸\n-- ghost --\nno ghost: only white space\n")
    assert case.ghost == "no ghost: only white space"
    assert case.ghost_text is None


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb"])
def test_a_case_that_would_not_be_read_back_is_not_written(name: str):
    with pytest.raises(ValueError):
        write(Case(name, CURSOR))


bodies = st.text(st.sampled_from("ab -\\\n\r\té👍⟦"), max_size=30) | st.sampled_from(
    ["-- a --", "\\-- a --\n", "\n", "\n\n"]
)


@given(
    before=bodies,
    after=bodies,
    answer=st.none() | bodies,
    ghost=bodies,
    why=st.none() | bodies,
    style=st.sampled_from(["", "fim"]),
)
def test_what_is_written_is_read_back(
    before: str, after: str, answer: str | None, ghost: str, why: str | None, style: str
):
    case = Case(
        "a.py",
        before + CURSOR + after,
        answer,
        style if answer is not None else "",
        "x⟦" + ghost + "⟧",
        why,
        (("multiline", "false"),),
        (("log", after),),
    )
    assert read(write(case)) == case


@given(
    text=st.lists(
        st.sampled_from(
            ["-- a.py --\n", "-- answer --\n", "-- ghost --\n", "‸", "⟦", "⟧", "x\n", "\\", "-- setting --\n"]
        )
    ).map("".join)
)
def test_a_text_is_a_case_or_refused_with_a_line_number(text: str):
    try:
        case = read(text)
    except ValueError as error:
        message = str(error)
    else:
        message = "line 0: none"
        assert read(write(case)) == case
    assert message.startswith("line ")
