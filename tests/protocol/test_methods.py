"""Every method that the real server registers, with params that are wrong in every way; and how a session is opened."""

import copy
import subprocess
import sys

import pytest
from lsprotocol import types
from tests.lsp.wire import INITIALIZE, URI, Wire, at, did_open, notification, request
from tests.protocol.session import environment

from caretwise.lsp.server import CaretwiseServer

SPAN = {"start": at(0, 0), "end": at(0, 1)}
DOCUMENT = {"textDocument": {"uri": URI}}
DIAGNOSTIC = {"range": SPAN, "message": "m"}

REQUESTS = {
    "textDocument/inlineCompletion": {**DOCUMENT, "position": at(0, 1), "context": {"triggerKind": 1}},
    "textDocument/completion": {**DOCUMENT, "position": at(0, 1), "context": {"triggerKind": 1}},
    "textDocument/codeAction": {**DOCUMENT, "range": SPAN, "context": {"diagnostics": [DIAGNOSTIC]}},
    "codeAction/resolve": {"title": "Fix", "data": {"uri": URI, "version": 1, "diagnostics": [DIAGNOSTIC]}},
    "workspace/executeCommand": {"command": "caretwise.explainLast", "arguments": []},
}
NOTIFICATIONS = {
    "initialized": {},
    "textDocument/didOpen": {"textDocument": {"uri": "file:///b.py", "languageId": "python", "version": 1, "text": ""}},
    "textDocument/didChange": {
        "textDocument": {"uri": "file:///b.py", "version": 2},
        "contentChanges": [{"range": SPAN, "text": "x"}],
    },
    "textDocument/didSave": {"textDocument": {"uri": "file:///b.py"}},
    "textDocument/didClose": {"textDocument": {"uri": "file:///b.py"}},
    "workspace/didChangeWatchedFiles": {"changes": [{"uri": "file:///b.py", "type": 1}]},
    "workspace/didChangeConfiguration": {"settings": {"caretwise": {"context_tokens": 1000}}},
    "workspace/didChangeWorkspaceFolders": {"event": {"added": [], "removed": []}},
    "window/workDoneProgress/cancel": {"token": "t"},
    "$/setTrace": {"value": "off"},
    "$/cancelRequest": {"id": 1},
    "caretwise/didShow": {"id": "x"},
    "textDocument/didShowCompletion": {"item": {"command": {"arguments": ["x"]}}},
    "caretwise/didPartiallyAccept": {"id": "x", "acceptedLength": 3},
    "textDocument/didPartiallyAcceptCompletion": {"item": {}, "acceptedLength": 3},
    "caretwise/didDismiss": {"id": "x"},
}
HANDSHAKE = {"initialize", "shutdown", "exit"}
ODD = [None, [], {}, "x", "", True, 1.5, -1, 10**40, [[]], {"uri": None}]


def paths(value, path=()):
    """Every place inside `value`."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from paths(inner, (*path, key))


def put(value, path, odd):
    found = value = copy.deepcopy(value)
    for key in path[:-1]:
        found = found[key]
    found[path[-1]] = odd
    return value


def without(value, path):
    found = value = copy.deepcopy(value)
    for key in path[:-1]:
        found = found[key]
    del found[path[-1]]
    return value


def wrong(params):
    """The params, wrong as a whole and wrong at each place."""
    yield from ODD
    for path in paths(params):
        yield without(params, path)
        for odd in ODD:
            yield put(params, path, odd)


def serve(home, **more):
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-P", "-m", "caretwise", "serve"]
    return Wire(command=command, env=environment(home), cwd=str(home), **more)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The real server, for an editor that draws no ghost text, so that every method is there."""
    one = serve(tmp_path_factory.mktemp("home"))
    one.start(clientInfo={"name": "Helix"})
    one.send(did_open("a = 1\n"))
    yield one
    assert one.result(request("last", "workspace/executeCommand", REQUESTS["workspace/executeCommand"])) is not None
    assert "Traceback" not in one.stderr
    one.end()


def test_every_registered_method_is_in_the_tables():
    made = CaretwiseServer()
    made.offer_menu_entries()
    manager = made.protocol.fm
    assert {*manager.features, *manager.builtin_features} - HANDSHAKE <= {*REQUESTS, *NOTIFICATIONS}
    assert set(REQUESTS) <= set(manager.features) | set(manager.builtin_features)


@pytest.mark.parametrize("method", REQUESTS)
def test_wrong_params_of_a_request_get_one_answer_in_plain_words(server, method):
    messages = [request(f"{method} {number}", method, params) for number, params in enumerate(wrong(REQUESTS[method]))]
    answers = {}
    for start in range(0, len(messages), 50):
        some = messages[start : start + 50]
        server.send(*some)
        answers |= {message["id"]: server.answer(message["id"]) for message in some}
    refused = [answer["error"] for answer in answers.values() if "error" in answer]
    assert refused
    for error in refused:
        assert error["code"] == -32602, error
        assert error["message"].startswith(f"{method}: params")
        assert error["message"].endswith(".")
        assert "data" not in error
        assert "Traceback" not in error["message"]
    assert "error" not in server.ask(request(f"{method} right", method, REQUESTS[method]))


