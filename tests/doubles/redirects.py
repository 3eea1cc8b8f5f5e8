"""Servers that send the client elsewhere, and know whether it went."""

from __future__ import annotations

from .double import ModelDouble
from .exchange import Behaviour, Exchange
from .vllm import Vllm


class Redirect307(Behaviour):
    """Sends every request on to a second double, `elsewhere`, which must never hear of it."""

    def __init__(self) -> None:
        self.elsewhere = ModelDouble(Vllm())

    def opened(self, base_url: str) -> None:
        self.elsewhere.start()

    def closed(self) -> None:
        self.elsewhere.stop()

    async def answer(self, exchange: Exchange) -> None:
        to = self.elsewhere.base_url.removesuffix("/v1") + exchange.request.path
        await exchange.respond(307, b"", {"location": to})


class RedirectLoop(Behaviour):
    """Sends every request back to itself."""

    async def answer(self, exchange: Exchange) -> None:
        await exchange.respond(307, b"", {"location": exchange.request.path})
