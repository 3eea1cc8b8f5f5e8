"""The problems that `caretwise fix` may be asked to mend: what the user's checkers report, and what does not parse."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from caretwise.adapters.checker_run import MIRROR, Checkers
from caretwise.adapters.checkers import syntax_findings
from caretwise.adapters.settings import CheckerSettings
from caretwise.repair.finding import Finding
from caretwise.repair.report import Reported
from caretwise.text.language import Language
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_KINDS = {
    "python": ("ruff", "pyright", "mypy"), "typescript": ("tsc", "eslint"), "typescriptreact": ("tsc", "eslint"),
    "javascript": ("eslint", "tsc"), "javascriptreact": ("eslint", "tsc"), "go": ("go",), "rust": ("cargo",),
}  # fmt: skip
_SOURCES = {"tsc": "ts", "cargo": "rustc", "go": "go vet"}
"""What the language servers of these checkers call themselves; the others by their own name."""

_NEAR_LINES = 3


@dataclass(frozen=True, slots=True)
class Problems:
    """What was found, the worst first, then by line; the checkers that have looked; and why others have not."""

    findings: tuple[Finding, ...]
    looked: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()

    def near(self, line: int) -> tuple[Finding, ...]:
        """Those on a line (from 0); when there are none, those within three lines of it, nearest first."""
        on = [one for one in self.findings if one.range.start.line <= line <= one.range.end.line]
        if on:
            return tuple(on)
        near = [one for one in self.findings if abs(one.range.start.line - line) <= _NEAR_LINES]
        return tuple(sorted(near, key=lambda one: abs(one.range.start.line - line)))


async def problems_of(
    checkers: Checkers, settings: Mapping[str, CheckerSettings], file: Path, snapshot: Snapshot, language: Language
) -> Problems:
    """Ask every checker that the user has configured for this language, all at once, and the parser."""
    kinds = [kind for kind in _KINDS.get(language.id, ()) if kind in settings and settings[kind].path]
    parsed = await asyncio.to_thread(syntax_findings, snapshot, language)
    answers = await asyncio.gather(*(checkers.check(kind, file, snapshot.text) for kind in kinds))
    found, looked, not_asked = list[Finding](), list[str](), list[str]()
    for kind, answer in zip(kinds, answers, strict=True):
        if isinstance(answer, str):
            not_asked.append(answer if answer.startswith(kind) else f"{kind}: {answer}")
        else:
            looked.append(kind)
            found += [
                _finding(kind, one, snapshot) for one in answer if is_of(one, file, checkers.relative(file), kind)
            ]
    said = {one.range.start.line for one in found if one.severity == 1}
    # What a checker says of a syntax error is said better, and can be verified by it.
    found += [one for one in parsed if one.range.start.line not in said]
    found.sort(key=lambda one: (one.severity, one.range.start))
    return Problems(tuple(found), tuple(looked), tuple(not_asked))


def is_of(one: Reported, file: Path, relative: Path, kind: str) -> bool:
    """Whether a report is about the file, which is `relative` in its project.

    Checkers name it in full, in their mirror of the project, from the project's folder, or (go, cargo) from the folder of a
    package in it.
    """
    named = tuple(part for part in PurePath(one.file.replace("\\", "/")).parts if part != ".")
    mirror = next((at for at, part in enumerate(named) if part.startswith(MIRROR)), None)
    if mirror is not None:
        return named[mirror + 2 :] == relative.parts
    if PurePath(one.file).is_absolute():
        return named[-2:] == file.parts[-2:]
    return bool(named) and (named == relative.parts or (kind in {"go", "cargo"} and named == file.parts[-len(named) :]))


def _finding(kind: str, one: Reported, snapshot: Snapshot) -> Finding:
    line = max(0, min(one.line, len(snapshot.lines) - 1))
    text = snapshot.line(line)
    span = Range(Position(line, len(text) - len(text.lstrip())), Position(line, len(text.rstrip())))
    return Finding(span, one.message, one.severity, one.code, _SOURCES.get(kind, kind))


def together(findings: Sequence[Finding], first: Finding, part: Range) -> tuple[Finding, ...]:
    """Those that one fix may mend: of one source, on the lines of one part of the text."""
    inside = [
        one for one in findings
        if one.source == first.source and part.start.line <= one.range.start.line <= part.end.line
    ]  # fmt: skip
    return tuple(inside) or (first,)
