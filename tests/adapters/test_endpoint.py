"""The endpoint adapter against real HTTP on loopback: hosts that behave, and hosts that do not."""

import asyncio
import os
import time
import tracemalloc

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.doubles.faults import ClosedPort

from caretwise.adapters import endpoint as endpoint_module
from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.resources import catalog
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import FailureKind
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build

KEY = "sk-moonshot-test"
CHAT = (("user", "def area(width, height):\n    return "),)


def profile(base_url: str, endpoint: str = "moonshot", model: str = "kimi-k2.6") -> Profile:
    found = catalog().resolve(ModelChoice("tested", model, base_url, endpoint))
    assert isinstance(found, Profile), found
    return found


async def ask(
    name: str,
    endpoint: str = "moonshot",
    model: str = "kimi-k2.6",
    *,
    key: str = KEY,
    seconds: float = 5,
    role=Role.INLINE,
):
    with ModelDouble(behaviour(name, model=None if name.startswith("recorded") else model)) as double:
        adapter = OpenAIEndpoint(lambda _: key)
        try:
            await adapter.warm()
            wanted = Ask(role, messages=CHAT, prefix="def area(width, height):\n    return ", suffix="\n")
            made = build(profile(double.base_url, endpoint, model), wanted)
            return await adapter.exchange(made, lambda _: False, seconds=seconds), double
        finally:
            await adapter.close()


async def test_kimi_at_moonshot_answers_with_thinking_off_and_no_sampling():
    exchange, double = await ask("moonshot")
    assert exchange.failure is None
    assert "width * height" in exchange.text
    assert exchange.finish == "stop"
    assert exchange.first_token_ms is not None
    assert (exchange.usage.prompt or 0) > 0
    body = double.requests[0].json
    assert body["thinking"] == {"type": "disabled"}
    assert "temperature" not in body
    assert "max_completion_tokens" in body


async def test_kimi_on_vllm_is_asked_with_its_own_switch():
    exchange, double = await ask("vllm", "vllm", key="")
    assert exchange.failure is None
    assert "width * height" in exchange.text
    body = double.requests[0].json
    assert body["chat_template_kwargs"] == {"thinking": False, "enable_thinking": False}
    assert body["temperature"] == 0.6
    assert "thinking" not in body


async def test_recorded_vllm_stream_is_read():
    exchange, double = await ask("recorded-vllm", "vllm", "tiny-dsv3", key="")
    assert exchange.failure is None or exchange.failure.kind is not FailureKind.BAD_ANSWER
    assert double.requests


async def test_fill_in_the_middle_host():
    exchange, double = await ask("fim", "openai-compatible-fim", "coder", key="")
    assert exchange.failure is None, exchange.failure
    body = double.requests[0].json
    assert body["prompt"].endswith("return ")
    assert body["suffix"] == "\n"
    assert "messages" not in body


async def test_a_missing_key_is_said_before_anything_is_sent():
    exchange, double = await ask("moonshot", key="")
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.NO_KEY
    assert "MOONSHOT_API_KEY" in exchange.failure.sentence
    assert not double.requests


async def test_a_host_that_wants_a_key_where_none_is_known_is_not_said_to_have_refused_one():
    exchange, double = await ask("moonshot", "openai-compatible", key="")
    assert double.requests
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.NO_KEY
    assert "refused a request without a key (401): set CARETWISE_API_KEY" in exchange.failure.sentence


async def test_a_wrong_key_is_refused_and_never_repeated():
    exchange, _ = await ask("moonshot", key="sk-wrong-key-123456")
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.REFUSED
    assert "sk-wrong-key" not in exchange.failure.sentence


