"""When a stream holds a whole suggestion: what only leads up to it is waited through."""

import pytest

from caretwise.complete.draft import Place
from caretwise.complete.length import LINE, Extent, Length
from caretwise.complete.stream import enough, split, whole_lines
from caretwise.text.language import by_id

PYTHON = Place(
    "import os\n\n\ndef area(w, h):\n    total = w\n    return ", "\n\n\nx = 1\n", by_id("python"), False, "    "
)


def block(prefix: str, language: str = "python") -> Place:
    return Place(prefix, "\n", by_id(language), True, "    ")


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        ("w * h", False),
        ("w * h\n", True),
        ("    return w * h\n", True),
        ("```python\n", False),
        ("```python\n    return w * h\n", True),
        ("def area(w, h):\n", False),
        ("def area(w, h):\n    total = w\n", False),
        ("def area(w, h):\n    total = w\n    return w * h\n", True),
        ("```python\n\n\ndef area(w, h):\n    tot", False),
        ("Here is the code:\n\n", False),
        ("Let me look at this. The line is unfinished:\n\n1. keep it short\n", False),
        ("Let me look at this.\n</think>\n    return w * h\n", True),
        ("<think>\nIt is short.\n", False),
        ("<<<<<<< SEARCH\n    total = w\n    return \n=======\n    total = w\n", False),
    ],
)
def test_one_line(answer: str, whole: bool):
    assert enough(answer, PYTHON, "snippet") is whole


@pytest.mark.parametrize(
    ("prefix", "language", "answer", "whole"),
    [
        ("def f():\n    ", "python", "a()\n    b()\n", False),
        ("def f():\n    ", "python", "a()\n    b()\n\n\ndef g():\n", True),
        ("def f():\n    ", "python", "  a()\n  b()\n", False),
        ("class A {\n  int f(\n      int a, int b) {", "java", "\n    g(a);\n    h(b);\n", False),
        ("class A {\n  int f(\n      int a, int b) {", "java", "\n    g(a);\n  }\n  int h() {\n", True),
        ("class A {\n    int f() {\n        },\n        ", "java", "        },\n", False),
        ("function f() {\n    if (x) {", "typescript", "\n  g();\n", False),
        ("function f() {\n    if (x) {", "typescript", "\n  g();\n}\n", False),
        ("def f(x):\n    if x:", "python", "\n    return 1\n", False),
        ("def f(x):\n    if x:", "python", "\n    return 1\n\ndef g():\n", True),
        ("if x; then", "shellscript", "\n    g\nfi\n", False),
        ("if x; then", "shellscript", "\n    g\nfi\necho x\n", True),
    ],
)
def test_a_block(prefix: str, language: str, answer: str, whole: bool):
    assert enough(answer, block(prefix, language), "snippet") is whole


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("(one) => {\n  return one;\n});\nnext();", "(one) => {\n  return one;\n});"),
        ("(one) => one);\nnext();", "(one) => one);"),
        ("[\n  1,\n]);", "[\n  1,\n]);"),
        ("{\n  a: 1,\n", "{\n  a: 1,\n"),
    ],
)
def test_an_argument_whose_call_is_closed_behind_the_cursor(answer: str, shown: str):
    place = Place("const x = items.map(", ");\n", by_id("typescript"), False, "  ")
    assert split(answer, place, LINE)[0] == shown
    assert enough(answer + "\n", place, "snippet", LINE) is ("next" in answer or answer.endswith(");"))


def test_a_body_that_was_written_at_the_margin_is_all_of_the_block():
    place = Place("class A {\n    f() {", "\n}\n", by_id("typescript"), True, "    ")
    answer = "\n  return 1;\n}\n\ng() {\n  return 2;\n}"
    assert split(answer, place, Length(Extent.FUNCTION, 320, margin=4))[0] == "\n  return 1;\n}"


def test_a_fim_model_repeats_nothing():
    assert enough("    total = w\n", PYTHON, "fim")
    assert not enough("    total = w\n", PYTHON, "snippet")


def test_whole_lines_have_no_half_line():
    assert whole_lines("a\nb") == "a"
    assert whole_lines("a") == "a"
