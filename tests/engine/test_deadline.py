"""Who has waited as long as one waits gets nothing; the stream goes on, and the next who asks finds what it wrote."""

from __future__ import annotations

import asyncio

import pytest
from tests.doubles import ModelDouble, Stepped
from tests.doubles.behaviours import behaviour

from caretwise.adapters.journal import read_events
from caretwise.engine import model_walk, pace, pending
from caretwise.engine.offer import Offer, Silence
from caretwise.measure.event import Kind

HEAD = "def area(width, height):\n    return "


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(model_walk, "AUTOMATIC_SECONDS", 1.0)


async def began(made, double: ModelDouble, number: int):
    """An ask at a place of its own, under way; the first ones have reached the host."""
    asked = asyncio.create_task(made.app.suggester.suggest(made.ask(f"x = {number}\n{HEAD}‸\n")))
    wanted = min(number, pace.UNANSWERED_TO_WAIT) + 1
    await asyncio.to_thread(double.wait_until, lambda one: len(one.requests) >= wanted)
    await asyncio.sleep(0.01)
    return asked


async def events(made, tmp_path):
    await made.app.settle()
    return list(read_events(tmp_path / "state"))


async def test_a_model_that_has_to_be_loaded_is_not_cancelled_to_death(bench, tmp_path):
    held = Stepped()
    with ModelDouble(behaviour("moonshot", pace=held)) as double:
        async with bench(double) as made:
            await made.app.endpoint.warm()
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert isinstance(found, Silence)
            assert found.code == model_walk.LATE
            assert made.statuses[-1] == "busy"
            await asyncio.sleep(pending.IDLE_SECONDS + 0.2)  # nobody waits, and the stream is left alone all the same
            assert not double.hang_ups
            held.allow_all()
            async with asyncio.timeout(5):
                while made.app.suggester.running:
                    await asyncio.sleep(0.01)
            found = await made.app.suggester.suggest(made.ask(HEAD + "w‸\n"))
            assert isinstance(found, Offer)
            assert found.ghost.text == "idth * height"
            assert len(double.requests) == 1
            assert made.statuses[-1] == "normal"
            kinds = [event.kind for event in await events(made, tmp_path)]
    assert kinds.count(Kind.RETURNED) == 1
    assert not {Kind.FAILED, Kind.SUPPRESSED} & set(kinds)


async def test_a_model_that_never_begins_fails_once_when_its_first_time_is_over(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(pace, "FIRST_OWN_SECONDS", 2.0)
    with ModelDouble(behaviour("hang")) as double:
        async with bench(double) as made:
            first = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await asyncio.to_thread(double.wait_until, lambda one: one.requests)
            second = await made.app.suggester.suggest(made.ask(HEAD + "w‸\n"))
            assert isinstance(second, Silence)
            assert second.code == model_walk.LATE
            assert "took longer than 1 s" in second.reason
            await asyncio.to_thread(double.wait_until, lambda one: one.hang_ups)
            assert isinstance(await asyncio.wait_for(first, 5), Silence)
            assert len(double.requests) == 1
            async with asyncio.timeout(5):
                while not made.said:
                    await asyncio.sleep(0.01)
            found = await events(made, tmp_path)
    assert [event.reason for event in found if event.kind is Kind.FAILED] == ["timeout"]
    assert len(made.said) == 1


async def test_when_the_session_ends_first_the_late_stream_is_counted_as_failed(bench, tmp_path):
    with ModelDouble(behaviour("hang")) as double:
        async with bench(double) as made:
            await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
    found = list(read_events(tmp_path / "state"))
    assert [event.reason for event in found if event.kind is Kind.FAILED] == ["timeout"]


async def test_without_a_first_text_the_fourth_request_is_let_come_to_its_end(bench):
    """Typing that fits nothing ends stream after stream; a model that answers none of them is not asked at every key."""
    with ModelDouble(behaviour("hang")) as double:
        async with bench(double, config="debounce_ms = 0\n") as made:
            asks = []
            for number in range(25):
                asks.append(await began(made, double, number))
            await asyncio.gather(*asks)
            assert len(double.requests) == pace.UNANSWERED_TO_WAIT + 1
            assert len(double.hang_ups) == pace.UNANSWERED_TO_WAIT


async def test_after_the_held_request_has_begun_to_answer_the_newest_text_gets_its_own(bench):
    held = Stepped()
    with ModelDouble(behaviour("moonshot", pace=held)) as double:
        async with bench(double, config="debounce_ms = 0\n") as made:
            asks = []
            for number in range(6):
                asks.append(await began(made, double, number))
            assert len(double.requests) == pace.UNANSWERED_TO_WAIT + 1
            held.allow_all()
            found = (await asyncio.gather(*asks))[-1]
            assert isinstance(found, Offer)
            assert found.ghost.text == "width * height"
