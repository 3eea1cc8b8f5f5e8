"""A client for raw frames: starts a server process, sends bytes, reads frames strictly."""

import json
import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path

SERVER = Path(__file__).with_name("wire_server.py")
PATIENCE = 30.0  # seconds; far above what anything here takes, so that a loaded machine does not fail it
URI = "file:///a.py"
INITIALIZE = {"jsonrpc": "2.0", "id": "start", "method": "initialize", "params": {"capabilities": {}}}


def frame(message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def request(msg_id, method, params=None):
    content = {"jsonrpc": "2.0", "id": msg_id, "method": method}
    return content if params is None else {**content, "params": params}


def notification(method, params=None):
    content = {"jsonrpc": "2.0", "method": method}
    return content if params is None else {**content, "params": params}


def did_open(text, uri=URI):
    return notification(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}},
    )


def did_change(version, *changes, uri=URI):
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)}
    return notification("textDocument/didChange", params)


def at(line, character):
    return {"line": line, "character": character}


def replace(start, end, text):
    return {"range": {"start": at(*start), "end": at(*end)}, "text": text}


def hover(msg_id, line=0, character=0, uri=URI):
    return request(msg_id, "textDocument/hover", {"textDocument": {"uri": uri}, "position": at(line, character)})


class Wire:
    """A server process and the bytes to and from it."""

    def __init__(self, *args, command=None, **streams):
        command = command or [sys.executable, "-P", str(SERVER), *args]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, **streams}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, bufsize=0, **streams)
        self.messages: queue.SimpleQueue = queue.SimpleQueue()
        self.lines: queue.SimpleQueue = queue.SimpleQueue()
        self.stderr = ""
        self.waiting = []
        self.threads = [threading.Thread(target=self._read_log, daemon=True)]
        self.threads[0].start()
        if self.process.stdout is not None:
            self.listen(self.process.stdout.fileno())

    def listen(self, descriptor):
        """Read the server's frames from here."""
        stream = os.fdopen(os.dup(descriptor), "rb")
        self.threads.append(threading.Thread(target=self._read_frames, args=(stream,), daemon=True))
        self.threads[-1].start()

    def _read_frames(self, stream):
        """Strict: a byte that belongs to no frame is reported as such."""
        with stream:
            while header := stream.readline():
                match = re.fullmatch(rb"Content-Length: (\d+)\r\n", header)
                if not match or stream.readline() != b"\r\n":
                    self.messages.put({"broken output": header})
                    break
                length, body = int(match[1]), b""
                while len(body) < length and (piece := stream.read(length - len(body))):
                    body += piece
                self.messages.put(json.loads(body))
        self.messages.put(None)

    def _read_log(self):
        for line in iter(self.process.stderr.readline, b""):
            self.stderr += line.decode()
            self.lines.put(line.decode())
        self.lines.put(None)

    def send(self, *messages):
        self.send_bytes(b"".join(map(frame, messages)))

    def send_bytes(self, data):
        rest = memoryview(data)
        while rest:
            rest = rest[self.process.stdin.write(rest) :]

    def next(self):
        message = self.waiting.pop(0) if self.waiting else self.messages.get(timeout=PATIENCE)
        assert message is not None, f"the server ended:\n{self.stderr}"
        return message

    def answer(self, msg_id):
        """The answer to a request; other messages keep their order."""
        for index, message in enumerate(self.waiting):
            if message.get("id") == msg_id and "method" not in message:
                return self.waiting.pop(index)
        while True:
            message = self.messages.get(timeout=PATIENCE)
            assert message is not None, f"the server ended before it answered {msg_id}:\n{self.stderr}"
            if message.get("id") == msg_id and "method" not in message:
                return message
            self.waiting.append(message)

    def ask(self, message):
        self.send(message)
        return self.answer(message["id"])

    def error(self, message):
        answer = self.ask(message)
        assert "error" in answer, answer
        assert "data" not in answer["error"]
        assert "Traceback" not in answer["error"]["message"]
        return answer["error"]["code"], answer["error"]["message"]

    def result(self, message):
        answer = self.ask(message)
        assert "error" not in answer, answer
        return answer["result"]

    def log_line(self, pattern):
        """Wait for a line of the log."""
        while (line := self.lines.get(timeout=PATIENCE)) is not None:
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"the log ended without {pattern}:\n{self.stderr}")

    def start(self, **params):
        self.send({**INITIALIZE, "params": {"capabilities": {}, **params}}, notification("initialized", {}))
        return self.answer("start")["result"]["capabilities"]

    def wait(self):
        return self.process.wait(PATIENCE)

    def end(self):
        """Stop whatever is left, and close our side."""
        self.process.kill()
        self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