@pytest.mark.parametrize("method", REQUESTS)
def test_each_required_field_is_missed_by_its_name(server, method):
    kind = types.METHOD_TO_TYPES[method][2]
    for path in paths(REQUESTS[method]):
        if len(path) == 1 and getattr(kind.__attrs_attrs__, _python_name(path[0])).default is not None:
            code, message = server.error(request(f"{method} without", method, without(REQUESTS[method], path)))
            assert (code, message) == (-32602, f"{method}: params.{path[0]} is missing.")


def _python_name(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("method", NOTIFICATIONS)
def test_wrong_params_of_a_notification_get_no_answer_and_do_no_harm(server, method):
    server.send(*(notification(method, params) for params in wrong(NOTIFICATIONS[method])))
    server.send(request(method, "workspace/executeCommand", REQUESTS["workspace/executeCommand"]))
    while (message := server.next()).get("id") != method:
        assert "id" not in message, message
    assert "error" not in message


def test_params_that_are_nested_deeply_are_refused_or_handed_back(server):
    for depth in (150, 480, 900):
        data = b"[" * depth + b"]" * depth
        server.send(
            b'{"jsonrpc":"2.0","id":%d,"method":"codeAction/resolve","params":{"title":"t","data":%b}}' % (depth, data)
        )
        answer = server.answer(depth)
        assert "result" in answer or answer["error"]["code"] == -32602, answer
    assert answer["error"]["message"] == "codeAction/resolve: params are nested too deeply."


@pytest.mark.parametrize("arguments", [["x", {}], ["x", ["full"]], ["x", None], [{}, "full"], [["x"]]])
def test_a_command_takes_any_arguments(server, arguments):
    asked = {"command": "caretwise.accept", "arguments": arguments}
    assert server.result(request("odd", "workspace/executeCommand", asked)) is None


# Opening


def test_initialize_waits_for_the_protocol_alone():
    """What is imported before `initialize` is answered: no engine, no client library, no database, no grammar."""
    code = (
        "import sys, caretwise.cli.serve_command, caretwise.adapters.log, caretwise.lsp.transport, caretwise.lsp.server,"
        " caretwise.lsp.lifecycle; print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert "pygls.lsp.server" in loaded
    assert not loaded & {"openai", "httpx2", "diskcache", "sqlite3", "tree_sitter", "caretwise.app", "tomllib"}
    assert not [name for name in loaded if name.startswith(("caretwise.engine", "caretwise.local", "caretwise.repair"))]


def test_what_is_sent_right_behind_initialize_finds_the_whole_session(tmp_path):
    one = serve(tmp_path / "home")
    one.send(
        {**INITIALIZE, "params": {"capabilities": {}}},
        notification("initialized", {}),
        did_open("a = 1\n"),
        request(2, "workspace/executeCommand", {"command": "caretwise.report"}),
        request(3, "workspace/executeCommand", {"command": "caretwise.pause"}),
        request(5, "workspace/executeCommand", {"command": "caretwise.report", "arguments": [50]}),
        request(6, "workspace/executeCommand", {"command": "caretwise.report", "arguments": ["wide"]}),
    )
    assert "capabilities" in one.answer("start")["result"]
    assert one.answer(2)["result"].startswith("There is nothing to report yet")
    assert one.answer(3)["result"] is True
    assert [max(map(len, one.answer(number)["result"].split("\n"))) // 10 for number in (5, 6)] == [4, 9]
    assert one.result(request(4, "shutdown")) is None
    one.send(notification("exit"))
    assert one.wait() == 0
    one.end()


SLOW = """
import threading
from caretwise.cli import serve_command
from caretwise.lsp import dispatch, opening
prepare, may_go_on = opening._prepare, threading.Event()
opening._prepare = lambda: may_go_on.wait(30) and prepare()
dispatch.START_SECONDS = 0.01
from caretwise.lsp.server import CaretwiseServer
made = CaretwiseServer.__init__
def init(self):
    made(self)
    self.feature("test/goOn")(lambda *_: may_go_on.set())
CaretwiseServer.__init__ = init
serve_command.command([])
"""


def test_a_session_that_takes_long_to_open_is_whole_in_the_end(tmp_path):
    one = Wire(command=[sys.executable, "-P", "-c", SLOW], env=environment(tmp_path), cwd=tmp_path)
    one.start()
    said = "".join(f"def area_{name}(width, height):\n    return width * height\n\n\n" for name in "abcdef")
    one.send(did_open(said + "def area_g(width, height):\n    return wi"))
    place = {**DOCUMENT, "position": at(25, 13), "context": {"triggerKind": 1}}
    ghost = request("ghost", "textDocument/inlineCompletion", place)
    assert one.result(ghost) == {"items": []}
    one.result(request("go on", "test/goOn"))
    while (message := one.next()).get("method") != "caretwise/status":
        pass
    assert message["params"]["model"] == "embedded"
    assert [item["insertText"] for item in one.result(ghost)["items"]] == ["dth * height"]
    one.end()


@pytest.mark.parametrize("end", ["exit", "eof"])
def test_a_session_that_ends_while_it_is_opened(tmp_path, end):
    one = serve(tmp_path / "home")
    one.send({**INITIALIZE, "params": {"capabilities": {}}})
    assert "capabilities" in one.answer("start")["result"]
    if end == "exit":
        one.send(notification("exit"))
    else:
        one.process.stdin.close()
    assert one.wait() == 1
    assert "Traceback" not in one.stderr
    one.end()
