"""Where a disk does not answer: what depends on it waits, and nothing else does."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from caretwise.adapters import project
from caretwise.engine import judge
from caretwise.engine.judge import Judge

PATIENCE = 30.0


async def test_where_folders_lead_is_looked_at_off_the_loop(
    bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looked: list[threading.Thread] = []
    realpath = os.path.realpath

    def noting(path: Any, **more: Any) -> str:
        if str(path).startswith(str(tmp_path / "project")):
            looked.append(threading.current_thread())
        return realpath(path, **more)

    monkeypatch.setattr(project.os.path, "realpath", noting)
    async with bench() as made:
        made.app.apply_workspace({"ignore": ["*.secret"]}, "test")
        snapshot = made.ask("def f(a):\n    return a‸\n").snapshot
        made.documents.append(snapshot)
        made.app.opened(snapshot)
        await asyncio.gather(*made.app.outside.gatherer._tasks)
        assert await made.app.outside.gatherer.judge.document(made.app.outside.project, snapshot.uri)
        assert made.app.outside.project.folders == (made.root,)
    assert looked
    assert threading.main_thread() not in looked


class Hanging:
    def __init__(self) -> None:
        self.free = threading.Event()

    def __call__(self) -> bool:
        return self.free.wait(PATIENCE)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A question that does not end before the test does."""
    monkeypatch.setattr(judge, "HUNG_SECONDS", 0.05)
    question = Hanging()
    yield question
    question.free.set()


async def test_a_question_that_hangs_holds_up_itself_only(hanging: Any) -> None:
    asked = Judge()
    stuck = [asyncio.create_task(asked.ask(hanging))]
    others = [asyncio.create_task(asked.ask(lambda number=number: number)) for number in range(50)]
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.gather(*others) == list(range(50))
        assert await asked.ask(lambda: "later") == "later"
    assert not stuck[0].done()
    stuck[0].cancel()


async def test_threads_are_not_given_up_without_end(hanging: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[ThreadPoolExecutor] = []
    make = judge._thread
    monkeypatch.setattr(judge, "_thread", lambda: (threads.append(make()), threads[-1])[1])
    asked = Judge()
    stuck = [asyncio.create_task(asked.ask(hanging)) for _ in range(20)]
    async with asyncio.timeout(PATIENCE):
        while asked._hung < judge.MOST_HUNG:
            await asyncio.sleep(0.01)
        await asyncio.sleep(judge.HUNG_SECONDS * 4)
        assert len(threads) == judge.MOST_HUNG + 1
        # The disk is there again: the threads that were left end, and there may be others.
        hanging.free.set()
        assert await asyncio.gather(*stuck) == [True] * 20
        while asked._hung:
            await asyncio.sleep(0.01)
    for left in threads[:-1]:
        with pytest.raises(RuntimeError):
            left.submit(lambda: None)
    assert await asked.ask(lambda: "here") == "here"


async def test_a_question_is_asked_once_and_its_fault_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "HUNG_SECONDS", 0.01)
    asked, seen = Judge(), list[int]()

    def slow(number: int) -> int:
        seen.append(number)
        if number % 3 == 0:
            raise OSError(f"{number}")
        threading.Event().wait(0.02)
        return number

    async with asyncio.timeout(PATIENCE):
        found = await asyncio.gather(*(asked.ask(lambda n=n: slow(n)) for n in range(12)), return_exceptions=True)
    assert [one if isinstance(one, int) else int(str(one)) for one in found] == list(range(12))
    assert sorted(seen) == list(range(12))


def test_a_project_may_be_made_where_its_folder_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*_: Any, **__: Any) -> str:
        raise AssertionError("the disk was looked at")

    monkeypatch.setattr(project.os.path, "realpath", hangs)
    monkeypatch.setattr(project.os.path, "lexists", hangs)
    assert project.Project([tmp_path / "a" / ".." / "b"]).folders == (tmp_path / "b",)
