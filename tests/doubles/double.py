"""The server that a test starts: one thread, one event loop, bound to 127.0.0.1, answering as its behaviour says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from .exchange import Behaviour, Exchange, HungUpError, Received
from .http1 import BadRequestError, read_request


@dataclass(frozen=True, slots=True)
class HangUp:
    """A client that closed before the answer's end: after how many ms, and after how many pieces of body."""

    request: Received
    after_ms: float
    pieces: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How one request ended."""

    request: Received
    status: int | None
    pieces: int
    complete: bool
    hung_up: bool
    after_ms: float
    said: str = ""
    """What a refusal said."""


class _Connection(asyncio.StreamReaderProtocol):
    """Tells at once when the client closes, also while nobody reads."""

    def __init__(self, serve: Callable[[_Connection, asyncio.StreamReader, asyncio.StreamWriter], None]) -> None:
        loop = asyncio.get_running_loop()
        self.gone = asyncio.Event()
        super().__init__(asyncio.StreamReader(loop=loop), lambda r, w: serve(self, r, w), loop=loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio does this itself for sockets that it makes, as real servers' are: without it each stream waits 40 ms for
        # the client to acknowledge its head.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)


class ModelDouble:
    """A model server on 127.0.0.1 for as long as the `with` block runs. All attributes may be read from any thread.

    `on_request` and `on_end` are called in the server's thread, for logs.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        port: int = 0,
        on_request: Callable[[Received], None] | None = None,
        on_end: Callable[[Ended], None] | None = None,
    ) -> None:
        self.behaviour = behaviour
        self._wanted_port = port
        self._on_request = on_request
        self._on_end = on_end
        self._changed = threading.Condition()
        self._requests: list[Received] = []
        self._hang_ups: list[HangUp] = []
        self._ended: list[Ended] = []
        self._failures: list[BaseException] = []
        self._connections = 0
        self._open = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def base_url(self) -> str:
        """What a client is configured with: ends in `/v1`, no slash after it."""
        return f"{self.origin}/v1"

    @property
    def origin(self) -> str:
        """Scheme, host and port, for hosts whose paths do not begin with `/v1`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Received]:
        """All requests so far, in the order in which they were complete."""
        with self._changed:
            return list(self._requests)

    @property
    def hang_ups(self) -> list[HangUp]:
        """Clients that closed before the end of an answer."""
        with self._changed:
            return list(self._hang_ups)

    @property
    def ended(self) -> list[Ended]:
        """Requests that are over, in the order in which they ended."""
        with self._changed:
            return list(self._ended)

    @property
    def connections(self) -> int:
        """TCP connections accepted so far."""
        with self._changed:
            return self._connections

    @property
    def open_connections(self) -> int:
        """TCP connections that are open now."""
        with self._changed:
            return self._open

    def wait_until(self, true: Callable[[Self], object], seconds: float = 5.0) -> None:
        """Block until `true(self)`; checked after each request, end, connect and disconnect. TimeoutError otherwise."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(true(self)), seconds):
                raise TimeoutError(f"not so within {seconds} s: {self._requests=} {self._ended=} {self._open=}")

    def start(self) -> Self:
        """Listen. Raises OSError when the port is taken."""
        listener = socket.create_server(("127.0.0.1", self._wanted_port))
        self.port = listener.getsockname()[1]
        self.behaviour.opened(self.base_url)
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name=f"double-{self.port}", daemon=True
        )
        self._thread.start()
        if not ready.wait(10):
            raise TimeoutError("the server's thread did not start within 10 s")
        return self

    def stop(self) -> None:
        """Close all connections and the port. Raises the first error that the behaviour raised, if any."""
        if self._loop and self._stop and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
        self.behaviour.closed()
        if self._failures:
            raise AssertionError("the double itself failed") from self._failures[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: _Connection(self._connected), sock=listener)
        ready.set()
        await self._stop.wait()
        with contextlib.suppress(NotImplementedError):  # the loop of Windows has no readers
            self._loop.remove_reader(listener)
        await self._cancel_all()
        # What is left are tasks of the loop's own, which set up connections accepted a moment ago. A server that is
        # closed before they are done leaves their sockets open.
        if accepting := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(accepting, timeout=5)
        server.close()
        await self._cancel_all()
        await server.wait_closed()

    async def _cancel_all(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # A task that was cancelled before its first step had no chance to close its connection.
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.sleep(0)

    def _connected(self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._changed:
            self._connections += 1
            self._open += 1
            number = self._connections
            self._changed.notify_all()
        # asyncio does this for its own listeners only. Without it each answer waits 40 ms for the client's delayed ACK.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._writers.add(writer)
        task = asyncio.get_running_loop().create_task(self._converse(number, connection.gone, reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(
        self, number: int, gone: asyncio.Event, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while request := await read_request(reader, number):
                if not await self._exchange(Exchange(request, writer, gone)):
                    break
        except BadRequestError as error:
            body = json.dumps({"error": {"message": str(error), "type": "bad_request"}}).encode()
            head = f"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
        except ConnectionError:
            pass
        except Exception as error:  # a mistake in a callback belongs to the test, as one in a behaviour does
            self._failures.append(error)
        finally:
            await _closed(writer)
            self._writers.discard(writer)
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    async def _exchange(self, exchange: Exchange) -> bool:
        """Answer one request; True when the connection stays open for the next."""
        with self._changed:
            self._requests.append(exchange.request)
            self._changed.notify_all()
        if self._on_request:
            self._on_request(exchange.request)
        hung_up = False
        try:
            await self.behaviour.answer(exchange)
        except HungUpError:
            hung_up = not exchange.complete
        except Exception as error:
            self._failures.append(error)
        self._end(exchange, hung_up=hung_up)
        return exchange.complete and not exchange.close

    def _end(self, exchange: Exchange, *, hung_up: bool) -> None:
        after_ms = (time.monotonic() - exchange.request.time) * 1000
        ended = Ended(
            exchange.request, exchange.status, exchange.sent, exchange.complete, hung_up, after_ms, exchange.said
        )
        with self._changed:
            if hung_up:
                self._hang_ups.append(HangUp(exchange.request, after_ms, exchange.sent))
            self._ended.append(ended)
            self._changed.notify_all()
        if self._on_end:
            self._on_end(ended)


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close politely; a client that does not read is cut off after a second."""
    writer.close()
    try:
        async with asyncio.timeout(1):
            await writer.wait_closed()
    except (TimeoutError, ConnectionError):
        writer.transport.abort()
