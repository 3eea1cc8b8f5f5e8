"""Every golden case under fixtures/repair: what becomes of a model's answer to a problem at a place in a document."""

from __future__ import annotations

import dataclasses
import difflib
import re
from pathlib import Path

import pytest

from caretwise.adapters.ports import Exchange
from caretwise.adapters.resources import templates
from caretwise.engine.fix_question import checked, question
from caretwise.models.chunk import Usage
from caretwise.repair.finding import Finding
from caretwise.repair.verification import Refusal
from caretwise.repair.verify import Checked
from caretwise.text.case import Case, read, write
from caretwise.text.edit import apply_edits
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

FOLDER = Path(__file__).parents[2] / "fixtures" / "repair"
CASES = sorted(path for path in FOLDER.glob("*/*.case") if path.parent.name != "functions")
_NO_FIX = "no fix: "


def problem_of(case: Case) -> Finding:
    """The problem at the cursor, over the word there. `-- problem: ruff F821 --` gives source and code."""
    [(title, message)] = [one for one in case.others if one[0].split(":")[0] == "problem"]
    source, _, code = title.partition(": ")[2].partition(" ")
    word = re.match(r"\w*", case.suffix)
    assert word is not None
    end = Position(case.cursor.line, case.cursor.character + max(1, word.end()))
    return Finding(Range(case.cursor, end), message, code=code, source=source)


def result_of(case: Case) -> Checked | Refusal:
    assert case.answer is not None
    snapshot = Snapshot.of(case.document, uri=f"file:///project/{case.name}", version=1)
    asked = question(snapshot, [problem_of(case)], by_path(case.name), case.name, (), (), templates()["fix"])
    return checked(Exchange(case.answer, "stop", None, Usage(), "", None, 0.0), asked)


def fix_of(case: Case) -> str:
    result = result_of(case)
    if isinstance(result, Refusal):
        return f"{_NO_FIX}{result.code}: {result.reason}"
    old, new = (text.split("\n") for text in (case.document, result.text))
    lines = list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]
    layers = "; ".join(layer.as_text() for layer in result.verification)
    return "\n".join([f"{result.level}: {layers}", *lines])


def load(path: Path) -> Case:
    return read(path.read_bytes().decode())


def test_there_are_cases_in_several_languages():
    languages = [path.parent.name for path in CASES]
    assert len(languages) >= 40
    assert {"python", "typescript", "go", "rust", "java"} <= set(languages)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(path: Path, request: pytest.FixtureRequest):
    case = load(path)
    fix = fix_of(case)
    sections = dict(case.others)
    if sections.get("fix") != fix and request.config.getoption("--update-cases"):
        others = tuple(one for one in case.others if one[0] != "fix")
        path.write_bytes(write(dataclasses.replace(case, others=(*others, ("fix", fix)))).encode())
        return
    assert sections["fix"] == fix, case.why


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_is_well_kept(path: Path):
    case = load(path)
    assert case.answer is not None
    assert case.why
    assert not case.settings
    assert {name.split(":")[0] for name, _ in case.others} == {"problem", "fix"}
    assert write(case).encode() == path.read_bytes()


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_edits_of_a_case_are_its_text_and_touch_no_line_that_stays(path: Path):
    case = load(path)
    result = result_of(case)
    if isinstance(result, Refusal):
        return
    snapshot = Snapshot.of(case.document)
    assert apply_edits(snapshot, result.edits).text == result.text
    for edit in result.edits:
        # Not one character at either edge of an edit is written anew as it was.
        old = snapshot.slice(edit.range)
        assert old != edit.new_text
        assert not (old and edit.new_text and old[0] == edit.new_text[0] and old[-1] == edit.new_text[-1]), edit
