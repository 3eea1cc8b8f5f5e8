"""The walk of `caretwise fix`: problems, a fix for one of them or for all, and the file written when that is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from caretwise.adapters.atomic import write_text
from caretwise.app import App
from caretwise.cli.fix_problems import Problems, problems_of, together
from caretwise.cli.place import Place, read_snapshot
from caretwise.engine.fix import Fix, Found
from caretwise.repair.finding import Finding, region
from caretwise.repair.rebase import moved_finding
from caretwise.repair.verification import Refusal
from caretwise.syntax.grammar import parse
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot

MOST_FIXES = 20
"""The most fixes of one run over a whole file."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fix, or why there is none: what it was asked for, and every candidate."""

    findings: tuple[Finding, ...]
    found: Found

    @property
    def fix(self) -> Fix | None:
        """The best candidate."""
        return self.found.fixes[0] if self.found.fixes else None


@dataclass
class Run:
    """One call of the command: the file, what is wrong with it, and what has come of that."""

    app: App
    file: Path
    snapshot: Snapshot
    """The file as it was read."""
    language: Language
    path: str
    mark: str = ""
    """The byte order mark in front of the file, if it has one: an editor shows a model none either."""
    problems: Problems = field(default_factory=lambda: Problems(()))
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    text: str = ""
    """The file with the fixes."""

    def __post_init__(self) -> None:
        """Nothing is changed yet."""
        self.text = self.snapshot.text

    @property
    def before(self) -> str:
        """The file's text as it was, whole."""
        return self.mark + self.snapshot.text

    @property
    def after(self) -> str:
        """The file's text with the fixes, whole."""
        return self.mark + self.text

    async def look(self, snapshot: Snapshot | None = None) -> Problems:
        """The problems of the file, or of the text that it has become."""
        settings = self.app.outside.settings.checkers
        checkers = self.app.outside.checkers
        return await problems_of(checkers, settings, self.file, snapshot or self.snapshot, self.language)

    async def fix_one(self, findings: Sequence[Finding], progress: Callable[[str], None]) -> Outcome:
        """One fix for some problems of one function; the text takes it."""
        snapshot = self._now()
        found = await self.app.fixer.find(snapshot, findings, self.language, self.path, progress=progress)
        outcome = Outcome(tuple(findings), found)
        self.outcomes.append(outcome)
        if outcome.fix is not None:
            self.text = outcome.fix.checked.text
        return outcome

    async def fix_each(self, groups: Sequence[Sequence[Finding]], progress: Callable[[str], None]) -> None:
        """One fix for each group of problems of the file as it was read, each of one function."""
        for group in groups[:MOST_FIXES]:
            now = self._now()
            moved = [one for one in (moved_finding(one, self.snapshot, now) for one in group) if one is not None]
            if moved:
                await self.fix_one(moved, progress)
            else:
                gone = Refusal("changed", "the fixes before it have changed its lines; run the tests again")
                self.outcomes.append(Outcome(tuple(group), Found((), (gone,))))

    async def fix_all(self, progress: Callable[[str], None]) -> None:
        """One fix after the other, function by function; what cannot be mended, not even alone, is left."""
        given_up: set[tuple[str, str, str]] = set()
        alone: set[tuple[str, str, str]] = set()
        problems = self.problems
        for _ in range(MOST_FIXES):
            left = [one for one in problems.findings if _identity(one) not in given_up]
            if not left:
                return
            snapshot = self._now()
            part = await asyncio.to_thread(self._part, snapshot, left[0])
            others = [one for one in left if _identity(one) not in alone]
            group = (left[0],) if left[0] not in others else together(others, left[0], part)
            outcome = await self.fix_one(group, progress)
            # Several that cannot be mended at once may be mended one by one.
            tried = given_up if len(group) == 1 or outcome.fix is not None else alone
            tried |= {_identity(one) for one in group}
            if outcome.fix is not None:
                problems = await self.look(self._now())
            elif outcome.found.refusals[0].code in _HOPELESS or outcome.found.refusals[0].code.startswith("paused_"):
                return

    def write(self) -> str:
        """Write what the text has become, and count the fixes as applied; or why it was not written."""
        try:
            if read_snapshot(self.file).text != self.before:
                return f"{self.file} has changed since it was read; nothing was written"
            write_text(self.file, self.after)
        except OSError as error:
            return f"{self.file} cannot be written: {error.strerror or error}"
        for outcome in self.outcomes:
            if outcome.fix is not None:
                self.app.fixer.applied(outcome.fix.id)
        return ""

    def _part(self, snapshot: Snapshot, finding: Finding) -> Range:
        return region(snapshot, finding, parse(snapshot, self.language, finding.range.start))

    def _now(self) -> Snapshot:
        if self.text == self.snapshot.text:
            return self.snapshot
        again = Snapshot.of(self.text, uri=self.snapshot.uri, language_id=self.snapshot.language_id)
        return replace(again, version=self.snapshot.version + len(self.outcomes))


_HOPELESS = frozenset({"no_model", "denied", "bad_key", "unknown_model", "connection", "wrong_url"})
"""Refusals that the next problem would meet as well."""


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.source, finding.code, finding.message


def problem_of_place(place: Place, problems: Problems) -> tuple[Finding, ...]:
    """The problems that are meant: at the line that is named, else the worst of the file. One of them, or none."""
    found = problems.findings if place.line is None else problems.near(place.line - 1)
    return found[:1]


def nothing_there(place: Place, problems: Problems) -> Refusal:
    """Why there is nothing to fix."""
    where = f"line {place.line}" if place.line is not None else "the file"
    if problems.looked:
        return Refusal("no_problem", f"{', '.join(problems.looked)} report nothing at {where}")
    return Refusal("no_problem", "nothing here fails to parse; say what is wrong with FILE:LINE and --message TEXT")
