"""Where the files of a failing test's output lie in the project, and which of them hold tests."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from caretwise.adapters.project import Project
from caretwise.repair.traceback import Frame
from caretwise.repair.verification import Refusal
from caretwise.text.language import by_path

_MOST_NAMED = 20_000
"""Files whose names are looked at for one that the output names by an end of its path."""
_TEST_NAME = re.compile(r"test_.*|.*_test\.\w+|.*\.(?:test|spec)\.\w+|conftest\.py", re.IGNORECASE)
_JAVA_TEST = re.compile(r"Test[A-Z]\w*\.java|\w*[a-z0-9_](?:Tests?|TestCase|IT)\.java")
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec"})


def is_test(path: Path, project: Project) -> bool:
    """Whether a file holds tests, by its name or its folder's."""
    root = next((one for one in project.folders if path.is_relative_to(one)), path.parent)
    folders = {part.lower() for part in path.relative_to(root).parts[:-1]}
    named = _TEST_NAME.fullmatch(path.name) or _JAVA_TEST.fullmatch(path.name)
    return named is not None or bool(folders & _TEST_FOLDERS)


def placed(frames: Sequence[Frame], project: Project) -> list[tuple[Path, Frame]] | Refusal:
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
