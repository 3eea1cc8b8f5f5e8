"""From a failing test's output to the place to mend: the innermost code of the project, or what the test calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caretwise.adapters.project import Project, Refused, path_of_uri, uri_of_path
from caretwise.repair.finding import Finding
from caretwise.repair.traceback import Failure, Frame
from caretwise.repair.verification import Refusal
from caretwise.syntax.functions import definitions
from caretwise.syntax.grammar import parse_text
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_MOST_FILES = 1000
_MOST_NAMES = 12
_SHOWN_LINES = 25
_CALL = re.compile(r"(?:new\s+)?([A-Za-z_]\w*)\s*\(")
_TEST_NAME = re.compile(r"test_.*|.*_test\.\w+|.*\.(?:test|spec)\.\w+|conftest\.py", re.IGNORECASE)
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec"})

Reader = Callable[[str], Snapshot | None]
"""Gives the text of an open document by its URI; None when it is not open."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """Where the failing test is to be mended. `from_disk` when the file is not open in the editor."""

    snapshot: Snapshot
    finding: Finding
    from_disk: bool


def find_culprit(failure: Failure, project: Project, open_document: Reader) -> Culprit | Refusal:
    """The place to mend, with the test's words as its problem. Reads files of the project: not for the event loop."""
    frames = [(path, frame) for frame in failure.frames if (path := _file(frame, project)) is not None]
    if not frames:
        return Refusal("elsewhere", "no place in the test's output lies in the opened folder")
    looked = _Files(project, open_document)
    own = [(path, frame) for path, frame in frames if not is_test(path, project)]
    tests = [(path, frame) for path, frame in frames if is_test(path, project)]
    more = tuple(part for path, frame in tests[-1:] for part in looked.around(path, frame))
    message = f"a test fails: {failure.message}"
    if own:
        path, frame = own[-1]
        snapshot = looked.snapshot(path)
        if isinstance(snapshot, Refusal):
            return snapshot
        line = min(frame.line, len(snapshot.lines) - 1)
        return looked.culprit(snapshot, line, message, more)
    called = looked.called_by(*tests[-1])
    if called is None:
        return Refusal("elsewhere", "the test calls nothing whose code is in the opened folder")
    return looked.culprit(called[0], called[1], message, more)


def is_test(path: Path, project: Project) -> bool:
    """Whether a file holds tests, by its name or its folder's."""
    root = next((one for one in project.folders if path.is_relative_to(one)), path.parent)
    folders = {part.lower() for part in path.relative_to(root).parts[:-1]}
    return _TEST_NAME.fullmatch(path.name) is not None or bool(folders & _TEST_FOLDERS)


def _file(frame: Frame, project: Project) -> Path | None:
    """The file of a frame, if it lies in the project and is none that was installed there."""
    for root in project.folders:
        path = Path(frame.file) if Path(frame.file).is_absolute() else root / frame.file
        if path.is_relative_to(root) and ".." not in path.parts and path.is_file():
            below = path.relative_to(root).parts
            if not {"site-packages", "node_modules", "vendor"} & set(below):
                return path
    return None


@dataclass(frozen=True)
class _Files:
    """The project's files as the editor has them, else as they are on disk; only those that a model may see."""

    project: Project
    open_document: Reader

    def snapshot(self, path: Path) -> Snapshot | Refusal:
        found = self.open_document(uri_of_path(path))
        if found is not None:
            return found
        text = self.project.read_for_context(path)
        if isinstance(text, Refused):
            return Refusal("denied", f"{path.name} may not be sent to a model: {text.reason}")
        # No editor gives a document a negative version: this is the text on disk.
        return Snapshot.of(text, uri=uri_of_path(path), language_id=by_path(path.name).id, version=-1)

    def culprit(self, snapshot: Snapshot, line: int, message: str, more: tuple[str, ...]) -> Culprit:
        text = snapshot.line(line)
        span = Range(Position(line, len(text) - len(text.lstrip())), Position(line, len(text.rstrip())))
        finding = Finding(span, message, source="test", more=more)
        return Culprit(snapshot, finding, self.open_document(snapshot.uri) is None)

    def around(self, path: Path, frame: Frame) -> tuple[str, ...]:
        """The failing line of the test and what stands above it."""
        snapshot = self.snapshot(path)
        if isinstance(snapshot, Refusal):
            return ()
        last = min(frame.line, len(snapshot.lines) - 1)
        first = self._start(snapshot, last)
        shown = "\n".join(snapshot.line(line) for line in range(first, last + 1))
        return (f"The test, up to the line that fails ({path.name}:{last + 1}):", shown)

    def called_by(self, path: Path, frame: Frame) -> tuple[Snapshot, int] | None:
        """Where something is defined that the test calls, best on the line that fails."""
        snapshot = self.snapshot(path)
        if isinstance(snapshot, Refusal):
            return None
        last = min(frame.line, len(snapshot.lines) - 1)
        above = range(last, self._start(snapshot, last), -1)
        names = list(dict.fromkeys(name for line in above for name in _CALL.findall(snapshot.line(line))))[:_MOST_NAMES]
        places = dict(self._definitions(frozenset(names), path)) if names else {}
        return next((places[name] for name in names if name in places), None)

    def _start(self, snapshot: Snapshot, line: int) -> int:
        """The line where the test around a line begins, not too far above it."""
        width = len(snapshot.line(line)) - len(snapshot.line(line).lstrip())
        for above in range(line, max(-1, line - _SHOWN_LINES), -1):
            text = snapshot.line(above)
            if text.strip() and len(text) - len(text.lstrip()) < width:
                return above
        return max(0, line - _SHOWN_LINES)

    def _definitions(self, names: frozenset[str], test: Path) -> Iterator[tuple[str, tuple[Snapshot, int]]]:
        wanted = re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")
        language = by_path(test.name)
        for path in self.project.files(limit=_MOST_FILES, languages={language.id}):
            if is_test(path, self.project):
                continue
            snapshot = self.snapshot(path)
            if isinstance(snapshot, Refusal) or not wanted.search(snapshot.text):
                continue
            parsed = parse_text(snapshot.text, language)
            for one in definitions(parsed) if parsed is not None else ():
                if one.name in names:
                    yield one.name, (snapshot, one.span.start.line)


def same_on_disk(snapshot: Snapshot, project: Project) -> bool:
    """Whether the file still holds what was read. Reads the disk."""
    path = path_of_uri(snapshot.uri)
    return path is not None and project.read_for_context(path) == snapshot.text
