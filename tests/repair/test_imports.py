"""What a fix may bring along from outside of its part: imports that the part needs, and nothing else."""

from __future__ import annotations

import ast
import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.repair.answer import read
from caretwise.repair.imports import only_imports, with_imports
from caretwise.repair.verification import Refusal
from caretwise.repair.verify import Checked, check
from caretwise.text.language import Language, by_id
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

PYTHON = by_id("python")
FILE = '''"""A module."""

import sys
from typing import (
    List,
)

LIMIT = 3


def other(name):
    import json

    return json.dumps([name, sys.path])


class Store:
    def home(self, name: str) -> List[str]:
        return [os.path.join(name)]


def last():
    return LIMIT
'''
FIRST, LAST = 17, 18
LINES = FILE.split("\n")
PIECES = [
    "import os", "    import os", "import os; os.remove('a')", "import sys", "from os import path", "import (", ")", "    List,",
    "    os,", "os.remove('a')", "# import os", "LIMIT = 4", "", '"""', "if True:", "import os as LIMIT", "\timport os",
    "from typing import List", "        return [os.path.join(name)]", "        return [path.join(name)]", "import os \\",
]  # fmt: skip


@st.composite
def changed(draw: st.DrawFn) -> list[str]:
    """The file with a few lines put in, taken out or replaced."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines)))
        what = draw(st.sampled_from(["put in", "take out", "replace"]))
        lines[at : at + (what != "put in")] = [] if what == "take out" else [draw(st.sampled_from(PIECES))]
    return lines


def whole(lines: list[str]) -> str:
    return "```python\n" + "\n".join(lines) + "\n```"


def diff(lines: list[str]) -> str:
    return "\n".join(difflib.unified_diff(LINES, lines, "a/m.py", "b/m.py", lineterm=""))


def blocks(lines: list[str]) -> str:
    made: list[str] = []
    for tag, low, high, new_low, new_high in difflib.SequenceMatcher(None, LINES, lines, autojunk=False).get_opcodes():
        if tag != "equal":
            before, after = max(0, low - 1), min(len(LINES), high + 1)
            old = LINES[before:after]
            new = [*LINES[before:low], *lines[new_low:new_high], *LINES[high:after]]
            made += ["<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE"]
    return "\n".join(made)


def rest(text: str) -> tuple[list[str], list[str]]:
    """What stands above the method but for imports of the module, and the lines below it.

    Lines right above the method belong to the part: a decorator, say.
    """
    lines = text.split("\n")
    above = ast.parse("\n".join([*lines[: lines.index("class Store:") + 1], "    pass"]))
    kept = [ast.dump(one) for one in above.body if not isinstance(one, ast.Import | ast.ImportFrom)]
    return kept, lines[-len(LINES) + LAST + 1 :]


def imported(text: str) -> set[str]:
    module = ast.parse(text)
    found = [one for one in module.body if isinstance(one, ast.Import | ast.ImportFrom)]
    return {name.asname or name.name for one in found for name in one.names}


@settings(max_examples=80)
@given(changed(), st.sampled_from([whole, diff, blocks]))
def test_nothing_but_imports_is_changed_outside_of_the_part(lines: list[str], form):
    snapshot = Snapshot.of(FILE, uri="file:///m.py", language_id="python")
    region = Range(Position(FIRST, 0), Position(LAST, len(LINES[LAST])))
    edits = read(form(lines), snapshot, region, PYTHON, "m.py")
    if isinstance(edits, Refusal):
        return
    result = check(snapshot, region, edits, PYTHON)
    if isinstance(result, Checked):
        assert rest(result.text) == rest(FILE)
        assert imported(FILE) <= imported(result.text)


def test_the_property_sees_fixes_that_bring_an_import():
    lines = [*LINES[:2], "import os", *LINES[2:]]
    snapshot = Snapshot.of(FILE, uri="file:///m.py", language_id="python")
    region = Range(Position(FIRST, 0), Position(LAST, len(LINES[LAST])))
    for form in (whole, diff, blocks):
        edits = read(form(lines), snapshot, region, PYTHON, "m.py")
        assert not isinstance(edits, Refusal), edits
        result = check(snapshot, region, edits, PYTHON)
        assert isinstance(result, Checked)
        assert imported(result.text) - imported(FILE) == {"os"}
        assert result.part_edits == result.edits


@pytest.mark.parametrize(
    ("language", "lines", "last", "expected"),
    [
        ("python", ["#!/usr/bin/env python", '"""Doc."""', "", "def f():", "    pass"], 3, (2, ["", "NEW", ""])),
        ("python", ["from __future__ import annotations", "", "import a", "x = 1", "import b", "def f(): ..."], 5, (3, ["NEW"])),
        ("python", ["def f():", "    pass"], 0, (0, ["NEW", "", ""])),
        ("go", ["package main", "", "func f() {}"], 2, (1, ["", "NEW"])),
        ("go", ["package main", "", "import (", '\t"os"', ")", "", "func f() {}"], 6, (5, ["NEW"])),
        ("javascript", ["// c", '"use strict";', "function f() {}"], 2, (2, ["", "NEW", ""])),
        ("rust", ["use a::b;", "", "fn f() {}"], 2, (1, ["NEW"])),
        ("java", ["package a;", "", "class A {", "}"], 2, (1, ["", "NEW"])),
        ("plaintext", ["a"], 1, None),
    ],
)  # fmt: skip
def test_where_a_new_import_goes(language: str, lines: list[str], last: int, expected):
    assert with_imports(lines, last, ["NEW"], by_id(language)) == expected


@pytest.mark.parametrize(
    ("language", "old", "new", "brought"),
    [
        ("python", "import a\n\nx = 1\n", "import a\nimport b.c as d\n\nx = 1\n", {"b", "c", "d"}),
        ("python", "import a\n", "import b\n", set[str]()),
        ("python", "import a\nx = 1\n", "import a, b\nx = 2\n", set[str]()),
        ("go", 'package p\nimport "os"\n', 'package p\nimport (\n\t"os"\n\t"net/http"\n)\n', {"http"}),
        ("typescript", 'import { a } from "x";\n', 'import { a, b } from "x";\nimport "y";\n', {"b", "y"}),
        ("rust", "use a::B;\n", "use a::{B, C};\n", {"C"}),
    ],
)  # fmt: skip
def test_what_imports_bring(language: str, old: str, new: str, brought: set[str]):
    one: Language = by_id(language)
    before, after = old.split("\n"), new.split("\n")
    assert only_imports(before, len(before), after, len(after), one) == brought
