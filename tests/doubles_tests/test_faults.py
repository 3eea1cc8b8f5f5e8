"""Every fault does to a client what its name says. Nothing here guards against them: that is the product's task."""

from __future__ import annotations

import http.client
import json
import re
import zlib
from typing import Any

import openai
import pytest
from tests.doubles import ModelDouble
from tests.doubles.broken_answers import BIDI, ESCAPES
from tests.doubles.broken_transport import BOMB, HUGE_LINE
from tests.doubles.client import Reply, ask, connect, raw_socket
from tests.doubles.faults import FAULTS, ClosedPort, fault
from tests.doubles.redirects import Redirect307

BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "go"}], "stream": True}
REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(json.dumps(BODY))


def reply(name: str, path: str = "/chat/completions") -> Reply:
    with ModelDouble(fault(name)) as double:
        return ask(double.base_url, path, BODY, key="sk-very-secret")


def begun(name: str, at_least: int) -> tuple[bytes, bool]:
    """The first bytes of an answer without end, and whether the double noticed that the client left."""
    with ModelDouble(fault(name)) as double:
        got = b""
        with raw_socket(double.base_url) as wire:
            wire.sendall(REQUEST + json.dumps(BODY).encode())
            while len(got) < at_least:
                part = wire.recv(at_least)
                assert part
                got += part
        double.wait_until(lambda d: d.hang_ups)
        return got, double.ended[0].hung_up


def test_refuse() -> None:
    with ClosedPort() as closed, pytest.raises(ConnectionRefusedError):
        ask(closed.base_url, body=BODY)


def test_hang() -> None:
    with ModelDouble(fault("hang")) as double:
        with raw_socket(double.base_url, 0.1) as wire:
            wire.sendall(REQUEST + json.dumps(BODY).encode())
            with pytest.raises(TimeoutError):
                wire.recv(1)
        double.wait_until(lambda d: d.hang_ups)
        assert (double.ended[0].status, double.ended[0].pieces) == (None, 0)


def test_headers_drip() -> None:
    got, hung_up = begun("headers_drip", 40)
    assert got.startswith(b"HTTP/1.1 200 OK\r\nx-drip: ")
    assert b"\r\n\r\n" not in got
    assert hung_up


def test_slow_drip() -> None:
    got, hung_up = begun("slow_drip", 200)
    assert b"text/event-stream" in got
    assert re.search(rb"1\r\nd\r\n1\r\na\r\n1\r\nt\r\n", got)
    assert hung_up


def test_endless() -> None:
    got, hung_up = begun("endless", 5000)
    assert got.count(b'"content":"more"') > 10
    assert b"[DONE]" not in got
    assert hung_up


def test_cut() -> None:
    cut = reply("cut")
    assert "transfer-encoding" not in cut.headers
    assert cut.text() == "width * heig"
    assert not cut.done
    assert all(event["choices"][0]["finish_reason"] is None for event in cut.events)
    with pytest.raises(http.client.IncompleteRead):
        reply("cut_chunked")


def test_pages_for_people() -> None:
    portal, gateway = reply("html"), reply("html_502")
    assert (portal.status, gateway.status) == (200, 502)
    assert portal.headers["content-type"].startswith("text/html")
    assert b"<html" in portal.body
    assert b"<html" in gateway.body
    plain = reply("not_sse")
    assert (plain.status, plain.headers["content-type"].split(";")[0]) == (200, "application/json")
    assert "choices" not in plain.json


def test_bad_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        _ = reply("bad_json").events


def test_bad_utf8() -> None:
    with pytest.raises(UnicodeDecodeError):
        _ = reply("bad_utf8").events


def test_in_stream_error() -> None:
    broken = reply("in_stream_error")
    assert broken.status == 200
    assert broken.events[-1]["error"]["type"] == "server_error"
    assert not broken.done


def test_choices_null() -> None:
    assert b'event: error\ndata: {"message":"overloaded","choices":null}\n\n' in reply("choices_null").body


@pytest.mark.parametrize("status", [401, 402, 403, 404, 429, 500, 503])
def test_statuses(status: int) -> None:
    refused = reply(str(status))
    assert refused.status == status
    assert set(refused.json["error"]) == {"message", "type", "param", "code"}
    assert ("sk-very-secret" in refused.json["error"]["message"]) == (status in {401, 403})
    assert refused.headers.get("retry-after") == ("7" if status == 429 else None)


