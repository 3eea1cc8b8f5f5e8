"""One HTTP/1.1 request and the answer to it, with the tools that a behaviour writes its answer with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

SSE = {"content-type": "text/event-stream; charset=utf-8"}
"""Headers of a stream of server-sent events."""


class HungUpError(Exception):
    """The client closed the connection before the answer was complete."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in.

    `headers` have lower-case names. `json` is the parsed body, or None when the body is empty or no JSON.
    `time` is `time.monotonic()`, in seconds, when the body was complete; `connection` counts from 1.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    json: Any
    time: float
    connection: int

    @property
    def bearer(self) -> str | None:
        """The bearer key, or None when there is none."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key if scheme.lower() == "bearer" else None


class Exchange:
    """What a behaviour answers one request with.

    Every method that writes or waits raises HungUpError as soon as the client is gone. A client that closes only its sending
    half counts as gone. An answer that is left unfinished closes the connection when the behaviour returns.
    """

    def __init__(self, request: Received, writer: asyncio.StreamWriter, gone: asyncio.Event) -> None:
        self.request = request
        self.status: int | None = None
        """HTTP status sent, or None before the answer began."""
        self.sent = 0
        """Pieces of body sent so far (events, for a stream)."""
        self.complete = False
        """True when the answer was sent to its end."""
        self.said = ""
        """What a refusal said, as text; "" for an answer that is none."""
        self.close = request.headers.get("connection", "").lower() == "close"
        """True when the connection is to be closed after this answer."""
        self._writer = writer
        self._gone = gone
        self._chunked = False

    async def respond(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """A whole answer with its length."""
        await self._head(status, {**(headers or {}), "content-length": str(len(body))})
        self.complete = True
        self.sent += 1
        await self.raw(body)

    async def respond_json(self, status: int, payload: Any, headers: Mapping[str, str] | None = None) -> None:
        """A whole JSON answer."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        self.said = body.decode("utf-8", "replace") if status >= 400 else ""
        await self.respond(status, body, {"content-type": "application/json; charset=utf-8", **(headers or {})})

    async def open_stream(self, headers: Mapping[str, str] = SSE, *, status: int = 200, chunked: bool = True) -> None:
        """Begin a body of unknown length: chunked, or (`chunked=False`) one that ends with the connection."""
        self._chunked = chunked
        self.close = self.close or not chunked
        framing = {"transfer-encoding": "chunked"} if chunked else {"connection": "close"}
        await self._head(status, {**headers, **framing})

    async def send(self, data: bytes) -> None:
        """One piece of the body of a stream."""
        self.sent += 1
        await self.raw(self._framed(data))

    async def event(self, payload: Any) -> None:
        """One server-sent event with a JSON payload."""
        await self.send(f"data: {json.dumps(payload, ensure_ascii=False, separators=(',', ':'))}\n\n".encode())

    async def finish(self, last: bytes = b"") -> None:
        """End a stream; `last` and the end go out in one write, so that a client that stops at `last` has all of it."""
        self.complete = True
        await self.raw((self._framed(last) if last else b"") + (b"0\r\n\r\n" if self._chunked else b""))

    async def done(self) -> None:
        """End a stream of events as the OpenAI wire does."""
        await self.finish(b"data: [DONE]\n\n")

    async def raw(self, data: bytes) -> None:
        """Bytes as they are, without any framing."""
        if self._gone.is_set():
            raise HungUpError
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise HungUpError from error

    async def pause(self, seconds: float) -> None:
        """Wait, unless the client goes first."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        except TimeoutError:
            return
        raise HungUpError

    async def until(self, event: asyncio.Event) -> None:
        """Wait for `event`, unless the client goes first."""
        waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._gone.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._gone.is_set():
            raise HungUpError

    async def until_hung_up(self) -> None:
        """Wait until the client is gone, which raises HungUpError, or until the double is closed, which cancels."""
        await self._gone.wait()
        raise HungUpError

    async def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        await self.raw(("\r\n".join(lines) + "\r\n\r\n").encode())

    def _framed(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data


class Behaviour:
    """How a double answers. Subclasses write `answer`; the two hooks are for behaviours that need more than one server."""

    models: tuple[str, ...] = ()
    """The model names it knows, for `serve.py` to show."""

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request."""
        raise NotImplementedError

    def opened(self, base_url: str) -> None:
        """Called once, before the first request, with the address of the double."""

    def closed(self) -> None:
        """Called once, after the last request."""
