"""A copy of a project in a folder of its own, with holes in it: what was taken out is nowhere on disk to be found."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from caretwise.adapters.project import Project, Refused
from caretwise.bench.holes import LEAST_WITNESS, plain
from caretwise.text.snapshot import split_lines

MOST_FILES = 5_000
"""Files of a project that are copied."""

COPIED = 0.8
"""A file of whose lines so many stand in one other file is a copy of that one."""

_FEW_LINES = 8  # files with fewer lines that say something may well be alike and no copies of each other
_TOLD_BY_NAME = ("go.mod",)  # no source, but what imports mean stands in it


def source_files(project: Project, *, most: int = MOST_FILES) -> dict[str, str]:
    """The text of every file that may be context, by its path in the project's first folder.

    A copy of a file is left out, with other line ends or a few lines changed as well: what is taken out of the one would
    stand in the other.
    """
    root = project.folders[0]
    found: dict[str, str] = {}
    first: dict[str, str] = {}  # the first file that each line stands in
    for path in (*(root / name for name in _TOLD_BY_NAME), *project.files(limit=most)):
        text = project.read_for_context(path)
        if isinstance(text, Refused):
            continue
        lines = {line for one in split_lines(text) if len(line := plain(one)) >= LEAST_WITNESS}
        others = Counter(first[line] for line in lines if line in first)
        if len(lines) >= _FEW_LINES and others and max(others.values()) >= COPIED * len(lines):
            continue
        name = path.relative_to(root).as_posix()
        for line in lines:
            first.setdefault(line, name)
        found[name] = text
    return found


@contextmanager
def shadow(files: Mapping[str, str]) -> Iterator[Path]:
    """Write the files into a new folder that only the user may read; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="caretwise-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8", "replace"))
        yield folder
