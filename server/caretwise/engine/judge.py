"""Asks the disk which files may be shown and sent, in a thread of its own and in the order of the questions.

A question costs some dozens of file status calls: half a millisecond on a fast disk, seconds on a slow one. Only what
depends on the answer waits for it, never the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from caretwise.adapters.project import Project
from caretwise.context.privacy import Verdict

T = TypeVar("T")


class Judge:
    """One thread, so that an answer is never older than the one before it."""

    def __init__(self) -> None:
        """The thread is started by the first question."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rules")
        self._asked: dict[tuple[Project, str], asyncio.Task[Verdict]] = {}

    async def ask(self, question: Callable[[], T]) -> T:
        """What `question` says, which looks at the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

    async def document(self, project: Project, uri: str) -> Verdict:
        """May this open document be completed, fixed and sent? Who asks while that is looked up is told the same.

        Or on a slow disk the questions of many keys would wait behind each other.
        """
        key = project, uri
        asked = self._asked.get(key)
        if asked is None:
            asked = asyncio.create_task(self.ask(lambda: project.verdict_for_document(uri)))
            self._asked[key] = asked
            asked.add_done_callback(lambda _: self._asked.pop(key, None))
        return await asyncio.shield(asked)

    async def may_be_context(
        self, project: Project, paths: Iterable[Path], opened: Collection[Path] = ()
    ) -> frozenset[Path]:
        """Those of the files that may be context for another one. A file that is `opened` need not be written yet."""
        asked = tuple(dict.fromkeys(paths))
        if not asked:
            return frozenset()
        return await self.ask(lambda: frozenset(path for path in asked if may_be_context(project, path, opened)))


def may_be_context(project: Project, path: Path, opened: Collection[Path] = ()) -> bool:
    """Whether a file may be context for another one. One that is `opened` need not be written yet. Looks at the disk."""
    verdict = project.verdict_for_context(path)
    if verdict.rule == "missing" and path in opened:
        verdict = project.verdict_for_open(path)
    return verdict.allowed
