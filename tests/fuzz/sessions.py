"""Whole sessions with the real server: methods with absurd parameters, in any order, delivered in any pieces."""

from __future__ import annotations

import atexit
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tests.fuzz.pieces import cut, json_values, text
from tests.fuzz.target import Target
from tests.lsp.wire import Wire, frame, notification, request

_URIS = [
    "file:///p/a.py",
    "file:///p/b.ts",
    "untitled:Untitled-1",
    "vscode-notebook-cell:/p/c.ipynb#W0",
    "file:///etc/passwd",
    "",
    "x",
    "file://[",
    "file:///%",
    "\ud800",
]
_numbers = st.sampled_from([0, 1, 3, 7, -1, 2**31 - 1, 2**31, 2**53, 10**30, 1.5, "1", None, True, [], {}])
_position = st.fixed_dictionaries({"line": st.integers(0, 6), "character": st.integers(0, 20)}) | st.fixed_dictionaries(
    {"line": _numbers, "character": _numbers}
)
_range = st.fixed_dictionaries({"start": _position, "end": _position})
_uri = st.sampled_from(_URIS)
_document = st.fixed_dictionaries({"uri": _uri}, optional={"version": _numbers})
_diagnostic = st.fixed_dictionaries(
    {"range": _range, "message": text},
    optional={"severity": _numbers, "code": json_values, "source": json_values, "data": json_values},
)
_SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "textDocument/didOpen": st.fixed_dictionaries(
        {"textDocument": st.fixed_dictionaries({"uri": _uri, "languageId": st.sampled_from(["python", "typescript", "", "nonsense"]), "version": st.integers(0, 5), "text": text})}
    ),
    "textDocument/didChange": st.fixed_dictionaries(
        {"textDocument": st.fixed_dictionaries({"uri": _uri, "version": st.integers(0, 9)}),
         "contentChanges": st.lists(st.fixed_dictionaries({"text": text}, optional={"range": _range, "rangeLength": _numbers}), max_size=3)}
    ),
    "textDocument/didSave": st.fixed_dictionaries({"textDocument": _document}, optional={"text": text}),
    "textDocument/didClose": st.fixed_dictionaries({"textDocument": _document}),
    "textDocument/inlineCompletion": st.fixed_dictionaries(
        {"textDocument": _document, "position": _position,
         "context": st.fixed_dictionaries({"triggerKind": st.sampled_from([1, 2, 0, 3])}, optional={"selectedCompletionInfo": st.fixed_dictionaries({"range": _range, "text": text})})}
    ),
    "textDocument/completion": st.fixed_dictionaries({"textDocument": _document, "position": _position}),
    "textDocument/codeAction": st.fixed_dictionaries(
        {"textDocument": _document, "range": _range, "context": st.fixed_dictionaries({"diagnostics": st.lists(_diagnostic, max_size=2)}, optional={"only": json_values})}
    ),
    "codeAction/resolve": st.fixed_dictionaries({"title": text}, optional={"data": json_values, "diagnostics": st.lists(_diagnostic, max_size=1), "kind": json_values}),
    "workspace/executeCommand": st.fixed_dictionaries(
        {"command": st.sampled_from(["caretwise.accept", "caretwise.fix", "caretwise.explainLast", "caretwise.report", "caretwise.capture", "no.such"])},
        optional={"arguments": st.lists(json_values, max_size=3)},
    ),
    "workspace/didChangeConfiguration": st.fixed_dictionaries({"settings": json_values}),
    "workspace/didChangeWorkspaceFolders": st.fixed_dictionaries({"event": json_values}),
    "workspace/didChangeWatchedFiles": st.fixed_dictionaries({"changes": json_values}),
    "window/workDoneProgress/cancel": st.fixed_dictionaries({"token": json_values}),
    "$/cancelRequest": st.fixed_dictionaries({"id": st.integers(0, 8) | json_values}),
    "$/setTrace": st.fixed_dictionaries({"value": json_values}),
    "$/unknown": json_values,
    "caretwise/didShow": st.fixed_dictionaries({"id": json_values}),
    "caretwise/didPartiallyAccept": st.fixed_dictionaries({"id": json_values, "acceptedLength": _numbers}),
    "caretwise/didDismiss": json_values,
    "textDocument/didShowCompletion": json_values,
    "initialize": st.fixed_dictionaries({"capabilities": json_values}),
    "initialized": json_values,
}  # fmt: skip
_METHODS = sorted(_SHAPES)
_TYPING = [one for one in _METHODS if one.startswith("textDocument/")]


