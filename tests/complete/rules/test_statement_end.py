"""A second statement on the same line."""

import pytest

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules.statement_end import statement_end
from caretwise.text.language import by_id


def place(language: str, prefix: str) -> Place:
    return Place(prefix, "\n", by_id(language), False, "  ")


@pytest.mark.parametrize(
    ("language", "prefix", "text", "left"),
    [
        ("typescript", "const a = ", "b + c; const d = e;", "b + c;"),
        ("javascript", "  return ", "f(';', x); } function g() {", "f(';', x);"),
        ("java", "int a = ", "b; int c = d;\nint e = f;", "b;"),
        ("rust", "let a = ", "vec![1; 3]; let b = a;", "vec![1; 3];"),
    ],
)
def test_it_is_cut(language: str, prefix: str, text: str, left: str):
    assert statement_end(Draft(text), place(language, prefix)) == Draft(left)


@pytest.mark.parametrize(
    ("language", "prefix", "text"),
    [
        ("typescript", "for (let i = ", "0; i < n; i++) {"),
        ("typescript", "if (a) { ", "b(); c(); }"),
        ("typescript", "const a = ", "b; // and more; much more"),
        ("javascript", "case 1: ", "f(); break;"),
        ("java", 'String a = "', 'b; c; d";'),
        ("python", "a = ", "1; b = 2"),
        ("typescript", "const a = ", "b;\nconst c = d;"),
    ],
)
def test_it_stays(language: str, prefix: str, text: str):
    assert statement_end(Draft(text), place(language, prefix)) == Draft(text)
