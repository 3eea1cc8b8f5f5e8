"""Reads the files that a document imports and those that lie beside it, as far as a model may see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from caretwise.adapters.project import Project, Refused, path_of_uri
from caretwise.context.imports import Import, imports, signatures
from caretwise.context.neighbours import prepare
from caretwise.context.privacy import mask
from caretwise.context.snippet import Source
from caretwise.text.language import Language, by_path, identify, same_family
from caretwise.text.snapshot import Snapshot

_MOST_IMPORTED = 12
_MOST_SIBLINGS = 8
_MOST_CHARACTERS = 60_000


@dataclass(frozen=True, slots=True)
class Read:
    """A text that was read from disk, and from where."""

    path: Path
    source: Source


def read_nearby(project: Project, snapshot: Snapshot) -> tuple[list[tuple[Read, frozenset[str]]], list[Read]]:
    """The files that a document imports, with the names it takes of each, and those that lie beside it. Reads the disk."""
    path = path_of_uri(snapshot.uri)
    root = next((one for one in project.folders if path is not None and path.is_relative_to(one)), None)
    if path is None or root is None:
        return [], []
    own = path.relative_to(root).as_posix()
    language = identify(snapshot.language_id, own)
    imported: list[tuple[Read, frozenset[str]]] = []
    for wanted in imports(snapshot.text, own, language)[:60]:
        source = _first_readable(project, root, wanted)
        if source is not None and len(imported) < _MOST_IMPORTED:
            imported.append((source, wanted.names))
    siblings = list(_read_siblings(project, root, path, language))
    # Everything that costs more than a look-up is done here, in the thread, and kept.
    for read in (*(one for one, _ in imported), *siblings):
        prepare(read.source)
    for read, names in imported:
        signatures(read.source, names)
    return imported, siblings


def _first_readable(project: Project, root: Path, wanted: Import) -> Read | None:
    for candidate in wanted.candidates:
        path = root / candidate
        if path.is_file():
            return _source(project, root, path)
    return None


def _read_siblings(project: Project, root: Path, path: Path, language: Language) -> Iterable[Read]:
    try:
        beside = sorted(one for one in path.parent.iterdir() if one != path)[:200]
    except OSError:
        return
    left = _MOST_SIBLINGS
    for one in beside:
        if left and same_family(by_path(one.name), language) and (source := _source(project, root, one)):
            left -= 1
            yield source


def _source(project: Project, root: Path, path: Path) -> Read | None:
    text = project.read_for_context(path)
    if isinstance(text, Refused):
        return None
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return Read(path, Source(name, masked(text), by_path(name).id))


def masked(text: str) -> str:
    """The first part of a text with secrets masked; masked before it is cut, or a cut key would not be known for one."""
    return mask(text[: _MOST_CHARACTERS + 6000]).text[:_MOST_CHARACTERS]
