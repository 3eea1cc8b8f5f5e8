"""A language server as a benchmark sees it: a process, its bytes, its processor time and its memory (Linux: /proc)."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE = 60.0
"""Seconds that a server has for its end."""

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "inlineCompletion": {},
        "synchronization": {"didSave": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
}


def caretwise(*options: str) -> list[str]:
    """The command that editors start."""
    return [sys.executable, "-P", "-m", "caretwise", "serve", *options]


def bare_pygls() -> list[str]:
    """The server to compare with."""
    return [sys.executable, "-P", str(Path(__file__).with_name("bare_pygls.py"))]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user with an empty home."""
    home.mkdir(parents=True, exist_ok=True)
    ours = ("CARETWISE_", "OPENAI_", "XDG_", "DO_NOT_TRACK", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    folders = {"CARETWISE_CACHE_DIR": str(home / "cache"), "CARETWISE_STATE_DIR": str(home / "state")}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), **folders, **more}


def model_environment(base_url: str) -> dict[str, str]:
    """What a user sets to reach a model."""
    return {"CARETWISE_BASE_URL": base_url, "CARETWISE_MODEL": "kimi-k2.6", "CARETWISE_ENDPOINT": "moonshot",
            "CARETWISE_API_KEY": "sk-moonshot-test"}  # fmt: skip


def place(line: int, character: int) -> dict[str, int]:
    """A position."""
    return {"line": line, "character": character}


class ServerProcess:
    """A server in a process of its own; requests are answered one at a time, blocking."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], folder: Path, log: Path) -> None:
        """Start the process; `log` gets its standard error."""
        self.started = time.perf_counter()
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                command, env=dict(environ), cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
            )
        self.folder = folder
        self._ids = itertools.count(1)
        self._versions: dict[str, int] = {}
        self.notifications: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        """Answers to requests, in their order."""

    def __enter__(self) -> Self:
        """The process runs."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Shut the server down as editors do."""
        if kind is None:
            self.request("shutdown")
            self.notify("exit")
        else:
            self.process.kill()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(PATIENCE)

    # -- messages

    def send(self, *messages: Mapping[str, Any]) -> None:
        """Write messages, in one piece."""
        self.send_bytes(frames(*messages))

    def send_bytes(self, data: bytes) -> None:
        """Write frames that were made before."""
        stream = self.process.stdin
        assert stream is not None
        stream.write(data)
        stream.flush()

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send(notification(method, params))

    def begin(self, method: str, params: Any = None, *before: Mapping[str, Any]) -> int:
        """Send a request, behind the messages `before` and in one piece with them; returns its id."""
        number = next(self._ids)
        content = {"jsonrpc": "2.0", "id": number, "method": method}
        self.send(*before, content if params is None else {**content, "params": params})
        return number

    def answer(self, number: int) -> dict[str, Any]:
        """Wait for an answer, whole. Requests of the server's own are answered with null."""
        while True:
            message = self._read()
            if "method" in message and "id" in message:
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            elif "method" in message:
                self.notifications.append(message)
            elif message.get("id") == number:
                self.answers.append(message)
                return message

    def request(self, method: str, params: Any = None, *before: Mapping[str, Any]) -> Any:
        """Send a request and wait; returns its result. Raises RuntimeError when the server refused it."""
        answer = self.answer(self.begin(method, params, *before))
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _read(self) -> dict[str, Any]:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while line := stream.readline():
            if line == b"\r\n":
                return json.loads(stream.read(length))
            if match := re.fullmatch(rb"Content-Length: (\d+)\r\n", line):
                length = int(match[1])
        raise RuntimeError("the server ended")

    # -- a session

    def initialize(self) -> float:
        """The handshake; returns the seconds from the start of the process to the answer."""
        uri = self.folder.as_uri()
        params = {"processId": os.getpid(), "rootUri": uri, "capabilities": CAPABILITIES,
                  "workspaceFolders": [{"uri": uri, "name": "project"}], "clientInfo": {"name": "benchmark"}}  # fmt: skip
        self.request("initialize", params)
        taken = time.perf_counter() - self.started
        self.notify("initialized", {})
        return taken

    def uri(self, name: str) -> str:
        """The URI of a file of the project."""
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str, language_id: str = "python") -> None:
        """`didOpen`."""
        self._versions[name] = 1
        item = {"uri": self.uri(name), "languageId": language_id, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, name: str, start: dict[str, int], end: dict[str, int], text: str) -> dict[str, Any]:
        """A `didChange`, not sent yet."""
        self._versions[name] += 1
        document = {"uri": self.uri(name), "version": self._versions[name]}
        changes = [{"range": {"start": start, "end": end}, "text": text}]
        return notification("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def ghost_params(self, name: str, line: int, character: int, *, invoked: bool = False) -> dict[str, Any]:
        """What an inline completion is asked with."""
        where = {"textDocument": {"uri": self.uri(name)}, "position": place(line, character)}
        return {**where, "context": {"triggerKind": 1 if invoked else 2}}

    def ghost(self, name: str, line: int, character: int, *before: Mapping[str, Any], invoked: bool = False) -> str:
        """The ghost text at a place ("" for none); `before` is sent in one piece with the request."""
        params = self.ghost_params(name, line, character, invoked=invoked)
        items = self.request("textDocument/inlineCompletion", params, *before)["items"]
        return items[0]["insertText"] if items else ""

    def barrier(self, name: str, *before: Mapping[str, Any]) -> None:
        """A request that costs next to nothing and is answered after everything before it."""
        where = {"start": place(0, 0), "end": place(0, 0)}
        params = {"textDocument": {"uri": self.uri(name)}, "range": where, "context": {"diagnostics": []}}
        self.request("textDocument/codeAction", params, *before)

    # -- figures

    def cpu(self) -> float:
        """Seconds of processor time of all threads that live."""
        return _cpu(self.process.pid)

    def cpu_of_all(self) -> float:
        """As `cpu`, together with the processes that the server has started and that live (the index is one)."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return self.cpu() + sum(_cpu(int(child)) for found in children for child in found.read_text().split())

    def resident(self) -> float:
        """Megabytes (2**20) of resident memory."""
        return self._memory("VmRSS")

    def forget_peak(self) -> None:
        """The peak of resident memory is counted from now on."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak(self) -> float:
        """Megabytes (2**20) of resident memory at its peak."""
        return self._memory("VmHWM")

    def _memory(self, name: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def quiet(self, *, seconds: float = 0.5, most: float = 30.0) -> None:
        """Wait until the server, with the processes it has started, uses less than 2 % of a processor over `seconds`.

        What starts up has started up then, and the index of the workspace is whole.
        """
        deadline = time.monotonic() + most
        while time.monotonic() < deadline:
            before = self.cpu_of_all()
            time.sleep(seconds)
            if self.cpu_of_all() - before < seconds * 0.02:
                return
        raise RuntimeError("the server does not come to rest")


def _cpu(process: int) -> float:
    """Seconds of processor time of all threads of a process that live."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def frames(*messages: Mapping[str, Any]) -> bytes:
    """Messages as they go over the wire."""
    bodies = [json.dumps(message).encode() for message in messages]
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)


def notification(method: str, params: Any = None) -> dict[str, Any]:
    """A notification's content."""
    content = {"jsonrpc": "2.0", "method": method}
    return content if params is None else {**content, "params": params}
