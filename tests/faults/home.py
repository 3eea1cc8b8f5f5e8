"""The real server on a home with something wrong in it, over stdio, with a model on loopback."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lsp.wire import PATIENCE, Wire, at, did_open, notification, replace, request
from tests.protocol.session import environment, model_environment

from caretwise.adapters.journal import Journal
from caretwise.adapters.project import uri_of_path
from caretwise.adapters.text_disk import DiskStore, open_store
from caretwise.measure.event import Event, Kind

PYTHON = "def area(width, height):\n    return "
GHOST = "width * height"
SECONDS = 2.0
"""Within so much a completion comes, whatever the disk does. The first of a session has the model client to load."""

# Root may write everywhere unless it gives up CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2), here for the program
# that is started (PR_CAPBSET_DROP is 24). For everybody else this does nothing.
_DROP = """
import ctypes, os, sys
for right in (1, 2):
    ctypes.CDLL(None).prctl(24, right, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
WITHOUT_RIGHTS = [sys.executable, "-c", _DROP]


class Server(Wire):
    """One editor's server. `before` is a program that starts it."""

    def __init__(self, root: Path, environ: Mapping[str, str], before: Sequence[str] = ()) -> None:
        command = [*before, sys.executable, "-P", "-m", "caretwise", "serve"]
        super().__init__(command=command, env=dict(environ), cwd=root)
        self.root, self.number = root, 0
        uri = uri_of_path(root)
        self.start(rootUri=uri, workspaceFolders=[{"uri": uri, "name": "project"}])

    def ghost(self, uri: str, character: int) -> str | None:
        """The ghost text in the second line; None for silence."""
        self.number += 1
        place = {"textDocument": {"uri": uri}, "position": at(1, character), "context": {"triggerKind": 1}}
        items = self.result(request(self.number, "textDocument/inlineCompletion", place))["items"]
        return items[0]["insertText"] if items else None

    def open(self, name: str) -> str:
        uri = uri_of_path(self.root / name)
        self.send(did_open(PYTHON, uri))
        return uri

    def type(self, uri: str, character: int, text: str, version: int = 2) -> None:
        change = replace((1, character), (1, character), text)
        content = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
        self.send(notification("textDocument/didChange", content))

    def complete_in(self, *names: str) -> None:
        """Completions come: new ones, one that memory has, and one that is typed out; all but the first in time."""
        for name in names:
            uri = self.open(name)
            start = time.monotonic()
            assert self.ghost(uri, 11) == GHOST
            if self.number > 1:
                assert time.monotonic() - start < SECONDS
            assert self.ghost(uri, 11) == GHOST
            self.type(uri, 11, "wi")
            assert self.ghost(uri, 13) == GHOST[2:]
            assert time.monotonic() - start < SECONDS or self.number <= 3

    def notices(self, wait_for: Sequence[str] = ()) -> list[str]:
        """What the user was told; with `wait_for`, once a notice with each of these words in it has come."""
        until = time.monotonic() + PATIENCE
        while True:
            told = [one["params"]["message"] for one in self.waiting if one.get("method") == "window/showMessage"]
            if all(any(word in sentence for sentence in told) for word in wait_for):
                return told
            message = self.messages.get(timeout=max(0.0, until - time.monotonic()))
            assert message is not None, self.stderr
            self.waiting.append(message)

    def shut_down(self) -> list[str]:
        """End the session as an editor does; everything that was told until then."""
        self.result(request("end", "shutdown"))
        told = self.notices()
        self.send(notification("exit"))
        assert self.wait() == 0, self.stderr
        assert "Traceback" not in self.stderr
        return told

    def limit(self, name: int, soft: int) -> None:
        """Set a limit of the running process."""
        resource.prlimit(self.process.pid, name, (soft, resource.prlimit(self.process.pid, name)[1]))

    def first_free_descriptor(self) -> int:
        used = {int(one) for one in os.listdir(f"/proc/{self.process.pid}/fd")}
        return min(set(range(len(used) + 1)) - used)


def environ_of(home: Path, base_url: str, *, folders: bool = True) -> dict[str, str]:
    """A user's environment; without `folders`, cache and journal are where the system has them, below the home."""
    found = environment(home, **model_environment(base_url))
    if not folders:
        for name in ("CARETWISE_CACHE_DIR", "CARETWISE_STATE_DIR"):
            del found[name]
    return found


class Home:
    """A home's two databases, made whole by the adapters themselves, for a test to spoil."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache" / "responses-1" / "cache.db"
        self.journal = folder / "state" / "journal.db"
        folder.mkdir()

    def used(self) -> Home:
        """As some days of use leave it."""
        store = open_store(self.cache.parent, 2**26)
        assert isinstance(store, DiskStore)
        for number in range(60):
            store.set(f"key{number}", json.dumps({"text": "x" * 900, "model": "kimi"}), 86_400)
        store.close()
        journal = Journal.open(self.journal.parent, on_problem=print)
        for number in range(300):
            journal.record(
                Event(at=time.time(), kind=Kind.SHOWN, suggestion=f"old{number}", role="inline", model="kimi")
            )
        journal.close()
        for path in (self.cache, self.journal):
            assert path.stat().st_size > 40_000
        return self

    def set_aside(self) -> list[Path]:
        """The files that were kept because they could not be used."""
        return sorted(path for path in self.folder.rglob("*corrupt*") if not path.name.endswith(("-wal", "-shm")))


def another_program_s(path: Path) -> bytes:
    """Put another program's database there; its bytes."""
    path.unlink()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.execute("INSERT INTO recipes VALUES ('soup')")
    connection.close()
    path.chmod(0o600)
    return path.read_bytes()


def changed_by_sql(path: Path, statement: str) -> bytes:
    """Change a database as another version of ours might have; its bytes."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    return path.read_bytes()


def lock(path: Path) -> sqlite3.Connection:
    """Hold a database against all other processes, until the connection is closed."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("CREATE TABLE held (x)")
    return connection


def small_disk(kilobytes: int) -> list[str] | None:
    """A program that starts another one with a small disk of its own; None where that is not allowed.

    It takes the folder where the disk is to be, then what is to be started.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    mounting = f'mount -t tmpfs -o size={kilobytes}k,mode=700 none "$0" && exec "$@"'
    before = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", mounting]
    tried = subprocess.run([*before, "/mnt", "true"], capture_output=True, timeout=10, check=False)
    return before if tried.returncode == 0 else None
