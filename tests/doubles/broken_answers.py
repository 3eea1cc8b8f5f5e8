"""Faults of the answer: right framing, but content that is wrong, empty, hostile or of another kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .chunks import chunk
from .exchange import Behaviour, Exchange

BIDI = "return width \u202e/* thgieh */\u202c * height\u200b"
"""Text with direction marks and a zero-width space: it does not read as it runs."""

ESCAPES = "return \x1b[31mwidth\x1b[0m\x1b]0;title\x07 * \x00height\x9b2J\x08"
"""Text with terminal control: colours, a window title, a bell, NUL, an 8-bit CSI, a backspace."""


class Deltas(Behaviour):
    """A right stream of the given deltas (text, or whole deltas for a chat) that ends with `reason`."""

    def __init__(self, deltas: Sequence[Any], reason: str | None = "stop") -> None:
        self.deltas = tuple(deltas)
        self.reason = reason

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        for delta in self.deltas:
            await exchange.event(chunk(exchange.request, delta))
        await exchange.event(chunk(exchange.request, {}, self.reason))
        await exchange.done()


class Bytes(Behaviour):
    """One right piece, then these bytes as an event, then a right end."""

    def __init__(self, event: bytes) -> None:
        self.event = event

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        await exchange.event(chunk(exchange.request, "width"))
        await exchange.send(self.event)
        await exchange.event(chunk(exchange.request, "", "stop"))
        await exchange.done()


class LoneSurrogate(Behaviour):
    """Half of a surrogate pair, written as a JSON escape: valid JSON, no valid text."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        half = json.dumps(chunk(exchange.request, "width \ud83d * height"))
        await exchange.send(f"data: {half}\n\n".encode())
        await exchange.event(chunk(exchange.request, "", "stop"))
        await exchange.done()


class InStreamError(Behaviour):
    """Status 200, two pieces, then an error inside the stream and its end."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        for piece in ("widt", "h * "):
            await exchange.event(chunk(exchange.request, piece))
        await exchange.event({"error": {"message": "The engine stopped while it wrote.", "type": "server_error"}})
        await exchange.finish()


class ChoicesNull(Behaviour):
    """An `event: error` whose data has no `error`: clients take it for a chunk without choices."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        await exchange.event(chunk(exchange.request, "width"))
        await exchange.send(b'event: error\ndata: {"message":"overloaded","choices":null}\n\n')
        await exchange.done()


class Status(Behaviour):
    """An error status in the shape of OpenAI's errors. The message of 401 and 403 repeats the key, as real hosts do."""

    def __init__(self, status: int, kind: str, message: str, *, retry_after: float | None = None) -> None:
        self.status, self.kind, self.message, self.retry_after = status, kind, message, retry_after

    async def answer(self, exchange: Exchange) -> None:
        key = exchange.request.bearer or "no key"
        error = {"message": self.message.replace("KEY", key), "type": self.kind, "param": None, "code": self.kind}
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        await exchange.respond_json(self.status, {"error": error}, headers)


TOOL_CALLS: tuple[dict[str, Any], ...] = (
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "run", "arguments": ""}}],
    },
    {"tool_calls": [{"index": 0, "function": {"arguments": '{"command":"ls"}'}}]},
)
