"""`caretwise fix --test OUTPUT`: which of the places that failing tests lead to is mended, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from caretwise.adapters.project import Project, path_of_uri
from caretwise.cli.place import Place, parse_place, project_folder, read_snapshot
from caretwise.cli.session import say
from caretwise.engine.failing_test import Culprit, find_culprits
from caretwise.measure.report import printable
from caretwise.repair.finding import Finding
from caretwise.repair.traceback import NOT_UNDERSTOOD, read_failures
from caretwise.repair.verification import Refusal
from caretwise.text.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Other:
    """A failing test that is not looked at: where it leads to (line from 1), or why it leads nowhere."""

    test: str
    path: str = ""
    line: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file, and what is to be mended in it: groups of problems, each for one fix. Without any the checkers are asked."""

    place: Place
    snapshot: Snapshot
    groups: tuple[tuple[Finding, ...], ...] = ()
    tests: tuple[tuple[str, ...], ...] = ()
    """The failing tests of each group, where it was tests that named the place."""
    others: tuple[Other, ...] = ()

    def others_as_json(self) -> list[dict[str, object]]:
        """The failing tests that lead to other files, or nowhere."""
        return [
            {"test": one.test, "path": one.path or None, "line": one.line or None, "reason": one.reason or None}
            for one in self.others
        ]

    def say_others(self, *, fix_all: bool) -> None:
        """On stderr: the failing tests that were not looked at, and how to have them looked at."""
        later = [] if fix_all else [name for tests in self.tests[1:] for name in tests]
        if later:
            say(f"not looked at: {_few(later)}; --all mends what they lead to in the same file")
        for one in self.others[:_MOST_SAID]:
            where = f"leads to {one.path}:{one.line}; name that file to mend it" if one.path else one.reason
            say(printable(f"not looked at: {one.test}: {where}"))
        if len(self.others) > _MOST_SAID:
            say(f"not looked at: {len(self.others) - _MOST_SAID} more failing tests")


_MOST_SAID = 5


def of_tests(place: str, output: str) -> Chosen:
    """What failing tests' output leads to. Raises click.ClickException when that is nothing, or nothing in FILE."""
    failures = read_failures(output)
    if not failures:
        raise click.ClickException(NOT_UNDERSTOOD)
    folder = project_folder(Path.cwd() / "any")
    sought = find_culprits(failures, Project([folder]), lambda _: None)
    if isinstance(sought, Refusal):
        raise click.ClickException(sought.reason)
    wanted = _wanted(place, sought.culprits)
    file = _path(wanted[0])
    here = [one for one in wanted if _path(one) == file]
    elsewhere = [one for one in sought.culprits if one not in here]
    others = [
        Other(test, str(_short(_path(one), folder)), one.finding.range.start.line + 1)
        for one in elsewhere
        for test in one.tests
    ]
    others += [Other(test, reason=refusal.reason) for test, refusal in sought.others]
    # As it is on disk, byte order mark and all: that is what is written back.
    return Chosen(
        Place(file, here[0].finding.range.start.line + 1, None),
        read_snapshot(file),
        tuple(one.findings for one in here),
        tuple(one.tests for one in here),
        tuple(others),
    )


def _wanted(place: str, culprits: Sequence[Culprit]) -> Sequence[Culprit]:
    """The places to mend that FILE names: it is the one to mend, or holds the test."""
    if not place:
        return culprits
    where = parse_place(place)
    if where.line is not None:
        raise click.UsageError("--test finds the line by itself; name the FILE alone")
    found = [one for one in culprits if one.concerns(where.path.resolve()) or one.concerns(where.path)]
    if not found:
        raise click.ClickException(f"no failing test of this output leads to {where.path} or stands in it")
    return found


def _path(culprit: Culprit) -> Path:
    path = path_of_uri(culprit.snapshot.uri)
    assert path is not None, "it was read from disk"
    return path


def _short(path: Path, folder: Path) -> Path:
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return printable(", ".join(names[:3])) + more
