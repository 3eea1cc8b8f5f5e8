"""What the answer repeats of the text before the cursor."""

from __future__ import annotations

import pytest

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules.dedented import dedented
from caretwise.complete.rules.echo import echo
from caretwise.complete.rules.first_line_break import first_line_break
from caretwise.text.language import by_id


def place(prefix: str, language: str = "python") -> Place:
    return Place(prefix, "", by_id(language), multiline=True, indent_unit="    ")


FUNCTION = "def f(a):\n    b = a + 1\n"


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        # the cursor's line
        ("    return ", "    return x", "x"),
        ("    return ", "return x", "x"),
        ("    return", "    return x", " x"),
        ("    return ", "returned = 1", "returned = 1"),
        ("x = f(", "x = f(a)", "a)"),
        ("x = f(", "f(a))", "f(a))"),
        ("foo(", "foo(a)", "a)"),
        ("foo(", "foo(a))", "foo(a))"),
        ("    key:      ", "    key:      1", "1"),
        ("n", "name = 1", "ame = 1"),
        ("{", "{}", "{}"),
        # lines above it
        (FUNCTION + "    return ", FUNCTION + "    return b", "b"),
        (FUNCTION + "    ", "    b = a + 1\n    return b", "    return b"),
        (FUNCTION + "\n    ", FUNCTION + "\n    return b", "    return b"),
        (FUNCTION + "    ", "    c = 1", "    c = 1"),
        (FUNCTION + "    return ", "def f(a):\n    # add one\n    b = a + 1\n    return b", "b"),
        # an unfinished word
        ("x = self.na", "self.name", "me"),
        ("x = calc", "calculate(y)", "ulate(y)"),
        ("x = a", "abs(y)", "bs(y)"),
        ("    return self.w", "width * 2", "idth * 2"),
        ("    items.a", "append(x)", "ppend(x)"),
        ("    x = width * he", "width * height", "ight"),
        ("    x = f(a)", "f(a).b", ".b"),
        ("def _", "_init__(self):", "_init__(self):"),
        ("_", "_all__ = [", "_all__ = ["),
        ("def _", "__init__(self):", "_init__(self):"),
        ("ssl_context = 1\ny = s", "sl_context", "sl_context"),
        ("ssl_context = 1\ny = s", "ssl_context", "sl_context"),
        # a word between two operands is another one, unless an operand stands before it
        ("for i", "in range(3):", " in range(3):"),
        ("for x i", "in range(3):", "n range(3):"),
        ("    x = [i", "if i else 0]", " if i else 0]"),
        ("x = y if z e", "else w", "lse w"),
        ("import numpy a", "as np", "s np"),
        # strings and operators
        ('x["wi', '"width"]', 'dth"]'),
        ('x["', '"width"]', 'width"]'),
        ('x = "a', '" + b', '" + b'),
        ("if a =", "== b:", "= b:"),
        ("def f() -", "-> int:", "> int:"),
        # nothing is left
        ("    return x", "    return x", ""),
    ],
)
def test_repetitions_are_taken_off(prefix: str, text: str, left: str):
    assert echo(Draft(text), place(prefix)) == Draft(left)


def test_lines_after_a_dedented_repetition_move_with_it():
    text = "if a:\n    return b\nreturn c"
    here = place("class C:\n    def f(self):\n        if a")
    assert echo(Draft(text), here) == Draft(":\n            return b\n        return c")


def test_lines_after_a_repetition_that_only_lost_its_own_indentation_stay():
    text = "return g(\n        a,\n    )"
    assert echo(Draft(text), place("def f():\n    return ")) == Draft("g(\n        a,\n    )")


@pytest.mark.parametrize(
    ("prefix", "text", "left"),
    [
        ("x = ", "\n1", "1"),
        ("    return ", "\n\n    x", "x"),
        ("a and", "\nb", " b"),
        ("def f():", "\n    return 1", "\n    return 1"),
        ("f(", "\n    a", "\n    a"),
        ("x = 1", "\ny = 2", "\ny = 2"),
        ("x = 1\n", "\ny = 2", "\ny = 2"),
        ("x = 1\n\n", "\ny = 2", "y = 2"),
        ("def f():\n    ", "\n    return 1", "    return 1"),
    ],
)
def test_breaks_that_are_formatting(prefix: str, text: str, left: str):
    assert first_line_break(Draft(text), place(prefix)) == Draft(left)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\nb\n\nc", "a\n    b\n\n    c"),
        ("if a:\n    b\nc", "if a:\n        b\n    c"),
        ("a\n    b", "a\n    b"),
        ("a\n\ndef g():\n    pass", "a\n\ndef g():\n    pass"),
        ("a\ndef g():\n    pass", "a\ndef g():\n    pass"),
        ("a\n}", "a\n}"),
        ("    a\nb", "    a\nb"),
        ("a", "a"),
    ],
)
def test_answers_written_at_the_margin(text: str, left: str):
    assert dedented(Draft(text), place("def f():\n    ")) == Draft(left)


def test_at_the_margin_nothing_is_dedented():
    assert dedented(Draft("a\nb"), place("")) == Draft("a\nb")
