"""The Moonshot double, byte by byte and through the client that the product uses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from tests.doubles import ModelDouble, Stepped
from tests.doubles.client import Reply, ask
from tests.doubles.moonshot import REASONING, Moonshot

KEY = "sk-moonshot-test"
OFF: dict[str, Any] = {"thinking": {"type": "disabled"}}
ON: dict[str, Any] = {"thinking": {"type": "enabled"}}
PYTHON = "def area(width, height):\n    return "


def body(text: str = PYTHON, **more: Any) -> dict[str, Any]:
    return {"model": "kimi-k2.6", "messages": [{"role": "user", "content": text}], **more}


def said(answer: str = "one two three four", **more: Any) -> Reply:
    with ModelDouble(Moonshot(lambda _: answer)) as double:
        return ask(double.base_url, body=body("go", **more), key=KEY)


def error(reply: Reply) -> tuple[int, str, str]:
    return reply.status, reply.json["error"]["type"], reply.json["error"]["message"]


def test_a_key_is_needed_and_a_wrong_one_is_repeated() -> None:
    with ModelDouble(Moonshot()) as double:
        status, kind, message = error(ask(double.base_url, body=body(), key="sk-of-another-region"))
        assert (status, kind) == (401, "invalid_authentication_error")
        assert "sk-of-another-region" in message
        assert ask(double.base_url, body=body()).status == 401
        assert ask(double.base_url, "/models").status == 401


@pytest.mark.parametrize("path", ["/completions", "/fim/completions", "/responses", "/infill"])
def test_other_paths_are_not_found_in_the_hosts_own_shape(path: str) -> None:
    with ModelDouble(Moonshot()) as double:
        reply = ask(double.base_url, path, {"prompt": "a", "suffix": "b"}, key=KEY)
    assert reply.status == 404
    assert (reply.json["error"], reply.json["url"], reply.json["method"]) == ("url.not_found", "/v1" + path, "POST")


def test_models_are_listed() -> None:
    with ModelDouble(Moonshot()) as double:
        listed = ask(double.base_url, "/models", key=KEY).json
    assert [(model["id"], model["context_length"]) for model in listed["data"]] == [("kimi-k2.6", 262_144)]


def test_an_unknown_model_is_not_found() -> None:
    assert error(said(model="kimi-k2")) == (
        404,
        "resource_not_found_error",
        "Not found the model kimi-k2 or Permission denied",
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({**OFF, "temperature": 0.2}, "invalid temperature: only 0.6 is allowed for this model"),
        ({**OFF, "temperature": 1}, "invalid temperature: only 0.6 is allowed for this model"),
        ({"temperature": 0.6}, "invalid temperature: only 1 is allowed for this model"),
        ({**ON, "temperature": 0}, "invalid temperature: only 1 is allowed for this model"),
        ({"top_p": 1}, "invalid top_p: only 0.95 is allowed for this model"),
        ({"n": 2}, "invalid n: only 1 is allowed for this model"),
        ({"presence_penalty": 0.1}, "invalid presence_penalty: only 0 is allowed for this model"),
        ({"frequency_penalty": 1}, "invalid frequency_penalty: only 0 is allowed for this model"),
        ({"stop": list("abcdef")}, "invalid stop: at most 5 stop sequences are allowed, got 6"),
        ({"stop": ["é" * 17]}, "invalid stop: a stop sequence has at most 32 bytes"),
        ({"stop": 3}, "invalid stop: must be a string or a list of strings"),
        ({"thinking": {"type": "off"}}, "invalid thinking: type must be enabled or disabled"),
        ({"thinking": False}, "invalid thinking: type must be enabled or disabled"),
        ({"max_completion_tokens": 0}, "invalid max_completion_tokens: must be an integer of at least 1"),
        ({"tool_choice": "required"}, "tool_choice 'required' is not supported by this model"),
        ({"messages": []}, "Invalid request: messages must not be empty"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_the_host_refuses(more: dict[str, Any], message: str, *, stream: bool) -> None:
    assert error(said(**more, stream=stream)) == (400, "invalid_request_error", message)


@pytest.mark.parametrize(
    "more",
    [
        {**OFF, "temperature": 0.6},
        {"temperature": 1.0, "top_p": 0.95, "n": 1, "presence_penalty": 0, "frequency_penalty": 0.0},
        {"stop": ["é" * 16, "A", "B", "C", "D"]},
        {"prompt_cache_key": "x", "reasoning_effort": "none", "no_such_parameter": {"a": 1}, "temperature": None},
    ],
)
def test_what_the_host_accepts_or_ignores(more: dict[str, Any]) -> None:
    assert said(**more).json["choices"][0]["message"]["content"] == "one two three four"


def test_a_prompt_beyond_the_context_is_refused() -> None:
    with ModelDouble(Moonshot(context=10)) as double:
        assert ask(double.base_url, body=body("a" * 40), key=KEY).status == 200
        status, _, message = error(ask(double.base_url, body=body("a" * 41), key=KEY))
    assert status == 400
    assert "exceeded model token limit: 10" in message


def test_it_thinks_first_unless_it_is_told_not_to() -> None:
    thinking = said(stream=True)
    assert thinking.text("reasoning_content") == REASONING
    assert thinking.text() == "one two three four"
    deltas = [event["choices"][0]["delta"] for event in thinking.events if event["choices"]]
    assert deltas[0] == {"role": "assistant", "content": ""}
    kinds = [next(iter(delta)) for delta in deltas[1:] if delta]
    assert kinds == sorted(kinds, reverse=True)  # all reasoning_content, then all content
    assert said(stream=True, **OFF).text("reasoning_content") == ""
    message = said().json["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == (REASONING, "one two three four")
    assert "reasoning_content" not in said(**OFF).json["choices"][0]["message"]


def test_reasoning_counts_against_the_limit() -> None:
    for reply in (said(max_completion_tokens=25), said(max_tokens=25)):
        (choice,) = reply.json["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("", "length")
        assert reply.json["usage"]["completion_tokens"] == 25
    (choice,) = said(max_completion_tokens=27).json["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one two ", "length")
    # The newer name wins over its alias.
    (choice,) = said(max_completion_tokens=100, max_tokens=1).json["choices"]
    assert choice["finish_reason"] == "stop"


def test_stops_cut_the_content_and_are_not_part_of_it() -> None:
    reply = said(stream=True, stop=["three", " two"], **OFF)
    assert reply.text() == "one"
    assert reply.events[-1]["choices"][0]["finish_reason"] == "stop"


def test_usage_is_in_the_last_choice_or_in_a_chunk_of_its_own() -> None:
    *_, last = said(stream=True, **OFF).events
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["choices"][0]["usage"] == {"prompt_tokens": 1, "completion_tokens": 5, "total_tokens": 6}
    assert "usage" not in last
    *_, ending, last = said(stream=True, stream_options={"include_usage": True}, **OFF).events
    assert "usage" not in ending["choices"][0]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 6


def test_a_repeated_prefix_is_counted_in_both_places() -> None:
    with ModelDouble(Moonshot(lambda _: "x")) as double:
        head = "context " * 32  # 64 tokens
        first = ask(double.base_url, body=body(head + "one"), key=KEY).json["usage"]
        second = ask(double.base_url, body=body(head + "two"), key=KEY).json["usage"]
        other = ask(double.base_url, body=body("!" + head), key=KEY).json["usage"]
    assert "cached_tokens" not in first
    assert second["cached_tokens"] == second["prompt_tokens_details"]["cached_tokens"] == 64
    assert "cached_tokens" not in other


def test_partial_mode_goes_on_without_repeating() -> None:
    def answered(prefill: dict[str, Any]) -> str:
        messages = [{"role": "user", "content": PYTHON}, {"role": "assistant", **prefill}]
        with ModelDouble(Moonshot()) as double:
            reply = ask(double.base_url, body={**body(), "messages": messages, **OFF}, key=KEY)
        return reply.json["choices"][0]["message"]["content"]

    start = "```python\n    return "
    assert answered({"content": start, "partial": True}) == "width * height\n```"
    assert answered({"content": "    return wid", "partial": True}) == "th * height\n```"
    assert answered({"content": start}) == start + "width * height\n```"


def test_nothing_to_say_is_an_empty_answer_that_stops() -> None:
    with ModelDouble(Moonshot()) as double:
        reply = ask(double.base_url, body=body("unheard of", stream=True, **OFF), key=KEY)
    assert reply.text() == ""
    assert reply.events[-1]["choices"][0]["finish_reason"] == "stop"
    assert reply.done


@pytest.fixture
async def double() -> AsyncIterator[ModelDouble]:
    with ModelDouble(Moonshot()) as started:
        yield started


@pytest.fixture
async def client(double: ModelDouble) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=double.base_url, api_key=KEY, max_retries=0, timeout=10) as made:
        yield made


async def test_the_openai_client_streams(double: ModelDouble, client: openai.AsyncOpenAI) -> None:
    for _ in range(2):
        text, reasoning, usage = "", "", None
        stream = await client.chat.completions.create(
            model="kimi-k2.6",
            messages=[{"role": "user", "content": PYTHON}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async with stream:
            async for chunk in stream:
                usage = chunk.usage or usage
                for choice in chunk.choices:
                    text += choice.delta.content or ""
                    reasoning += (choice.delta.model_extra or {}).get("reasoning_content", "")
        assert (text, reasoning) == ("```python\n    return width * height\n```", REASONING)
        assert usage
        assert usage.completion_tokens == 25 + 10
    assert double.connections == 1
    assert double.hang_ups == []


async def test_the_openai_client_sees_usage_in_the_choice(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="kimi-k2.6", messages=[{"role": "user", "content": PYTHON}], stream=True, extra_body=OFF
    )
    async with stream:
        chunks = [chunk async for chunk in stream]
    assert chunks[-1].usage is None
    assert chunks[-1].choices[0].model_extra
    assert chunks[-1].choices[0].model_extra["usage"]["completion_tokens"] == 10


async def test_the_openai_client_raises_the_hosts_errors(double: ModelDouble, client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"only 0\.6 is allowed for this model"):
        await client.chat.completions.create(
            model="kimi-k2.6", messages=[{"role": "user", "content": "x"}], temperature=0, extra_body=OFF
        )
    async with openai.AsyncOpenAI(base_url=double.base_url, api_key="sk-wrong", max_retries=0) as other:
        with pytest.raises(openai.AuthenticationError, match="sk-wrong"):
            await other.models.list()


async def test_closing_the_openai_clients_stream_is_a_hang_up() -> None:
    with ModelDouble(Moonshot(pace=Stepped(3))) as double:
        async with openai.AsyncOpenAI(base_url=double.base_url, api_key=KEY, max_retries=0) as client:
            stream = await client.chat.completions.create(
                model="kimi-k2.6", messages=[{"role": "user", "content": PYTHON}], stream=True
            )
            async with stream:
                async for chunk in stream:
                    if (chunk.choices[0].delta.model_extra or {}).get("reasoning_content"):
                        break
            double.wait_until(lambda d: d.hang_ups)
        assert double.hang_ups[0].pieces <= 4
