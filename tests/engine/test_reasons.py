"""What the journal is told of requests that nothing came of: each outcome once, under a reason of its own."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.doubles.broken_answers import Deltas

from caretwise import app as app_module
from caretwise.adapters.cache import ResponseCache
from caretwise.adapters.journal import read_events
from caretwise.adapters.settings_load import load
from caretwise.app import App, Surface
from caretwise.engine.offer import Silence
from caretwise.measure.event import Kind
from caretwise.models.failure import FailureKind
from caretwise.repair.answer import Refusal
from caretwise.repair.finding import Finding
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range

HEAD = "def area(width, height):\n    return ‸\n"


def reasons(made, kind: Kind) -> list[str]:
    return [event.reason for event in read_events(made.app.state_folder) if event.kind is kind]


@pytest.mark.parametrize(
    ("deltas", "finish", "code", "words"),
    [
        ([""], "content_filter", "content_filter", "content filter"),
        (
            [{"tool_calls": [{"index": 0, "function": {"name": "x", "arguments": "{}"}}]}],
            "tool_calls",
            "tool_call",
            "tool",
        ),
        ([""], "stop", "empty", "nothing to add"),
        ([{"content": None}], "stop", "empty", "nothing to add"),
    ],
)
async def test_an_answer_without_text_is_counted_by_what_it_was(bench, deltas, finish, code, words):
    with ModelDouble(Deltas(deltas, finish)) as double:
        async with bench(double) as made:
            for _ in range(2):
                found = await made.app.suggester.suggest(made.ask(HEAD))
                assert isinstance(found, Silence)
                assert (found.code, words in found.reason) == (code, True)
            await made.app.settle()
            assert reasons(made, Kind.EMPTY) == [code, code]
            assert reasons(made, Kind.FAILED) == []
            assert len(double.requests) == 1


@pytest.mark.parametrize(
    ("name", "failure"), [(None, "no_key"), ("401", "refused"), ("404", "not_found"), ("html", "not_a_stream")]
)
async def test_what_the_breaker_blocks_is_suppressed_with_the_reason(bench, monkeypatch, name, failure):
    if name is None:
        monkeypatch.delenv("MOONSHOT_API_KEY")
    with ModelDouble(behaviour(name or "moonshot")) as double:
        async with bench(double, config="debounce_ms = 0\n") as made:
            codes: list[str] = []
            for number in range(3):
                found = await made.app.suggester.suggest(made.ask("x = 1\n" * number + HEAD))
                assert isinstance(found, Silence)
                codes.append(found.code)
            await made.app.settle()
            assert codes == [failure, f"paused_{failure}", f"paused_{failure}"]
            assert reasons(made, Kind.FAILED) == [failure]
            assert reasons(made, Kind.SUPPRESSED) == [f"paused_{failure}"] * 2
            assert len(reasons(made, Kind.OPPORTUNITY)) == 3


async def fix_of(made):
    ask = made.ask("def area(width, height):\n    return width + height‸\n")
    finding = Finding(Range(Position(1, 4), Position(1, 10)), "wrong sign")
    return await made.app.fixer.fix(ask.snapshot, finding, by_path("a.py"), "a.py", progress=lambda _: None)


async def test_a_fix_cut_by_its_limit_is_no_connection_that_broke(bench):
    codes: list[str] = []
    for answer in (Deltas(["<<<<<<< SEARCH\n"], "length"), behaviour("cut")):
        with ModelDouble(answer) as double:
            async with bench(double) as made:
                found = await fix_of(made)
                assert isinstance(found, Refusal), found
                codes.append(found.code)
    assert codes == ["cut_by_limit", FailureKind.CUT.value]


# -- the app around it -------------------------------------------------------------------------------------------------


async def test_trouble_during_a_start_that_fails_is_told_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "state").write_text("a file where the folder should be")
    places = {
        "CARETWISE_STATE_DIR": str(tmp_path / "state"),
        "CARETWISE_CACHE_DIR": str(tmp_path / "cache"),
        "CARETWISE_CONFIG": str(tmp_path / "config.toml"),
    }
    told, wrong = asyncio.Event(), list[dict[str, object]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))

    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("the project cannot be looked at")

    monkeypatch.setattr(app_module, "Project", failing)
    with pytest.raises(RuntimeError):
        App(load(places), [tmp_path], Surface(tell=lambda _: told.set()), list, places)
    await asyncio.wait_for(told.wait(), 10)
    assert wrong == []


async def test_the_cache_is_closed_off_the_loop(bench, monkeypatch):
    threads: list[int] = []
    close = ResponseCache.close

    def noted(cache):
        threads.append(threading.get_ident())
        close(cache)

    monkeypatch.setattr(ResponseCache, "close", noted)
    async with bench():
        pass
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
