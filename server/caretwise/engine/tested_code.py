"""The project's files on the way from a failing test to the code that it tests: what a test shows, and what it calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from caretwise.adapters.project import Project, Refused, uri_of_path
from caretwise.engine.frame_files import is_test
from caretwise.repair.traceback import Failure, Frame
from caretwise.repair.verification import Refusal
from caretwise.syntax.functions import Definition, definitions
from caretwise.syntax.grammar import parse_text
from caretwise.text.language import Language, by_path
from caretwise.text.snapshot import Snapshot

_MOST_FILES = 1000
_MOST_NAMES = 12
_SHOWN_LINES = 25
_CALL = re.compile(r"(?:new\s+)?([A-Za-z_]\w*)\s*\(")
_RUST_TESTS = re.compile(r"\s*#\[(?:cfg\(test\)|(?:\w+::)*test\b)")
_NOT_LOADED = re.compile(
    r"(?:\w+\.)*(?:Import|ModuleNotFound|Syntax|Indentation|Tab)Error\b|Cannot find module|.*\bSyntaxError: "
)

Reader = Callable[[str], Snapshot | None]
"""Gives the text of an open document by its URI; None when it is not open."""


@dataclass(frozen=True, slots=True)
class _Defined:
    """Where something is defined that a test calls, with the names of its file and of the classes that it stands in."""

    snapshot: Snapshot
    definition: Definition
    owners: frozenset[str]

    def likely(self, words: frozenset[str], line: Sequence[str]) -> tuple[bool, int, int]:
        """Of more weight is what is no class, stands in what the test's `words` name, and comes first on the `line`."""
        return self.definition.kind != "class", len(self.owners & words), -line.index(self.definition.name)


@dataclass(frozen=True)
class Files:
    """The project's files as the editor has them, else as they are on disk; only those that a model may see."""

    project: Project
    open_document: Reader
    _known: dict[Path, Snapshot | Refusal] = field(default_factory=dict[Path, "Snapshot | Refusal"])
    _code: dict[str, tuple[Path, ...]] = field(default_factory=dict[str, tuple[Path, ...]])
    _parts: dict[Path, tuple[Definition, ...]] = field(default_factory=dict[Path, tuple[Definition, ...]])

    def snapshot(self, path: Path) -> Snapshot | Refusal:
        """The text of a file; of several tests that lead to it all see the same."""
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path]

    def _read(self, path: Path) -> Snapshot | Refusal:
        found = self.open_document(uri_of_path(path))
        if found is not None:
            return found
        text = self.project.read_for_context(path)
        if isinstance(text, Refused):
            return Refusal("denied", f"{path.name} may not be sent to a model: {text.reason}")
        # No editor gives a document a negative version: this is the text on disk.
        return Snapshot.of(text, uri=uri_of_path(path), language_id=by_path(path.name).id, version=-1)

    def in_test(self, path: Path, frame: Frame) -> bool:
        """Whether a frame lies in a test: by its file, or in a file with other code by what stands around it."""
        if frame.line < 0 or is_test(path, self.project):
            return True
        snapshot = self.snapshot(path) if path.suffix in {".rs", ".py"} else None
        if not isinstance(snapshot, Snapshot):
            return False
        if path.suffix == ".rs":
            return frame.line > _first_test_line(snapshot)
        return any(one.name.startswith("test_") for one in self._functions(snapshot) if _holds(one, frame.line))

    def leads_nowhere(self, path: Path, frame: Frame, failure: Failure) -> Refusal:
        """Why a test leads to no place to mend."""
        if frame.line < 0 and not frame.function:
            return Refusal(
                "no_place", f"{failure.message}, and the output does not say why: run it with its tracebacks"
            )
        if frame.line < 0 and not self._named(path, frame.function):
            return Refusal("elsewhere", f"{path.name} holds no {frame.function}")
        if _NOT_LOADED.match(failure.message):
            return Refusal("test_itself", f"{path.name} cannot be loaded itself: {failure.message}")
        return Refusal("elsewhere", "the test calls nothing whose code is in the opened folder")

    def _named(self, path: Path, function: str) -> bool:
        snapshot = self.snapshot(path)
        return isinstance(snapshot, Snapshot) and any(one.name == function for one in self._functions(snapshot))

    def _functions(self, snapshot: Snapshot) -> list[Definition]:
        """The functions with names, outermost first."""
        parsed = parse_text(snapshot.text, by_path(snapshot.uri))
        return [one for one in definitions(parsed) if one.name and one.kind == "function"] if parsed is not None else []

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
        # The line where the test begins holds its own name, and all of a test of one line.
        lines = [_CALL.findall(snapshot.line(line)) for line in range(last, min(first, last - 1), -1)]
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
        named = self._functions(snapshot)
        if frame.line < 0:
            last = next((one.span.end.line for one in reversed(named) if one.name == frame.function), 0)
        else:
            last = min(frame.line, len(snapshot.lines) - 1)
        around = (one.span.start.line for one in named if _holds(one, last))
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
        for path in self._code_files(language):
            snapshot = self.snapshot(path)
            if isinstance(snapshot, Refusal) or not wanted.search(snapshot.text):
                continue
            there = self._defined_in(path, snapshot, language)
            tests = _first_test_line(snapshot) if path.suffix == ".rs" else len(snapshot.lines)
            for one in there:
                if one.name in names and one.span.start.line < tests and not one.name.startswith("test_"):
                    around = (other for other in there if other is not one and other.kind == "class")
                    classes = {other.name for other in around if other.span.start <= one.span.start < other.span.end}
                    yield _Defined(snapshot, one, frozenset({path.stem, *classes}))

    def _code_files(self, language: Language) -> tuple[Path, ...]:
        """The project's files in a language that hold no tests."""
        if language.id not in self._code:
            found = self.project.files(limit=_MOST_FILES, languages={language.id})
            self._code[language.id] = tuple(path for path in found if not is_test(path, self.project))
        return self._code[language.id]

    def _defined_in(self, path: Path, snapshot: Snapshot, language: Language) -> tuple[Definition, ...]:
        if path not in self._parts:
            parsed = parse_text(snapshot.text, language)
            self._parts[path] = tuple(definitions(parsed)) if parsed is not None else ()
        return self._parts[path]


def _holds(one: Definition, line: int) -> bool:
    return one.span.start.line <= line <= one.span.end.line


def _first_test_line(snapshot: Snapshot) -> int:
    """Where the tests begin in a file of Rust that holds other code too; behind its end when it holds none."""
    lines = (snapshot.line(number) for number in range(len(snapshot.lines)))
    return next((number for number, line in enumerate(lines) if _RUST_TESTS.match(line)), len(snapshot.lines))
