"""A session with one editor, over standard input and output or over TCP, from the first byte to the exit status."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator
from typing import Any

from pygls.lsp.server import LanguageServer

from caretwise.lsp.call import where
from caretwise.lsp.frame import FrameReader
from caretwise.lsp.pipe import (
    PIECE,
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


class _Connection(asyncio.StreamReaderProtocol):
    """One TCP connection; all but the first are closed at once."""

    def __init__(self, first: asyncio.Future[_Connection]) -> None:
        self._first = first
        self._reader = asyncio.StreamReader(limit=PIECE)
        self._transport: asyncio.Transport | None = None
        self.gone = asyncio.Event()
        super().__init__(self._reader)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        if self._first.done():
            transport.abort()
            return
        self._transport = transport
        self._first.set_result(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.gone.set()

    async def read(self) -> bytes:
        return await self._reader.read(PIECE)

    def writer(self) -> TransportWriter:
        assert self._transport is not None
        return TransportWriter(self._transport, self.gone)


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
    frames = FrameReader()
    now = asyncio.get_running_loop().time
    try:
        while data := await read():
            since = now()
            for body in frames.feed(data):
                # A handler's first step, up to its first wait, belongs before the next message.
                if protocol.receive(body) or now() - since > AT_ONCE_SECONDS:
                    await asyncio.sleep(0)
                    since = now()
                await protocol.settled()
    except OSError:
        log.warning("Reading from the editor failed.")
    except Exception as error:
        log.error("Reading from the editor failed: %s", where(error))  # noqa: TRY400 - a traceback may hold text
    if frames.is_within_frame:
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
