"""The process that holds the index of a workspace: reads its files, takes in changes, answers questions.

Started by `adapters/index.py`. One JSON object a line on stdin and stdout; it ends with its input, so that it never outlives
the server. Every file is read through `adapters/project.py`: what may not be context is not in the index.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from caretwise.adapters.index_store import IndexStore
from caretwise.adapters.project import Project, Refused
from caretwise.context.masking import masked_alone
from caretwise.context.place import place_of
from caretwise.context.privacy import by_line, mask
from caretwise.context.related import related
from caretwise.context.snippet import Snippet
from caretwise.context.symbols import words
from caretwise.text.language import by_id, by_path, family_of
from caretwise.text.snapshot import split_lines

MOST_FILES = 2_000
"""Files that are indexed."""
MOST_TEXT = 64 << 20
"""Characters that are indexed, of all files together."""
NICENESS = 5
_LEFT_OUT = frozenset({"plaintext", "markdown", "json", "html", "css", "scss", "less"})
_MOST_WALKED, _WALKED_AT_ONCE = 6_000, 100
_SOURCES, _OUTPUTS = frozenset({".ts", ".tsx", ".mts", ".cts"}), frozenset({".js", ".mjs", ".cjs"})
_MASKED_FILES = 300
_COUNTED_AT_ONCE = 10
_MARGIN = 6_000


def index_name(path: Path, folders: tuple[Path, ...]) -> str:
    """What a file is called in the index: relative to its folder; with the folder's name where there are several."""
    for folder in folders:
        if path.is_relative_to(folder):
            below = path.relative_to(folder).as_posix()
            return f"{folder.name}/{below}" if len(folders) > 1 else below
    return ""


def written(paths: Sequence[Path]) -> list[Path]:
    """The files without what a compiler made of others: `a/b.js` and `a/b.d.ts` where there is a `src/a/b.ts`."""
    sources = {(path.parent.name, path.stem) for path in paths if path.suffix in _SOURCES and not _made(path)}
    return [path for path in paths if not (_made(path) and (path.parent.name, path.name.partition(".")[0]) in sources)]


def _made(path: Path) -> bool:
    return path.suffix in _OUTPUTS or path.stem.endswith(".d")


