"""What of a document is parsed for a request, and when not."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.engine import requests as module


async def test_who_goes_from_one_document_to_another_does_not_pay_for_a_whole_parse_each_time(bench, monkeypatch):
    async with bench() as session:
        taken, requests = [], session.app.suggester._model.requests
        parse = module.parse

        def noted(*args, earlier, **options):
            taken.append(earlier is not None)
            return parse(*args, earlier=earlier, **options)

        monkeypatch.setattr(module, "parse", noted)
        for text in ("x = 1‸\n", "x = 12‸\n", "x = 123‸\n"):
            for name in ("a.py", "b.py"):
                assert requests.parsed(session.ask(text, name)) is not None
        assert taken == [False, False, True, True, True, True]
        for number in range(9):
            requests.parsed(session.ask("y‸\n", f"many{number}.py"))
        assert len(requests._parsed) <= 4


async def test_a_busy_machine_does_not_keep_a_document_from_being_parsed(bench, monkeypatch):
    """What counts is the processor's time that a parse took, not the time that passed meanwhile."""
    async with bench() as session:
        requests, clock = session.app.suggester._model.requests, iter(range(1_000, 9_000))
        slow = SimpleNamespace(monotonic=lambda: float(next(clock)), thread_time=time.thread_time)
        monkeypatch.setattr(module, "time", slow)
        for text in ("x = 1‸\n", "x = 12‸\n"):
            assert requests.parsed(session.ask(text)) is not None


async def test_who_asks_by_hand_has_one_request_made_for_all_candidates(bench, monkeypatch):
    said = iter(["width * height", "height * width", "abs(width)"] * 2)
    answers = lambda _: f"```\n    return {next(said)}\n```"  # noqa: E731 (a table of one line)
    with ModelDouble(behaviour("moonshot", answerer=answers)) as double:
        async with bench(double) as session:
            await session.app.endpoint.warm()
            made, prepare = [], module.prepare

            def noted(*args, **named):
                made.append(args[0])
                return prepare(*args, **named)

            monkeypatch.setattr(module, "prepare", noted)
            head = "def area(width, height):\n    return ‸\n"
            assert len(await session.app.suggester.several(session.ask(head, invoked=True))) > 1
            assert len(made) == 1
            await session.app.suggester.several(session.ask("x = 1\n" + head, invoked=True))
            assert len(made) == 2
            assert len({json.dumps(one.json["messages"]) for one in double.requests}) == 2
