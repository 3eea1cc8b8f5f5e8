"""Noise that looks like code, and code that looks like noise: each rule leaves the second alone."""

from __future__ import annotations

import pytest

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.length import LINE
from caretwise.complete.recipe import unwrap
from caretwise.complete.rules.diff_marks import diff_marks
from caretwise.complete.rules.echo import echo
from caretwise.complete.rules.elisions import elisions
from caretwise.complete.rules.entities import entities
from caretwise.complete.rules.json_wrapped import json_wrapped
from caretwise.complete.rules.line_numbers import line_numbers
from caretwise.complete.rules.odd_characters import odd_characters
from caretwise.complete.rules.prose import prose
from caretwise.complete.rules.quoted import quoted
from caretwise.complete.rules.said_twice import said_twice
from caretwise.complete.stream import enough
from caretwise.text.language import by_id


def place(prefix: str, language: str = "python", suffix: str = "", head: tuple[str, ...] = ()) -> Place:
    return Place(prefix, suffix, by_id(language), multiline=True, indent_unit="    ", head=head)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\u200bx = 1\ufeff", "x = 1"),
        ("\u00a0\u00a0x = 1", "  x = 1"),
        ("a\u00a0= 1", "a = 1"),
        ("t = 'Prix\u00a0: 1'", "t = 'Prix\u00a0: 1'"),
        ("t = \u0e01\u200b\u0e02", "t = \u0e01\u200b\u0e02"),
    ],
)
def test_characters_that_look_like_others(text: str, left: str):
    assert odd_characters(Draft(text), place("x\n")) == Draft(left)


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("if ", "a &lt; b:", "a < b:"),
        ("x = ", 's.replace("<", "&lt;")', 's.replace("<", "&lt;")'),
        ("lt = 1\nx = ", "a &lt; b", "a &lt; b"),
    ],
)
def test_entities(prefix: str, text: str, left: str):
    assert entities(Draft(text), place(prefix)) == Draft(left)


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("", "1 | a = 1\n2 | b = 2", "a = 1\nb = 2"),
        ("    x = ", "12 |     x = 1", "    x = 1"),
        ("x = ", "12 | y", "12 | y"),
        ("t = {\n", "1: a,\n2: b,", "1: a,\n2: b,"),
        ("", "1 | a\n3 | b", "1 | a\n3 | b"),
    ],
)
def test_line_numbers(prefix: str, text: str, left: str):
    assert line_numbers(Draft(text), place(prefix)) == Draft(left)


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("x = ", '{"completion": "f(1)"}', "f(1)"),
        ("x = ", '{"code": "x = f(1)"}', "x = f(1)"),
        ("x = ", '{"text": "hello there"}', '{"text": "hello there"}'),
        ('y = {"code": "a()"}\nx = ', '{"code": "f(1)"}', '{"code": "f(1)"}'),
        ("x = ", '{"code": 1}', '{"code": 1}'),
        ("x = ", '["code"]', '["code"]'),
    ],
)
def test_objects(prefix: str, text: str, left: str):
    assert json_wrapped(Draft(text), place(prefix)) == Draft(left)


def test_an_object_is_waited_for_to_its_end():
    here = Place("x = ", "", by_id("python"), multiline=False, indent_unit="    ")
    assert not enough('{\n  "code":\n', here, "snippet", LINE)
    assert enough('{\n  "other": 1,\n', here, "snippet", LINE)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("```diff\n-a\n+b\n c\n```", "```\nb\nc\n```"),
        ("@@ -1,2 +1,2 @@\n-a\n+b", "b"),
        ("+ b\n- c", "+ b\n- c"),
    ],
)
def test_diffs(text: str, left: str):
    assert diff_marks(Draft(text), place("x\n")) == Draft(left)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("# ... existing code ...\nx = 1\n# ...\ny = 2", "x = 1"),
        ("# complete the code here\nx = 1", "x = 1"),
        ("# count them\nx = 1", "# count them\nx = 1"),
        ("x = ...\ny = 1", "x = ...\ny = 1"),
    ],
)
def test_comments_that_stand_for_code(text: str, left: str):
    assert elisions(Draft(text), place("z = 0\n")) == Draft(left)


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("x = f(", "`a, b)`", "a, b)"),
        ("x = ", '"total"', '"total"'),
        ("x = g(", '"total = 1"', '"total = 1"'),
    ],
)
def test_answers_in_quotes(prefix: str, text: str, left: str):
    assert quoted(Draft(text), place(prefix)) == Draft(left)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("abc = 1\nb()\nabc = 1\nb()", "abc = 1\nb()"),
        ("return x\nreturn x", "return x"),
        ("next(it)\nnext(it)", "next(it)\nnext(it)"),
        ("abc\nabc\nabc\nabc", "abc\nabc\nabc\nabc"),
    ],
)
def test_answers_that_are_there_twice(text: str, left: str):
    assert said_twice(Draft(text), place("z = 0\n")) == Draft(left)


@pytest.mark.parametrize(
    ("language", "prefix", "text", "left"),
    [
        ("python", "x = ", "My suggestion:\n\nx = 1", "x = 1"),
        ("python", "x = ", "### Completed code\n\nx = 1", "x = 1"),
        ("python", "x = 1\n", "# Steps.\n\ny = 2", "# Steps.\n\ny = 2"),
        ("dockerfile", "FROM a\n", "COPY . .\n\nRUN b", "COPY . .\n\nRUN b"),
        ("typescriptreact", "<p>", "Hello there, my friend.", "Hello there, my friend."),
        ("python", "# ", "This adds one to it.", "This adds one to it."),
        ("python", 'print("', 'This adds one to it.")', 'This adds one to it.")'),
        ("python", 'print("', "This adds one to it.", None),
        ("python", "x = ", "The value is one already.", None),
    ],
)
def test_talk_and_text(language: str, prefix: str, text: str, left: str | None):
    found = prose(Draft(text), place(prefix, language))
    assert isinstance(found, Drop) if left is None else found == Draft(left)


def test_a_document_that_is_written_again_is_known_by_its_first_lines():
    head = ("import os", "import sys")
    here = place("\ndef f():\n    a = 1\n    b = 2\n    return ", head=head)
    told = "import os\nimport sys\n\ndef f():\n    a = 1\n    b = 2\n    return a"
    assert echo(Draft(told), here) == Draft("a")
    assert isinstance(echo(Draft("import os\nimport sys\n\ndef"), here), Drop)
    assert not enough("```\nimport os\n", here, "snippet", LINE)


def test_no_rule_for_talk_touches_a_model_that_fills_in():
    text = "My suggestion:\n\nx = 1"
    found = unwrap(text, place("x = "), "fim").draft
    assert found == Draft(text)
