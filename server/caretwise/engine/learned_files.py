"""What the embedded engine has learned of the files on disk, and which of them it should know.

Everything in `LearnedFiles` happens on the engine's thread. A file that the editor has open counts as it is there, from
when it is closed on as it is on disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from pathlib import Path

from caretwise.adapters.learned_index import LearnedIndex, Mark, mark_of
from caretwise.adapters.project import Project, Refused, path_of_uri, uri_of_path
from caretwise.context.privacy import CONTEXT_IGNORE_FILES, IGNORE_FILES
from caretwise.local.predict import Embedded
from caretwise.text.language import Language, by_path, family_of
from caretwise.text.snapshot import Snapshot, split_lines

MOST_FILES = 2_000
"""Files that are learned."""
MOST_SEEN = 10_000
"""Files among which those are chosen."""
DATA = frozenset({"plaintext", "markdown", "json", "html", "css", "yaml", "toml"})
"""Languages that come after code where not all files can be learned."""
DATA_LINES = 2_000
"""Lines that are learned of a closed file of these."""
MADE_BYTES, MADE_LINE = 20_000, 300
"""A file of more characters whose lines are longer than that on average was written by a program for a program."""

_RULES = frozenset(Path(name).name for name in (*IGNORE_FILES, *CONTEXT_IGNORE_FILES))

OpenIndex = Callable[[Sequence[Path]], LearnedIndex | None]
"""Opens what was kept of the project with these folders. Called on the engine's thread."""


class LearnedFiles:
    """The files of the project that are learned, and the kept index."""

    def __init__(self, model: Embedded, held: Collection[str], open_index: OpenIndex | None) -> None:
        """`held` are the keys of documents that are open or denied, as they are at any time: these are not read."""
        self._model, self._held, self._open_index = model, held, open_index
        self._index: LearnedIndex | None = None
        # Of closed documents that are learned; None: as they were in the editor.
        self._marks: dict[str, Mark | None] = {}
        self.withdrawn = 0
        """How often something was dropped or replaced: what was written before may rest on what must not be known now."""

    def look_through(self, project: Project, wanted: Sequence[Path], seen: Sequence[Path], *, only: bool) -> list[Path]:
        """Drop what may not be known (any more); the files of `wanted` that are to be learned, none with `only`.

        `seen` are all files that the rules allow.
        """
        if not only and self._open_index is not None and self._index is None:
            self._index = self._open_index(project.folders)
        keys = {key_of_path(path): path for path in wanted}
        allowed = keys.keys() | {key_of_path(path) for path in seen}
        if self._index is not None:
            self._index.keep_only(allowed)
        for key in self._marks.keys() - keys.keys():
            if self._marks[key] is not None or not project.verdict_for_document(key).allowed:
                self._forget_here(key)
        return [] if only else [path for key, path in keys.items() if not self._is_known(key, mark_of(path))]

    def concerned(self, project: Project, paths: Sequence[Path]) -> list[Path] | None:
        """Those of changed paths that matter; None when only a look through the whole project tells what has changed."""
        matter: list[Path] = []
        for path in paths:
            key = key_of_path(path)
            if path.name in _RULES or path.is_dir() or any(one.startswith(f"{key}/") for one in self._marks):
                return None
            if key not in self._held and (key in self._marks or project.lists(path)):
                matter.append(path)
        return matter

    def take(self, project: Project, path: Path) -> None:
        """A file may be new, changed, denied or gone: know it as it is now."""
        key = key_of_path(path)
        if key in self._held:  # opened, or denied, meanwhile
            return
        mark = mark_of(path)  # before it is read: what changes in between is learned anew next time
        if not project.lists(path) or not project.verdict_for_context(path).allowed:
            self.forget(key)
            return
        if self._is_known(key, mark) or (self._model.full and key not in self._model):
            return
        self.withdrawn += key in self._marks
        language = by_path(path.name)
        kept = self._index.find(key, mark) if self._index is not None and mark is not None else None
        if kept is not None:
            self._model.restore(key, kept, language)
            self._marks[key] = mark
            return
        text = project.read_for_context(path)
        if isinstance(text, Refused) or _is_made(text):
            self.forget(key)
            return
        kept = self._model.learn(key, _start(text, language), language)
        self._marks[key] = mark
        if kept is not None and mark is not None and self._index is not None:
            self._index.keep(key, mark, kept)

    def opened(self, key: str, snapshot: Snapshot, language: Language) -> None:
        """A document is as in the editor from now on."""
        self._model.learn(key, snapshot.text, language, open_document=True)
        self._marks.pop(key, None)

    def closed(self, key: str, project: Project | None) -> None:
        """A document was closed: what is on disk counts again, where there is a file of the project. Else it stays known."""
        if not self._model.close(key):
            return
        self._marks[key] = None
        path = path_of_uri(key)
        if project is not None and path is not None and (project.lists(path) or not path.exists()):
            del self._marks[key]
            self.take(project, path)

    def forget(self, key: str) -> None:
        """A document must not be known, nor kept."""
        self._forget_here(key)
        if self._index is not None:
            self._index.forget(key)

    def close(self) -> None:
        """Write what is waiting to the kept index."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _forget_here(self, key: str) -> None:
        self.withdrawn += key in self._model
        self._model.forget(key)
        self._marks.pop(key, None)

    def _is_known(self, key: str, mark: Mark | None) -> bool:
        return key in self._marks and self._marks[key] in (mark, None) and key in self._model


def key_of_path(path: Path) -> str:
    """What a file is called, however it was come by: the address of where links lead."""
    return uri_of_path(Path(os.path.normcase(os.path.realpath(path))))


def key_of_uri(uri: str) -> str:
    """The same for an address from an editor: each encodes another set of characters. Of no file it stays as it is."""
    path = path_of_uri(uri)
    return uri if path is None else key_of_path(path)


def chosen(seen: Sequence[Path], opened: Sequence[Path]) -> list[Path]:
    """The files to learn, the most useful first: in the languages of open documents, then code, and what lies near them."""
    families = {family_of(by_path(path.name)) for path in opened}
    folders = {path.parent.parts for path in opened}
    steps: dict[Path, int] = {}

    def order(path: Path) -> tuple[int, int]:
        language, folder = by_path(path.name), path.parent
        if folder not in steps:
            steps[folder] = min((_steps(folder.parts, other) for other in folders), default=0)
        return 0 if family_of(language) in families else 2 if language.id in DATA else 1, steps[folder]

    return list(islice(sorted(seen, key=order), MOST_FILES))


def _steps(one: Sequence[str], two: Sequence[str]) -> int:
    """How many steps it is from one folder to another."""
    shared = 0
    for here, there in zip(one, two, strict=False):
        if here != there:
            break
        shared += 1
    return len(one) + len(two) - 2 * shared


def _is_made(text: str) -> bool:
    return len(text) > MADE_BYTES and len(text) > MADE_LINE * (text.count("\n") + 1)


def _start(text: str, language: Language) -> str:
    return "".join(split_lines(text)[:DATA_LINES]) if language.id in DATA else text
