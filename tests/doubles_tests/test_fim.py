"""The two FIM doubles."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionChunk
from tests.doubles import ModelDouble
from tests.doubles.client import ask
from tests.doubles.fim import Codestral, Fim

PYTHON: dict[str, Any] = {
    "model": "fim-model",
    "prompt": "def area(width, height):\n    return ",
    "suffix": "\n\nprint(1)",
}
TYPESCRIPT = "export function area(width: number, height: number): number {\n  return "


def test_the_missing_text_comes_in_text_chunks() -> None:
    with ModelDouble(Fim()) as double:
        reply = ask(double.base_url, "/completions", {**PYTHON, "stream": True})
        assert reply.text() == "width * height"
        assert all("text" in event["choices"][0] for event in reply.events)
        assert reply.events[-1]["choices"][0]["finish_reason"] == "stop"
        assert reply.done
        whole = ask(double.base_url, "/completions", {**PYTHON, "prompt": TYPESCRIPT, "suffix": "\n}\n"}).json
        assert whole["choices"][0]["text"] == "width * height;"
        assert whole["usage"]["completion_tokens"] == 4


def test_usage_comes_in_a_chunk_of_its_own_when_it_is_asked_for() -> None:
    with ModelDouble(Fim()) as double:
        body = {**PYTHON, "stream": True, "stream_options": {"include_usage": True}}
        *_, last = ask(double.base_url, "/completions", body).events
        *_, again = ask(double.base_url, "/completions", body).events
    assert last["choices"] == again["choices"] == []
    assert last["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert again["usage"]["prompt_tokens_details"]["cached_tokens"] == 0  # 13 tokens: less than one block


def test_limit_and_stop() -> None:
    with ModelDouble(Fim(lambda _: "one\ntwo\nthree")) as double:
        cut = ask(double.base_url, "/completions", {**PYTHON, "max_tokens": 2}).json["choices"][0]
        assert (cut["text"], cut["finish_reason"]) == ("one\ntwo\n", "length")
        for stop in ("\nth", ["zz", "\nth"]):
            cut = ask(double.base_url, "/completions", {**PYTHON, "stop": stop}).json["choices"][0]
            assert (cut["text"], cut["finish_reason"]) == ("one\ntwo", "stop")


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/chat/completions", {}, 404),
        ("/completions", {"model": "other"}, 404),
        ("/completions", {"prompt": None}, 400),
        ("/completions", {"suffix": 3}, 400),
        ("/completions", {"suffix": None}, 200),
        ("/completions", {"max_tokens": 0}, 400),
        ("/completions", {"anything": "else"}, 200),
    ],
)
def test_what_is_accepted(path: str, more: dict[str, Any], status: int) -> None:
    with ModelDouble(Fim()) as double:
        assert ask(double.base_url, path, {**PYTHON, **more}).status == status


def test_a_key_is_checked_when_there_is_one() -> None:
    with ModelDouble(Fim(key="k")) as double:
        assert ask(double.base_url, "/models").status == 401
        assert ask(double.base_url, "/models", key="k").json["data"][0]["id"] == "fim-model"


def test_codestral_has_a_path_and_fields_of_its_own() -> None:
    body = {**PYTHON, "model": "codestral-latest", "random_seed": 1}
    with ModelDouble(Codestral()) as double:
        whole = ask(double.base_url, "/fim/completions", body, key="codestral-test").json
        assert whole["choices"][0]["message"]["content"] == "width * height"
        refused = ask(double.base_url, "/fim/completions", {**body, "seed": 1}, key="codestral-test")
        assert refused.status == 422
        assert refused.json["message"]["detail"][0]["loc"] == ["body", "seed"]
        assert ask(double.base_url, "/completions", body, key="codestral-test").status == 404
        assert ask(double.base_url, "/fim/completions", body).status == 401


async def test_the_openai_client_reaches_both() -> None:
    with ModelDouble(Fim()) as double:
        async with openai.AsyncOpenAI(base_url=double.base_url, api_key="none", max_retries=0, timeout=10) as client:
            stream = await client.completions.create(**PYTHON, stream=True)
            async with stream:
                assert "".join([chunk.choices[0].text async for chunk in stream]) == "width * height"
    with ModelDouble(Codestral()) as double:
        key = "codestral-test"
        async with openai.AsyncOpenAI(base_url=double.base_url, api_key=key, max_retries=0, timeout=10) as client:
            chunks = await client.post(
                "/fim/completions",
                body={**PYTHON, "model": "codestral-latest", "stream": True},
                cast_to=ChatCompletionChunk,
                stream=True,
                stream_cls=openai.AsyncStream[ChatCompletionChunk],
            )
            async with chunks:
                text = "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])
    assert text == "width * height"
