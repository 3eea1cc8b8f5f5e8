"""A dead host under typing, and its return: the real server on stdio."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from pathlib import Path

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.doubles.exchange import Behaviour, Exchange
from tests.protocol.session import KEY, Session, environment, model_environment, session

from caretwise.engine.breaker import FAILURES_TO_OPEN

FAST = Path(__file__).with_name("fast_server.py")
TEXT = "def area(width, height):\n    return "
KEYS = 25
ANSWER_SECONDS = 15.0
"""What the server and the double may take for themselves on a busy machine."""


class Switched(Behaviour):
    """Behaves as `now` does; a test may put another one there."""

    def __init__(self, now: Behaviour) -> None:
        self.now = now

    async def answer(self, exchange: Exchange) -> None:
        await self.now.answer(exchange)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


def command(pause: float) -> tuple[str, ...]:
    return (sys.executable, "-P", str(FAST), str(pause))


async def typed(
    editor: Session, *, elsewhere: bool, every: float = 0.1, name: str = "a.py"
) -> list[asyncio.Task[object]]:
    """25 keystrokes, slower than the pause before a request; `elsewhere`: no stream of one can serve another."""
    asked: list[asyncio.Task[object]] = []
    for number in range(KEYS):
        if elsewhere:
            editor.insert(name, 0, 0, "\n")
            line, column = number + 2, 11
        else:
            editor.insert(name, 1, 11 + number, "w")
            line, column = 1, 12 + number
        asked.append(asyncio.create_task(editor.ghost(name, line, column)))
        await asyncio.sleep(every)
    return asked


@pytest.mark.parametrize(
    ("name", "elsewhere"), [("500", False), ("hang", False), ("402", True), ("html", True), ("cut", True)]
)
async def test_25_keystrokes_cost_four_requests_at_the_most(name, elsewhere, project, tmp_path):
    with ModelDouble(behaviour(name)) as double:
        environ = environment(tmp_path, **model_environment(double.base_url))
        async with session(project, environ) as editor:
            editor.open("a.py", TEXT)
            for asked in await typed(editor, elsewhere=elsewhere):
                await asked
            assert 1 <= len(double.requests) <= 4
            assert len(editor.messages) <= 1
            assert KEY not in "".join(editor.messages)


@pytest.mark.parametrize("name", ["500", "402"])
async def test_it_is_back_within_one_interval_between_probes(name, project, tmp_path):
    pause = 0.4
    with ModelDouble(Switched(behaviour(name))) as double:
        environ = environment(tmp_path, **model_environment(double.base_url))
        async with session(project, environ, command=command(pause)) as editor:
            # A failure that may pass counts from the third on; on a busy machine 25 keys may bring fewer.
            rounds, opens = itertools.count(), FAILURES_TO_OPEN if name == "500" else 1
            while len(double.requests) < opens:
                editor.open(document := f"a{next(rounds)}.py", TEXT)
                for asked in await typed(editor, elsewhere=False, name=document):
                    await asked
            assert editor.statuses[-1].kind in {"warning", "error"}
            asked_before = len(double.requests)
            double.behaviour.now = behaviour("moonshot")
            back = time.monotonic()
            item, line = None, 1
            async with asyncio.timeout(20):
                while item is None:
                    line += 1
                    editor.open(f"b{line}.py", TEXT)
                    item = await editor.ghost(f"b{line}.py", 1, 11)
            # The pause doubles with each probe that fails.
            assert time.monotonic() - back < pause * 2 ** (asked_before - opens) + ANSWER_SECONDS
            assert item.insert_text == "width * height"
            assert len(double.requests) == asked_before + 1
            assert editor.statuses[-1].kind == "normal"
            assert any("answers again" in message for message in editor.messages)


async def test_retry_now_and_doctor_are_commands_that_say_what_they_did(project, tmp_path):
    with ModelDouble(Switched(behaviour("402"))) as double:
        environ = environment(tmp_path, **model_environment(double.base_url))
        async with session(project, environ) as editor:
            editor.open("a.py", TEXT)
            assert await editor.ghost("a.py", 1, 11) is None
            assert editor.statuses[-1].command == "caretwise.doctor"
            text = await editor.command(editor.statuses[-1].command)
            assert text.startswith("     configuration "), "the first line stands under the others' marks too"
            assert "FAIL" in text
            assert "CARETWISE_API_KEY found" in text  # it sees what the server was given
            assert KEY not in text
            assert any("doctor:" in message and "Next:" in message for message in editor.messages)
            double.behaviour.now = behaviour("moonshot")
            assert "asked again" in await editor.command("caretwise.retry")
            item = await editor.ghost("a.py", 1, 11)
            assert item is not None
            assert "No model" in await editor.command("caretwise.retry")
