"""Closers that nothing opens."""

import pytest

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules.unbalanced import unbalanced
from caretwise.text.language import by_id


def place(language: str, prefix: str, suffix: str) -> Place:
    return Place(prefix, suffix, by_id(language), True, "    ")


@pytest.mark.parametrize(
    ("language", "prefix", "suffix", "text", "left"),
    [
        ("python", "x = f(", "\n", "a, b))", "a, b)"),
        ("python", "x = f(g(", "\ny = 1\n", "a))))", "a))"),
        ("python", "def f():\n    return 1\n\nx = ", "\n", "a)", "a"),
        ("typescript", "const x = f(", "\n", "a));", "a);"),
        ("javascript", "const x = [f(", "\ng();\n", "a)]];", "a)];"),
        ("java", "class A {\n  int f() {\n    return g(", "\n  }\n}\n", "1));", "1);"),
        ("rust", "fn f() {\n    let x = g(", "\n}\n", "1));", "1);"),
        ("go", "package p\n\nfunc f() {\n\tg(", "\n}\n", "1))", "1)"),
    ],
)
def test_they_are_cut_at_the_end(language: str, prefix: str, suffix: str, text: str, left: str):
    assert unbalanced(Draft(text), place(language, prefix, suffix)) == Draft(left)


@pytest.mark.parametrize(
    ("language", "prefix", "suffix", "text"),
    [
        ("python", "x = f(", "\n", "a, b)"),
        ("python", "x = f(g(", "\n", "a)"),
        ("python", "x = f(", "\n", "')))'"),
        ("typescript", "f(() => {\n  ", "\n", "g();\n});"),
        ("go", "package p\n\nfunc f() {\n\tif a {\n\t\t", "\n", "g()\n\t}\n}"),
        ("plaintext", "see (", "\n", "above))"),
        ("lua", "f(", "\n", "a))"),
    ],
)
def test_others_stay(language: str, prefix: str, suffix: str, text: str):
    assert unbalanced(Draft(text), place(language, prefix, suffix)) == Draft(text)
