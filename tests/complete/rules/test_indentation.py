"""Columns: the document's unit, what is typed already, and how deep a block is."""

from __future__ import annotations

import pytest

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules.block_depth import block_depth
from caretwise.complete.rules.block_line import block_line
from caretwise.complete.rules.indent_unit import indent_unit
from caretwise.complete.rules.trailing_space import trailing_space
from caretwise.complete.rules.typed_indent import typed_indent
from caretwise.text.language import by_id


def place(prefix: str, language: str = "python", unit: str = "    ", suffix: str = "") -> Place:
    return Place(prefix, suffix, by_id(language), multiline=True, indent_unit=unit)


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("func f() {", "\n    a()\n    if b {\n        c()\n    }", "\n\ta()\n\tif b {\n\t\tc()\n\t}"),
        ("func f() {", "\n  a()\n  if b {\n    c()\n  }", "\n\ta()\n\tif b {\n\t\tc()\n\t}"),
        ("func f() {", "\n        a()", "\n\ta()"),
        ("\tif b {", "\n        a()", "\n\t\ta()"),
        ("\tif b {", "\n\t\ta()", "\n\t\ta()"),
        ("\t", "    a()\n    b()", "\ta()\n\tb()"),
        ("/**", "\n * a\n */", "\n * a\n */"),
        ("\t/**", "\n     * a\n     */", "\n\t * a\n\t */"),
    ],
)
def test_blanks_become_tabs(prefix: str, text: str, left: str):
    assert indent_unit(Draft(text), place(prefix, "go", "\t")) == Draft(left)


@pytest.mark.parametrize(
    ("unit", "prefix", "text", "left"),
    [
        ("    ", "def f():", "\n\ta\n\t\tb", "\n    a\n        b"),
        ("  ", "def f():", "\n\ta", "\n  a"),
        ("    ", "def f():", "\n  if a:\n    b", "\n    if a:\n        b"),
        ("  ", "def f():", "\n    if a:\n        b\n  c", "\n    if a:\n        b\n  c"),
        ("    ", "    def f():", "\n      if a:\n        b", "\n        if a:\n            b"),
        ("  ", "x = f(a,", "\n      b)", "\n      b)"),
        ("    ", "def f():", "\n    a\n      # aligned", "\n    a\n      # aligned"),
    ],
)
def test_steps_become_the_documents(unit: str, prefix: str, text: str, left: str):
    assert indent_unit(Draft(text), place(prefix, "python", unit)) == Draft(left)


def test_prose_keeps_its_blanks():
    assert indent_unit(Draft("\ta\n  b"), place("", "plaintext")) == Draft("\ta\n  b")


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("x\n    ", "    y = 1", "y = 1"),
        ("x\n    ", " y = 1", "y = 1"),
        ("x\n    ", "y = 1\n    z = 2", "y = 1\n    z = 2"),
        ("x\n    ", "        y\n        z", "y\n    z"),
        ("def f():\n    ", "    return 1", "return 1"),
        ("def f():\n    ", "return 1", "return 1"),
        ("def f():\n", "    return 1", "    return 1"),
        ("def f():\n", "return 1", "    return 1"),
        ("    if a:\n    ", "return 1", "    return 1"),
        ("    if a:\n    ", "    return 1", "    return 1"),
        ("    if a:\n    ", "        return 1", "    return 1"),
        ("    if a:\n        ", "    return 1", "return 1"),
        ("x = [\n    1,\n    ", "    2,\n]", "2,\n]"),
        ("x =", " 1", " 1"),
        ("x =  ", "   1", "   1"),
        ("    ", "  \n    a", "\n    a"),
        ("x = 1\n", "  y = 2", "y = 2"),
        ("a\n", "    .b()", "    .b()"),
    ],
)
def test_typed_indentation_is_not_written_twice(prefix: str, text: str, left: str):
    assert typed_indent(Draft(text), place(prefix)) == Draft(left)


def test_lists_in_prose_keep_their_depth():
    assert typed_indent(Draft("  - b"), place("- a\n", "markdown")) == Draft("  - b")


@pytest.mark.parametrize(
    ("language", "prefix", "text", "left"),
    [
        ("python", "def f():", "    return 1", "\n    return 1"),
        ("python", "def f():", "return 1", "\n    return 1"),
        ("python", "    def f():", "return 1\n        x", "\n        return 1\n        x"),
        ("python", "def f():", "\n    return 1", "\n    return 1"),
        ("python", "x = {", '"a": 1}', '"a": 1}'),
        ("python", "x[1:", "2]", "2]"),
        ("python", "f = lambda x:", " x + 1", " x + 1"),
        ("python", "if a: ", "return 1", "return 1"),
        ("javascript", "function f() {", "  return 1;\n}", "\n  return 1;\n}"),
        ("javascript", "function f() {", " return 1; }", " return 1; }"),
        ("javascript", "const s = `${", "a}\n  b", "a}\n  b"),
        ("javascript", "import {", " a,\n  b } from 'c';", "\n     a,\n  b } from 'c';"),
        ("javascript", "f(", "    a,\n    b", "\n    a,\n    b"),
        ("javascript", "f(", "a,\n  b", "a,\n  b"),
    ],
)
def test_a_body_begins_on_its_own_line(language: str, prefix: str, text: str, left: str):
    if language == "javascript" and prefix == "import {":
        left = "\n    a,\n  b } from 'c';"
    assert block_line(Draft(text), place(prefix, language)) == Draft(left)


def test_a_body_stays_on_the_line_when_text_follows():
    assert block_line(Draft("    a"), place("f(() => {", "javascript", suffix="})")) == Draft("    a")


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("    def f():", "\n    return 1", "\n        return 1"),
        ("    def f():", "\nif a:\n    b", "\n        if a:\n            b"),
        ("    def f():", "\n        return 1\n    x", "\n        return 1\n    x"),
        ("    ", "if a:\n    b\nc", "if a:\n        b\n    c"),
        ("    x = [", "\n    ]", "\n    ]"),
        ("        x = [", "\n    ]", "\n        ]"),
        ("    x = 1", "\ny = 2", "\ny = 2"),
    ],
)
def test_a_body_is_deeper_than_its_opener(prefix: str, text: str, left: str):
    assert block_depth(Draft(text), place(prefix)) == Draft(left)


@pytest.mark.parametrize(
    ("suffix", "text", "left"),
    [
        ("", "a  \n\n", "a"),
        ("", "a \nb\t\nc ", "a\nb\nc"),
        ("\nnext", "a\n", "a"),
        ("rest", "a \nb\n", "a\nb\n"),
        ("rest", "a ", "a "),
        ("", "  ", "  "),
    ],
)
def test_white_space_at_ends(suffix: str, text: str, left: str):
    assert trailing_space(Draft(text), place("x", suffix=suffix)) == Draft(left)


def test_two_blanks_break_a_line_in_markdown():
    assert trailing_space(Draft("a  \nb  "), place("", "markdown")) == Draft("a  \nb")
