"""What cannot be brought about from outside: faults of our own."""

import asyncio
import json
import logging

from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from caretwise.lsp import dispatch
from caretwise.lsp.protocol import CaretwiseProtocol

URI = "file:///a.py"


class Collected:
    """A writer that keeps what is written."""

    def __init__(self):
        self.messages = []

    def write(self, data):
        self.messages.append(json.loads(data.partition(b"\r\n\r\n")[2]))


def body(**content):
    return json.dumps({"jsonrpc": "2.0", **content}).encode()


async def started():
    server = LanguageServer("test", "1", protocol_cls=CaretwiseProtocol, converter_factory=default_converter)
    writer = Collected()
    server.protocol.set_writer(writer)
    server.protocol.receive(body(id=0, method="initialize", params={"capabilities": {}}))
    await asyncio.sleep(0)
    item = {"uri": URI, "languageId": "python", "version": 1, "text": "abc"}
    server.protocol.receive(body(method="textDocument/didOpen", params={"textDocument": item}))
    assert server.protocol.documents.snapshot(URI).text == "abc"
    return server.protocol, writer


async def test_a_change_that_we_fail_to_make_loses_the_document_and_nothing_else(monkeypatch, caplog):
    protocol, writer = await started()

    def fail(*_):
        raise RuntimeError("secret text")

    change = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "new"}]}
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(protocol.documents, "change", fail)
        protocol.receive(body(method="textDocument/didChange", params=change))
    assert protocol.documents.snapshot(URI) is None
    assert "textDocument/didChange failed: RuntimeError in fail" in caplog.text
    assert "secret" not in caplog.text
    protocol.receive(body(method="textDocument/didChange", params=change))
    assert protocol.documents.snapshot(URI).text == "new"
    assert [message["id"] for message in writer.messages] == [0]


async def test_a_fault_in_the_dispatch_is_logged_and_survived(monkeypatch, caplog):
    protocol, _ = await started()

    def fail(*_):
        raise RuntimeError("secret text")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(protocol, "_handle_request", fail)
        protocol.receive(body(id=1, method="shutdown"))
    assert "RuntimeError in fail" in caplog.text
    assert "secret" not in caplog.text


async def test_pygls_own_entry_takes_decoded_json():
    protocol, writer = await started()
    protocol.handle_message({"jsonrpc": "2.0", "id": 5, "method": "no/such"})
    assert writer.messages[-1]["error"]["code"] == -32601
    protocol.handle_message([])
    assert writer.messages[-1]["error"]["code"] == -32600


async def test_stopping_ends_what_runs():
    protocol, writer = await started()

    async def wait_for_ever(_):
        await asyncio.Event().wait()

    protocol.fm.feature("test/wait")(wait_for_ever)
    protocol.receive(body(id=7, method="test/wait"))
    await asyncio.sleep(0)
    await protocol.stop()
    assert writer.messages[-1]["error"]["code"] == -32800
    await protocol.stop()


async def test_requests_to_the_editor_are_forgotten_at_shutdown():
    protocol, writer = await started()
    asked = protocol.send_request("workspace/configuration", {"items": []})
    assert protocol.waits_for(writer.messages[-1]["id"])
    protocol.receive(body(id=9, method="shutdown"))
    await asyncio.sleep(0)
    assert asked.cancelled()
    assert not protocol.waits_for(writer.messages[0]["id"])
    assert protocol.exit_status == 0


async def test_what_ends_the_session_lets_shutdown_be_answered():
    protocol, writer = await started()
    may_end = asyncio.Event()

    async def shut_down(*_):
        await may_end.wait()

    protocol.fm.feature("shutdown")(shut_down)
    protocol.receive(body(id=9, method="shutdown"))
    protocol.receive(body(method="exit"))
    stopping = asyncio.ensure_future(protocol.stop())
    await asyncio.sleep(0)
    may_end.set()
    await stopping
    assert writer.messages[-1] == {"jsonrpc": "2.0", "id": 9, "result": None}


async def test_a_shutdown_that_does_not_end_is_given_up(monkeypatch):
    protocol, writer = await started()
    monkeypatch.setattr(dispatch, "HANDLER_END_SECONDS", 0.02)
    protocol.fm.feature("shutdown")(lambda *_: asyncio.Event().wait())
    protocol.receive(body(id=9, method="shutdown"))
    await protocol.stop()
    assert writer.messages[-1]["error"]["code"] == -32800


async def test_what_can_be_answered_at_once_is(caplog):
    protocol, writer = await started()
    place = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}
    seen = []

    async def hover(params):
        seen.append(("handler", protocol.documents.snapshot(URI).version))

    def at_once(params):
        version = protocol.documents.snapshot(URI).version
        seen.append(("at once", version))
        if version == 4:
            raise RuntimeError("secret text")
        return {"contents": f"{version}"} if version == 2 else None

    protocol.fm.feature("textDocument/hover")(hover)
    protocol.answer_at_once["textDocument/hover"] = at_once
    with caplog.at_level(logging.ERROR):
        for version in (2, 3, 4):
            change = {"textDocument": {"uri": URI, "version": version}, "contentChanges": [{"text": "new"}]}
            assert not protocol.receive(body(method="textDocument/didChange", params=change))
            handed_over = protocol.receive(body(id=version, method="textDocument/hover", params=place))
            assert handed_over == (version != 2)
            assert writer.messages[-1]["id"] == (2 if version == 2 else version - 1)
            await asyncio.sleep(0)
            assert writer.messages[-1]["id"] == version
    assert [message.get("result", "-") for message in writer.messages[1:]] == [{"contents": "2"}, None, None]
    assert seen == [("at once", 2), ("at once", 3), ("handler", 3), ("at once", 4), ("handler", 4)]
    assert "textDocument/hover failed: RuntimeError in at_once" in caplog.text
    assert "secret" not in caplog.text
    protocol.receive(body(method="$/cancelRequest", params={"id": 2}))
    protocol.receive(body(id=2, method="textDocument/hover", params={"textDocument": {}}))
    assert writer.messages[-1]["error"]["code"] == -32602
