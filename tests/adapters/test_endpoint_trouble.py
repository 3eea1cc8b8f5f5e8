"""Trouble on our own side, and refusals that hosts put into words of their own."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.doubles.broken_answers import Deltas
from tests.doubles.exchange import Behaviour, Exchange
from tests.doubles.faults import ClosedPort

from caretwise.adapters import endpoint as endpoint_module
from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.resources import catalog
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import Failure, FailureKind, of_status
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, Request, build


def request_to(base_url: str, endpoint: str = "vllm", model: str = "kimi-k2.6", role: Role = Role.INLINE) -> Request:
    found = catalog().resolve(ModelChoice("tested", model, base_url, endpoint))
    assert isinstance(found, Profile), found
    return build(found, Ask(role, messages=(("user", "def area(width, height):\n    return "),)))


async def failure_of(adapter: OpenAIEndpoint, request: Request) -> Failure:
    exchange = await adapter.exchange(request, lambda _: False, seconds=5)
    assert exchange.failure is not None, exchange
    return exchange.failure


# -- on our side -------------------------------------------------------------------------------------------------------


async def test_a_library_that_cannot_be_imported_is_said_and_tried_again(monkeypatch):
    whole = endpoint_module._import_library
    tries: list[int] = []

    def broken():
        tries.append(1)
        raise ImportError("libssl.so: cannot open shared object file")

    with ModelDouble(Deltas(["width"])) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        request = request_to(double.base_url)
        monkeypatch.setattr(endpoint_module, "_import_library", broken)
        assert isinstance(await adapter.warm(), Failure)
        failure = await failure_of(adapter, request)
        assert failure.kind is FailureKind.INTERNAL
        assert "openai" in failure.sentence
        assert isinstance(await adapter.list_models(request.profile, seconds=5), Failure)
        assert isinstance(await adapter.connection(request.profile, seconds=5), Failure)
        assert len(tries) == 4
        monkeypatch.setattr(endpoint_module, "_import_library", whole)
        exchange = await adapter.exchange(request, lambda _: False, seconds=5)
        await adapter.close()
    assert exchange.text == "width"


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    """This process may open no further file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_too_many_open_files_is_no_wrong_address():
    with ClosedPort() as port:
        adapter = OpenAIEndpoint(lambda _: "")
        request = request_to(port.base_url)
        assert "cannot be reached" in (await failure_of(adapter, request)).sentence
        with no_descriptors_left():
            failure = await failure_of(adapter, request)
        fresh = OpenAIEndpoint(lambda _: "", ca_bundle="/etc/hostname")
        await fresh.warm()
        with no_descriptors_left():
            without_client = await failure_of(fresh, request)
        await adapter.close()
        await fresh.close()
    for one in (failure, without_client):
        assert one.kind is FailureKind.OFFLINE
        assert "Too many files are open" in one.sentence


# -- what hosts call a 400 ---------------------------------------------------------------------------------------------


class Says(Behaviour):
    def __init__(self, body: object, status: int = 400) -> None:
        self.body, self.status = body, status

    async def answer(self, exchange: Exchange) -> None:
        await exchange.respond_json(self.status, self.body)


