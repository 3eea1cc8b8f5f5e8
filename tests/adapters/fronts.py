"""What stands between a client and a model double: a TLS server with an authority of its own, and a CONNECT proxy."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self


class _Front:
    """A server on 127.0.0.1 in a thread of its own, for as long as the `with` block runs."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.connections = 0
        self._context = context
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            task = self._loop.create_task(self._guarded(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.transport.abort()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


class TlsFront(_Front):
    """Takes TLS off and passes what is in it on to a port."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        super().__init__(context)
        self._to = port

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._pipe(reader, writer, self._to)


class ConnectProxy(_Front):
    """A proxy that knows the names in `hosts` (name to port on 127.0.0.1) and notes what it is asked for."""

    def __init__(self, hosts: Mapping[str, int], *, refuse: bool = False) -> None:
        super().__init__()
        self._hosts, self._refuse = hosts, refuse
        self.asked: list[str] = []
        self.heads: list[str] = []

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        self.asked.append(f"{method} {target}")
        self.heads.append(head)
        if self._refuse or method != "CONNECT":
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self._pipe(reader, writer, self._hosts[target.rpartition(":")[0]])


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(1 << 16):
        writer.write(part)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()
