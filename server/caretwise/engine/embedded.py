"""The embedded engine at work: it learns the project in a thread of its own and answers from there.

One thread does everything, so that an answer waits for one file being learned at the most and the event loop for none.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from caretwise.adapters.learned_index import LearnedIndex, Mark, mark_of
from caretwise.adapters.project import Project, Refused, uri_of_path
from caretwise.local.predict import Embedded, Prediction
from caretwise.text.language import Language, by_path, identify
from caretwise.text.snapshot import Snapshot

MOST_FILES = 2000
SWITCH_SECONDS = 0.001
"""How soon the learning thread makes way for the event loop's (Python's own 5 ms are felt while typing)."""
_UNKNOWN = -2

OpenIndex = Callable[[Sequence[Path]], LearnedIndex | None]
"""Opens what was kept of the project with these folders. Called on the engine's thread."""


class EmbeddedEngine:
    """Learns from the open project; sends nothing anywhere."""

    def __init__(self, open_index: OpenIndex | None = None) -> None:
        """Nothing is learned yet. Without `open_index` nothing is kept between sessions."""
        self._model = Embedded()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded")
        self._versions: dict[str, int] = {}
        # Of closed documents that are learned; None: as they were in the editor.
        self._marks: dict[str, Mark | None] = {}
        self._learning: asyncio.Task[None] | None = None
        self._open_index = open_index
        self._index: LearnedIndex | None = None
        self._closed = False
        self._walk: object = None
        """Stands for the newest walk through the project's files."""

    def learn_project(self, project: Project, *, sweep_only: bool = False) -> None:
        """Begin to learn the project's files in the background, one at a time.

        Called again (rules have changed) it forgets what may not be learned from any more, and goes on with the rest; not
        so with `sweep_only` (a model answers), which stops at that.
        """
        if self._closed:
            return
        if self._learning is not None:
            self._learning.cancel()
        self._learning = asyncio.get_running_loop().create_task(self._learn_all(project, sweep_only))

    async def learned(self) -> None:
        """Wait until the project is learned (the command line does; an editor's request never does)."""
        while self._learning is not None and not self._learning.done():
            await asyncio.wait([self._learning])
        if self._learning is not None and not self._learning.cancelled():
            self._learning.result()

    async def _learn_all(self, project: Project, sweep_only: bool) -> None:
        loop = asyncio.get_running_loop()
        walk = self._walk = object()

        def unwanted() -> bool:
            return self._closed or self._walk is not walk

        # On a large or a slow disk the walk takes long: it goes no further when it is not wanted any more.
        files = await loop.run_in_executor(None, lambda: list(project.files(limit=MOST_FILES, unwanted=unwanted)))
        await self._do(self._sweep if sweep_only else self._open, project, files)
        if sweep_only:
            return
        usual = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            for path in files:
                await self._do(self._learn_file, project, path)
        finally:
            sys.setswitchinterval(usual)

    def opened(self, snapshot: Snapshot, language: Language) -> None:
        """A document was opened or saved: learn it as it is now."""
        self._versions[snapshot.uri] = snapshot.version
        self._submit(self._learn_open, snapshot, language)

    def forget(self, uri: str) -> None:
        """A document must not be learned from (any more)."""
        self._versions[uri] = 0
        self._submit(self._forget, uri)

    def closed(self, uri: str) -> None:
        """A document was closed; what was learned of it stays."""
        self._versions.pop(uri, None)
        self._submit(self._close_document, uri)

    async def complete(
        self, snapshot: Snapshot, prefix: str, suffix: str, language_id: str, *, multiline: bool
    ) -> Prediction | None:
        """A prediction for a place, or None when unsure. What was typed since the last time is learned first.

        `prefix` and `suffix` are what stands before and after the cursor, with `\\n` as line ends; both may be cut.
        """
        if self._closed:
            return None
        language = identify(language_id, snapshot.uri)

        def predict() -> Prediction | None:
            if self._closed:
                return None
            self._model.edit(snapshot.uri, snapshot.lines)
            line = line_of(snapshot, prefix, suffix)
            key = snapshot.uri
            return self._model.complete(prefix, suffix, language, key=key, line=line, multiline=multiline)

        return await asyncio.get_running_loop().run_in_executor(self._thread, predict)

    def close(self) -> None:
        """End the thread; what is queued is dropped, what was learned is kept."""
        if self._closed:
            return
        self._closed = True
        if self._learning is not None:
            self._learning.cancel()
        self._thread.submit(self._close_index)
        self._thread.shutdown(wait=False)

    def wait(self) -> None:
        """Wait, off the event loop and after `close`, until the thread has ended."""
        self._thread.shutdown(wait=True)

    @property
    def documents(self) -> int:
        """How many documents are learned by now."""
        return self._model.documents

    # -- on the thread ---------------------------------------------------------------------------------------------

    def _open(self, project: Project, files: Sequence[Path]) -> None:
        """Open what was kept, and go through it and what is learned."""
        if not self._closed and self._open_index is not None and self._index is None:
            self._index = self._open_index(project.folders)
        self._sweep(project, files)

    def _sweep(self, project: Project, files: Sequence[Path]) -> None:
        """Drop from what was kept and from what is learned whatever the rules do not allow (any more)."""
        if self._closed:
            return
        allowed = [uri_of_path(path) for path in files]
        if self._index is not None:
            self._index.keep_only(allowed)
        for uri in self._marks.keys() - set(allowed):
            if self._marks[uri] is not None or not project.verdict_for_document(uri).allowed:
                self._forget(uri)

    def _learn_file(self, project: Project, path: Path) -> None:
        uri = uri_of_path(path)
        if self._closed or uri in self._versions:  # opened, or denied, meanwhile
            return
        mark = mark_of(path)  # before it is read: what changes in between is learned anew next time
        if not project.verdict_for_context(path).allowed:  # since the files were listed
            self._forget(uri)
            return
        if uri in self._marks and self._marks[uri] in (mark, None):
            return
        kept = self._index.find(uri, mark) if self._index is not None and mark is not None else None
        if kept is not None:
            self._model.restore(uri, kept, by_path(path.name))
            self._marks[uri] = mark
            return
        text = project.read_for_context(path)
        if isinstance(text, Refused):
            self._forget(uri)
            return
        kept = self._model.learn(uri, text, by_path(path.name))
        self._marks[uri] = mark
        if kept is not None and mark is not None and self._index is not None:
            self._index.keep(uri, mark, kept)

    def _learn_open(self, snapshot: Snapshot, language: Language) -> None:
        if not self._closed:
            self._model.learn(snapshot.uri, snapshot.text, language, open_document=True)
            self._marks.pop(snapshot.uri, None)

    def _forget(self, uri: str) -> None:
        self._model.forget(uri)
        self._marks.pop(uri, None)
        if self._index is not None:
            self._index.forget(uri)

    def _close_document(self, uri: str) -> None:
        if self._model.close(uri):
            self._marks[uri] = None

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _submit(self, job: Callable[..., None], *arguments: object) -> None:
        if not self._closed:
            self._thread.submit(job, *arguments)

    async def _do(self, job: Callable[..., None], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, job, *arguments)


def line_of(snapshot: Snapshot, prefix: str, suffix: str) -> int:
    """The number of the line in which `prefix` ends and `suffix` begins; one that does not exist when it is not found."""
    above, _, head = prefix.rpartition("\n")
    before = above.split("\n") if above or prefix.startswith("\n") else []
    wanted = head + suffix.split("\n", 1)[0]
    last = len(snapshot.lines) - 1
    at = len(before) - 1
    while True:
        try:
            at = snapshot.lines.index(wanted + snapshot.line_end, at + 1)
        except ValueError:
            at = last
        if at >= last:
            return last if snapshot.line(last) == wanted else _UNKNOWN
        if all(snapshot.line(at - back) == line for back, line in enumerate(reversed(before), 1)):
            return at
