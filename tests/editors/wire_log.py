"""Records what passes between an editor and the server, and makes an editing session for `tests/measure` of it.

python wire_log.py LOG COMMAND...      stands between the two: runs COMMAND, copies everything, notes each message
python wire_log.py --session LOG NAME  prints the session; its truth is written by hand, by who did the editing
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO


def main(arguments: list[str]) -> int:
    """See above."""
    if arguments[0] == "--session":
        sys.stdout.write(session(Path(arguments[1]), arguments[2]))
        return 0
    log = open(arguments[0], "a", encoding="utf-8")  # noqa: SIM115 - open for as long as the process lives
    lock = threading.Lock()
    server = subprocess.Popen(arguments[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None

    def note(who: str, body: bytes) -> None:
        with lock:
            log.write(json.dumps({"at": time.time(), "from": who, "message": json.loads(body)}) + "\n")
            log.flush()

    back = threading.Thread(target=_copy, args=(server.stdout, sys.stdout.buffer, lambda body: note("server", body)))
    back.start()
    _copy(sys.stdin.buffer, server.stdin, lambda body: note("editor", body))
    server.stdin.close()
    back.join()
    return server.wait()


def _copy(source: BinaryIO, target: BinaryIO, note: Any) -> None:
    while True:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = source.read(1)
            if not byte:
                return
            head += byte
        found = re.search(rb"Content-Length: *(\d+)", head, re.IGNORECASE)
        assert found is not None
        body = source.read(int(found[1]))
        note(body)
        target.write(head + body)
        target.flush()


def session(log: Path, name: str) -> str:
    """The session in a log, without its truth. Addresses are replaced by names, ids of suggestions by s1, s2 ..."""
    return _Writer(name).write([json.loads(line) for line in log.read_text("utf-8").splitlines()])


class _Writer:
    def __init__(self, name: str) -> None:
        self.name, self.editor, self.encoding = name, "", "utf-16"
        self.lines: list[str] = []
        self.documents: dict[str, str] = {}
        self.suggestions: dict[str, str] = {}
        self.asked: dict[Any, str] = {}
        self.began: float | None = None

    def write(self, entries: list[dict[str, Any]]) -> str:
        for entry in entries:
            message = entry["message"]
            lines = self.answer(message) if entry["from"] == "server" else self.said(message)
            for line in lines:
                self.began = entry["at"] if self.began is None else self.began
                self.lines.append(f"{entry['at'] - self.began:.3f} {line}")
        steps = "\n".join(self.lines)
        return (
            f"-- about --\n{self.name}\n\n-- editor --\nname: {self.editor}\nencoding: {self.encoding}\n\n"
            f"-- steps --\n{steps}\n700 end\n\n-- truth --\n"
        )

    def answer(self, message: dict[str, Any]) -> list[str]:
        result = message.get("result")
        if isinstance(result, dict) and "capabilities" in result:
            self.encoding = result["capabilities"].get("positionEncoding", "utf-16")
        uri = self.asked.pop(message.get("id"), None) if "method" not in message else None
        if uri is None or not isinstance(result, dict):
            return []
        lines: list[str] = []
        for item in result["items"]:
            suggestion = self.suggestions.setdefault(item["command"]["arguments"][0], f"s{len(self.suggestions) + 1}")
            start, end = item["range"]["start"], item["range"]["end"]
            more = f" replaces={end['character'] - start['character']}" if start != end else ""
            lines.append(f"offer {suggestion} {uri} {_place(start)} {_quoted(item['insertText'])}{more}")
        return lines

    def said(self, message: dict[str, Any]) -> list[str]:
        params = message.get("params") or {}
        method = message.get("method", "").rpartition("/")[2]
        if method == "initialize":
            self.editor = params["clientInfo"]["name"]
        elif method == "inlineCompletion":
            self.asked[message["id"]] = self.documents[params["textDocument"]["uri"]]
        elif method == "executeCommand" and params["command"] == "caretwise.accept":
            suggestion, amount = params["arguments"]
            known = self.suggestions.get(suggestion)  # none: a fix
            return [f"accept {known} {amount}"] if known is not None else []
        elif method in {"didShow", "didDismiss", "didPartiallyAccept"} and params["id"] in self.suggestions:
            word = {"didShow": "shown", "didDismiss": "dismiss", "didPartiallyAccept": "part"}[method]
            length = f" {params['acceptedLength']}" if word == "part" else ""
            return [f"{word} {self.suggestions[params['id']]}{length}"]
        elif method in {"didOpen", "didChange", "didClose"}:
            return self.document(method, params)
        return []

    def document(self, method: str, params: dict[str, Any]) -> list[str]:
        document = params["textDocument"]
        ending = document["uri"].rpartition(".")[2]
        uri = self.documents.setdefault(document["uri"], f"{chr(97 + len(self.documents))}.{ending}")
        if method == "didOpen":
            return [f"open {uri} {document['languageId']} {_quoted(document['text'])}"]
        if method == "didClose":
            return [f"close {uri}"]
        edits = [
            f"{_place(one['range']['start'])}-{_place(one['range']['end'])} {_quoted(one['text'])}"
            if "range" in one
            else f"full {_quoted(one['text'])}"
            for one in params["contentChanges"]
        ]
        return [f"change {uri} {' '.join(edits)}"]


def _place(position: dict[str, int]) -> str:
    return f"{position['line']}:{position['character']}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
