"""What is sent a second time and what is not: never more than two requests for one suggestion."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from email.utils import formatdate

import pytest
from tests.doubles import ModelDouble
from tests.doubles.broken_answers import Deltas
from tests.doubles.broken_answers import Status as Refused
from tests.doubles.exchange import Behaviour, Exchange

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.resources import catalog
from caretwise.engine.suggest import HEAD_START
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import MOST_RETRY_AFTER, FailureKind
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, Request, build

CHAT = (("user", "def area(width, height):\n    return "),)
ANSWER = Deltas(["width", " * height"])


def request_to(double: ModelDouble, role: Role = Role.INLINE) -> Request:
    found = catalog().resolve(ModelChoice("tested", "kimi", double.base_url, "vllm"))
    assert isinstance(found, Profile), found
    return build(found, Ask(role, messages=CHAT, stops=("</s>",)))


class Dropping(Behaviour):
    """Announces that connections stay open, and drops one as soon as a second request comes in on it."""

    def __init__(self, *, also_new: bool = False) -> None:
        self.also_new = also_new
        self.seen: set[int] = set()

    async def answer(self, exchange: Exchange) -> None:
        number = exchange.request.connection
        if number in self.seen or (self.also_new and self.seen):
            return
        self.seen.add(number)
        await ANSWER.answer(exchange)


class Picky(Behaviour):
    """Refuses requests that hold one of the fields, in one of the ways that hosts have."""

    def __init__(self, fields: Sequence[str], form: str) -> None:
        self.fields, self.form = tuple(fields), form

    async def answer(self, exchange: Exchange) -> None:
        body = exchange.request.json
        field = next((name for name in self.fields if name in body), None)
        if field is None:
            await ANSWER.answer(exchange)
            return
        message = f"invalid {field}: only 1 is allowed for this model"
        error = {
            "param": {"message": "Unsupported parameter.", "type": "invalid_request_error", "param": field},
            "message": {"message": message, "type": "invalid_request_error"},
            "flat": {"object": "error", "message": message, "code": 400},
        }[self.form]
        whole = error if self.form == "flat" else {"error": error}
        await exchange.respond_json(422 if self.form == "flat" else 400, whole)


async def ask(adapter: OpenAIEndpoint, double: ModelDouble, role: Role = Role.INLINE):
    return await adapter.exchange(request_to(double, role), lambda _: False, seconds=5)


async def test_a_connection_that_stood_open_and_is_gone_is_made_anew_at_once():
    with ModelDouble(Dropping()) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        for _ in range(4):
            exchange = await ask(adapter, double)
            assert exchange.failure is None
            assert exchange.text == "width * height"
        await adapter.close()
        assert [request.connection for request in double.requests] == [1, 1, 2, 2, 3, 3, 4]


async def test_a_new_connection_that_breaks_is_not_tried_again():
    with ModelDouble(Dropping(also_new=True)) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        await ask(adapter, double)
        exchange = await ask(adapter, double)
        assert exchange.failure is not None
        assert exchange.failure.kind is FailureKind.OFFLINE
        assert len(double.requests) == 3  # the second exchange: once on the old connection, once on a new one
        await adapter.close()


@pytest.mark.parametrize("form", ["param", "message", "flat"])
async def test_a_field_that_the_host_refuses_is_left_out_and_remembered(form):
    with ModelDouble(Picky(["temperature"], form)) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        first, second = await ask(adapter, double), await ask(adapter, double)
        fix = await ask(adapter, double, Role.FIX)
        await adapter.close()
        assert first.text == second.text == "width * height"
        assert first.left_out == second.left_out == ("temperature",)
        held = ["temperature" in request.json for request in double.requests]
        assert held == [True, False, False, True, False]  # the roles are known apart
        assert fix.failure is None


async def test_two_refused_fields_cost_one_suggestion_and_no_third_request():
    with ModelDouble(Picky(["temperature", "stop"], "param")) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        first = await ask(adapter, double)
        assert first.failure is not None
        assert first.failure.kind is FailureKind.BAD_REQUEST
        assert len(double.requests) == 2
        second = await ask(adapter, double)
        assert second.failure is None
        assert second.left_out == ("stop", "temperature")
        assert len(double.requests) == 3
        await adapter.close()


class Waited(Picky):
    """Refuses only when it may: what is sent meanwhile has come in by then."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(fields, "param")
        self.go, self.begun = threading.Event(), threading.Event()

    async def answer(self, exchange: Exchange) -> None:
        self.begun.set()
        await asyncio.to_thread(self.go.wait, 10)
        await super().answer(exchange)


async def test_a_field_that_is_refused_slowly_is_refused_once_however_many_ask_meanwhile():
    host = Waited(["temperature"])
    with ModelDouble(host) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        asked = [asyncio.create_task(ask(adapter, double)) for _ in range(3)]
        assert await asyncio.to_thread(host.begun.wait, 10)
        host.go.set()
        found = await asyncio.gather(*asked)
        await adapter.close()
        assert [exchange.text for exchange in found] == ["width * height"] * 3
        assert ["temperature" in request.json for request in double.requests] == [True, False, False, False]


async def test_who_goes_ahead_and_is_given_up_or_refused_lets_the_others_go():
    host = Waited([])
    with ModelDouble(host) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        first = asyncio.create_task(ask(adapter, double))
        assert await asyncio.to_thread(host.begun.wait, 10)
        second = asyncio.create_task(ask(adapter, double))
        first.cancel()
        host.go.set()
        assert (await second).text == "width * height"
        await asyncio.gather(first, return_exceptions=True)
        await adapter.close()
    with ModelDouble(Limited("7")) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        both = await asyncio.gather(ask(adapter, double), ask(adapter, double))
        await adapter.close()
        assert [one.failure.kind for one in both if one.failure] == [FailureKind.RATE_LIMITED] * 2


