"""Raw frames against a real process: one answer for each request, whatever comes in."""

import json
import re
import time
from pathlib import Path

import pytest
from tests.lsp.wire import INITIALIZE, PATIENCE, URI, Wire, at, did_open, frame, hover, notification, request


@pytest.fixture(scope="module")
def shared():
    """One initialized server for all tests that leave it as it was. It must still answer at the end."""
    one = Wire()
    one.start()
    yield one
    assert one.result(request("last", "test/params", {"still": "there"})) == {"still": "there"}
    assert "secret" not in one.stderr
    assert "Traceback" not in one.stderr
    one.end()


# Answers


@pytest.mark.parametrize(
    ("method", "params", "field"),
    [
        ("textDocument/hover", None, "params.textDocument is missing"),
        ("textDocument/hover", [], "params must be an object, not an array"),
        ("textDocument/hover", "x", "params must be an object, not text"),
        ("textDocument/hover", {"textDocument": {"uri": None}, "position": at(0, 0)}, "params.textDocument.uri"),
        ("textDocument/hover", {"textDocument": {"uri": URI}, "position": at(-1, 0)}, "params.position.line"),
        ("textDocument/hover", {"textDocument": {"uri": URI}, "position": at(0, "5")}, "params.position.character"),
        ("textDocument/hover", {"textDocument": {"uri": URI}, "position": at(0, 1.5)}, "params.position.character"),
        ("textDocument/hover", {"textDocument": {"uri": URI}, "position": at(0, True)}, "params.position.character"),
        ("textDocument/hover", {"textDocument": 7, "position": at(0, 0)}, "params.textDocument"),
        (
            "textDocument/inlineCompletion",
            {"textDocument": {"uri": URI}, "position": at(0, 0), "context": {"triggerKind": 99}},
            "params.context.triggerKind",
        ),
        (
            "textDocument/codeAction",
            {"textDocument": {"uri": URI}, "range": None, "context": {"diagnostics": []}},
            "params.range",
        ),
        (
            "textDocument/codeAction",
            {
                "textDocument": {"uri": URI},
                "range": {"start": at(0, 0), "end": at(0, 0)},
                "context": {"diagnostics": [{"message": "m", "range": {"start": at(0, 0), "end": {"line": 0}}}]},
            },
            "params.context.diagnostics[0].range.end.character",
        ),
        ("workspace/executeCommand", {"command": None}, "params.command"),
        ("workspace/executeCommand", {"command": "no.such"}, "params.command"),
        ("workspace/executeCommand", {"command": "test.add", "arguments": "ab"}, "params.arguments"),
        ("workspace/executeCommand", {"command": "test.add", "arguments": [1]}, "params.arguments"),
        ("workspace/executeCommand", {"command": "test.add", "arguments": [1, "2"]}, "params.arguments"),
    ],
)
def test_wrong_params_are_refused_in_words_that_name_the_field(shared, method, params, field):
    code, message = shared.error({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    assert (code, message.startswith(method), field in message) == (-32602, True, True), message


def test_absurd_numbers_are_taken_as_the_end(shared):
    shared.send(did_open("ab"))
    for line, character in [(2**32 - 1, 2**32 - 1), (10**40, 0), (0.0, 5.0), (1e300, 2)]:
        assert shared.result(hover(1, line, character))["contents"] == "1:ab"


def test_unknown_methods(shared):
    assert shared.error(request(1, "no/such"))[0] == -32601
    assert shared.error(request(2, "$/unknown", {"a": 1}))[0] == -32601
    assert shared.error(request(3, "textDocument/foldingRange"))[0] == -32601
    assert shared.error(request(4, "exit"))[0] == -32601
    before = shared.stderr
    shared.send(notification("no/such"), notification("$/unknown", [1]), notification("notebookDocument/didOpen", {}))
    assert shared.result(request(5, "test/params", [1])) == [1]
    assert shared.stderr == before


def test_broken_notifications_are_dropped_and_logged(shared):
    shared.send(notification("textDocument/didOpen", {"textDocument": {"uri": URI, "text": "secret"}}))
    shared.log_line("Dropped textDocument/didOpen: params.textDocument.languageId is missing")
    shared.send(notification("test/fail", {}))
    shared.log_line("test/fail failed: ValueError in failing_notification")


def test_a_failing_handler_costs_its_request_only(shared):
    position = {"textDocument": {"uri": URI}, "position": at(0, 0)}
    code, message = shared.error(
        request(1, "textDocument/references", {**position, "context": {"includeDeclaration": True}})
    )
    assert (code, "secret" in message, "ValueError" in message) == (-32603, False, True)
    shared.log_line("textDocument/references failed: ValueError in fail ")
    assert shared.error(request(2, "textDocument/declaration", position)) == (-32803, "Not today.")
    assert shared.error(request(3, "textDocument/documentSymbol", {"textDocument": {"uri": URI}}))[0] == -32603


def test_every_kind_of_handler_answers(shared):
    span = {"start": at(0, 0), "end": at(0, 7)}
    action = {"textDocument": {"uri": URI}, "range": span, "context": {"diagnostics": []}}
    assert shared.result(request(1, "textDocument/codeAction", action)) == [{"title": "0 of 7"}]
    position = {"textDocument": {"uri": URI}, "position": at(0, 0)}
    assert shared.result(request(2, "textDocument/implementation", position)) == []
    add = {"command": "test.add", "arguments": [40, 2]}
    assert shared.result(request("id of text", "workspace/executeCommand", add)) == 42


def test_custom_methods_get_plain_json(shared):
    odd = {"jsonrpc": "1.0", "id": 9, "method": "initialize", "class": [None, {"from": 1.5}], "\ud800": "é\u2028𝒳"}
    assert shared.result(request(1, "test/params", odd)) == odd


@pytest.mark.parametrize(
    ("body", "code", "msg_id"),
    [
        (b"{", -32700, None),
        (b"", -32700, None),
        (b"\xff\xfe", -32700, None),
        (b'"\xc3"', -32700, None),
        ('{"jsonrpc": "2.0"}'.encode("utf-16"), -32700, None),
        (b"[" * 200_000, -32700, None),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"test/params","params":' + b'{"a":' * 200_000 + b"1" + b"}" * 200_001,
            -32700,
            None,
        ),
        (b'{"jsonrpc":"2.0","id":1,"method":"test/params","params":NaN}', -32700, None),
        (b'{"jsonrpc":"2.0","id":' + b"9" * 10_000 + b',"method":"test/params"}', -32700, None),
        (b"[]", -32600, None),
        (json.dumps([INITIALIZE, INITIALIZE]).encode(), -32600, None),
        (b"1", -32600, None),
        (b"null", -32600, None),
        (b"{}", -32600, None),
        (b'{"jsonrpc":"2.0","id":7}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":7,"params":{}}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":7,"method":5}', -32600, 7),
        (b'{"jsonrpc":"1.0","id":7,"method":"test/params"}', -32600, 7),
        (b'{"id":7,"method":"test/params"}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":null,"method":"test/params"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":true,"method":"test/params"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":[1],"method":"test/params"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"test/params"}', -32600, None),
    ],
)
def test_what_is_no_message_is_refused_and_the_session_goes_on(shared, body, code, msg_id):
    shared.send_bytes(frame(body))
    answer = shared.answer(msg_id)
    assert answer["error"]["code"] == code
    assert answer["error"]["message"].endswith(".")
    assert shared.result(request(1, "test/params", 5)) == 5


def test_broken_notifications_and_answers_to_nobody_are_silent(shared):
    for body in (
        b'{"method":"test/mark","jsonrpc":"1.0"}',
        b'{"method":[],"jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","id":"nobody","result":1}',
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}',
        b'{"jsonrpc":"2.0","id":[],"result":1}',
        b'{"jsonrpc":"2.0","id":55,"error":5}',
    ):
        shared.send_bytes(frame(body))
    shared.send(request("after", "test/params"))
    assert shared.next() == {"jsonrpc": "2.0", "id": "after", "result": None}


def test_an_id_in_flight_cannot_be_used_twice(shared):
    params = {"textDocument": {"uri": URI}, "position": at(0, 0)}
    shared.send(request(70, "textDocument/definition", params))
    assert shared.error(hover(70))[0] == -32600
    shared.send(notification("$/cancelRequest", {"id": 70}))
    assert shared.answer(70)["error"]["code"] == -32800
    assert shared.result(request(70, "test/params", 1)) == 1


# Cancelling


def test_a_cancelled_request_is_answered_at_once_and_once(shared):
    params = {"textDocument": {"uri": URI}, "position": at(0, 0)}
    shared.send(request(80, "textDocument/definition", params), notification("$/cancelRequest", {"id": 80}))
    assert shared.next()["error"]["code"] == -32800
    assert shared.result(request(81, "test/events"))[-2:] == ["waiting", "cancelled"]
    shared.send(notification("$/cancelRequest", {"id": 80}))
    for odd in (None, [], {}, True, 1.0, "80", 80):
        shared.send(notification("$/cancelRequest", {"id": odd}))
    shared.send(notification("$/cancelRequest"), notification("$/cancelRequest", [80]))
    shared.send(request(82, "test/params", 1))
    assert shared.next()["id"] == 82


def test_a_handler_may_shield_its_work_from_the_cancellation(shared):
    shared.send(request(90, "test/shield"))
    while "shielding" not in shared.result(request(91, "test/events")):
        pass
    shared.send(notification("$/cancelRequest", {"id": 90}))
    assert shared.answer(90)["error"]["code"] == -32800
    deadline = time.monotonic() + PATIENCE
    while "flight landed" not in shared.result(request(92, "test/events")):
        assert time.monotonic() < deadline


def test_requests_to_the_editor(shared):
    shared.send(request(1, "test/ask", {"seconds": PATIENCE}))
    asked = shared.next()
    assert asked["method"] == "workspace/configuration"
    assert asked["params"] == {"items": [{"section": "x"}]}
    shared.send({"jsonrpc": "2.0", "id": asked["id"], "result": [{"a": 1}]})
    assert shared.answer(1)["result"] == {"got": [{"a": 1}]}
    shared.send(request(2, "test/ask", {"seconds": PATIENCE}))
    shared.send({"jsonrpc": "2.0", "id": shared.next()["id"], "error": {"code": -32601, "message": "no"}})
    assert shared.answer(2)["result"] == {"error": "no", "code": -32601}
    shared.send(request(3, "test/ask", {"seconds": PATIENCE}))
    shared.send({"jsonrpc": "2.0", "id": shared.next()["id"], "result": "secret, no list"})
    assert "cannot be read" in shared.answer(3)["result"]["error"]
    shared.send(request(4, "test/ask", {"seconds": PATIENCE}))
    shared.send({"jsonrpc": "2.0", "id": shared.next()["id"]})
    assert "cannot be read" in shared.answer(4)["result"]["error"]


def test_an_answer_that_comes_too_late_is_dropped(shared):
    shared.send(request(1, "test/ask", {"seconds": 0.01}))
    asked = shared.next()
    assert shared.answer(1)["result"] == {"got": "nothing in time"}
    shared.send({"jsonrpc": "2.0", "id": asked["id"], "result": []})
    assert shared.result(request(2, "test/params", 1)) == 1
    assert "InvalidState" not in shared.stderr


# Frames


def test_header_names_in_any_case_and_other_headers(shared):
    body = json.dumps(request(1, "test/params", "é")).encode()
    for header in (
        b"content-length: %d\r\n\r\n",
        b"CONTENT-LENGTH:%d\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\nX-Other: 1\r\n\r\n",
        b"Content-Length :   %d  \n\n",
    ):
        shared.send_bytes(header % len(body) + body)
        assert shared.answer(1)["result"] == "é"


def test_one_byte_at_a_time(shared):
    for byte in frame(request(1, "test/params", "𝒳")):
        shared.send_bytes(bytes([byte]))
    assert shared.answer(1)["result"] == "𝒳"


def test_two_hundred_messages_in_one_write(shared):
    shared.send(*(request(number, "test/params", number) for number in range(200)))
    answers = [shared.next() for _ in range(200)]
    assert sorted(answer["id"] for answer in answers) == list(range(200))
    assert all(answer["result"] == answer["id"] for answer in answers)


@pytest.mark.parametrize("length", [b"100000000000000", b"9" * 5000, b"-5", b"ten", b"", b"0x10", b"1e3", b"5 5"])
def test_absurd_lengths_are_refused_once_and_skipped(shared, length):
    lost = frame(request(1, "test/params", "lost")).partition(b"\r\n\r\n")[2]
    shared.send_bytes(b"Content-Length: " + length + b"\r\n\r\n" + lost)
    shared.send(request(2, "test/params", "next"))
    first, second = shared.next(), shared.next()
    assert (first["id"], first["error"]["code"]) == (None, -32700)
    assert second == {"jsonrpc": "2.0", "id": 2, "result": "next"}


def test_a_body_longer_than_its_header_says_costs_that_message_only(shared):
    body = json.dumps(request(1, "test/params", "é" * 50), ensure_ascii=False).encode()
    shared.send_bytes(b"Content-Length: %d\r\n\r\n" % (len(body) - 50) + body)
    shared.send(request(2, "test/params", "next"))
    assert shared.next()["error"]["code"] == -32700
    assert shared.next()["id"] == 2


def test_rubbish_between_messages_is_skipped_with_one_line_of_log(shared):
    shared.send_bytes(b"hello\r\n" * 1000 + b"x" * 100_000 + b"\r\n\r\nContent-Type: a\r\n\r\n")
    shared.send(request(2, "test/params", "next"))
    assert shared.next()["id"] == 2
    shared.send(notification("test/mark", {"name": "rubbish"}))
    shared.log_line("mark rubbish")
    assert shared.stderr.count("a line that is no header was skipped") == 1


def test_a_length_that_lies_does_not_take_memory(shared):
    status = Path(f"/proc/{shared.process.pid}/status")
    shared.send_bytes(b"Content-Length: 100000000000000\r\n\r\n")
    for _ in range(64):
        shared.send_bytes(b"x" * 1024 * 1024)
    assert shared.next()["error"]["code"] == -32700
    assert shared.result(request(1, "test/params", 1)) == 1
    peak = int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1])
    assert peak < 150_000  # kB; the imports alone take about 60,000