class Worker:
    """The index of one workspace, and what it is asked."""

    def __init__(self) -> None:
        self._project = Project([])
        self._store = IndexStore()
        self._open: set[str] = set()
        """Names of the documents that the editor has open: their text is what the editor says."""
        self._walk: Iterator[Path] = iter(())
        self._waiting: list[Path] | None = []
        """Files that are still to be read, the next one last; None while the folders are being looked through."""
        self._found: list[Path] = []
        self._read = 0
        """Characters of the files that were read and are held, of each in `_sizes`."""
        self._sizes: dict[str, int] = {}
        self._whole: set[str] = set()
        """Names of files in which a secret may take several lines."""
        self._masked: OrderedDict[str, list[str]] = OrderedDict()
        """The lines of such files, masked."""
        self._uncounted: dict[str, list[str]] = {}
        """Words of the open documents, which the next searches will want to know the number of, by document."""

    # -- messages --------------------------------------------------------------------------------------------------

    def take(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a message says; the answer, where it wants one."""
        match message:
            case {"do": "workspace", "folders": folders, "deny": deny}:
                self._project = Project([Path(folder) for folder in folders], extra_deny=deny)
                self._store, self._read, self._sizes = IndexStore(), 0, {}
                self._masked.clear()
                self._whole.clear()
                self._walk = self._project.files(limit=_MOST_WALKED)
                self._waiting, self._found = None, []
            case {"do": "put", "path": path, "text": text, "language": language}:
                self._open.add(path)
                self._put(path, text, language)
                self._uncounted[path] = list(dict.fromkeys(words(text)))
            case {"do": "closed", "path": path, "file": file}:
                self._open.discard(path)
                self._uncounted.pop(path, None)
                self._read_file(Path(file))
            case {"do": "changed", "files": files}:
                for file in files:
                    self._read_file(Path(file))
            case {"do": "find", "id": number, "path": path, "language": language, "place": given}:
                found = self._find(path, language, given, around=message.get("around", True))
                return {"id": number, **found}
            case _:
                pass
        return None

    def build(self) -> bool:
        """Look a little further, or read one more file; whether there is more to do."""
        if self._waiting is None:
            some = list(islice(self._walk, _WALKED_AT_ONCE))
            self._found += some
            if len(some) < _WALKED_AT_ONCE:
                self._waiting = written(self._found)[:MOST_FILES][::-1]
            return True
        if not self._waiting:
            return False
        path = self._waiting.pop()
        if index_name(path, self._project.folders) not in self._open:
            self._read_file(path)
        return True

    def look_ahead(self) -> bool:
        """Do a little of what the next question would have to wait for; whether there is more to do."""
        if not self._uncounted:
            return False
        name, words_of = next(iter(self._uncounted.items()))
        self._store.count(words_of[-_COUNTED_AT_ONCE:])
        del words_of[-_COUNTED_AT_ONCE:]
        if not words_of:
            del self._uncounted[name]
            self._store.origins(name)
        return bool(self._uncounted)

    # -- files -----------------------------------------------------------------------------------------------------

    def _put(self, name: str, text: str, language_id: str) -> None:
        self._masked.pop(name, None)
        self._whole.discard(name)
        if not by_line(text):
            self._whole.add(name)
        self._store.put(name, text, language_id)

    def _read_file(self, path: Path) -> None:
        name = index_name(path, self._project.folders)
        if not name or name in self._open:
            return
        language = by_path(path.name)
        text = self._project.read_for_context(path) if language.id not in _LEFT_OUT else Refused("it is no code")
        self._read -= self._sizes.pop(name, 0)  # a file that is written again and again counts once
        if isinstance(text, Refused) or (self._read + len(text) > MOST_TEXT and name not in self._store):
            self._masked.pop(name, None)
            self._store.remove(name)
            return
        self._sizes[name] = len(text)
        self._read += len(text)
        self._put(name, text, language.id)

    # -- questions -------------------------------------------------------------------------------------------------

    def _find(self, path: str, language_id: str, given: dict[str, Any], *, around: bool) -> dict[str, Any]:
        family = family_of(by_id(language_id))
        opened, place = frozenset(self._open), place_of(given)
        found = related(self._store, path, family, place, self._without_secrets, opened, around=around)
        return {"here": [_row(one) for one in found.here], "around": [_row(one) for one in found.around]}

    def _without_secrets(self, name: str, line: int, text: str) -> str:
        """A piece of a file with its secrets masked, where one may take several lines together with what stands around it."""
        if name not in self._whole:
            return masked_alone(text)
        count = text.count("\n") + (not text.endswith("\n"))
        lines = self._masked.get(name)
        if lines is None:
            above, below = self._store.beside(name, line, count, _MARGIN)
            if len(above) >= _MARGIN or len(below) >= _MARGIN:  # a large file is not masked as a whole for one piece
                return mask(above + text + below).text[len(above) : len(above) + len(text)]
            whole = self._store.text(name)
            lines = split_lines(mask(whole).text)
            self._masked[name] = lines
            if len(self._masked) > _MASKED_FILES:
                self._masked.popitem(last=False)
        return "".join(lines[line : line + count])


def _row(one: Snippet) -> list[Any]:
    return [one.path, one.first_line, one.text, one.kind, one.score, one.head]


def _messages(source: BinaryIO, into: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in source:
        with contextlib.suppress(ValueError):
            into.put(json.loads(line))
    into.put(None)


def _pending(waiting: queue.SimpleQueue[dict[str, Any] | None], *, block: bool) -> list[dict[str, Any] | None]:
    """The messages that have come in; of questions about one file only the newest, for nobody waits for the others."""
    found: list[dict[str, Any] | None] = []
    with contextlib.suppress(queue.Empty):
        found.append(waiting.get(block=block))
        while True:
            found.append(waiting.get_nowait())
    newest = {
        message["path"]: message["id"] for message in found if message is not None and message.get("do") == "find"
    }
    return [
        message
        for message in found
        if message is None or message.get("do") != "find" or newest[message["path"]] == message["id"]
    ]


def main() -> None:
    """Serve until the input ends."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_messages, args=(source, waiting), daemon=True).start()
    worker, busy, more = Worker(), False, False
    while True:
        for message in _pending(waiting, block=not (busy or more)):
            if message is None:
                return
            busy = busy or message.get("do") == "workspace"
            answer = worker.take(message)
            if answer is not None:
                _say(sink, answer)
        if busy and not worker.build():
            busy = False
            _say(sink, {"ready": True})
        more = not busy and worker.look_ahead()


def _say(sink: BinaryIO, answer: dict[str, Any]) -> None:
    sink.write(json.dumps(answer).encode() + b"\n")
    sink.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
