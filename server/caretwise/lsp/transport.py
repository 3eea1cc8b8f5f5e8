"""A session with one editor, over standard input and output or over TCP, from the first byte to the exit status."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from pygls.lsp.server import LanguageServer

from caretwise.lsp.call import where
from caretwise.lsp.frame import Broken, FrameReader
from caretwise.lsp.pipe import (
    Arrivals,
    Read,
    TransportWriter,
    Writer,
    claim_standard_streams,
    open_reader,
    open_writer,
)
from caretwise.lsp.protocol import CaretwiseProtocol

log = logging.getLogger("caretwise.lsp")

PARENT_POLL_SECONDS = 3.0
"""How often the editor's process is looked for."""

AT_ONCE_SECONDS = 0.005
"""How long messages that came together are acted on before anything else has its turn."""


async def serve_stdio(server: LanguageServer, *, parent_poll: float = PARENT_POLL_SECONDS) -> int:
    """Serve one editor on standard input and output; returns the exit status.

    0 after `shutdown`, 1 when the editor left without it, its process died, or a stream was closed from the start.
    `server` must have been made with `protocol_cls=CaretwiseProtocol`. Afterwards standard output is standard error.
    """
    try:
        source, sink = claim_standard_streams()
    except OSError:
        log.error("Standard input or output is closed; a language server needs both.")  # noqa: TRY400 - no trace wanted
        return 1
    writer = await open_writer(sink, source)
    return await run_session(server, await open_reader(source), writer, parent_poll=parent_poll)


async def serve_tcp(
    server: LanguageServer,
    host: str,
    port: int,
    *,
    parent_poll: float = PARENT_POLL_SECONDS,
    on_listening: Callable[[str, int], None] | None = None,
) -> int:
    """Serve the first editor that connects; returns the exit status as `serve_stdio` does.

    `on_listening` is called with the address once connections are taken (`port` 0 lets the system choose one). There
    is no password: use a loopback address. Raises OSError when the address cannot be bound.
    """
    loop = asyncio.get_running_loop()
    first: asyncio.Future[_Connection] = loop.create_future()
    listener = await loop.create_server(lambda: _Connection(first), host, port)
    if on_listening is not None:
        bound = listener.sockets[0].getsockname()
        on_listening(bound[0], bound[1])
    try:
        connection = await first
    finally:
        listener.close()
    return await run_session(server, connection.read, connection.writer(), parent_poll=parent_poll)


class _Connection(Arrivals):
    """One TCP connection; all but the first are closed at once."""

    def __init__(self, first: asyncio.Future[_Connection]) -> None:
        super().__init__()
        self._first = first
        self._both_ways: asyncio.Transport | None = None
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        if self._first.done():
            transport.abort()
            return
        self._both_ways = transport
        self._first.set_result(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone."""
        super().connection_lost(exc)
        self.gone.set()

    def writer(self) -> TransportWriter:
        """The way back."""
        assert self._both_ways is not None
        return TransportWriter(self._both_ways, self.gone)


class Intake:
    """Acts on what the editor sends, each message in its order."""

    def __init__(self, protocol: CaretwiseProtocol) -> None:
        """Nothing has come."""
        self._protocol = protocol
        self._frames = FrameReader()
        self._waiting: deque[bytes | Broken] = deque()

    @property
    def is_within_message(self) -> bool:
        """Whether a message would be cut off if nothing more came."""
        return self._frames.is_within_frame

    def take(self, data: bytes) -> bool:
        """Act on bytes at once; false when `rest` has to be awaited first, before more of them."""
        self._waiting.extend(self._frames.feed(data))
        return self._go_on()

    def _go_on(self) -> bool:
        until = 0.0
        while self._waiting:
            # A handler's first step, up to its first wait, belongs before the next message.
            if self._protocol.receive(self._waiting.popleft()) or not self._protocol.is_settled:
                return False
            if self._waiting:  # most often a key's two messages came, and no clock need be looked at
                until = until or time.monotonic() + AT_ONCE_SECONDS
                if time.monotonic() > until:
                    return False
        return True

    async def rest(self) -> None:
        """Give the loop its turn, wait for what the next message has to wait for, and act on what is left."""
        done = False
        while not done:
            await asyncio.sleep(0)
            await self._protocol.settled()
            done = self._go_on()


async def run_session(server: LanguageServer, read: Read, writer: Writer, *, parent_poll: float) -> int:
    """Exchange messages until the editor says `exit`, leaves or dies; returns the exit status."""
    protocol = server.protocol
    assert isinstance(protocol, CaretwiseProtocol), "the server must be made with protocol_cls=CaretwiseProtocol"
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_stray_error)
    ended: asyncio.Future[int] = loop.create_future()

    def end(status: int) -> None:
        if not ended.done():
            ended.set_result(status)

    protocol.on_exit = end
    protocol.set_writer(writer)
    with _signals_end(loop, end):
        watchers = [
            loop.create_task(watch)
            for watch in (_read_all(protocol, read, end), _wait_gone(protocol, writer, end),
                          _watch_editor(protocol, parent_poll, end))
        ]  # fmt: skip
        try:
            return await ended
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
            await protocol.stop()
            await writer.finish()


async def _read_all(protocol: CaretwiseProtocol, read: Read, end: Callable[[int], None]) -> None:
    intake = Intake(protocol)
    try:
        while await read(intake.take):
            await intake.rest()
    except OSError:
        log.warning("Reading from the editor failed.")
    except Exception as error:
        log.error("Reading from the editor failed: %s", where(error))  # noqa: TRY400 - a traceback may hold text
    if intake.is_within_message:
        log.warning("The input ended in the middle of a message.")
    end(protocol.exit_status)


async def _wait_gone(protocol: CaretwiseProtocol, writer: Writer, end: Callable[[int], None]) -> None:
    await writer.gone.wait()
    end(protocol.exit_status)


async def _watch_editor(protocol: CaretwiseProtocol, every: float, end: Callable[[int], None]) -> None:
    while protocol.editor is None or protocol.editor.is_alive():  # noqa: ASYNC110 - a process can only be polled
        await asyncio.sleep(every)
    log.warning("The editor's process is gone.")
    end(1)


@contextlib.contextmanager
def _signals_end(loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> Iterator[None]:
    """SIGINT and SIGTERM end the session in order, where the system and the thread allow it."""
    taken: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, end, 1)
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)


def _log_stray_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    log.error("Background work failed: %s", where(error) if isinstance(error, BaseException) else "unknown error")
