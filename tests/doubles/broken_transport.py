"""Faults of the way: connections, headers and framing that are wrong, slow or without end."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from .chunks import chunk, deltas
from .exchange import SSE, Behaviour, Exchange

HTML = """<!doctype html><html><head><title>Sign in to the network</title></head>
<body><h1>Sign in</h1><form action="/login"><input name="room"></form></body></html>
"""
HUGE_LINE = 50 * 1024 * 1024
"""Bytes of the one line that `huge_line` sends."""

BOMB = 200 * 1024 * 1024
"""Bytes that the body of `gzip_bomb` inflates to."""

_BLOCK = 1024 * 1024


class Hang(Behaviour):
    """Accepts the request and never answers."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.until_hung_up()


class HeadersDrip(Behaviour):
    """Sends a byte of an endless header every `every_ms`: each read succeeds, the answer never begins."""

    def __init__(self, every_ms: float = 20) -> None:
        self.every_ms = every_ms

    async def answer(self, exchange: Exchange) -> None:
        exchange.status = 200
        await exchange.raw(b"HTTP/1.1 200 OK\r\n")
        while True:
            for byte in b"x-drip: drop by drop\r\n":
                await exchange.raw(bytes([byte]))
                await exchange.pause(self.every_ms / 1000)


class SlowDrip(Behaviour):
    """A right answer, but a byte every `every_ms`: a time-out for each read never strikes."""

    def __init__(self, every_ms: float = 20) -> None:
        self.every_ms = every_ms

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        for delta, reason in deltas("width * height"):
            for byte in f"data: {json.dumps(chunk(exchange.request, delta, reason))}\n\n".encode():
                await exchange.send(bytes([byte]))
                await exchange.pause(self.every_ms / 1000)
        await exchange.done()


class Endless(Behaviour):
    """A stream of pieces that never ends, one every `every_ms`."""

    def __init__(self, every_ms: float = 2) -> None:
        self.every_ms = every_ms

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        while True:
            await exchange.event(chunk(exchange.request, "more"))
            await exchange.pause(self.every_ms / 1000)


class EndlessComments(Behaviour):
    """A stream of comments that never ends, one every `every_ms`: the connection lives, an answer never begins."""

    def __init__(self, every_ms: float = 2) -> None:
        self.every_ms = every_ms

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream()
        while True:
            await exchange.send(b": processing\n\n")
            await exchange.pause(self.every_ms / 1000)


class Cut(Behaviour):
    """Ends after three pieces without a finish reason, with a FIN.

    `chunked=False`: the body ends with the connection, so the cut looks like a regular end. `chunked=True`: the last
    chunk is missing, which a careful client notices.
    """

    def __init__(self, *, chunked: bool = False) -> None:
        self.chunked = chunked

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream(chunked=self.chunked)
        for delta in ("widt", "h * ", "heig"):
            await exchange.event(chunk(exchange.request, delta))


class Page(Behaviour):
    """Answers with a page for people, as captive portals and gateways do."""

    def __init__(self, status: int = 200) -> None:
        self.status = status

    async def answer(self, exchange: Exchange) -> None:
        page = HTML if self.status == 200 else f"<html><body><h1>{self.status} Bad Gateway</h1></body></html>\n"
        await exchange.respond(self.status, page.encode(), {"content-type": "text/html; charset=utf-8"})


class NotSse(Behaviour):
    """Status 200 and JSON that is no answer of a model, as an address one level too high gives."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.respond_json(200, {"status": "ok", "service": "gateway", "version": "1.4.2"})


class Body(Behaviour):
    """Status 200 and this body, whatever it is said to be."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self.body, self.content_type = body, content_type

    async def answer(self, exchange: Exchange) -> None:
        await exchange.respond(200, self.body, {"content-type": self.content_type})


class HugeLine(Behaviour):
    """One event whose line has 50 MiB."""

    async def answer(self, exchange: Exchange) -> None:
        before, after = json.dumps(chunk(exchange.request, "@")).encode().split(b"@")
        await exchange.open_stream()
        await exchange.send(b"data: " + before)
        for _ in range(HUGE_LINE // _BLOCK):
            await exchange.send(b"a" * _BLOCK)
        await exchange.send(after + b"\n\n")
        await exchange.done()


class GzipBomb(Behaviour):
    """A small compressed body that inflates to 200 MiB."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream({**SSE, "content-encoding": "gzip"})
        for part in _bomb():
            await exchange.send(part)
        await exchange.finish()


def _bomb() -> Iterator[bytes]:
    """Parts of one gzip stream: the same compressed block of spaces again and again, then the right check sum."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    spaces = b" " * _BLOCK
    # After a full flush a block depends on nothing before it, so that its bytes may be repeated.
    block = packer.compress(spaces) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    for _ in range(BOMB // _BLOCK):
        check = zlib.crc32(spaces, check)
        yield block
    yield zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    yield check.to_bytes(4, "little") + BOMB.to_bytes(4, "little")
