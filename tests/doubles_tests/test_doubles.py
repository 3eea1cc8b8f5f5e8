"""The server under every double: framing, connections, hang-ups, pace, and the program."""

from __future__ import annotations

import gc
import json
import threading
import time

import pytest
from tests.doubles import Behaviour, Exchange, ModelDouble, Stepped, Timed
from tests.doubles.client import ask, connect, raw_socket
from tests.doubles.exchange import HungUpError
from tests.doubles.vllm import Vllm

MODEL = "moonshotai/Kimi-K2.6"
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "go"}], "stream": True}


def vllm(pace: Timed | Stepped | None = None, answer: str = "one two three four") -> Vllm:
    return Vllm(lambda _: answer, pace=pace, reasoning="")


def head_of(body: bytes, path: str = "/v1/chat/completions") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()


def test_requests_are_recorded_as_they_came() -> None:
    with ModelDouble(vllm()) as double:
        before = time.monotonic()
        ask(double.base_url, "/chat/completions?x=1", BODY, key="secret", headers={"X-Custom": "A"})
        (request,) = double.requests
    assert (request.method, request.path, request.query) == ("POST", "/v1/chat/completions", "x=1")
    assert request.json == BODY
    assert request.bearer == "secret"
    assert request.headers["x-custom"] == "A"
    assert before <= request.time <= time.monotonic()


def test_a_connection_serves_several_requests() -> None:
    with ModelDouble(vllm()) as double:
        connection = connect(double.base_url)
        for _ in range(3):
            connection.request("POST", "/v1/chat/completions", json.dumps(BODY))
            answer = connection.getresponse()
            assert answer.headers["transfer-encoding"] == "chunked"
            assert answer.read().endswith(b"data: [DONE]\n\n")
        assert double.connections == 1
        assert double.open_connections == 1
        connection.close()
        double.wait_until(lambda d: d.open_connections == 0)
        assert [request.connection for request in double.requests] == [1, 1, 1]
        assert double.hang_ups == []


def test_two_requests_in_one_packet_get_two_answers() -> None:
    body = json.dumps({**BODY, "stream": False}).encode()
    with ModelDouble(vllm()) as double, raw_socket(double.base_url) as wire:
        wire.sendall((head_of(body) + body) * 2)
        got = b""
        while got.count(b"chat.completion") < 2:
            part = wire.recv(65536)
            assert part, got
            got += part
        assert got.count(b"HTTP/1.1 200 OK") == 2


def test_the_bytes_of_a_stream_are_chunked_events() -> None:
    body = json.dumps(BODY).encode()
    with ModelDouble(vllm(answer="abcd")) as double, raw_socket(double.base_url) as wire:
        wire.sendall(head_of(body) + body)
        got = b""
        while not got.endswith(b"0\r\n\r\n"):
            got += wire.recv(65536)
    head, _, rest = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream")
    payload = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        payload += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    lines = payload.decode().split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    assert json.loads(lines[1].removeprefix("data: "))["choices"][0]["delta"] == {"content": "abcd"}


def test_a_chunked_request_body_is_understood() -> None:
    body = json.dumps({**BODY, "stream": False}).encode()
    parts = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"
    with ModelDouble(vllm()) as double, raw_socket(double.base_url) as wire:
        wire.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + parts)
        assert wire.recv(65536).startswith(b"HTTP/1.1 200 OK")
        assert double.requests[0].json == {**BODY, "stream": False}


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_get_400_and_the_end(sent: bytes) -> None:
    with ModelDouble(vllm()) as double, raw_socket(double.base_url) as wire:
        wire.sendall(sent)
        assert wire.recv(65536).startswith(b"HTTP/1.1 400 ")
        double.wait_until(lambda d: d.open_connections == 0)
        assert double.requests == []


def test_a_client_that_closes_in_the_middle_is_a_hang_up() -> None:
    pace = Stepped(2)
    body = json.dumps(BODY).encode()
    with ModelDouble(vllm(pace)) as double:
        with raw_socket(double.base_url) as wire:
            wire.sendall(head_of(body) + body)
            got = b""
            while b"two" not in got:
                got += wire.recv(65536)
                assert b"four" not in got
        double.wait_until(lambda d: d.hang_ups, 2)
        (hang_up,) = double.hang_ups
        assert hang_up.request is double.requests[0]
        assert hang_up.pieces == 3  # the role and two pieces of text
        assert hang_up.after_ms > 0
        assert [ended.hung_up for ended in double.ended] == [True]


