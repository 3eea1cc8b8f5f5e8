"""A server as a process of our own: start it on a free port, wait until it is well, see what it does, stop it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
from tests.real_servers.table import UnexpectedError

_STOP_SECONDS = 20.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """One server process. `command` gets the port; output goes to `log`."""

    def __init__(
        self,
        name: str,
        command: Callable[[int], Sequence[str]],
        log: Path,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.port = name, free_port()
        self._command, self._log = command(self.port), log
        self._environ = {**os.environ, **(environ or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx2.AsyncClient(timeout=httpx2.Timeout(120, connect=5), trust_env=False)

    @property
    def root(self) -> str:
        """The server's address without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """The address of the OpenAI-compatible API."""
        return f"{self.root}/v1"

    async def start(self, seconds: float, say: Callable[[str], None]) -> None:
        """Start and wait for `/health`. Raises UnexpectedError when it dies first or takes longer."""
        since = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environ,
                cwd=self._log.parent,
                start_new_session=True,
            )
        said = since
        while not await self._well():
            if self._process.poll() is not None:
                raise UnexpectedError(f"ended with status {self._process.returncode}; {self._last_words()}")
            now = time.monotonic()
            if now - since > seconds:
                raise UnexpectedError(f"not well after {seconds:.0f} s; {self._last_words()}")
            if now - said > 10:
                said = now
                say(f"       {self.name} is starting, {now - since:.0f} s")
            await asyncio.sleep(0.25)

    async def _well(self) -> bool:
        try:
            return (await self.http.get(f"{self.root}/health", timeout=2)).status_code == 200
        except httpx2.HTTPError:
            return False

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", errors="replace").strip().splitlines()
        return f"last words in {self._log}: {lines[-1][:200] if lines else 'none'}"

    def resident_mb(self) -> float | None:
        """Memory of the process and its descendants in MB; None where the system does not tell (no /proc)."""
        if self._process is None or not Path("/proc/self/statm").exists():
            return None
        group = os.getpgid(self._process.pid)
        pages = 0
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.getpgid(int(entry.name)) == group:
                    pages += int((entry / "statm").read_text().split()[1])
            except (OSError, ValueError):
                continue  # it ended while we looked
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    async def post(self, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Send a body as it is; the status and the decoded answer."""
        answer = await self.http.post(self.root + path, json=body)
        return answer.status_code, answer.json()

    async def metric(self, name: str) -> float:
        """The sum of a Prometheus metric over its labels. Raises UnexpectedError when there is none."""
        text = (await self.http.get(f"{self.root}/metrics")).text
        found = re.findall(rf"^{re.escape(name)}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
        if not found:
            raise UnexpectedError(f"the server has no metric {name}")
        return sum(map(float, found))

    async def stop(self) -> None:
        """End the process and all it started."""
        await self.http.aclose()
        if self._process is None:
            return
        for way in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, way)
            except ProcessLookupError:
                break
            try:
                await asyncio.to_thread(self._process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        self._process = None
