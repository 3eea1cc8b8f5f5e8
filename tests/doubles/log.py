"""Writes what a double received, and how it ended, as JSON lines. Keys are not written, only their length."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from .double import Ended
from .exchange import Received


class JsonLines:
    """Appends to `requests` and `ends`; a path of None writes nothing. Lines are flushed one by one."""

    def __init__(self, requests: Path | None = None, ends: Path | None = None) -> None:
        self._paths = (requests, ends)
        self._files: list[IO[str] | None] = [None, None]
        self._numbers: dict[int, int] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._files = [path.open("a", encoding="utf-8") if path else None for path in self._paths]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            if file:
                file.close()

    def request(self, received: Received) -> None:
        """One line: number (from 1), method, path, headers, JSON body, connection, time (monotonic seconds)."""
        with self._lock:
            number = self._numbers[id(received)] = len(self._numbers) + 1
            line = {
                "number": number,
                "method": received.method,
                "path": received.path,
                "headers": {name: _shown(name, value) for name, value in received.headers.items()},
                "json": received.json,
                "connection": received.connection,
                "time": received.time,
            }
            self._append(0, line)

    def end(self, ended: Ended) -> None:
        """One line: the request's number, status, pieces of body, complete, hung_up, after_ms."""
        with self._lock:
            line = {
                "number": self._numbers[id(ended.request)],
                "status": ended.status,
                "pieces": ended.pieces,
                "complete": ended.complete,
                "hung_up": ended.hung_up,
                "after_ms": round(ended.after_ms, 3),
            }
            self._append(1, line)

    def _append(self, which: int, line: dict[str, Any]) -> None:
        if file := self._files[which]:
            file.write(json.dumps(line) + "\n")
            file.flush()


def _shown(name: str, value: str) -> str:
    if name in {"authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key"}:
        scheme, _, key = value.rpartition(" ")
        return f"{scheme} ({len(key)} characters)".strip()
    return value
