"""What `caretwise try` works on: a project that was not made for it, and the lines in it that are typed again."""

from __future__ import annotations

import random
import re
import shutil
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from caretwise.adapters.project import Project, Refused
from caretwise.text.language import PLAIN, by_path
from caretwise.text.snapshot import split_lines, without_end

_PACKAGES = ("email", "http", "json", "logging", "unittest", "urllib")
"""Packages of Python's standard library: code that is on every machine that can run this, written by other people."""

_NAME = re.compile(r"[^\W\d]\w{2,}")
_SEED = 20
_LEAST_REST = 6


@dataclass(frozen=True, slots=True)
class Hole:
    """A line to be typed again: the file, its text, the line's number (from 0), what stands already, what is typed."""

    path: Path
    text: str
    line: int
    given: str
    rest: str


def copy_sample(target: Path) -> Path:
    """Copy the sample project; a copy, because a session must never touch the interpreter's own files."""
    library = Path(sysconfig.get_paths()["stdlib"])
    root = target / "standard-library"
    for name in _PACKAGES:
        source = library / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "test", "tests", "*.pyc"))
    return root


def holes(project: Project, *, most: int) -> list[Hole]:
    """Lines from different files, drawn with a fixed seed: the same project gives the same lines."""
    files = [
        path for path in project.files(limit=2000) if by_path(path.name).id != PLAIN.id and by_path(path.name).grammar
    ]
    draw = random.Random(_SEED)  # noqa: S311 - a shuffle for a demonstration
    draw.shuffle(files)
    found: list[Hole] = []
    for path in files:
        text = project.read_for_context(path)
        if isinstance(text, Refused):
            continue
        candidates = list(_candidates(path, text))
        found += draw.sample(candidates, min(2, len(candidates)))
        if len(found) >= most:
            break
    return found[:most]


def _candidates(path: Path, text: str) -> Iterator[Hole]:
    comment = by_path(path.name).line_comment
    lines = split_lines(text)
    for number, line in enumerate(map(without_end, lines)):
        code = line.strip()
        if (
            number < len(lines) // 3
            or len(code) < 16
            or len(code) > 90
            or code.startswith(("import ", "from ", "@", '"', "'"))
        ):
            continue
        if comment and comment in code:
            continue
        cut = _cut(line)
        if cut is not None:
            yield Hole(path, text, number, line[:cut], line[cut:])


def _cut(line: str) -> int | None:
    """A place after the line's first name or opener, with enough left to be worth suggesting."""
    for match in re.finditer(r"[\s(.=]", line.rstrip()):
        at = match.end()
        if len(line[:at].strip()) >= 6 and len(line) - at >= _LEAST_REST and _NAME.search(line[at:]):
            return at
    return None


def broken_line(texts: Sequence[tuple[Path, str]]) -> tuple[Path, str, int, str] | None:
    """A line whose loss of a colon breaks a file: path, broken text, line number, the line as it was."""
    for path, text in texts:
        if by_path(path.name).id != "python":
            continue
        lines = split_lines(text)
        for number in range(len(lines) // 2, len(lines)):
            line = without_end(lines[number])
            if re.match(r"\s+(if|for|while|def) .{8,60}:$", line):
                broken = [*lines]
                broken[number] = line[:-1] + lines[number][len(line) :]
                return path, "".join(broken), number, line
    return None
