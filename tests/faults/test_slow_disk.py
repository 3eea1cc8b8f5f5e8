"""The disk that the project is on: the event loop never looks at it, so that a slow one delays no key."""

from __future__ import annotations

import sys

from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.lsp.wire import Wire, at, did_open, notification, replace, request
from tests.protocol.session import environment, model_environment

from caretwise.adapters.project import uri_of_path

# Counts who looks at a file of the project on the event loop's thread, from the moment that it is told to.
WATCHED = """
import os, sys, threading
from caretwise.cli import serve_command
from caretwise.lsp.server import CaretwiseServer
root, looks, main = sys.argv[1], [], threading.main_thread()
def watched(call):
    def look(path, *rest, **named):
        text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else ""
        if looks and threading.current_thread() is main and text.startswith(root):
            frame = sys._getframe(1)
            while frame is not None and "caretwise" not in frame.f_code.co_filename:
                frame = frame.f_back
            looks.append(f"{call.__name__} in {frame.f_code.co_name if frame else '?'}")
        return call(path, *rest, **named)
    return look
for name in ("lstat", "stat", "readlink", "open", "scandir"):
    setattr(os, name, watched(getattr(os, name)))
made = CaretwiseServer.__init__
def init(self):
    made(self)
    self.feature("test/watch")(lambda *_: looks.append("begun"))
    self.feature("test/looks")(lambda *_: looks)
CaretwiseServer.__init__ = init
serve_command.command([])
"""
CODE = "import os\n\n\ndef area(width, height):\n    return "


def test_the_event_loop_looks_at_no_file_of_the_project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    for name in ("a.py", "b.py"):
        (root / name).write_text(CODE + "width * height\n")
    with ModelDouble(behaviour("moonshot")) as double:
        environ = environment(tmp_path / "home", **model_environment(double.base_url))
        server = Wire(command=[sys.executable, "-P", "-c", WATCHED, str(root)], env=environ, cwd=root)
        server.start(rootUri=uri_of_path(root))
        assert server.result(request("watch", "test/watch")) is None
        for name in ("a.py", "b.py"):
            _type_and_ask(server, uri_of_path(root / name))
        rules = {"changes": [{"uri": uri_of_path(root / ".gitignore"), "type": 1}]}
        server.send(notification("workspace/didChangeWatchedFiles", rules))
        assert server.result(request("looks", "test/looks")) == ["begun"]
        server.end()


def _type_and_ask(server, uri):
    document, span = {"uri": uri}, {"start": at(4, 0), "end": at(4, 4)}
    server.send(did_open(CODE, uri))
    for number, letter in enumerate("wid"):
        change = {"textDocument": {**document, "version": number + 2}}
        change["contentChanges"] = [replace((4, 11 + number), (4, 11 + number), letter)]
        server.send(notification("textDocument/didChange", change))
        place = {"textDocument": document, "position": at(4, 12 + number), "context": {"triggerKind": 1}}
        assert "items" in server.result(request(f"{uri} {number}", "textDocument/inlineCompletion", place))
    server.send(notification("textDocument/didSave", {"textDocument": document}))
    asked = {"textDocument": document, "range": span, "context": {"diagnostics": [{"range": span, "message": "m"}]}}
    server.result(request(f"{uri} fix", "textDocument/codeAction", asked))
