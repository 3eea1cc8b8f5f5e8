"""An editor of few words: frames over pipes to the real server, and its own copy of the documents."""

from __future__ import annotations

import asyncio
import collections
import itertools
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("observed_server.py")
PATIENCE = 35.0
"""Seconds in which anything must be answered: an invoked request may take 30."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was sent, and where its answer will be."""

    number: int
    answer: asyncio.Future[dict[str, Any]]


class Editor:
    """One session. Requests give the answer's JSON; the server's own requests are answered with null."""

    def __init__(self, census: Path) -> None:
        self._census = census
        self._counting = asyncio.Lock()
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.messages: collections.deque[str] = collections.deque(maxlen=200)
        self.unknown = 0
        """Answers to requests that were never sent, or a second one to the same."""

    async def start(self, root: Path, environ: Mapping[str, str], log: Path) -> None:
        """Start the server and shake hands."""
        with log.open("wb") as stderr:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", str(SERVER), env={**environ, "SOAK_CENSUS": str(self._census)}, cwd=root,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=stderr, limit=2**24,
            )  # fmt: skip
        self._reading = asyncio.create_task(self._read())
        uri = root.as_uri()
        code_action = {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "resolveSupport": {"properties": ["edit"]},
            "dataSupport": True,
        }
        capabilities = {
            "general": {"positionEncodings": ["utf-16"]},
            "textDocument": {"inlineCompletion": {}, "codeAction": code_action},
        }
        params = {"processId": os.getpid(), "rootUri": uri, "capabilities": capabilities}
        params |= {"workspaceFolders": [{"uri": uri, "name": "project"}], "clientInfo": {"name": "soak"}}
        answer = await self.request("initialize", params)
        assert "result" in answer, answer
        self.notify("initialized", {})

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    def send(self, method: str, params: Any) -> Asked:
        """Send a request."""
        number = next(self._ids)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return Asked(number, future)

    async def request(self, method: str, params: Any) -> dict[str, Any]:
        """Send a request and wait for its answer. Raises TimeoutError when there is none in time."""
        async with asyncio.timeout(PATIENCE):
            return await self.send(method, params).answer

    async def cancel(self, asked: Asked) -> dict[str, Any]:
        """Take a request back; what is answered all the same, as it must be."""
        self.notify("$/cancelRequest", {"id": asked.number})
        async with asyncio.timeout(PATIENCE):
            return await asked.answer

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    async def drain(self) -> None:
        """Wait while the server is behind with its reading."""
        assert self._process is not None and self._process.stdin is not None
        await self._process.stdin.drain()

    async def census(self, *, types: bool = False) -> dict[str, Any]:
        """What is alive in the server now."""
        assert self._process is not None
        async with self._counting, asyncio.timeout(PATIENCE):
            self._census.write_bytes(b"")
            self._process.send_signal(signal.SIGUSR2 if types else signal.SIGUSR1)
            while not (data := self._census.read_bytes()).endswith(b"\n"):
                await asyncio.sleep(0.005)
        return json.loads(data)

    async def stop(self) -> int:
        """Leave in order; the server's exit status. Whatever happens, no process is left."""
        assert self._process is not None
        try:
            await self.request("shutdown", None)
            self.notify("exit", None)
            async with asyncio.timeout(PATIENCE):
                return await self._process.wait()
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            if self._reading is not None:
                self._reading.cancel()
                await asyncio.gather(self._reading, return_exceptions=True)

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        stream = self._process.stdout
        try:
            while True:
                header = await stream.readuntil(b"\r\n\r\n")
                body = await stream.readexactly(int(header.split(b":")[1]))
                self._take(json.loads(body))
        except asyncio.IncompleteReadError:
            for future in self._waiting.values():
                future.set_exception(ConnectionError("the server has ended"))
                future.exception()  # looked at, whether somebody waits or not

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            if "id" in message:
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": None})
            elif message["method"] in {"window/showMessage", "window/logMessage"}:
                self.messages.append(message["params"]["message"])
            return
        future = self._waiting.pop(message["id"], None)
        if future is None:
            self.unknown += 1
        elif not future.done():
            future.set_result(message)
