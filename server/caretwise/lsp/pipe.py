"""Reading and writing standard input and output without ever blocking the event loop.

Pipes and sockets are polled by the loop. Where that cannot be done (Windows, a file, a terminal, one socket for both
directions) a thread does the blocking calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import select
import stat
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Protocol

log = logging.getLogger("caretwise.lsp")

Take = Callable[[bytes], bool]
"""Acts on bytes, in pieces of any size; false when the loop has to have its turn before it gets more."""

Read = Callable[[Take], Awaitable[bool]]
"""Hands what comes to a `Take` until that wants no more: then true, and false at the end. Raises OSError."""

PIECE = 64 * 1024
"""Bytes asked for in one read: the size of a Linux pipe."""

LONGEST_BACKLOG = 64 * 1024 * 1024
"""Bytes that may wait for an editor that does not read; beyond that the connection is given up."""

FLUSH_SECONDS = 2.0
"""How long the end of a session waits for the editor to take what was written."""


class Writer(Protocol):
    """Takes bytes at once and writes them when the other side reads. `gone` is set when nobody will."""

    gone: asyncio.Event

    def write(self, data: bytes) -> None:
        """Hand over `data`; returns at once and never raises."""
        ...

    def close(self) -> None:
        """Take nothing more; what was handed over is still written."""
        ...

    async def finish(self) -> None:
        """Close, and wait a bounded time until everything is written."""
        ...


class TransportWriter:
    """Writes through an asyncio transport; `gone` is set by the transport's protocol when the connection is lost."""

    def __init__(self, transport: asyncio.WriteTransport, gone: asyncio.Event) -> None:
        self._transport = transport
        self.gone = gone

    def write(self, data: bytes) -> None:
        """Hand over `data`."""
        if self.gone.is_set() or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > LONGEST_BACKLOG:
            log.error("The editor does not read what is written to it; giving up.")
            self._transport.abort()

    def close(self) -> None:
        """Take nothing more."""
        self._transport.close()

    async def finish(self) -> None:
        """Close, and wait until everything is written."""
        self.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.gone.wait(), FLUSH_SECONDS)


class ThreadWriter:
    """Writes to a descriptor from a thread of its own."""

    def __init__(self, descriptor: int) -> None:
        self.gone = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._descriptor = descriptor
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name="caretwise-stdout", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Hand over `data`."""
        if self.gone.is_set():
            return
        with self._lock:
            self._waiting += len(data)
            too_much = self._waiting > LONGEST_BACKLOG
        if too_much:
            log.error("The editor does not read what is written to it; giving up.")
            self.gone.set()
            return
        self._queue.put(data)

    def close(self) -> None:
        """Take nothing more."""
        self._queue.put(None)

    async def finish(self) -> None:
        """Close, and wait until everything is written."""
        self.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.gone.wait(), FLUSH_SECONDS)

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while (data := self._queue.get()) is not None:
                _write_all(self._descriptor, data)
                with self._lock:
                    self._waiting -= len(data)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self.gone.set)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            # Whoever shares the descriptor made it non-blocking (we ourselves when input and output are one socket).
            select.select([], [descriptor], [])


class _Lost(asyncio.BaseProtocol):
    """Sets an event when the transport is gone."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone, for whatever reason."""
        del exc
        self.gone.set()


class Arrivals(asyncio.Protocol):
    """Has bytes acted on right where the loop has read them: to wake a task for them costs another turn of the loop."""

    def __init__(self) -> None:
        self._transport: asyncio.ReadTransport | None = None
        self._take: Take | None = None
        self._stopped: asyncio.Future[bool] | None = None
        self._pieces: list[bytes] = []
        """What came while nobody read."""
        self._end: Exception | bool = False

    async def read(self, take: Take) -> bool:
        """See `Read`."""
        while self._pieces:
            if not take(self._pieces.pop(0)):
                return True
        if self._end:
            return self._ended()
        self._take, self._stopped = take, asyncio.get_running_loop().create_future()
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()
        try:
            return await self._stopped
        finally:
            self._take = self._stopped = None

    def _ended(self) -> bool:
        if isinstance(self._end, Exception):
            raise self._end
        return False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bytes will come."""
        assert isinstance(transport, asyncio.ReadTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._take is None or self._stopped is None or self._stopped.done():
            self._pieces.append(data)
            if self._transport is not None:
                self._transport.pause_reading()
            return
        try:
            if not self._take(data):
                self._stopped.set_result(True)
        except Exception as error:
            self._stopped.set_exception(error)

    def eof_received(self) -> bool:
        """No more will come; what is written is still written."""
        self._stop(True)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """No more will come."""
        self._stop(exc or True)

    def _stop(self, end: Exception | bool) -> None:
        self._end = self._end or end
        if self._stopped is not None and not self._stopped.done():
            if isinstance(end, Exception):
                self._stopped.set_exception(end)
            else:
                self._stopped.set_result(False)


def claim_standard_streams() -> tuple[int, int]:
    """Take standard input and output for the protocol alone; returns their descriptors.

    From then on a stray `print` or a child process writes to standard error, and a child reads the null device, so
    that neither can break the stream. Raises OSError when one of the two is closed.
    """
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    try:
        os.dup2(2, 1)
    except OSError:
        os.dup2(null, 1)
    if null > 2:
        os.close(null)
    sys.stdout = sys.stderr
    return source, sink


def _can_be_polled(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return sys.platform != "win32" and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))


async def open_reader(descriptor: int) -> Read:
    """Read from a descriptor, which is closed with the loop."""
    if _can_be_polled(descriptor):
        pipe = os.fdopen(descriptor, "rb", buffering=0)
        _, arrivals = await asyncio.get_running_loop().connect_read_pipe(Arrivals, pipe)
        return arrivals.read
    pieces: asyncio.Queue[bytes] = asyncio.Queue(16)

    async def read(take: Take) -> bool:
        while data := await pieces.get():
            if not take(data):
                return True
        return False

    loop = asyncio.get_running_loop()
    threading.Thread(
        target=_read_in_thread, args=(descriptor, pieces, loop), name="caretwise-stdin", daemon=True
    ).start()
    return read


def _read_in_thread(descriptor: int, pieces: asyncio.Queue[bytes], loop: asyncio.AbstractEventLoop) -> None:
    data = b"-"
    while data:
        try:
            data = os.read(descriptor, PIECE)
        except BlockingIOError:
            select.select([descriptor], [], [])
            continue
        except OSError:
            data = b""
        if loop.is_closed():
            return
        # Waiting for room keeps a fast producer from filling the memory.
        asyncio.run_coroutine_threadsafe(pieces.put(data), loop).result()


async def open_writer(descriptor: int, source: int) -> Writer:
    """Write to a descriptor; `source` is the one that is read from."""
    if not _can_be_polled(descriptor) or os.path.samestat(os.fstat(descriptor), os.fstat(source)):
        return ThreadWriter(descriptor)
    pipe = os.fdopen(descriptor, "wb", buffering=0)
    transport, lost = await asyncio.get_running_loop().connect_write_pipe(_Lost, pipe)
    return TransportWriter(transport, lost.gone)
