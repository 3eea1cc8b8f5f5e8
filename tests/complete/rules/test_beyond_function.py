"""Where a draft goes on beyond the function that the cursor is in."""

import pytest

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules.beyond_function import beyond_function
from caretwise.text.language import by_id


def place(prefix: str, language: str = "python") -> Place:
    return Place(prefix, "", by_id(language), True, "    ")


@pytest.mark.parametrize(
    ("language", "prefix", "text", "left"),
    [
        ("python", "def f():\n    ", "return 1\n\n\ndef g():\n    return 2", "return 1"),
        ("python", "class A:\n    def f(self):\n        ", "return 1\n\n    def g(self):\n        pass", "return 1"),
        ("python", "def f():\n    ", "x()\n\nprint(f())", "x()"),
        ("python", "class A:\n    ", "x = 1\n    y = 2\n\nA()", "x = 1\n    y = 2"),
        ("python", "async def f():", "\n    return 1\nf()", "\n    return 1"),
        ("go", "func f() int {\n\t", "return 1\n}\n\nfunc g() {\n}", "return 1\n}"),
        ("java", "class A {\n    int f() {\n        ", "return 1;\n    }\n\n    int g() {", "return 1;\n    }"),
        ("typescript", "export function f() {\n  ", "return 1;\n}\n\nf();", "return 1;\n}"),
    ],
)
def test_what_stands_outside_is_cut(language: str, prefix: str, text: str, left: str):
    assert beyond_function(Draft(text), place(prefix, language)) == Draft(left)


@pytest.mark.parametrize(
    ("language", "prefix", "text"),
    [
        ("python", "x = 1\n", "y = 2\n\nprint(y)"),
        ("python", "def f():\n    if a:\n        ", "b()\n    return c"),
        ("java", "int f() {\n    for (int a : all) {", "\n        b(a);\n    }\n    return 1;"),
        ("typescript", "call(() => {\n  ", "x();\n});\ny();"),
        ("plaintext", "def f():\n    ", "words\nmore words"),
    ],
)
def test_what_stands_inside_stays(language: str, prefix: str, text: str):
    assert beyond_function(Draft(text), place(prefix, language)) == Draft(text)