async def test_geminis_wrong_key_and_deepseeks_unknown_model():
    with ModelDouble(behaviour("gemini")) as double:
        adapter = OpenAIEndpoint(lambda _: "wrong")
        failure = await failure_of(adapter, request_to(f"{double.origin}/v1beta/openai", "gemini", "gemini-3.8-flash"))
        assert failure.kind is FailureKind.REFUSED
        await adapter.close()
    with ModelDouble(behaviour("deepseek")) as double:
        key = double.behaviour.key
        adapter = OpenAIEndpoint(lambda _: key)
        failure = await failure_of(adapter, request_to(double.base_url, "deepseek", "deepseek-v9", Role.FIX))
        assert failure.kind is FailureKind.NOT_FOUND
        assert "(400)" in failure.sentence
        await adapter.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "whatever.", "code": "model_not_found"}, FailureKind.NOT_FOUND),
        ({"message": "kimi-k9 is not a valid model ID", "code": 400}, FailureKind.NOT_FOUND),
        ({"message": "The model `kimi-k9` does not exist."}, FailureKind.NOT_FOUND),
        ({"message": "invalid temperature: only 1 is allowed for this model"}, FailureKind.BAD_REQUEST),
        ({"message": "This model's maximum context length is 64 tokens.", "param": "input"}, FailureKind.TOO_LONG),
        ({"message": "Invalid API key provided."}, FailureKind.REFUSED),
    ],
)
async def test_a_400_is_known_by_its_words(error, kind):
    with ModelDouble(Says({"error": error})) as double:
        adapter = OpenAIEndpoint(lambda _: "sk-given")
        assert (await failure_of(adapter, request_to(double.base_url))).kind is kind
        await adapter.close()


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("invalid temperature: only 0.6 is allowed for this model", ""),  # none was sent
        ("Unsupported parameter: 'max_completion_tokens' is not supported with this model", "max_completion_tokens"),
        ("This model does not support `thinking`; see the prompt guide", "thinking"),
        ("stream_options: extra fields are not permitted for this model", "stream_options"),
        ("The messages are not in the form that this model reads", ""),
    ],
)
def test_only_the_field_that_is_meant_is_named(message, field):
    request = request_to("http://localhost:9/v1", "moonshot")
    failure = of_status(400, {"error": {"message": message}}, request.profile, sent=request.body)
    assert failure.refused_field == field
    assert ("because of" in failure.sentence) == bool(field)


class Fails(Behaviour):
    """Begins an answer and then reports an error in it."""

    def __init__(self, error: object) -> None:
        self.error = error

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        await exchange.event({"choices": [{"index": 0, "delta": {"content": "wid"}}]})
        await exchange.event({"error": self.error})
        await exchange.done()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "x", "code": 429}, FailureKind.RATE_LIMITED),
        ({"message": "x", "code": "401"}, FailureKind.REFUSED),
        ({"message": "x", "code": 402}, FailureKind.QUOTA),
        ({"message": "maximum context length is 9", "code": 400}, FailureKind.TOO_LONG),
        ({"message": "x", "code": 502}, FailureKind.SERVER_ERROR),
        ({"message": "x", "code": 200}, FailureKind.SERVER_ERROR),
        ({"message": "x", "code": [429]}, FailureKind.SERVER_ERROR),
        ({"message": "x", "code": True}, FailureKind.SERVER_ERROR),
        ("x", FailureKind.SERVER_ERROR),
    ],
)
async def test_an_error_within_an_answer_is_known_by_its_code(error, kind):
    with ModelDouble(Fails(error)) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        assert (await failure_of(adapter, request_to(double.base_url))).kind is kind
        assert len(double.requests) == 1
        await adapter.close()


class Nested(Behaviour):
    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        await exchange.send(b"data: " + b"[" * 50_000 + b"]" * 50_000 + b"\n\n")
        await exchange.done()


async def test_brackets_without_end_are_a_bad_answer_and_no_fault_of_ours():
    with ModelDouble(Nested()) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        assert (await failure_of(adapter, request_to(double.base_url))).kind is FailureKind.BAD_ANSWER
        await adapter.close()


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (405, FailureKind.NOT_FOUND, "has nothing there (405)"),
        (410, FailureKind.NOT_FOUND, "has nothing there (410)"),
        (407, FailureKind.OFFLINE, "wants a user name and password"),
        (408, FailureKind.SERVER_ERROR, "(408)"),
        (415, FailureKind.BAD_REQUEST, "did not accept the request"),
        (426, FailureKind.BAD_REQUEST, "did not accept the request"),
        (431, FailureKind.BAD_REQUEST, "did not accept the request"),
        (451, FailureKind.BAD_REQUEST, "did not accept the request"),
        (529, FailureKind.SERVER_ERROR, "a problem of its own"),
    ],
)
async def test_statuses_that_are_no_problem_of_the_host_are_not_called_one(status, kind, words):
    with ModelDouble(Says({"error": {"message": "no"}}, status)) as double:
        adapter = OpenAIEndpoint(lambda _: "")
        failure = await failure_of(adapter, request_to(double.base_url))
        assert (failure.kind, words in failure.sentence) == (kind, True), failure
        await adapter.close()


