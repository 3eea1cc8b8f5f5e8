"""Standard input and output of every kind, TCP, and an editor that reads slowly."""

import os
import socket
import sys

import pytest
from tests.lsp.wire import INITIALIZE, PATIENCE, SERVER, did_open, frame, hover, notification, request


def test_nothing_but_frames_on_standard_output(shared):
    assert shared.result(request(1, "test/print")) is True
    shared.log_line("stray print")
    shared.log_line("stray write")
    shared.log_line("''")


def test_an_editor_that_reads_slowly_does_not_stop_the_server(start):
    reading, writing = os.pipe()
    slow = start(stdout=writing)
    os.close(writing)
    slow.send(INITIALIZE, request(1, "test/big", {"size": 8_000_000}), notification("test/mark", {"name": "alive"}))
    slow.log_line("mark alive")
    slow.listen(reading)
    os.close(reading)
    assert slow.answer("start")["result"]
    assert len(slow.answer(1)["result"]) == 8_000_000
    slow.send(request(2, "test/big", {"size": 3_000_000}), request(3, "shutdown"), notification("exit"))
    assert len(slow.answer(2)["result"]) == 3_000_000
    assert slow.wait() == 0


def test_files_as_standard_input_and_output(start, tmp_path):
    script = [INITIALIZE, did_open("abc"), hover(1), request(2, "shutdown"), notification("exit")]
    (tmp_path / "in").write_bytes(b"".join(map(frame, script)))
    with (tmp_path / "in").open("rb") as source, (tmp_path / "out").open("wb") as sink:
        one = start(stdin=source, stdout=sink)
        assert one.wait() == 0
    out = (tmp_path / "out").read_bytes()
    assert b"1:abc" in out
    assert out.count(b"Content-Length") == 3


def test_one_socket_for_both_directions(start):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        one = start(stdin=theirs, stdout=theirs)
        theirs.close()
        ours.settimeout(None)
        one.listen(ours.fileno())
        ours.sendall(frame(INITIALIZE) + frame(request(1, "test/big", {"size": 2_000_000})))
        assert len(one.answer(1)["result"]) == 2_000_000
        ours.sendall(frame(request(2, "shutdown")) + frame(notification("exit")))
        assert one.answer(2)["result"] is None
        assert one.wait() == 0


def test_a_closed_standard_input_is_said(start):
    one = start(command=["sh", "-c", f'exec "{sys.executable}" -P "{SERVER}" <&-'])
    assert one.wait() == 1
    one.log_line("closed")


def test_tcp_serves_one_editor(start):
    one = start("--tcp")
    port = int(one.log_line(r"port (\d+)")[1])
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as ours:
        ours.settimeout(None)
        one.listen(ours.fileno())
        ours.sendall(frame(INITIALIZE) + frame(request(1, "test/params", 1)) + frame(request(2, "shutdown")))
        assert one.answer(1)["result"] == 1
        assert one.answer(2)["result"] is None
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        ours.shutdown(socket.SHUT_WR)
        assert one.wait() == 0