@st.composite
def _broken(draw: st.DrawFn, value: Any) -> Any:
    """The same with one thing in it replaced, left out or doubled, somewhere inside."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 5)) == 0:
            return {name: inner for name, inner in value.items() if name != key}
        return {**value, key: draw(_broken(value[key]))}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [draw(_broken(value[0])), *value[1:], *value[:1]]
    return draw(json_values)


@st.composite
def _call(draw: st.DrawFn) -> dict[str, Any]:
    method = draw(st.sampled_from(_TYPING) | st.sampled_from(_METHODS))
    params = draw(_SHAPES[method])
    if draw(st.integers(0, 3)) == 0:
        params = draw(_broken(params))
    call: dict[str, Any] = {"method": method, "params": params}
    if draw(st.integers(0, 5)) == 0:
        # A notification sent as a request, or the other way round.
        call["swap"] = True
    return call


_NOTIFICATIONS = {
    one
    for one in _METHODS
    if one.startswith(("$/", "caretwise/", "window/", "workspace/did", "textDocument/did")) or one == "initialized"
}
_junk = st.sampled_from(["", "", "", "", "x\r\n", "{}\r\n\r\n", "Content-Length: x\r\n\r\n"])
_session = st.fixed_dictionaries(
    {
        "calls": st.lists(_call(), min_size=1, max_size=10),
        "cuts": st.lists(st.integers(0, 4000), max_size=10),
        "junk": _junk,
    }
)


class Server:
    """The real server in an empty home, with the embedded engine."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory()
        home = Path(self._home.name)
        (home / "p").mkdir()
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CARETWISE_", "OPENAI_", "MOONSHOT_", "XDG_"))
        }
        own = {"HOME": str(home), "CARETWISE_CACHE_DIR": str(home / "c"), "CARETWISE_STATE_DIR": str(home / "s")}
        self.wire = Wire(command=[sys.executable, "-P", "-m", "caretwise", "serve"], env={**kept, **own})
        self.wire.start(workspaceFolders=[{"uri": (home / "p").as_uri(), "name": "p"}])
        self.ids = itertools.count(1)

    def end(self) -> None:
        """Stop it and remove its home."""
        self.wire.end()
        self._home.cleanup()


@cache
def _servers() -> list[Server]:
    found: list[Server] = []
    atexit.register(lambda: [one.end() for one in found])
    return found


def _server() -> Server:
    servers = _servers()
    if not servers:
        servers.append(Server())
    return servers[0]


def _messages(calls: Sequence[dict[str, Any]], ids: itertools.count[int]) -> list[dict[str, Any]]:
    """The calls as messages; ids in `$/cancelRequest` count from the first of these."""
    first = next(ids)
    made: list[dict[str, Any]] = []
    for call in calls:
        params = call["params"]
        if call["method"] == "$/cancelRequest" and isinstance(params, dict) and type(params.get("id")) is int:
            params = {"id": first + params["id"]}
        if (call["method"] in _NOTIFICATIONS) is not bool(call.get("swap")):
            made.append(notification(call["method"], params))
        else:
            made.append(request(next(ids), call["method"], params))
    return made


def sessions(value: Any) -> None:
    """One answer to each request, none with a traceback, no fault in the log, and the session goes on."""
    server = _server()
    try:
        _exchange(server, value)
    except BaseException:
        # What was broken may stay so: the next input gets a fresh one.
        server.end()
        _servers().clear()
        raise


def _exchange(server: Server, value: Any) -> None:
    wire = server.wire
    messages = [
        one
        for one in _messages(value["calls"], server.ids)
        if one["method"] != "textDocument/didOpen" or "id" not in one
    ]
    last = request(next(server.ids), "caretwise/there")
    data = value["junk"].encode("latin-1") + b"".join(map(frame, [*messages, last]))
    for piece in cut(data, value["cuts"]):
        wire.send_bytes(piece)
    until = time.monotonic() + 10
    wanted = {one["id"] for one in messages if "id" in one} | {last["id"]}
    while wanted:
        answer = wire.messages.get(timeout=max(0.1, until - time.monotonic()))
        assert answer is not None, f"the server ended: {wire.stderr[-800:]}"
        assert "broken output" not in answer, answer
        if "method" in answer:
            if "id" in answer:
                wire.send({"jsonrpc": "2.0", "id": answer["id"], "result": None})
            continue
        if answer["id"] is None:
            continue
        assert answer["id"] in wanted, f"a second answer, or one to nothing: {answer}"
        wanted.discard(answer["id"])
        _well_said(answer)
    # A request that is sent as a notification cannot be told what is wrong with it; the log is.
    wrong = [line for line in wire.stderr.splitlines() if " failed: " in line and "JsonRpcInvalidParams" not in line]
    assert "Traceback" not in wire.stderr and not wrong, wire.stderr[-800:]


def _well_said(answer: dict[str, Any]) -> None:
    error = answer.get("error")
    if error is None:
        assert "result" in answer
        return
    assert error["code"] in {-32700, -32600, -32601, -32602, -32002, -32800, -32803}, error
    assert "\n" not in error["message"] and "Traceback" not in json.dumps(error)
    assert len(error["message"]) < 400, error


TARGETS = [Target("sessions", _session, sessions, 15)]