# -- thoughts that are not shown ---------------------------------------------------------------------------------------


class Counted(Behaviour):
    """Deltas, then a finish reason and token counts."""

    def __init__(self, text: str, finish: str, usage: dict[str, object] | None) -> None:
        self.text, self.finish, self.usage = text, finish, usage

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        choice = {"index": 0, "delta": {"content": self.text}, "finish_reason": self.finish}
        await exchange.event({"choices": [choice]})
        if self.usage is not None:
            await exchange.event({"choices": [], "usage": self.usage})
        await exchange.done()


async def asked(answer: Behaviour, endpoint: str, model: str, role: Role = Role.INLINE):
    with ModelDouble(answer) as double:
        adapter = OpenAIEndpoint(lambda _: "key")
        exchange = await adapter.exchange(
            request_to(double.base_url, endpoint, model, role), lambda _: False, seconds=5
        )
        await adapter.close()
        return exchange.failure


HIDDEN = {"completion_tokens": 192, "completion_tokens_details": {"reasoning_tokens": 192}}


@pytest.mark.parametrize(
    ("text", "finish", "usage", "thought"),
    [
        ("", "length", HIDDEN, True),
        ("  \n", "length", HIDDEN, True),
        ("", "length", {"completion_tokens": 192}, True),
        ("<think>\nThe user wants", "length", {"completion_tokens": 192}, True),
        ("<think>no</think>", "length", {"completion_tokens": 192}, False),
        ("", "stop", HIDDEN, False),
        ("", "length", {"completion_tokens": 0}, False),
        ("", "length", None, False),
        ("width", "length", HIDDEN, False),
    ],
)
async def test_thoughts_that_only_the_count_shows(text, finish, usage, thought):
    failure = await asked(Counted(text, finish, usage), "vllm", "kimi-k2.6")
    assert (failure is not None) == thought, failure
    assert failure is None or failure.kind is FailureKind.THINKING_ONLY


@pytest.mark.parametrize(
    ("endpoint", "model", "role", "words"),
    [
        (
            "vllm",
            "kimi-k2.6",
            Role.INLINE,
            ["chat_template_kwargs = {'thinking': False, 'enable_thinking': False}", "--reasoning-parser kimi_k2"],
        ),
        ("openai-compatible", "kimi-k2.6", Role.INLINE, ["'openai-compatible' has no switch", "vllm"]),
        ("moonshot", "kimi-k2.6", Role.INLINE, ["The switch of endpoint 'moonshot' did not reach it", "vllm"]),
        ("vllm", "kimi-k2.6", Role.FIX, ["leaves no more room"]),
    ],
)
async def test_what_helps_against_thoughts(endpoint, model, role, words):
    failure = await asked(Counted("", "length", HIDDEN), endpoint, model, role)
    assert failure is not None
    for word in words:
        assert word in failure.sentence
    assert "max_tokens" not in failure.sentence  # that is no setting


async def test_a_cancelled_wait_for_the_library_leaves_it_loading(monkeypatch):
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow():
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)
        return "library"

    monkeypatch.setattr(endpoint_module, "_import_library", slow)
    adapter = OpenAIEndpoint(lambda _: "")
    first = asyncio.create_task(adapter.warm())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    release.set()
    assert await adapter.warm() == "library"
