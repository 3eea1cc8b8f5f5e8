"""What of a document is parsed for a request, and when not."""

from __future__ import annotations

import time
from types import SimpleNamespace

from caretwise.engine import requests as module


async def test_who_goes_from_one_document_to_another_does_not_pay_for_a_whole_parse_each_time(bench, monkeypatch):
    async with bench() as session:
        taken, requests = [], session.app.suggester._model.requests
        parse = module.parse

        def noted(*args, earlier):
            taken.append(earlier is not None)
            return parse(*args, earlier=earlier)

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
