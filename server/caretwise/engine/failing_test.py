"""From a failing test's output to the place to mend: the innermost code of the project, or what the test calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from caretwise.adapters.project import Project, Refused, path_of_uri, uri_of_path
from caretwise.repair.finding import Finding
from caretwise.repair.traceback import Failure, Frame
from caretwise.repair.verification import Refusal
from caretwise.syntax.functions import Definition, definitions
from caretwise.syntax.grammar import parse_text
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_MOST_FILES = 1000
_MOST_NAMED = 20_000
"""Files whose names are looked at for one that the output names by an end of its path."""
_MOST_NAMES = 12
_SHOWN_LINES = 25
_CALL = re.compile(r"(?:new\s+)?([A-Za-z_]\w*)\s*\(")
_TEST_NAME = re.compile(r"test_.*|.*_test\.\w+|.*\.(?:test|spec)\.\w+|conftest\.py", re.IGNORECASE)
_JAVA_TEST = re.compile(r"Test[A-Z]\w*\.java|\w*[a-z0-9_](?:Tests?|TestCase|IT)\.java")
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec"})

Reader = Callable[[str], Snapshot | None]
"""Gives the text of an open document by its URI; None when it is not open."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """Where the failing test is to be mended. `from_disk` when the file is not open in the editor."""

    snapshot: Snapshot
    finding: Finding
    from_disk: bool


@dataclass(frozen=True, slots=True)
class _Defined:
    """Where something is defined that a test calls, with the names of its file and of the classes that it stands in."""

    snapshot: Snapshot
    definition: Definition
    owners: frozenset[str]

    def likely(self, words: frozenset[str], line: Sequence[str]) -> tuple[bool, int, int]:
        """Of more weight is what is no class, stands in what the test's `words` name, and comes first on the `line`."""
        return self.definition.kind != "class", len(self.owners & words), -line.index(self.definition.name)


def find_culprit(failure: Failure, project: Project, open_document: Reader) -> Culprit | Refusal:
    """The place to mend, with the test's words as its problem. Reads files of the project: not for the event loop."""
    looked = _Files(project, open_document)
    found = _placed(failure.frames, project)
    if isinstance(found, Refusal):
        return found
    own = [(path, frame) for path, frame in found if frame.line >= 0 and not is_test(path, project)]
    tests = [(path, frame) for path, frame in found if frame.line < 0 or is_test(path, project)]
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
    named = _TEST_NAME.fullmatch(path.name) or _JAVA_TEST.fullmatch(path.name)
    return named is not None or bool(folders & _TEST_FOLDERS)


def _placed(frames: Sequence[Frame], project: Project) -> list[tuple[Path, Frame]] | Refusal:
    """The frames that lie in the project, each with its file.

    Java names a file by its package, Go by its name alone, and a test run in a folder below by its path from there: when
    no file is where it says, the one whose path ends in it is meant.
    """
    found = [_file(frame, project) for frame in frames]
    unknown = {one.file for one, path in zip(frames, found, strict=True) if path is None and _may_end_a_path(one.file)}
    ends = _by_ends(unknown, project) if unknown else {}
    several = next((one.file for one in frames if len(ends.get(one.file, ())) > 1), "")
    by_end = {end: paths[0] for end, paths in ends.items() if len(paths) == 1}
    placed = [(path or by_end.get(one.file), one) for one, path in zip(frames, found, strict=True)]
    known = [(path, one) for path, one in placed if path is not None]
    if not known and several:
        return Refusal("ambiguous", f"more than one file of the opened folder is called {several}")
    return known or Refusal("elsewhere", "no place in the test's output lies in the opened folder")


def _may_end_a_path(file: str) -> bool:
    return not Path(file).is_absolute() and ".." not in Path(file).parts


def _by_ends(ends: Collection[str], project: Project) -> dict[str, list[Path]]:
    """The project's files by the end of their paths that was asked for."""
    wanted = {end: Path(end).parts for end in ends}
    found: dict[str, list[Path]] = {}
    for path in project.files(limit=_MOST_NAMED, languages={by_path(end).id for end in ends}):
        for end, parts in wanted.items():
            if path.parts[-len(parts) :] == parts:
                found.setdefault(end, []).append(path)
    return found


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
        """The failing line of the test and what stands above it; all of a test of which no line is named."""
        snapshot = self.snapshot(path)
        if isinstance(snapshot, Refusal):
            return ()
        first, last = self._extent(snapshot, frame)
        shown = "\n".join(snapshot.line(line) for line in range(first, last + 1))
        which = "up to the line that fails" if frame.line >= 0 else "of which some line fails"
        return (f"The test, {which} ({path.name}:{last + 1}):", shown)

    def called_by(self, path: Path, frame: Frame) -> tuple[Snapshot, int] | None:
        """Where something is defined that the test calls, best on the line that fails."""
        snapshot = self.snapshot(path)
        if isinstance(snapshot, Refusal):
            return None
        first, last = self._extent(snapshot, frame)
        lines = [_CALL.findall(snapshot.line(line)) for line in range(last, first, -1)]
        names = frozenset(list(dict.fromkeys(name for line in lines for name in line))[:_MOST_NAMES])
        found = list(self._definitions(names, path)) if names else []
        words = frozenset(re.findall(r"\w+", snapshot.text))
        for line in lines:
            here = [one for one in found if one.definition.name in line]
            if here:
                best = max(here, key=lambda one: one.likely(words, line))
                return best.snapshot, best.definition.span.start.line
        return None

    def _extent(self, snapshot: Snapshot, frame: Frame) -> tuple[int, int]:
        """The first line of the test around a frame, not too far above it, and the last one that counts."""
        parsed = parse_text(snapshot.text, by_path(snapshot.uri))
        named = (
            [one for one in definitions(parsed) if one.name and one.kind == "function"] if parsed is not None else []
        )
        if frame.line < 0:
            last = next((one.span.end.line for one in reversed(named) if one.name == frame.function), 0)
        else:
            last = min(frame.line, len(snapshot.lines) - 1)
        around = (one.span.start.line for one in named if one.span.start.line <= last <= one.span.end.line)
        first = next(around, None)
        return max(self._above(snapshot, last) if first is None else first, last - _SHOWN_LINES, 0), last

    def _above(self, snapshot: Snapshot, line: int) -> int:
        """The nearest line above that stands further out."""
        width = len(snapshot.line(line)) - len(snapshot.line(line).lstrip())
        for above in range(line, max(-1, line - _SHOWN_LINES), -1):
            text = snapshot.line(above)
            if text.strip() and len(text) - len(text.lstrip()) < width:
                return above
        return 0

    def _definitions(self, names: frozenset[str], test: Path) -> Iterator[_Defined]:
        wanted = re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")
        language = by_path(test.name)
        for path in self.project.files(limit=_MOST_FILES, languages={language.id}):
            if is_test(path, self.project):
                continue
            snapshot = self.snapshot(path)
            if isinstance(snapshot, Refusal) or not wanted.search(snapshot.text):
                continue
            parsed = parse_text(snapshot.text, language)
            there = definitions(parsed) if parsed is not None else ()
            for one in there:
                if one.name in names:
                    around = (other for other in there if other is not one and other.kind == "class")
                    classes = {other.name for other in around if other.span.start <= one.span.start < other.span.end}
                    yield _Defined(snapshot, one, frozenset({path.stem, *classes}))


def same_on_disk(snapshot: Snapshot, project: Project) -> bool:
    """Whether the file still holds what was read. Reads the disk."""
    path = path_of_uri(snapshot.uri)
    return path is not None and project.read_for_context(path) == snapshot.text
