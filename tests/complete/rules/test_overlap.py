"""What the answer has in common with the text after the cursor, and with itself."""

from __future__ import annotations

import pytest

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules.already_there import already_there
from caretwise.complete.rules.blank import blank
from caretwise.complete.rules.lines_below import lines_below
from caretwise.complete.rules.one_line import one_line
from caretwise.complete.rules.repetition import repetition
from caretwise.complete.rules.rest_of_line import rest_of_line
from caretwise.text.language import by_id


def place(prefix: str, suffix: str, language: str = "javascript", *, multiline: bool = True) -> Place:
    return Place(prefix, suffix, by_id(language), multiline, "    ")


@pytest.mark.parametrize(
    ("prefix", "text", "suffix", "left", "replaces"),
    [
        # closers that the editor wrote
        ("foo(", "a, b)", ")", "a, b", 0),
        ("foo(", "a, b);", ")", "a, b);", 1),
        ("foo(", "a, b);", ");", "a, b", 0),
        ("foo(", "a, b", ")", "a, b", 0),
        ("foo(", "bar(a)", ")", "bar(a)", 0),
        ("foo(", "bar(a))", ")", "bar(a)", 0),
        ("foo((a", ")", ")", ")", 0),
        ("foo((a", "))", ")", ")", 0),
        ("foo(bar(", "a", "))", "a", 0),
        ("foo(bar(", "a)", "))", "a", 0),
        ("foo(bar(", "a).b", "))", "a", 0),
        ("x = [", "1, 2]", "]", "1, 2", 0),
        ("x = { ", "a: 1 }", " }", "a: 1", 0),
        ("f({", "a }", ", })", "a", 0),
        ("f('", "a')", "')", "a", 0),
        ("f('", "a', 'b')", "')", "a', 'b", 0),
        ("f('", "a', b)", "')", "a', b", 1),
        ("f('", "a')", ")", "a'", 0),
        ("f(", "(x) => {\n  x();\n})", ")", "(x) => {\n  x();\n}", 0),
        ("f(", "(x) => {\n  x();\n});", ")", "(x) => {\n  x();\n});", 1),
        ("if (", "a) {\n  b();", ") {", "a", 0),
        # the rest of the line
        ("x = ", "a + 1", " + 1", "a", 0),
        ("x = ", "a + 1;", " + 1;", "a", 0),
        ("x = ", "a", " + 1;", "a", 0),
        ("f(", "a, timeout)", ", timeout)", "a", 0),
        ("if (a ", "=== b) {", " b) {", "===", 0),
        ("return ", "x;", ";", "x", 0),
        ("return ", "f(x)", ")", "f(x", 0),
        ("x = a", ".b.c", ".c", ".b", 0),
        ("let a", " = b", "bc = 1", " = b", 0),
        ("x = ", "a,", ", b", "a", 0),
        ("x = ", "a", "", "a", 0),
    ],
)
def test_rest_of_line(prefix: str, text: str, suffix: str, left: str, replaces: int):
    assert rest_of_line(Draft(text), place(prefix, suffix)) == Draft(left, replaces)


def test_an_apostrophe_in_prose_is_no_quote():
    here = place("It's (", ")", "plaintext")
    assert rest_of_line(Draft("isn't it)"), here) == Draft("isn't it")


METHOD = "class A {\n  f() {\n    "


@pytest.mark.parametrize(
    ("prefix", "text", "suffix", "left"),
    [
        (METHOD, "a();\n  }\n}", "\n  }\n}", "a();"),
        (METHOD, "if (b) {\n      a();\n    }\n  }", "\n  }\n}", "if (b) {\n      a();\n    }"),
        (METHOD, "a();\n  }", "\n}", "a();\n  }"),
        (METHOD, "a();\n    b();", "\n    b();\n  }", "a();"),
        (METHOD, "a();\n    next();\n    other();\n    d();", "\n    next();\n    other();", "a();"),
        (METHOD, "a();\n    b();\n    x();", "\n    b();\n    y();", "a();\n    b();\n    x();"),
        (METHOD, "a();\n    long_call();\n    ot", "\n    long_call();\n    other_call();", "a();"),
        ("x = f(\n    a,\n    ", "b,\n)", "\n)", "b,"),
        ("f(a", ", b)", "\n)", ", b)"),
        ("function f() {", "\n  a();\n}\n\nfunction g() {", "\n}\n", "\n  a();"),
        ("/**\n * ", "Adds.\n */", "\n */\n", "Adds."),
        ("", "a();", "", "a();"),
    ],
)
def test_lines_below(prefix: str, text: str, suffix: str, left: str):
    assert lines_below(Draft(text), place(prefix, suffix)) == Draft(left)