def test_a_client_that_has_all_and_closes_is_none() -> None:
    with ModelDouble(vllm()) as double:
        assert ask(double.base_url, body=BODY).done
        double.wait_until(lambda d: d.open_connections == 0)
        assert double.hang_ups == []
        assert [(e.status, e.complete, e.hung_up) for e in double.ended] == [(200, True, False)]


def test_a_hang_up_is_noticed_while_a_whole_answer_is_being_made() -> None:
    body = json.dumps({**BODY, "stream": False}).encode()
    with ModelDouble(vllm(Stepped())) as double:
        with raw_socket(double.base_url) as wire:
            wire.sendall(head_of(body) + body)
            double.wait_until(lambda d: d.requests)
        double.wait_until(lambda d: d.hang_ups)
        assert double.hang_ups[0].pieces == 0


def test_a_held_stream_does_not_hold_up_others() -> None:
    pace = Stepped()
    with ModelDouble(vllm(pace)) as double:
        replies: list[str] = []
        thread = threading.Thread(target=lambda: replies.append(ask(double.base_url, body=BODY).text()))
        thread.start()
        double.wait_until(lambda d: d.requests)
        assert ask(double.base_url, "/models").status == 200
        assert replies == []
        pace.allow_all()
        thread.join(5)
        assert replies == ["one two three four"]


def test_the_pace_is_kept() -> None:
    with ModelDouble(vllm(Timed(first_token_ms=60, tokens_per_second=100), answer="a" * 16)) as double:
        start = time.monotonic()
        assert ask(double.base_url, body=BODY).text() == "a" * 16
        assert time.monotonic() - start >= 0.060 + 3 * 0.010


def test_stopping_ends_a_held_stream_and_frees_the_port() -> None:
    body = json.dumps(BODY).encode()
    double = ModelDouble(vllm(Stepped(1))).start()
    with raw_socket(double.base_url) as wire:
        wire.sendall(head_of(body) + body)
        double.wait_until(lambda d: d.requests)
        double.stop()
        while wire.recv(65536):
            pass
    assert not [thread for thread in threading.enumerate() if thread.name == f"double-{double.port}"]
    with pytest.raises(ConnectionRefusedError):
        raw_socket(double.base_url)
    with ModelDouble(vllm(), port=double.port) as again:
        assert again.base_url == double.base_url


def test_it_listens_on_loopback_only() -> None:
    with ModelDouble(vllm()) as double, raw_socket(double.base_url) as wire:
        assert wire.getpeername() == ("127.0.0.1", double.port)
        with pytest.raises(OSError, match="in use"):
            ModelDouble(vllm(), port=double.port).start()


def test_a_mistake_in_a_behaviour_is_told_to_the_test() -> None:
    class Wrong(Behaviour):
        async def answer(self, exchange: Exchange) -> None:
            raise ZeroDivisionError

    double = ModelDouble(Wrong()).start()
    with raw_socket(double.base_url) as wire:
        wire.sendall(b"GET /v1/models HTTP/1.1\r\n\r\n")
        assert wire.recv(100) == b""
    with pytest.raises(AssertionError) as caught:
        double.stop()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_waiting_has_an_end() -> None:
    with ModelDouble(vllm()) as double, pytest.raises(TimeoutError, match=r"0\.05 s"):
        double.wait_until(lambda d: d.requests, 0.05)


def test_writing_to_a_client_that_is_gone_says_so() -> None:
    seen: list[type[BaseException]] = []

    class Stubborn(Behaviour):
        async def answer(self, exchange: Exchange) -> None:
            await exchange.open_stream()
            try:
                while True:
                    await exchange.send(b"x" * 65536)
            except BaseException as error:
                seen.append(type(error))
                raise

    with ModelDouble(Stubborn()) as double:
        with raw_socket(double.base_url) as wire:
            wire.sendall(b"GET / HTTP/1.1\r\n\r\n")
            wire.recv(1000)
        double.wait_until(lambda d: d.hang_ups)
    assert seen == [HungUpError]


def test_a_mistake_in_a_callback_is_told_too() -> None:
    def broken(_: object) -> None:
        raise KeyError("log")

    double = ModelDouble(vllm(), on_request=broken).start()
    with raw_socket(double.base_url) as wire:
        wire.sendall(b"GET /v1/models HTTP/1.1\r\n\r\n")
        assert wire.recv(100) == b""
    with pytest.raises(AssertionError):
        double.stop()


def test_stopping_right_after_a_connect_leaves_no_socket_behind() -> None:
    # Unclosed sockets warn when they are collected, and warnings are errors here.
    for _ in range(30):
        with ModelDouble(vllm()) as double:
            wires = [raw_socket(double.base_url) for _ in range(3)]
        for wire in wires:
            wire.close()
    gc.collect()
