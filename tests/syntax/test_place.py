"""What a position stands in."""

from __future__ import annotations

import pytest

from caretwise.syntax.grammar import Parsed, parse
from caretwise.syntax.place import OpenFunction, open_function, text_at
from caretwise.text.language import by_path
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot


def at_cursor(name: str, marked: str) -> tuple[Parsed, Position]:
    snapshot = Snapshot.of(marked.replace("‸", ""), uri=f"file:///p/{name}")
    position = snapshot.position(marked.index("‸"))
    parsed = parse(snapshot, by_path(name), position)
    assert parsed is not None
    return parsed, position


@pytest.mark.parametrize(
    ("name", "marked", "kind"),
    [
        ("a.py", "x = 1  # a comment‸\n", "comment"),
        ("a.py", "x = 1  ‸# a comment\n", ""),
        ("a.py", "x = 'some ‸text'\n", "string"),
        ("a.py", "x = 'some text'‸\n", ""),
        ("a.py", "x = ‸'some text'\n", ""),
        ("a.py", 'def f():\n    """First.\n\n    Sec‸ond.\n    """\n', "string"),
        ("a.py", "x = f'some {val‸ue} text'\n", ""),
        ("a.ts", "const x = `some ${val‸ue} text`;\n", ""),
        ("a.ts", "const x = `some ‸ text`;\n", "string"),
        ("a.ts", "const x = 1; // why‸\n", "comment"),
        ("a.go", 'package a\nvar x = "so‸me"\n', "string"),
        ("a.rs", "/// What it d‸oes.\nfn f() {}\n", "comment"),
        ("A.java", "class A {\n  /* a\n   b‸\n   c */\n}\n", "comment"),
        ("a.py", "é = 'ü‸'\n", "string"),
        ("a.py", "é = 'ü'‸\n", ""),
    ],
)
def test_text(name, marked, kind):
    assert text_at(*at_cursor(name, marked)) == kind


@pytest.mark.parametrize(
    ("name", "marked", "found"),
    [
        ("a.py", "import os\n\ndef f(a, b):\n    ‸\n\ndef g():\n    return 1\n", OpenFunction(2, empty=True)),
        ("a.py", "def f(a, b):‸\n\nx = 1\n", OpenFunction(0, empty=True)),
        ("a.py", "def f(a, b):\n    '''Doc.'''\n    ‸\n\n\nx = 1\n", OpenFunction(0, empty=True)),
        ("a.py", "def f(a, b):\n    x = 1\n    ‸\n\n\ny = 1\n", OpenFunction(0, empty=False)),
        ("a.py", "def f(a, b):\n    x = 1\n‸\n\ny = 1\n", None),
        ("a.py", "class A:\n    def f(self, b):\n        ‸\n\n    x = 1\n", OpenFunction(1, empty=True)),
        ("a.py", "class A:\n    def f(self, b):\n        return b\n\n    ‸\n", None),
        ("a.py", "x = 1\n‸\n", None),
        ("a.ts", "function f(a: number): number {\n  ‸\n}\nconst y = 2;\n", OpenFunction(0, empty=True)),
        ("a.ts", "const f = (a: number) => {\n  const b = a;\n  ‸\n};\n", OpenFunction(0, empty=False)),
        ("a.ts", "function f(a: number) {\n  return a;\n}\n‸\n", None),
        ("a.go", "package a\nfunc f(a int) int {\n\t‸\n}\n", OpenFunction(1, empty=True)),
        ("a.rs", "fn f(a: i32) -> i32 {\n    // why\n    ‸\n}\n", OpenFunction(0, empty=True)),
        ("A.java", "class A {\n  int f(int a) {\n    ‸\n  }\n}\n", OpenFunction(1, empty=True)),
    ],
)
def test_open_function(name, marked, found):
    assert open_function(*at_cursor(name, marked)) == found
