"""A client that types on while answers are under way: a thread reads them and notes when each came."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.server_process import PATIENCE, ServerProcess, notification

_OVER = "the server ended"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: the ghost text ("" for none) and when it came (`time.monotonic()`, seconds)."""

    text: str
    at: float
    result: Any


class Typist(ServerProcess):
    """A server in a process of its own, and a thread that reads what it says once `listen` is called."""

    said: dict[int, Said]

    def listen(self) -> None:
        """Read in a thread from now on; `request` must not be used after this, `request_now` may be."""
        self.said = {}
        self._came = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            while True:
                message = self._read()
                at = time.monotonic()
                if "id" in message and "method" in message:
                    self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
                elif "id" in message:
                    with self._came:
                        self.said[message["id"]] = Said(_ghost(message.get("result")), at, message.get("result"))
                        self._came.notify_all()
        except (RuntimeError, ValueError):
            with self._came:
                self._came.notify_all()

    def ask(self, name: str, line: int, character: int, *before: Mapping[str, Any]) -> int:
        """Ask for ghost text, behind the messages `before`; returns the request's id at once."""
        return self.begin("textDocument/inlineCompletion", self.ghost_params(name, line, character), *before)

    def cancel(self, number: int) -> None:
        """`$/cancelRequest`, when the answer has not come yet."""
        if number not in self.said:
            self.send(notification("$/cancelRequest", {"id": number}))

    def wait(self, number: int, seconds: float) -> Said | None:
        """Wait for an answer."""
        with self._came:
            self._came.wait_for(lambda: number in self.said or not self._thread.is_alive(), seconds)
        return self.said.get(number)

    def request_now(self, method: str, params: Any = None) -> Any:
        """Send a request and wait for its result."""
        said = self.wait(self.begin(method, params), PATIENCE)
        if said is None:
            raise RuntimeError(_OVER)
        return said.result

    def request(self, method: str, params: Any = None, *before: Mapping[str, Any]) -> Any:
        """Send a request and wait for its result, whoever reads."""
        if hasattr(self, "_thread"):
            return self.request_now(method, params)
        return super().request(method, params, *before)


def _ghost(result: Any) -> str:
    items = result.get("items") if isinstance(result, dict) else None
    return items[0]["insertText"] if items else ""
