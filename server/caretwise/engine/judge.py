"""Asks the disk which files may be shown and sent, in a thread of its own and in the order of the questions.

A question costs some dozens of file status calls: half a millisecond on a fast disk, seconds on a slow one. Only what
depends on the answer waits for it, never the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

from caretwise.adapters.project import Project
from caretwise.context.privacy import Verdict

T = TypeVar("T")


def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="rules")


HUNG_SECONDS = 2.0
"""A question that takes longer hangs, on a network drive that is gone, say: the others get another thread."""

MOST_HUNG = 4
"""Threads that are left to questions that hang; from then on all wait."""


class _Question(Generic[T]):
    """Something to ask the disk, and since when it is being asked."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._since: float | None = None

    def __call__(self) -> T:
        self._since = time.monotonic()
        return self._look()

    @property
    def hangs(self) -> bool:
        return self._since is not None and time.monotonic() - self._since >= HUNG_SECONDS


class Judge:
    """One thread, so that an answer is never older than the one before it; another one where a question hangs."""

    def __init__(self) -> None:
        """The thread is started by the first question."""
        self._thread = _thread()
        self._hung = 0
        self._asked: dict[tuple[Project, str], asyncio.Task[Verdict]] = {}

    async def ask(self, question: Callable[[], T]) -> T:
        """What `question` says, which looks at the disk. Raises what it raises."""
        one, thread = _Question(question), self._thread
        work = thread.submit(one)
        answer = asyncio.wrap_future(work)
        try:
            while not (await asyncio.wait([answer], timeout=HUNG_SECONDS))[0]:
                if one.hangs and thread is self._thread and self._hung < MOST_HUNG:
                    self._leave(work)
                elif thread is not self._thread and work.cancel():  # it waits behind one that hangs
                    thread = self._thread
                    work = thread.submit(one)
                    answer = asyncio.wrap_future(work)
            return answer.result()
        finally:
            answer.cancel()  # nobody waits for it any more

    def _leave(self, work: Future[Any]) -> None:
        """The thread is left to a question that hangs; it ends with that, and then another one may be left."""
        loop, left = asyncio.get_running_loop(), self._thread
        self._hung += 1
        self._thread = _thread()

        def ended() -> None:
            self._hung -= 1

        def end(_: object) -> None:
            left.shutdown(wait=False)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
                loop.call_soon_threadsafe(ended)

        work.add_done_callback(end)

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