async def test_asked_by_hand_a_slow_refusal_costs_one_request_and_not_one_for_each_candidate(bench):
    host = Waited(["temperature"])
    with ModelDouble(host) as double:
        named = {"CARETWISE_BASE_URL": double.base_url, "CARETWISE_MODEL": "m", "CARETWISE_ENDPOINT": "vllm"}
        async with bench(None, **named) as made:
            ask_for = made.ask("def area(width, height):\n    return ‸\n", invoked=True)
            asked = asyncio.create_task(made.app.suggester.several(ask_for))
            assert await asyncio.to_thread(host.begun.wait, 10)
            # Long enough for others to be asked for beside it.
            await asyncio.wait([asked], timeout=4 * HEAD_START)
            host.go.set()
            assert await asked
        assert sum("temperature" in request.json for request in double.requests) == 1


@pytest.mark.parametrize("field", ["messages", "model", "stream", "max_tokens", "chat_template_kwargs"])
async def test_what_makes_the_request_is_never_left_out(field):
    with ModelDouble(Picky([field], "param")) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        exchange = await ask(adapter, double)
        await adapter.close()
        assert exchange.failure is not None
        assert exchange.failure.refused_field == field
        assert len(double.requests) == 1


async def test_the_status_says_what_is_left_out(bench, tmp_path):
    with ModelDouble(Picky(["temperature"], "param")) as double:
        named = {"CARETWISE_BASE_URL": double.base_url, "CARETWISE_MODEL": "m", "CARETWISE_ENDPOINT": "vllm"}
        async with bench(None, **named) as made:
            await made.app.suggester.suggest(made.ask("def area(width, height):\n    return ‸\n"))
            status = made.app.outside.notices.status
    assert status.kind == "normal"
    assert "does not take temperature" in status.message


# -- when a host says that it wants a pause ----------------------------------------------------------------------------


class Limited(Behaviour):
    def __init__(self, retry_after: str | None, kind: str = "rate_limit_reached_error", status: int = 429) -> None:
        self.retry_after, self.kind, self.status = retry_after, kind, status

    async def answer(self, exchange: Exchange) -> None:
        headers = {} if self.retry_after is None else {"retry-after": self.retry_after}
        error = {"message": "please wait", "type": self.kind}
        await exchange.respond_json(self.status, {"error": error}, headers)


async def failure_of(behaviour: Behaviour):
    with ModelDouble(behaviour) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        exchange = await ask(adapter, double)
        await adapter.close()
        assert len(double.requests) == 1
    assert exchange.failure is not None
    return exchange.failure


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("0", 0), ("-3", 0), ("soon", 30), ("nan", 30), ("", 30), ("inf", 30), ("99999999", 3600)],
)
async def test_seconds_to_wait(header, seconds):
    failure = await failure_of(Limited(header))
    assert failure.kind is FailureKind.RATE_LIMITED
    assert failure.retry_after == seconds


async def test_a_date_to_wait_for():
    failure = await failure_of(Limited(formatdate(time.time() + 100, usegmt=True)))
    assert 95 < failure.retry_after <= 100
    assert (await failure_of(Limited(formatdate(time.time() - 100, usegmt=True)))).retry_after == 0


async def test_a_pause_longer_than_we_wait_is_said_with_the_time_that_we_wait():
    failure = await failure_of(Limited(str(3 * 86_400)))
    assert failure.retry_after == MOST_RETRY_AFTER
    assert "3 days" in failure.sentence
    assert "60 min" in failure.sentence


async def test_a_busy_server_may_say_when_it_is_back():
    failure = await failure_of(Limited("20", "overloaded", 503))
    assert failure.kind is FailureKind.SERVER_ERROR
    assert failure.retry_after == 20


@pytest.mark.parametrize("kind", ["exceeded_current_quota_error", "insufficient_quota"])
@pytest.mark.parametrize("status", [429, 403])
async def test_a_used_up_quota_is_no_rate_limit(kind, status):
    failure = await failure_of(Limited(None, kind, status))
    assert failure.kind is FailureKind.QUOTA


async def test_a_used_up_quota_may_be_said_inside_a_stream():
    class InStream(Behaviour):
        async def answer(self, exchange: Exchange) -> None:
            await exchange.open_stream()
            said = {"error": {"message": "quota", "type": "insufficient_quota", "code": "insufficient_quota"}}
            await exchange.send(f"data: {json.dumps(said)}\n\n".encode())
            await exchange.finish()

    assert (await failure_of(InStream())).kind is FailureKind.QUOTA


async def test_prompts_that_are_too_long_are_known_by_what_hosts_say():
    class TooLong(Behaviour):
        def __init__(self, error: dict[str, object]) -> None:
            self.error = error

        async def answer(self, exchange: Exchange) -> None:
            await exchange.respond_json(400, {"error": self.error})

    for error in (
        {"message": "This model's maximum context length is 64 tokens.", "param": "input_text"},
        {"message": "the request exceeds", "type": "exceed_context_size_error"},
        {"message": "Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)"},
        {"message": "too much", "code": "context_length_exceeded"},
    ):
        assert (await failure_of(TooLong(error))).kind is FailureKind.TOO_LONG, error


async def test_nothing_that_a_host_says_is_repeated():
    failure = await failure_of(Refused(429, "insufficient_quota", "key KEY sk-very-secret-key has none left"))
    assert "sk-" not in failure.sentence
