"""How fast a double writes: by the clock, or piece by piece as the test allows it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import Protocol

from .exchange import Exchange


class Pace(Protocol):
    """Says when the next piece of an answer may be written."""

    async def before(self, index: int, exchange: Exchange) -> None:
        """Wait until piece `index` (from 0) of the answer may go. Raises HungUpError when the client goes first."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Piece 0 after `first_token_ms`, the others at `tokens_per_second`; 0 means without waiting. One piece is one token."""

    first_token_ms: float = 0
    tokens_per_second: float = 0

    async def before(self, index: int, exchange: Exchange) -> None:
        if index == 0:
            await exchange.pause(self.first_token_ms / 1000)
        elif self.tokens_per_second > 0:
            await exchange.pause(1 / self.tokens_per_second)


class Stepped:
    """Pieces go only as the test allows them: a stream can be held at a known place without any clock."""

    def __init__(self, allowed: int = 0) -> None:
        self._lock = threading.Lock()
        self._allowed: float = allowed
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def allow(self, pieces: int = 1) -> None:
        """Let `pieces` more pieces go, over all streams together. From any thread."""
        self._grant(pieces)

    def allow_all(self) -> None:
        """Hold nothing back from now on. From any thread."""
        self._grant(float("inf"))

    def _grant(self, pieces: float) -> None:
        with self._lock:
            self._allowed += pieces
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    async def before(self, index: int, exchange: Exchange) -> None:
        while True:
            with self._lock:
                if self._allowed >= 1:
                    self._allowed -= 1
                    return
                event = asyncio.Event()
                self._waiting.append((asyncio.get_running_loop(), event))
            await exchange.until(event)
