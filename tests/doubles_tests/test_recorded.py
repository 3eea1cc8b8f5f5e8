"""The replaying double: right recording, same bytes, and no guess where nothing was recorded."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from tests.doubles import ModelDouble, Stepped
from tests.doubles.behaviours import behaviour
from tests.doubles.client import ask, raw_socket
from tests.doubles.recorded import RECORDINGS, Recorded, Recording

FOLDERS = {name: RECORDINGS / name for name in ("vllm-dsv3-kimi", "llama-server-smollm2")}
ALL = [(folder, path.stem) for folder, place in FOLDERS.items() for path in sorted(place.glob("*.txt"))]


def test_all_recordings_are_there() -> None:
    assert len(ALL) == 32


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_the_request_of_a_recording_gets_its_answer_byte_for_byte(folder: str, name: str) -> None:
    real = Recording.read(FOLDERS[folder] / f"{name}.txt")
    with ModelDouble(Recorded(FOLDERS[folder])) as double:
        # Two recordings keep only the beginning of a request for a prompt of 160,000 characters.
        request = real.request or {"model": double.behaviour.models[0], "prompt": "a b c d " * 20_000}
        reply = ask(double.base_url, real.path, request)
        double.wait_until(lambda d: d.ended)
    assert (reply.status, reply.body) == (real.status, real.body)
    assert reply.headers["x-recording"] == name
    assert "x-recording-differs" not in reply.headers
    for field, value in real.headers:
        assert reply.headers[field.lower()] == value


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_the_parts_of_a_recording_are_the_file(folder: str, name: str) -> None:
    path = FOLDERS[folder] / f"{name}.txt"
    real = Recording.read(path)
    head = "\n".join(f"{field}: {value}" for field, value in real.headers)
    assert path.read_bytes().endswith(f"\n\nHTTP {real.status}\n{head}\n\n".encode() + real.body)
    if real.streamed:
        assert b"".join(real.events) == real.body
    else:
        assert int({n.lower(): v for n, v in real.headers}["content-length"]) == len(real.body)
        json.loads(real.body)


CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "another prompt"}], "max_tokens": 99, "temperature": 1}


@pytest.mark.parametrize(
    ("folder", "path", "body", "name", "status"),
    [
        ("vllm-dsv3-kimi", "/chat/completions", {**CHAT, "stop": ["a"] * 4}, "chat", 200),
        ("vllm-dsv3-kimi", "/chat/completions", {**CHAT, "stop": ["a"] * 5}, "stop5", 400),
        ("vllm-dsv3-kimi", "/chat/completions", {**CHAT, "stream": True, "model": "kimi"}, "wrong_model", 404),
        ("vllm-dsv3-kimi", "/completions", {"prompt": "a", "suffix": "b", "stream": True}, "suffix", 400),
        ("vllm-dsv3-kimi", "/completions", {"prompt": "a" * 139_265}, "too_long", 400),
        ("vllm-dsv3-kimi", "/completions", {"prompt": "a" * 139_264}, "completion", 200),
        (
            "llama-server-smollm2",
            "/completions",
            {"prompt": "a", "suffix": "b", "stream": True},
            "completion_stream",
            200,
        ),
        ("llama-server-smollm2", "/completions", {"prompt": "a", "suffix": "b"}, "suffix", 200),
        ("llama-server-smollm2", "/chat/completions", {**CHAT, "model": "kimi", "stream": True}, "chat_stream", 200),
        ("llama-server-smollm2", "/chat/completions", {**CHAT, "stop": ["a"] * 5}, "chat", 200),
        ("llama-server-smollm2", "/completions", {"prompt": "a" * 16_385}, "too_long", 400),
    ],
)
def test_features_choose_the_recording(folder: str, path: str, body: dict[str, Any], name: str, status: int) -> None:
    with ModelDouble(Recorded(FOLDERS[folder])) as double:
        reply = ask(double.base_url, path, {"model": double.behaviour.models[0], **body})
    assert (reply.headers["x-recording"], reply.status) == (name, status)


def test_a_recording_that_lacks_usage_says_so() -> None:
    body = {
        **CHAT,
        "stream": True,
        "chat_template_kwargs": {"thinking": False},
        "stream_options": {"include_usage": True},
    }
    with ModelDouble(Recorded(FOLDERS["vllm-dsv3-kimi"])) as double:
        reply = ask(double.base_url, body=body)
    assert reply.headers["x-recording"] == "chat_nothink_stream"
    assert reply.headers["x-recording-differs"] == "include_usage"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chat/completions", {**CHAT, "chat_template_kwargs": {"thinking": False}}, 501),
        (
            "/chat/completions",
            {
                "messages": [{"role": "assistant", "content": "a"}],
                "continue_final_message": True,
                "add_generation_prompt": True,
            },
            501,
        ),
        ("/chat/completions", {}, 400),
        ("/chat/completions", "hello", 400),
        ("/infill", {"input_prefix": "a"}, 404),
        ("/models", None, 200),
    ],
)
def test_what_was_not_recorded_is_not_made_up(path: str, body: Any, status: int) -> None:
    with ModelDouble(behaviour("recorded-vllm")) as double:
        assert ask(double.base_url, path, body).status == status


def test_a_replay_can_be_held() -> None:
    pace = Stepped(2)
    with ModelDouble(Recorded(FOLDERS["vllm-dsv3-kimi"], pace=pace)) as double, raw_socket(double.base_url) as wire:
        body = json.dumps({"model": "tiny-dsv3", "prompt": "x", "stream": True}).encode()
        wire.sendall(b"POST /v1/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        got = b""
        while b" defaults" not in got:
            got += wire.recv(65536)
        assert b"ption" not in got
        pace.allow_all()
        while not got.endswith(b"0\r\n\r\n"):
            got += wire.recv(65536)


async def test_the_openai_client_reads_a_replay() -> None:
    with ModelDouble(Recorded(FOLDERS["llama-server-smollm2"])) as double:
        async with openai.AsyncOpenAI(base_url=double.base_url, api_key="none", max_retries=0, timeout=10) as client:
            stream = await client.chat.completions.create(
                model="smol", messages=[{"role": "user", "content": "hello"}], stream=True
            )
            async with stream:
                text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text == "```python\ndef add("
