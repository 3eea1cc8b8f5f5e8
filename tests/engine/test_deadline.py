"""A request's deadline is a failure of the model, also where its stream would have had more time."""

from __future__ import annotations

import asyncio

from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.adapters.journal import read_events
from caretwise.engine import model_walk
from caretwise.engine.offer import Silence
from caretwise.measure.event import Kind

HEAD = "def area(width, height):\n    return "


async def test_a_joined_stream_that_outlives_the_deadline_is_ended_and_counted_once(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(model_walk, "AUTOMATIC_SECONDS", 1.5)
    with ModelDouble(behaviour("hang")) as double:
        async with bench(double) as made:
            first = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n", invoked=True)))
            await asyncio.to_thread(double.wait_until, lambda one: one.requests)
            found = await made.app.suggester.suggest(made.ask(HEAD + "w‸\n"))
            assert isinstance(found, Silence)
            assert found.code == "timeout"
            await asyncio.to_thread(double.wait_until, lambda one: one.hang_ups)
            assert isinstance(await asyncio.wait_for(first, 5), Silence)
            assert len(double.requests) == 1
            assert len(made.said) == 1
    failed = [event for event in read_events(tmp_path / "state") if event.kind is Kind.FAILED]
    assert [event.reason for event in failed] == ["timeout"]
