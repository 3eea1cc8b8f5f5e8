"""Requests to one model wait for the first of them until its host has taken that one: what it refuses, it refuses once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class FirstSend:
    """Who goes first, for each kind of request, and which kinds a host has taken in this session."""

    def __init__(self) -> None:
        """Nothing was sent yet."""
        self._taken: set[Hashable] = set()
        self._first: dict[Hashable, asyncio.Future[None]] = {}

    def taken(self, kind: Hashable) -> None:
        """A host has begun to answer a request of this kind: nobody waits any more."""
        self._taken.add(kind)
        self._over(self._first.get(kind))

    @asynccontextmanager
    async def turn(self, kind: Hashable) -> AsyncIterator[None]:
        """Wait until nobody goes ahead. Whoever is first goes ahead of the others until it was taken, or has ended."""
        while kind not in self._taken and kind in self._first:
            await asyncio.wait([self._first[kind]])
        if kind in self._taken:
            yield
            return
        ahead = self._first[kind] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            if self._first.get(kind) is ahead:
                del self._first[kind]
            self._over(ahead)

    @staticmethod
    def _over(ahead: asyncio.Future[None] | None) -> None:
        if ahead is not None and not ahead.done():
            ahead.set_result(None)
