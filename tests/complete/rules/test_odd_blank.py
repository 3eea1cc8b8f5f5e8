"""One blank too many at the start of an answer."""

import pytest

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules.odd_blank import odd_blank
from caretwise.text.language import by_id


def place(prefix: str, language: str = "python", suffix: str = "") -> Place:
    return Place(prefix, suffix, by_id(language), True, "    ")


@pytest.mark.parametrize(
    ("language", "prefix", "text", "left"),
    [
        ("python", "x = ", " 1", "1"),
        ("python", "f(", " a", "a"),
        ("python", "print", " (x)", "(x)"),
        ("python", "def area", " (self):", "(self):"),
        ("python", "rows", " [0]", "[0]"),
        ("python", "to", " tal = 0", "tal = 0"),
        ("python", "f(a", " , b)", ", b)"),
        ("python", "if ready", " :", ":"),
        ("typescript", "this.cou", " nter += 1;", "nter += 1;"),
        ("typescript", "call()", " .then(done)", ".then(done)"),
        ("typescript", "const {", "  a, b }", " a, b }"),
        ("rust", "self.toke", " ns.len()", "ns.len()"),
        ("go", "func (s *Server", " ) {", ") {"),
        ("go", "fmt.Println", ' ("a")', '("a")'),
    ],
)
def test_a_blank_that_the_language_does_not_write_goes(language: str, prefix: str, text: str, left: str):
    assert odd_blank(Draft(text), place(prefix, language)) == Draft(left)


@pytest.mark.parametrize(
    ("language", "prefix", "text"),
    [
        ("python", "x =", " 1"),
        ("python", "if", " (a and b):"),
        ("python", "value", " if ready else None"),
        ("python", "not_ready", " and waiting"),
        ("python", "for row", " in rows:"),
        ("python", "name", " := read()"),
        ("python", 'label = "net', ' (without tax)"'),
        ("python", "# the total", " (without tax)"),
        ("python", "x = a", " - b"),
        ("typescript", "function", " (a: number) {"),
        ("typescript", "const key", " of keys"),
        ("typescript", "f(a,", " ...rest)"),
        ("java", "private String", " name;"),
        ("plaintext", "the sum", " (without tax)"),
    ],
)
def test_a_blank_that_separates_stays(language: str, prefix: str, text: str):
    assert odd_blank(Draft(text), place(prefix, language)) == Draft(text)
