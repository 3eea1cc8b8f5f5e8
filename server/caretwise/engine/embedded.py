"""The embedded engine at work: it learns the project in a thread of its own and answers from there.

One thread does everything, so that an answer waits for one file being learned at the most and the event loop for none.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from caretwise.adapters.project import Project, path_of_uri
from caretwise.engine.learned_files import MOST_SEEN, LearnedFiles, OpenIndex, chosen, key_of_uri
from caretwise.local.predict import Embedded, Prediction
from caretwise.text.language import Language, identify
from caretwise.text.snapshot import Snapshot

SWITCH_SECONDS = 0.001
"""How soon the learning thread makes way for the event loop's (Python's own 5 ms are felt while typing)."""
CHANGES_SECONDS = 0.1
"""How long changes on disk are gathered: another branch brings hundreds."""
MOST_CHANGES = 200
"""With more at once the whole project is looked through."""
LOOK_SECONDS, LOOK_COSTS = 10.0, 50
"""How long after a look at the project the next one comes at the earliest, when a document is opened or saved (not every
editor tells of changed files); and how many times as long as it took to list the files."""

_Got = TypeVar("_Got")


class EmbeddedEngine:
    """Learns from the open project; sends nothing anywhere."""

    def __init__(self, open_index: OpenIndex | None = None) -> None:
        """Nothing is learned yet. Without `open_index` nothing is kept between sessions."""
        self._model = Embedded()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded")
        self._keys: dict[str, str] = {}
        """By what open and denied documents are known, by their addresses."""
        self._held: set[str] = set()
        self._files = LearnedFiles(self._model, self._held, open_index)
        self._project: Project | None = None
        """None: nothing is learned of files."""
        self._next_look = 0.0
        self._learning: asyncio.Task[None] | None = None
        self._changed: dict[Path, None] = {}
        self._changing: asyncio.Task[None] | None = None
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
        self._project = None if sweep_only else project
        self._learning = asyncio.get_running_loop().create_task(self._learn_all(project, sweep_only))

    async def learned(self) -> None:
        """Wait until the project is learned (the command line does; an editor's request never does)."""
        while running := [one for one in (self._learning, self._changing) if one is not None and not one.done()]:
            await asyncio.wait(running)
        for task in (self._learning, self._changing):
            if task is not None and not task.cancelled():
                task.result()

    async def _learn_all(self, project: Project, sweep_only: bool) -> None:
        loop = asyncio.get_running_loop()
        walk = self._walk = object()

        def unwanted() -> bool:
            return self._closed or self._walk is not walk

        usual = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            since = loop.time()
            # On a large or a slow disk the walk takes long: it goes no further when it is not wanted any more.
            seen = await loop.run_in_executor(None, lambda: list(project.files(limit=MOST_SEEN, unwanted=unwanted)))
            pause = max(LOOK_SECONDS, LOOK_COSTS * (loop.time() - since))
            opened = [path for path in map(path_of_uri, tuple(self._held)) if path is not None]
            wanted = await loop.run_in_executor(None, chosen, seen, opened)
            for path in await self._do(self._look_through, project, wanted, seen, sweep_only):
                await self._do(self._take, project, path)
            self._next_look = loop.time() + pause
        finally:
            sys.setswitchinterval(usual)

    def changed_on_disk(self, paths: Iterable[Path]) -> None:
        """Somebody else has changed, made or deleted files or folders."""
        if self._closed or self._project is None:
            return
        self._changed.update(dict.fromkeys(paths))
        if self._changed and (self._changing is None or self._changing.done()):
            self._changing = asyncio.get_running_loop().create_task(self._take_changes())

    async def _take_changes(self) -> None:
        while self._changed and self._project is not None:
            await asyncio.sleep(CHANGES_SECONDS)
            project, changed = self._project, list(self._changed)
            self._changed.clear()
            matter = await self._do(self._concerned, project, changed)
            if matter is not None and len(matter) <= MOST_CHANGES:
                for path in matter:
                    await self._do(self._take, project, path)
                continue
            self.learn_project(project)
            while self._learning is not None and not self._learning.done():
                await asyncio.wait([self._learning])

    def named(self, uri: str, key: str) -> None:
        """What the file of an open document is called (`key_of_uri`): who asks the disk anyway has looked."""
        self._keys.setdefault(uri, key)

    def opened(self, snapshot: Snapshot, language: Language) -> None:
        """A document was opened or saved: learn it as it is now."""
        key = self._hold(snapshot.uri)
        self._submit(self._files.opened, key, snapshot, language)
        idle = self._learning is None or self._learning.done()
        if self._project is not None and idle and asyncio.get_running_loop().time() > self._next_look:
            self.learn_project(self._project)

    def forget(self, uri: str) -> None:
        """A document must not be learned from (any more)."""
        self._submit(self._files.forget, self._hold(uri))

    def closed(self, uri: str) -> None:
        """A document was closed: its file counts again; where there is none, what was learned of it stays."""
        key = self._keys.pop(uri, None)
        self._held.discard(key or uri)
        self._submit(lambda: self._close_document(key or key_of_uri(uri)))

    def _hold(self, uri: str) -> str:
        key = self._keys.get(uri) or key_of_uri(uri)
        self._keys[uri] = key
        self._held.add(key)
        return key

    async def complete(
        self, snapshot: Snapshot, line: int, prefix: str, suffix: str, language_id: str, *, multiline: bool
    ) -> Prediction | None:
        """A prediction for a place in a line, or None when unsure. What was typed since the last time is learned first.

        `prefix` and `suffix` are what stands before and after the cursor, with `\n` as line ends; both may be cut.
        """
        if self._closed:
            return None
        language = identify(language_id, snapshot.uri)
        known = self._keys.get(snapshot.uri)

        def predict() -> Prediction | None:
            if self._closed:
                return None
            key = known or key_of_uri(snapshot.uri)
            self._model.edit(key, snapshot.lines)
            return self._model.complete(prefix, suffix, language, key=key, line=line, multiline=multiline)

        return await asyncio.get_running_loop().run_in_executor(self._thread, predict)

    def close(self) -> None:
        """End the thread; what is queued is dropped, what was learned is kept."""
        if self._closed:
            return
        self._closed = True
        for task in (self._learning, self._changing):
            if task is not None:
                task.cancel()
        self._thread.submit(self._files.close)
        self._thread.shutdown(wait=False)

    def wait(self) -> None:
        """Wait, off the event loop and after `close`, until the thread has ended."""
        self._thread.shutdown(wait=True)

    @property
    def documents(self) -> int:
        """How many documents are learned by now."""
        return self._model.documents

    @property
    def withdrawn(self) -> int:
        """How often something learned was dropped or replaced: what was written before that counts no more."""
        return self._files.withdrawn

    # -- on the thread ---------------------------------------------------------------------------------------------

    def _look_through(self, project: Project, wanted: list[Path], seen: list[Path], sweep_only: bool) -> list[Path]:
        return [] if self._closed else self._files.look_through(project, wanted, seen, only=sweep_only)

    def _concerned(self, project: Project, changed: list[Path]) -> list[Path] | None:
        return [] if self._closed else self._files.concerned(project, changed)

    def _take(self, project: Project, path: Path) -> None:
        if not self._closed:
            self._files.take(project, path)

    def _close_document(self, key: str) -> None:
        if key not in self._held:  # not opened again meanwhile
            self._files.closed(key, self._project)

    def _submit(self, job: Callable[..., None], *given: object) -> None:
        def work() -> None:
            if not self._closed:
                job(*given)

        if not self._closed:
            self._thread.submit(work)

    async def _do(self, job: Callable[..., _Got], *given: object) -> _Got:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job, *given)
