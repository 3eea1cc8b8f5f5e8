"""A copy of a project in a folder of its own, with holes in it: what was taken out is nowhere on disk to be found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from caretwise.adapters.project import Project, Refused

MOST_FILES = 5_000
"""Files of a project that are copied."""

_SMALL = 200  # characters; two files as short as that may well be the same and no copy of each other
_TOLD_BY_NAME = ("go.mod",)  # no source, but what imports mean stands in it


def source_files(project: Project, *, most: int = MOST_FILES) -> dict[str, str]:
    """The text of every file that may be context, by its path in the project's first folder.

    A second file with the very same text is left out: what is taken out of the one would stand in the other.
    """
    root = project.folders[0]
    found: dict[str, str] = {}
    known: set[str] = set()
    for path in (*(root / name for name in _TOLD_BY_NAME), *project.files(limit=most)):
        text = project.read_for_context(path)
        if isinstance(text, Refused) or (len(text) > _SMALL and text in known):
            continue
        known.add(text)
        found[path.relative_to(root).as_posix()] = text
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
