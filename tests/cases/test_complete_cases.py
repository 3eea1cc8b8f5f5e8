"""Every golden case under fixtures/complete: the answer goes through the rules, the ghost must be the one expected."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from caretwise.complete.draft import Place
from caretwise.complete.recipe import Result, fit, unwrap
from caretwise.text import indent
from caretwise.text.case import NO_GHOST, Case, read, write
from caretwise.text.language import by_path
from caretwise.text.snapshot import Snapshot

FOLDER = Path(__file__).parents[2] / "fixtures" / "complete"
CASES = sorted(FOLDER.glob("*/*.case"))
SETTINGS = {"multiline", "indent"}
STEPS = {"tab": "\t", "2": "  ", "4": "    ", "8": "        "}


def place_of(case: Case) -> Place:
    snapshot = Snapshot.of(case.document)
    chosen = STEPS.get(case.setting("indent", ""))
    return Place(
        prefix=case.prefix,
        suffix=case.suffix,
        language=by_path(case.name),
        multiline=case.setting("multiline", "true") == "true",
        indent_unit=chosen or indent.unit(snapshot.lines, by_path(case.name).indent),
        line_end=snapshot.line_end,
    )


def run(case: Case, place: Place) -> Result:
    assert case.answer is not None
    first = unwrap(case.answer, place, case.style or "snippet")
    return first if first.draft is None else fit(first.draft.text, place)


def ghost_of(case: Case) -> str:
    result = run(case, place_of(case))
    if result.draft is None:
        return NO_GHOST + result.steps[-1].reason
    return case.shown(result.draft.text, result.draft.replaces)


def load(path: Path) -> Case:
    return read(path.read_bytes().decode())


def test_there_are_cases_for_every_language_that_is_parsed():
    assert {path.parent.name for path in CASES} >= {
        "python",
        "typescript",
        "javascript",
        "go",
        "rust",
        "java",
        "plaintext",
    }
    assert len(CASES) >= 120


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(path: Path, request: pytest.FixtureRequest):
    case = load(path)
    ghost = ghost_of(case)
    if ghost != case.ghost and request.config.getoption("--update-cases"):
        path.write_bytes(write(dataclasses.replace(case, ghost=ghost)).encode())
        return
    assert ghost == case.ghost, case.why


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_is_well_kept(path: Path):
    case = load(path)
    assert case.answer is not None
    assert case.why
    assert not case.others
    assert {name for name, _ in case.settings} <= SETTINGS
    assert write(case).encode() == path.read_bytes()


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_ghost_that_is_fitted_again_stays_as_it_is(path: Path):
    case = load(path)
    place = place_of(case)
    draft = run(case, place).draft
    if draft is not None and not draft.replaces:
        assert fit(draft.text, place).draft == draft