def test_an_answer_that_is_all_repetition_leaves_nothing():
    assert lines_below(Draft("\n}"), place("function f() {", "\n}")) == Draft("")


@pytest.mark.parametrize(
    ("prefix", "text", "suffix"),
    [
        ("    ", "return x", "\n    return x\n"),
        ("    ret", "urn x", "\n    return x\n"),
        ("x = 1", "\ny = 2", "\ny = 2\n"),
        ("f(", "a, b", "a, b)"),
        ("", "a = 1\nb = 2", "\na = 1\n\nb = 2\nc = 3"),
    ],
)
def test_what_follows_anyway_is_dropped(prefix: str, text: str, suffix: str):
    assert isinstance(already_there(Draft(text), place(prefix, suffix)), Drop)


@pytest.mark.parametrize(
    ("prefix", "text", "suffix"),
    [
        ("    ", "return x", "\n    return xy\n"),
        ("    ", "a = 1", "\n    b = 2\n    a = 1\n"),
        ("f((a", ")", ")"),
        ("", "a = 1\nb = 2", "\na = 1\n"),
        ("    ", "return x", ""),
    ],
)
def test_what_does_not_follow_stays(prefix: str, text: str, suffix: str):
    assert already_there(Draft(text), place(prefix, suffix)) == Draft(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("abc\nabc\nabc\nabc", "abc"),
        ("start\nabc\nabc\nabc", "start\nabc"),
        ("abc\nxyz\nabc\nxyz\nabc\nxyz", "abc\nxyz"),
        ("abc\nabc", "abc\nabc"),
        ("}\n}\n}\n}", "}\n}\n}\n}"),
        ("abc\n\n\n\n\n\nx", "abc\n"),
        ("abc\n" + "na" * 60, "abc"),
        ("# " + "-" * 76, "# " + "-" * 76),
        ("abc\n" + "-" * 400, "abc"),
    ],
)
def test_a_model_that_is_stuck(text: str, left: str):
    assert repetition(Draft(text), place("x\n", "")) == Draft(left)


def test_nothing_but_repetition_is_dropped():
    assert isinstance(repetition(Draft("foo.bar" * 30), place("x = ", "")), Drop)
    assert isinstance(repetition(Draft("abcd = 1"), place("abcd = 1\n", "")), Drop)
    assert isinstance(repetition(Draft("d = 1\nefgh = 2"), place("abcd = 1\nefgh = 2\nabc", "")), Drop)
    assert repetition(Draft("abcd = 1\nx = 2"), place("abcd = 1\n", "")) == Draft("abcd = 1\nx = 2")
    assert repetition(Draft("}"), place("}\n", "")) == Draft("}")


@pytest.mark.parametrize(
    ("prefix", "text", "suffix", "left"),
    [
        ("x = ", "a\nb", "", "a"),
        ("def f():", "\n    a\n    b", "", "\n    a"),
        ("x = 1", "\n\n\ny = 2\nz", "", "\ny = 2"),
        ("f(", "\n    a,\n    b", ")", "a,"),
        ("x = ", "a", "", "a"),
        ("x = ", "\n\n", "", ""),
    ],
)
def test_one_line(prefix: str, text: str, suffix: str, left: str):
    assert one_line(Draft(text), place(prefix, suffix, multiline=False)) == Draft(left)
    assert one_line(Draft(text), place(prefix, suffix)) == Draft(text)


def test_blank():
    here = place("", "")
    assert blank(Draft(""), here) == Drop("nothing to add")
    assert blank(Draft(" \n\t"), here) == Drop("only white space")
    assert blank(Draft("\u3000\u2028"), here) == Drop("only white space")
    assert blank(Draft(")"), here) == Draft(")")
