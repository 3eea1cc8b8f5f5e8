"""The order of a session, from the first message to the exit status."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lsp.wire import INITIALIZE, PATIENCE, SERVER, URI, at, did_open, hover, notification, request


def test_before_initialize_only_initialize_is_served(wire):
    assert wire.error(hover(1))[0] == -32002
    assert wire.error(request(2, "no/such"))[0] == -32002
    assert wire.error(request(3, "shutdown"))[0] == -32002
    wire.send(did_open("lost"), notification("textDocument/didOpen"))
    code, message = wire.error(request(4, "initialize"))
    assert (code, "params.capabilities is missing" in message) == (-32602, True)
    code, message = wire.error({**INITIALIZE, "params": {"capabilities": {}, "initializationOptions": "fail"}})
    assert (code, "secret" in message) == (-32603, False)
    wire.start()
    assert wire.result(request(5, "test/text", {"uri": URI}))["text"] is None
    assert "secret" not in wire.stderr


def test_a_second_initialize_and_all_after_shutdown_are_refused(wire):
    wire.start()
    assert wire.error({**INITIALIZE, "id": 2})[0] == -32600
    wire.send(request(3, "textDocument/definition", {"textDocument": {"uri": URI}, "position": at(0, 0)}))
    assert wire.result(request(4, "shutdown")) is None
    assert wire.answer(3)["error"]["code"] == -32800
    assert wire.error(hover(5))[0] == -32600
    assert wire.error(request(6, "shutdown"))[0] == -32600
    assert wire.error({**INITIALIZE, "id": 7})[0] == -32600
    assert wire.error(request(8, "no/such"))[0] == -32600
    wire.send(notification("exit"))
    assert wire.wait() == 0
    assert wire.messages.get(timeout=PATIENCE) is None


def test_exit_without_shutdown_is_status_1(wire):
    wire.start()
    wire.send(notification("exit"))
    assert wire.wait() == 1


def test_exit_before_initialize_ends_the_process(wire):
    wire.send(notification("exit"))
    assert wire.wait() == 1


@pytest.mark.parametrize(("shutdown", "status"), [(True, 0), (False, 1)])
def test_the_end_of_input_ends_the_process(wire, shutdown, status):
    wire.start()
    wire.send(request(1, "textDocument/definition", {"textDocument": {"uri": URI}, "position": at(0, 0)}))
    if shutdown:
        assert wire.result(request(2, "shutdown")) is None
    wire.process.stdin.close()
    assert wire.wait() == status
    assert "Traceback" not in wire.stderr


def test_a_broken_pipe_ends_the_process_quietly(start):
    reading, writing = os.pipe()
    one = start(stdout=writing)
    os.close(writing)
    one.send(INITIALIZE, notification("test/mark", {"name": "running"}))
    one.log_line("mark running")
    os.close(reading)
    assert one.wait() == 1
    assert "Traceback" not in one.stderr


def test_a_pipe_that_is_broken_from_the_start_ends_the_process_quietly(start):
    reading, writing = os.pipe()
    os.close(reading)
    one = start(stdout=writing)
    os.close(writing)
    one.send(INITIALIZE)
    assert one.wait() == 1
    assert "Traceback" not in one.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_the_session_in_order(wire, number):
    wire.start()
    wire.process.send_signal(number)
    assert wire.wait() == 1
    assert "Traceback" not in wire.stderr


def test_what_initialize_agrees_on(start):
    wants = {"general": {"positionEncodings": ["utf-7", "utf-8", "utf-16"]}}
    agreed = start().start(capabilities=wants)
    assert agreed["positionEncoding"] == "utf-8"
    assert agreed["textDocumentSync"]["openClose"] is True
    assert agreed["textDocumentSync"]["change"] == 2
    assert agreed["textDocumentSync"]["save"] == {"includeText": False}
    assert "notebookDocumentSync" not in agreed


def test_capabilities_from_the_future_do_not_stop_the_session(start):
    one = start()
    newer = {
        "textDocument": {
            "completion": {"completionItemKind": {"valueSet": [1, 4000]}, "contextSupport": True},
            "hover": {"contentFormat": ["hologram"], "dynamicRegistration": "perhaps"},
            "codeAction": 5,
        },
        "workspace": {"workspaceEdit": {"failureHandling": "pray"}},
        "general": {"positionEncodings": ["utf-32"]},
    }
    assert one.start(capabilities=newer, trace="compact")["positionEncoding"] == "utf-32"


def test_the_death_of_the_editor_ends_the_process(start):
    editor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    one = start("--poll", "0.05")
    one.start(processId=editor.pid)
    assert one.result(request(1, "test/params", 1)) == 1
    editor.communicate(b"\n", timeout=PATIENCE)
    assert one.wait() == 1
    one.log_line("editor's process is gone")


def test_the_death_of_a_parent_that_nobody_waits_for_ends_the_process(start):
    code = "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()"
    command = [sys.executable, "-c", code, sys.executable, "-P", str(SERVER), "--poll", "0.05"]
    one = start(command=command)
    one.start(processId=one.process.pid)
    os.kill(one.process.pid, signal.SIGKILL)
    assert one.messages.get(timeout=PATIENCE) is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells")
def test_an_editor_that_is_dead_and_whose_end_nobody_asks_for_is_dead(start):
    editor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    one = start("--poll", "0.05")
    one.start(processId=editor.pid)
    editor.kill()
    assert one.wait() == 1
    editor.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("process_id", [None, 0, -1, 2**31 - 1])
def test_a_process_that_cannot_be_watched_is_not(start, process_id):
    one = start("--poll", "0.01")
    one.start(processId=process_id)
    one.send(request(1, "test/ask", {"seconds": 0.1}))
    assert one.answer(1)["result"] == {"got": "nothing in time"}
    assert one.process.poll() is None
