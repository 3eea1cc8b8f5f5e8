"""From the output of failing tests to the places to mend: the innermost code of the project, or what a test calls.

Tests that lead to the same function are one place to mend, with the words of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from caretwise.adapters.project import Project, path_of_uri
from caretwise.engine.frame_files import placed
from caretwise.engine.tested_code import Files, Reader
from caretwise.repair.finding import Finding, region
from caretwise.repair.rebase import moved_finding
from caretwise.repair.traceback import Failure
from caretwise.repair.verification import Refusal
from caretwise.syntax.grammar import parse
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

SOURCE = "test"
"""The source of a finding that a failing test has told."""

_MOST_TESTS = 20
"""The most failing tests whose places are looked for."""
_MOST_FINDINGS = 5
"""The most different things that failing tests say of one function."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """Where failing tests are to be mended: one function. `from_disk` when its file is not open in the editor."""

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    """What the tests say, one for each of them that says something else."""
    tests: tuple[str, ...]
    """The tests by their names."""
    test_files: frozenset[Path]
    from_disk: bool

    @property
    def finding(self) -> Finding:
        """The first of them."""
        return self.findings[0]

    def concerns(self, path: Path) -> bool:
        """Whether a file is the one to mend, or holds one of the tests."""
        return path_of_uri(self.snapshot.uri) == path or path in self.test_files


@dataclass(frozen=True, slots=True)
class Sought:
    """The places to mend, in the order of their tests, at least one; and why other tests lead to none."""

    culprits: tuple[Culprit, ...]
    others: tuple[tuple[str, Refusal], ...] = ()


def find_culprits(failures: Sequence[Failure], project: Project, open_document: Reader) -> Sought | Refusal:
    """The places to mend, with the tests' words as their problems; a refusal when no test leads to any.

    Reads files of the project: not for the event loop.
    """
    looked = Files(project, open_document)
    found: dict[tuple[str, int], Culprit] = {}
    others: list[tuple[str, Refusal]] = []
    for failure in failures[:_MOST_TESTS]:
        one = _culprit(failure, looked)
        if isinstance(one, Refusal):
            others.append((failure.name, one))
            continue
        part = region(
            one.snapshot, one.finding, parse(one.snapshot, by_path(one.snapshot.uri), one.finding.range.start)
        )
        key = one.snapshot.uri, part.start.line
        found[key] = _joined(found[key], one) if key in found else one
    return Sought(tuple(found.values()), tuple(others)) if found else others[0][1]


def _joined(first: Culprit, other: Culprit) -> Culprit:
    """Two tests that lead to one function."""
    said = {one.message for one in first.findings}
    more = other.findings if other.finding.message not in said and len(first.findings) < _MOST_FINDINGS else ()
    tests = first.tests if other.tests[0] in first.tests else (*first.tests, *other.tests)
    files = first.test_files | other.test_files
    return replace(first, findings=(*first.findings, *more), tests=tests, test_files=files)


def _culprit(failure: Failure, looked: Files) -> Culprit | Refusal:
    """The place to mend for one test."""
    found = placed(failure.frames, looked.project)
    if isinstance(found, Refusal):
        return found
    inside = [(path, frame, looked.in_test(path, frame)) for path, frame in found]
    own = [(path, frame) for path, frame, test in inside if not test]
    tests = [(path, frame) for path, frame, test in inside if test]
    more = tuple(part for path, frame in tests[-1:] for part in looked.around(path, frame))
    if own:
        path, frame = own[-1]
        snapshot = looked.snapshot(path)
        if isinstance(snapshot, Refusal):
            return snapshot
        place = snapshot, min(frame.line, len(snapshot.lines) - 1)
    else:
        called = looked.called_by(*tests[-1])
        if called is None:
            return looked.leads_nowhere(*tests[-1], failure)
        place = called
    snapshot, line = place
    text = snapshot.line(line)
    span = Range(Position(line, len(text) - len(text.lstrip())), Position(line, len(text.rstrip())))
    finding = Finding(span, f"a test fails: {failure.message}", source=SOURCE, more=more)
    from_disk = looked.open_document(snapshot.uri) is None
    return Culprit(snapshot, (finding,), (failure.name,), frozenset(path for path, _ in tests), from_disk)


def as_it_is_now(culprit: Culprit, project: Project, open_document: Reader) -> Culprit | Refusal:
    """The same place in its file as that is now, moved along with its lines. Reads the disk."""
    before, path = culprit.snapshot, path_of_uri(culprit.snapshot.uri)
    now = open_document(before.uri) if path is None else Files(project, open_document).snapshot(path)
    if now is None or isinstance(now, Refusal):
        return now or Refusal("not_open", "the document is not open any more")
    moved = [moved_finding(one, before, now) for one in culprit.findings]
    findings = tuple(one for one in moved if one is not None)
    if len(findings) < len(moved):
        return Refusal("changed", "the lines of the problem have changed since the test was run; run it again")
    return replace(culprit, snapshot=now, findings=findings, from_disk=open_document(before.uri) is None)


def same_on_disk(snapshot: Snapshot, project: Project) -> bool:
    """Whether the file still holds what was read. Reads the disk."""
    path = path_of_uri(snapshot.uri)
    return path is not None and project.read_for_context(path) == snapshot.text