def test_redirect_307_knows_whether_it_was_followed() -> None:
    behaviour = Redirect307()
    with ModelDouble(behaviour) as double:
        told = ask(double.base_url, body=BODY)
        assert told.status == 307
        assert behaviour.elsewhere.requests == []
        assert behaviour.elsewhere.connections == 0
        assert told.headers["location"] == behaviour.elsewhere.base_url + "/chat/completions"
        ask(behaviour.elsewhere.base_url, body=BODY)
        assert len(behaviour.elsewhere.requests) == 1
    with pytest.raises(ConnectionRefusedError):
        ask(behaviour.elsewhere.base_url, "/models")


def test_redirect_loop() -> None:
    looped = reply("redirect_loop")
    assert (looped.status, looped.headers["location"]) == (307, "/v1/chat/completions")


def test_huge_line() -> None:
    with ModelDouble(fault("huge_line")) as double:
        connection = connect(double.base_url)
        connection.request("POST", "/v1/chat/completions", json.dumps(BODY))
        answer = connection.getresponse()
        length, newlines = 0, 0
        while part := answer.read(1 << 20):
            length += len(part)
            newlines += part.count(b"\n")
        connection.close()
    assert length > HUGE_LINE
    assert newlines == 4  # that line's end, [DONE], and an empty line after each


def test_gzip_bomb() -> None:
    bomb = reply("gzip_bomb")
    assert bomb.headers["content-encoding"] == "gzip"
    assert len(bomb.body) < 1 << 20
    inflate, length, rest = zlib.decompressobj(zlib.MAX_WBITS | 16), 0, bomb.body
    while rest:
        length += len(inflate.decompress(rest, 1 << 22))
        rest = inflate.unconsumed_tail
    length += len(inflate.flush())
    assert inflate.eof  # the check sum is right
    assert length == BOMB


def test_reasoning_only() -> None:
    thought = reply("reasoning_only")
    assert thought.text("reasoning_content").startswith("thought 0. ")
    assert (thought.text(), thought.events[-1]["choices"][0]["finish_reason"]) == ("", "length")


def test_empty_answers_of_several_kinds() -> None:
    null, filtered, tools = reply("null_content"), reply("content_filter"), reply("tool_calls")
    assert [event["choices"][0]["delta"].get("content") for event in null.events] == [None, None, None]
    assert filtered.events[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert tools.events[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert tools.events[0]["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] == "run"
    for empty in (null, filtered, tools):
        assert empty.text() == ""
        assert empty.done


def test_content_of_another_kind() -> None:
    delta = reply("list_content").events[0]["choices"][0]["delta"]
    assert delta == {"content": [{"type": "text", "text": "width * height"}]}
    assert reply("bidi").text() == BIDI
    assert reply("escape_characters").text() == ESCAPES
    assert reply("lone_surrogate").text() == "width \ud83d * height"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cut", "width * heig"),
        ("bidi", BIDI),
        ("escape_characters", ESCAPES),
        ("null_content", ""),
        ("reasoning_only", ""),
        ("lone_surrogate", "width \ud83d * height"),
    ],
)
def test_faults_speak_the_text_shape_on_the_text_path(name: str, text: str) -> None:
    spoken = reply(name, "/completions")
    assert spoken.text() == text
    assert all("delta" not in event["choices"][0] for event in spoken.events)
    assert {event["object"] for event in spoken.events} == {"text_completion"}


# What the bare `openai` client makes of each: the reason why the product needs guards of its own.
SILENT = [
    "html",
    "not_sse",
    "json_array",
    "half_json",
    "cut",
    "reasoning_only",
    "null_content",
    "content_filter",
    "tool_calls",
]


@pytest.mark.parametrize("name", SILENT)
async def test_the_bare_client_takes_these_for_answers(name: str) -> None:
    with ModelDouble(fault(name)) as double:
        async with openai.AsyncOpenAI(base_url=double.base_url, api_key="k", max_retries=0, timeout=5) as client:
            stream = await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "x"}], stream=True
            )
            async with stream:
                text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text == ("width * heig" if name == "cut" else "")


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_breaks_the_double_itself(name: str) -> None:
    double = ModelDouble(fault(name)).start()
    with raw_socket(double.base_url) as wire:
        # No body, no chat: a fault must not depend on what a well-behaved client sends.
        wire.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]")
        double.wait_until(lambda d: d.requests)
        if name != "hang":
            assert wire.recv(9).startswith(b"H")
    double.wait_until(lambda d: d.ended)
    double.stop()  # raises when the behaviour raised
    assert len(double.ended) == 1