FAULTS = {
    "html": FailureKind.NOT_A_STREAM,
    "html_502": FailureKind.SERVER_ERROR,
    "not_sse": FailureKind.NOT_A_STREAM,
    "cut": FailureKind.CUT,
    "bad_json": FailureKind.BAD_ANSWER,
    "bad_utf8": FailureKind.BAD_ANSWER,
    "in_stream_error": FailureKind.SERVER_ERROR,
    "401": FailureKind.REFUSED,
    "402": FailureKind.QUOTA,
    "403": FailureKind.REFUSED,
    "404": FailureKind.NOT_FOUND,
    "429": FailureKind.RATE_LIMITED,
    "500": FailureKind.SERVER_ERROR,
    "503": FailureKind.SERVER_ERROR,
    "redirect_307": FailureKind.REDIRECT,
    "redirect_loop": FailureKind.REDIRECT,
    "hang": FailureKind.TIMEOUT,
    "slow_drip": FailureKind.TIMEOUT,
    "headers_drip": FailureKind.TIMEOUT,
    "endless": (FailureKind.TIMEOUT, FailureKind.TOO_LARGE),
    "huge_line": FailureKind.TOO_LARGE,
    "gzip_bomb": FailureKind.BAD_ANSWER,
    "reasoning_only": FailureKind.THINKING_ONLY,
}


@pytest.mark.parametrize("name", FAULTS)
async def test_fault(name):
    since = time.monotonic()
    exchange, double = await ask(name, seconds=1.5)
    assert exchange.failure is not None, exchange
    wanted = FAULTS[name]
    assert exchange.failure.kind in (wanted if isinstance(wanted, tuple) else (wanted,))
    assert time.monotonic() - since < 6
    assert KEY not in exchange.failure.sentence
    assert len(double.requests) <= 2


async def test_a_gzip_bomb_is_not_unpacked():
    await ask("html")  # the library is imported by now
    tracemalloc.start()
    try:
        await ask("gzip_bomb", seconds=3)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * 2**20


@pytest.mark.parametrize("name", ["null_content", "tool_calls"])
async def test_an_answer_without_text_has_none(name):
    exchange, _ = await ask(name, seconds=1.5)
    assert exchange.text == ""


async def test_an_event_without_choices_is_passed_over():
    exchange, _ = await ask("choices_null", seconds=1.5)
    assert exchange.text


async def test_nobody_listens():
    with ClosedPort() as port:
        adapter = OpenAIEndpoint(lambda _: KEY)
        made = build(profile(port.base_url), Ask(Role.INLINE, messages=CHAT))
        exchange = await adapter.exchange(made, lambda _: False, seconds=5)
        await adapter.close()
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.OFFLINE


async def test_nothing_of_openai_in_the_environment_reaches_another_host(monkeypatch):
    leaking = {
        "OPENAI_ORG_ID": "org-secret",
        "OPENAI_PROJECT_ID": "proj-secret",
        "OPENAI_CUSTOM_HEADERS": "X-Secret: leaked",
        "OPENAI_API_KEY": "sk-openai-secret",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }
    for name, value in leaking.items():
        monkeypatch.setenv(name, value)
    _, double = await ask("moonshot")
    sent = str(double.requests[0].headers).lower()
    assert "secret" not in sent
    assert "leaked" not in sent
    assert not [name for name in os.environ if name.startswith("OPENAI_")]
    assert endpoint_module.hidden_variable("OPENAI_API_KEY") == "sk-openai-secret"


async def test_cancelling_closes_the_connection():
    with ModelDouble(behaviour("endless")) as double:
        adapter = OpenAIEndpoint(lambda _: KEY)
        started = asyncio.Event()

        def on_text(_: str) -> bool:
            started.set()
            return False

        made = build(profile(double.base_url), Ask(Role.INLINE, messages=CHAT))
        task = asyncio.create_task(adapter.exchange(made, on_text, seconds=20))
        async with asyncio.timeout(10):
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while not double.hang_ups:
                await asyncio.sleep(0.01)
        await adapter.close()


async def test_enough_stops_reading_and_hangs_up():
    with ModelDouble(behaviour("endless")) as double:
        adapter = OpenAIEndpoint(lambda _: KEY)
        made = build(profile(double.base_url), Ask(Role.INLINE, messages=CHAT))
        exchange = await adapter.exchange(made, lambda text: len(text) > 8, seconds=20)
        assert exchange.finish == "enough"
        assert exchange.failure is None
        async with asyncio.timeout(10):
            while not double.hang_ups:
                await asyncio.sleep(0.01)
        await adapter.close()
