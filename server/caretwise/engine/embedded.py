"""The embedded engine at work: it learns the project in a thread of its own and answers from there.

One thread does everything, so that an answer waits for one file being learned at the most and the event loop for none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from caretwise.adapters.project import Project, Refused, uri_of_path
from caretwise.context.privacy import mask
from caretwise.local.predict import Embedded, Prediction
from caretwise.text.language import Language, by_path, identify
from caretwise.text.snapshot import Snapshot

MOST_FILES = 2000


class EmbeddedEngine:
    """Learns from the open project; sends nothing anywhere."""

    def __init__(self) -> None:
        """Nothing is learned yet."""
        self._model = Embedded()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded")
        self._versions: dict[str, int] = {}
        self._learning: asyncio.Task[None] | None = None

    def learn_project(self, project: Project) -> None:
        """Begin to learn the project's files in the background, one at a time."""
        if self._learning is None or self._learning.done():
            self._learning = asyncio.get_running_loop().create_task(self._learn_all(project))

    async def learned(self) -> None:
        """Wait until the project is learned (the command line does; an editor's request never does)."""
        if self._learning is not None:
            await self._learning

    async def _learn_all(self, project: Project) -> None:
        loop = asyncio.get_running_loop()
        files = await loop.run_in_executor(None, lambda: list(project.files(limit=MOST_FILES)))
        for path in files:
            uri = uri_of_path(path)
            if uri in self._versions:
                continue
            text = await loop.run_in_executor(None, project.read_for_context, path)
            if not isinstance(text, Refused):
                await self._do(self._learn, uri, text, by_path(path.name))

    def opened(self, snapshot: Snapshot, language: Language) -> None:
        """A document was opened or saved: learn it as it is now."""
        self._versions[snapshot.uri] = snapshot.version
        self._thread.submit(self._learn_open, snapshot, language)

    def forget(self, uri: str) -> None:
        """A document must not be learned from (any more)."""
        self._versions[uri] = 0
        self._thread.submit(self._model.forget, uri)

    def closed(self, uri: str) -> None:
        """A document was closed; what was learned of it stays."""
        self._versions.pop(uri, None)

    def _learn(self, uri: str, text: str, language: Language) -> None:
        if uri not in self._versions:  # opened, or denied, meanwhile
            self._model.learn(uri, mask(text).text, language)

    def _learn_open(self, snapshot: Snapshot, language: Language) -> None:
        self._model.learn(snapshot.uri, mask(snapshot.text).text, language, open_document=True)

    async def complete(
        self, snapshot: Snapshot, prefix: str, suffix: str, language_id: str, *, multiline: bool
    ) -> Prediction | None:
        """A prediction for a place, or None when unsure."""
        language = identify(language_id, snapshot.uri)

        def predict() -> Prediction | None:
            return self._model.complete(prefix, suffix, language, key=snapshot.uri, multiline=multiline)

        return await asyncio.get_running_loop().run_in_executor(self._thread, predict)

    async def _do(self, job: Callable[..., None], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, job, *arguments)

    def close(self) -> None:
        """End the thread; what is queued is dropped."""
        if self._learning is not None:
            self._learning.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)
