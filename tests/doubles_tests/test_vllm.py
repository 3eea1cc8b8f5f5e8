"""The vLLM double: its shapes are those of the recordings, its words are the script's."""

from __future__ import annotations

import re
from typing import Any

import openai
import pytest
from tests.doubles import ModelDouble
from tests.doubles.client import Reply, ask
from tests.doubles.recorded import RECORDINGS, Recording
from tests.doubles.vllm import Vllm

REAL = {path.stem: Recording.read(path) for path in (RECORDINGS / "vllm-dsv3-kimi").glob("*.txt")}
OFF = {"chat_template_kwargs": {"thinking": False}}
MODEL = "moonshotai/Kimi-K2.6"
PYTHON = "def area(width, height):\n    return "


def shape(value: Any) -> Any:
    """Names and nesting, without the values; lists by the shape of their items."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else None


def tiny(reasoning: str = "hm.") -> Vllm:
    """The double, set up as the recorded server was."""
    return Vllm(lambda _: "abcdefghijkl" * 8, model="tiny-dsv3", reasoning=reasoning, context=4096)


def silent() -> Vllm:
    """As `tiny`, but it says nothing after its thoughts: in the recordings the answer ended inside the reasoning."""
    return Vllm(lambda _: "", model="tiny-dsv3", reasoning="hm.", context=4096)


def replayed(name: str, double: Vllm) -> tuple[Recording, Reply]:
    real = REAL[name]
    assert real.request
    with ModelDouble(double) as running:
        return real, ask(running.base_url, real.path, real.request)


@pytest.mark.parametrize("name", ["bad_stream", "stop5", "suffix", "wrong_model"])
def test_refusals_are_the_recorded_ones(name: str) -> None:
    real, reply = replayed(name, tiny())
    assert (reply.status, reply.body) == (real.status, real.body)


def test_a_prompt_beyond_the_context_is_refused_in_the_recorded_words() -> None:
    with ModelDouble(tiny()) as double:
        reply = ask(double.base_url, "/completions", {"model": "tiny-dsv3", "prompt": "a b c d " * 20_000})
    real = REAL["too_long"]
    assert reply.status == real.status == 400
    assert re.sub(rb"\d+ characters \(more than \d+", b"", reply.body) == re.sub(
        rb"\d+ characters \(more than \d+", b"", real.body
    )


@pytest.mark.parametrize("name", ["chat", "completion", "prefill", "prefill_nothink"])
def test_whole_answers_have_the_recorded_shape(name: str) -> None:
    real, reply = replayed(name, silent() if name == "chat" else tiny())
    wanted = Reply(200, {}, real.body).json
    assert shape(reply.json) == shape(wanted)
    (mine,), (theirs,) = reply.json["choices"], wanted["choices"]
    assert mine["finish_reason"] == theirs["finish_reason"]
    for field, value in theirs.get("message", {}).items():
        assert (mine["message"][field] is None) == (value is None), field


@pytest.mark.parametrize(
    "name",
    [
        "chat_stream",
        "chat_stream_usage",
        "chat_nothink_stream",
        "completion_stream",
        "completion_stream_usage",
        "prefill_nothink_stream",
    ],
)
def test_streams_have_the_recorded_shape(name: str) -> None:
    real, reply = replayed(name, silent() if name in {"chat_stream", "chat_stream_usage"} else tiny())
    mine, theirs = reply.events, Reply(200, {}, real.body).events
    assert reply.done
    assert reply.headers["content-type"] == dict(real.headers)["content-type"]
    assert [shape(event) for event in mine] == [shape(event) for event in theirs]
    reasons = [[choice["finish_reason"] for choice in event["choices"]] for event in mine]
    assert reasons == [[choice["finish_reason"] for choice in event["choices"]] for event in theirs]


def test_thinking_alone_leaves_content_null() -> None:
    body = {"model": "tiny-dsv3", "messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
    with ModelDouble(tiny()) as double:
        (choice,) = ask(double.base_url, body=body).json["choices"]
        assert (choice["message"]["content"], choice["message"]["reasoning"]) == (None, "hm.")
        assert choice["finish_reason"] == "length"
        (choice,) = ask(double.base_url, body={**body, **OFF}).json["choices"]
        assert (choice["message"]["content"], choice["message"]["reasoning"]) == ("abcd", None)


def test_moonshots_own_switch_means_nothing_here() -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": PYTHON}], "stream": True}
    with ModelDouble(Vllm()) as double:
        assert ask(double.base_url, body={**body, "thinking": {"type": "disabled"}}).text("reasoning") != ""
        assert ask(double.base_url, body={**body, **OFF}).text("reasoning") == ""


def test_a_continued_message_lands_in_the_reasoning_unless_thinking_is_off() -> None:
    messages = [{"role": "user", "content": PYTHON}, {"role": "assistant", "content": "```python\n    return "}]
    body = {"model": MODEL, "messages": messages, "continue_final_message": True, "add_generation_prompt": False}
    with ModelDouble(Vllm()) as double:
        (choice,) = ask(double.base_url, body=body).json["choices"]
        assert (choice["message"]["content"], choice["message"]["reasoning"]) == (None, "width * height\n```")
        (choice,) = ask(double.base_url, body={**body, **OFF}).json["choices"]
        assert (choice["message"]["content"], choice["message"]["reasoning"]) == ("width * height\n```", None)
        both = ask(double.base_url, body={**body, "add_generation_prompt": True})
        assert both.status == 400
        # Kimi's own mark is ignored: a new turn begins.
        marked = [messages[0], {**messages[1], "partial": True}]
        (choice,) = ask(double.base_url, body={"model": MODEL, "messages": marked, **OFF}).json["choices"]
        assert choice["message"]["content"].startswith("```python")


def test_a_stop_string_that_struck_is_named() -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": PYTHON}], "stop": ["\n```"], **OFF}
    with ModelDouble(Vllm()) as double:
        (choice,) = ask(double.base_url, body=body).json["choices"]
    assert choice["message"]["content"] == "```python\n    return width * height"
    assert (choice["finish_reason"], choice["stop_reason"]) == ("stop", "\n```")


def test_the_prefix_cache_counts_whole_blocks() -> None:
    prompt = "x" * 4 * 300
    with ModelDouble(Vllm(cache_block=128)) as double:
        usages = [
            ask(double.base_url, "/completions", {"model": MODEL, "prompt": text}).json["usage"]
            for text in (prompt, prompt + "more", "y" + prompt)
        ]
    assert [usage["prompt_tokens_details"]["cached_tokens"] for usage in usages] == [0, 256, 0]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/models", None, 200),
        ("/infill", {"input_prefix": "a"}, 404),
        ("/chat/completions", None, 405),
        ("/chat/completions", [1], 400),
        ("/chat/completions", {"messages": "hello"}, 400),
        ("/chat/completions", {"messages": [{"role": "user"}], "chat_template_kwargs": 1}, 400),
        ("/chat/completions", {"messages": [{"role": "user"}], "max_tokens": 0}, 400),
        ("/chat/completions", {"messages": [{"role": "user"}], "stream_options": {"include_usage": True}}, 400),
        ("/chat/completions", {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}, 200),
        ("/completions", {"prompt": 3}, 400),
        ("/completions", {"prompt": "a", "stop": "b"}, 200),
    ],
)
def test_what_is_accepted(path: str, body: Any, status: int) -> None:
    with ModelDouble(Vllm()) as double:
        assert ask(double.base_url, path, body).status == status


def test_a_key_is_checked_when_there_is_one() -> None:
    with ModelDouble(Vllm(key="k")) as double:
        assert ask(double.base_url, "/models", key="k").json["data"][0]["id"] == MODEL
        assert ask(double.base_url, "/models").json == {"error": "Unauthorized"}


async def test_the_openai_client_streams() -> None:
    with ModelDouble(Vllm()) as double:
        async with openai.AsyncOpenAI(base_url=double.base_url, api_key="none", max_retries=0, timeout=10) as client:
            for _ in range(2):
                text, totals = "", []
                stream = await client.chat.completions.create(
                    model=MODEL,
                    messages=[{"role": "user", "content": PYTHON}],
                    stream=True,
                    stream_options={"include_usage": True},
                    extra_body=OFF,
                )
                async with stream:
                    async for chunk in stream:
                        text += "".join(choice.delta.content or "" for choice in chunk.choices)
                        if chunk.usage:
                            totals.append(chunk.usage.completion_tokens)
                assert text == "```python\n    return width * height\n```"
                assert totals == [10]
            completion = await client.completions.create(model=MODEL, prompt=PYTHON, stream=True)
            async with completion:
                pieces = [chunk.choices[0].text async for chunk in completion]
            assert "".join(pieces) == "width * height"
        assert double.connections == 1
