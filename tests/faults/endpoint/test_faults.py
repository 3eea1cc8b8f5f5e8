"""Every way in which a host can go wrong, through the whole engine: one suggestion is lost and nothing else."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.doubles.faults import FAULTS, ClosedPort

from caretwise.engine import model_walk, pace
from caretwise.engine.offer import Offer, Silence
from caretwise.models.failure import CONFIGURATION, FailureKind

HEAD = "def area(width, height):\n    return "
KEY = "sk-moonshot-test"
DEADLINE = 1.5

SEEN: dict[str, set[str]] = {
    "hang": {"late"},
    "slow_drip": {"late", "timeout"},
    "headers_drip": {"late"},
    "endless": {"late", "timeout"},
    "endless_comments": {"late"},
    "cut": {"cut"},
    "cut_chunked": {"offline", "bad_answer", "cut"},
    "html": {"not_a_stream"},
    "html_502": {"server_error"},
    "not_sse": {"not_a_stream"},
    "json_array": {"not_a_stream"},
    "half_json": {"bad_answer"},
    "huge_line": {"too_large", "late", "timeout"},
    "gzip_bomb": {"bad_answer"},
    "bad_json": {"bad_answer"},
    "bad_utf8": {"bad_answer"},
    "in_stream_error": {"server_error"},
    "choices_null": {"cut"},
    "redirect_307": {"redirect"},
    "redirect_loop": {"redirect"},
    "401": {"refused"},
    "402": {"quota"},
    "403": {"refused"},
    "404": {"not_found"},
    "429": {"rate_limited"},
    "500": {"server_error"},
    "503": {"server_error"},
    "reasoning_only": {"thinking_only"},
    "null_content": {"empty"},
    "content_filter": {"content_filter"},
    "tool_calls": {"tool_call"},
    "list_content": {"an offer"},
    "bidi": {"empty"},
    "escape_characters": {"empty"},
    "lone_surrogate": {"empty"},
}
"""What becomes of the suggestion."""

NO_FAILURE = {"an offer", "empty", "late", "content_filter", "tool_call"}


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(model_walk, "AUTOMATIC_SECONDS", DEADLINE)
    monkeypatch.setattr(pace, "FIRST_OWN_SECONDS", DEADLINE + 0.5)


def test_every_fault_is_here():
    assert SEEN.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", FAULTS)
async def test_fault(name, bench, tmp_path, caplog):
    with ModelDouble(behaviour(name)) as double:
        async with bench(double) as made:
            await made.app.endpoint.warm()
            since = time.monotonic()
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert time.monotonic() - since < DEADLINE + 3.0  # a busy machine; the table of faults measures it
            outcome = found.code if isinstance(found, Silence) else "an offer"
            assert outcome in SEEN[name], found
            await asyncio.to_thread(double.wait_until, lambda one: len(one.ended) == len(one.requests), 10)
            await made.app.settle()
            assert len(double.requests) <= 2
            assert len(made.said) <= 1
            assert outcome in NO_FAILURE or len(made.said) == 1
            status = made.app.outside.notices.status
            said = [*made.said, status.message, caplog.text, found.reason if isinstance(found, Silence) else ""]
        if name == "redirect_307":
            assert not double.behaviour.elsewhere.requests
    assert KEY not in "\n".join(said)
    assert_nowhere(tmp_path, KEY)
    if outcome not in NO_FAILURE:
        doctor = FailureKind(outcome) in CONFIGURATION
        assert status.command == ("caretwise.doctor" if doctor else "caretwise.retry")


async def test_refuse(bench):
    with ClosedPort() as port:
        named = {"CARETWISE_BASE_URL": port.base_url, "CARETWISE_MODEL": "kimi-k2.6", "CARETWISE_ENDPOINT": "moonshot"}
        async with bench(None, **named) as made:
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert isinstance(found, Silence)
            assert found.code == "offline"
            again = await made.app.suggester.suggest(made.ask(HEAD + "w‸\n"))
            assert isinstance(again, Silence)
            assert again.code == "paused_offline"
            assert len(made.said) == 1


async def test_while_the_model_is_away_the_embedded_engine_answers_where_the_user_wants_it(bench, tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "known.py").write_text(
        "def load_settings(path):\n    with open(path, encoding='utf-8') as file:\n        return file.read()\n" * 4
    )
    text = "def other(path):\n    with open(path, enc‸"
    with ModelDouble(behaviour("402")) as double:
        async with bench(double, config="fallback = true\ndebounce_ms = 0\n") as made:
            await made.app.outside.embedded.learned()
            found = await made.app.suggester.suggest(made.ask(text))
            assert isinstance(found, Offer)
            assert (found.facts.model, found.facts.origin) == ("embedded", "fallback")
            assert made.app.outside.notices.status.model == "embedded"
            typed = await made.app.suggester.suggest(made.ask(text.replace("‸", "o‸")))
            assert isinstance(typed, Offer)
            assert (typed.facts.model, typed.id) == ("embedded", found.id)
            assert len(double.requests) == 1
            assert made.app.accepted(typed.id, "full")
            rows = {row.model: row for row in (await made.app.report()).rows}
    assert (rows["embedded"].shown, rows["embedded"].accepted) == (1, 1)
    assert (rows["kimi-k2.6"].shown, rows["kimi-k2.6"].failed, rows["kimi-k2.6"].returned) == (0, 1, 0)


async def test_without_the_setting_there_is_silence(bench, tmp_path):
    with ModelDouble(behaviour("402")) as double:
        async with bench(double, config="debounce_ms = 0\n") as made:
            for number in range(3):
                assert isinstance(
                    await made.app.suggester.suggest(made.ask("x = 1\n" * number + HEAD + "‸\n")), Silence
                )
            rows = {row.model: row for row in (await made.app.report()).rows}
    assert rows.keys() == {"kimi-k2.6"}
    row = rows["kimi-k2.6"]
    assert (row.failed, row.suppressed) == (1, 2)


def assert_nowhere(folder: Path, key: str) -> None:
    """The key is in no file that was written."""
    for path in folder.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path
