"""Reports of checkers, as these programs wrote them, and what follows of two of them for a fix."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.repair.finding import Finding
from caretwise.repair.report import Reported, UnreadableError, judge, read_report
from caretwise.text.position import Position, Range

TSC = """a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.
a.ts(2,18): error TS2304: Cannot find name 'c'.
"""
GO = '# x\n./a.go:6:2: fmt.Printf format %d has arg "x" of wrong type string\n'
GO_FIRST = "# x\nvet: ./b.go:4:9: undeclared name: nmae\n"
MYPY = """a.py:2:12: error: Name "heigth" is not defined  [name-defined]
a.py:2:12: note: Did you mean "height"?
a.py:9: warning: unused "type: ignore" comment
"""
RUFF = json.dumps([
    {"code": "F821", "filename": "/p/a.py", "location": {"column": 12, "row": 2}, "message": "Undefined name `heigth`"},
    {"code": None, "filename": "/p/a.py", "location": {"column": 1, "row": 5}, "message": "Expected an expression"},
    {"code": "F401", "filename": "/p/a.py", "location": {"column": 1, "row": 1}, "message": "`os` imported but unused"},
])  # fmt: skip
PYRIGHT = json.dumps({"generalDiagnostics": [
    {"file": "/p/a.py", "severity": "error", "message": '"x" is not defined', "rule": "reportUndefinedVariable",
     "range": {"start": {"line": 3, "character": 4}, "end": {"line": 3, "character": 5}}},
]})  # fmt: skip
ESLINT = json.dumps([{"filePath": "/p/a.js", "messages": [
    {"ruleId": "no-unused-vars", "severity": 1, "message": "'a' is defined but never used.", "line": 2, "column": 7},
    {"ruleId": None, "severity": 2, "message": "Parsing error: Unexpected token", "line": 4},
]}])  # fmt: skip
CARGO = "\n".join([
    json.dumps({"reason": "compiler-message", "message": {
        "level": "error", "code": {"code": "E0425"}, "message": "cannot find value `c` in this scope",
        "spans": [{"file_name": "src/lib.rs", "line_start": 3, "is_primary": True}]}}),
    json.dumps({"reason": "compiler-message", "message": {"level": "failure-note", "code": None, "message": "For more", "spans": []}}),
    '{"reason":"build-finished","success":false}',
])  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "output", "found"),
    [
        ("tsc", TSC, [(0, 1, "TS2322"), (1, 1, "TS2304")]),
        ("go", GO, [(5, 1, "")]),
        ("go", GO_FIRST, [(3, 1, "first error")]),
        ("mypy", MYPY, [(1, 1, "name-defined"), (8, 2, "")]),
        ("ruff", RUFF, [(1, 1, "F821"), (4, 1, ""), (0, 2, "F401")]),
        ("pyright", PYRIGHT, [(3, 1, "reportUndefinedVariable")]),
        ("eslint", ESLINT, [(1, 2, "no-unused-vars"), (3, 1, "")]),
        ("cargo", CARGO, [(2, 1, "E0425")]),
        ("ruff", "", []),
        ("go", "", []),
    ],
)
def test_reports_are_read(kind, output, found):
    assert [(one.line, one.severity, one.code) for one in read_report(kind, output)] == found


@pytest.mark.parametrize("kind", ["ruff", "pyright", "eslint", "cargo"])
@pytest.mark.parametrize(
    "output", ["{", '{"a": 1}', "[1, {}]", '{"reason": "compiler-message", "message": {}}', "null"]
)
def test_what_is_no_report_is_said_to_be_none_or_is_empty(kind, output):
    try:
        found, words = read_report(kind, output), ""
    except UnreadableError as error:
        found, words = [], str(error)
    assert found == []
    assert not words or "cannot be read" in words


@given(st.sampled_from(["ruff", "pyright", "mypy", "tsc", "eslint", "go", "cargo"]), st.text(max_size=200))
def test_no_output_raises_anything_else(kind, output):
    with contextlib.suppress(UnreadableError):
        read_report(kind, output)


def finding(message: str, line: int = 3, code: str = "", severity: int = 1) -> Finding:
    return Finding(Range(Position(line, 0), Position(line, 5)), message, severity, code)


def said(message: str, line: int = 3, code: str = "", severity: int = 1) -> Reported:
    return Reported("a", line, severity, code, message)


WRONG = said("Undefined name `x`", code="F821")
ASKED = finding("Undefined name `x`", code="F821")


@pytest.mark.parametrize(
    ("before", "after", "state", "words"),
    [
        ([WRONG], [], "passed", "1 gone"),
        ([WRONG], [said("Undefined name `x`", 4, "F821")], "failed", "still there"),
        ([WRONG], [said("Undefined name `y`", 9, "F821")], "failed", "a new problem"),
        ([WRONG], [said("Unused import", 9, "F401", 2)], "passed", "1 gone"),
        ([WRONG, said("Unused import", 1, "F401", 1)], [said("Unused import", 7, "F401", 1)], "passed", "1 gone"),
        ([WRONG, WRONG], [WRONG], "passed", "1 gone"),
        ([], [], "not run", "does not report this problem"),
        ([said("Undefined name `x`", 30, "F821")], [], "not run", "does not report this problem"),
    ],
)
def test_gone_and_nothing_as_bad_is_new(before, after, state, words):
    layer = judge("ruff", [ASKED], before, after)
    assert (layer.name, layer.state) == ("checker ruff", state)
    assert words in layer.words


def test_a_warnings_fix_may_bring_no_warning():
    asked = finding("unused", code="F841", severity=2)
    before = [said("unused", code="F841", severity=2)]
    assert judge("ruff", [asked], before, [said("other", 8, "F401", 2)]).state == "failed"
    assert judge("ruff", [asked], before, [said("other", 8, "D100", 3)]).state == "passed"


def test_one_problem_of_two_is_not_enough():
    two = [ASKED, finding("Undefined name `y`", 5, "F821")]
    before = [WRONG, said("Undefined name `y`", 5, "F821")]
    assert judge("ruff", two, before, [before[1]]).state == "failed"
    assert judge("ruff", two, before, []).state == "passed"


def test_the_second_error_of_a_checker_that_names_the_first_alone_is_no_new_one():
    asked = finding("undeclared name: nmae")
    before = [said("undeclared name: nmae", code="first error")]
    layer = judge("go", [asked], before, [said("undeclared name: other", 9, "first error")])
    assert layer.state == "not run"
    assert "undeclared name: other" in layer.words
    assert judge("go", [asked], [], [said("undeclared name: other", 9, "first error")]).state == "failed"


def test_codes_as_servers_and_compilers_spell_them():
    asked = finding("Cannot find name 'c'.", 1, "2304")
    assert judge("tsc", [asked], read_report("tsc", TSC), read_report("tsc", TSC)[:1]).state == "passed"
