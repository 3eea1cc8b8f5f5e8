"""Every way in which a disk goes wrong: completions go on, what was there is kept aside once, each cause is told once."""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.faults.home import (
    GHOST,
    SECONDS,
    WITHOUT_RIGHTS,
    Home,
    Server,
    another_program_s,
    changed_by_sql,
    environ_of,
    lock,
    small_disk,
)
from tests.lsp.wire import Wire, at, notification, request
from tests.protocol.session import environment

from caretwise.adapters.journal import read_events
from caretwise.adapters.project import uri_of_path
from caretwise.measure.event import Kind

SMALL_DISKS = [before for before in [small_disk(400)] if before is not None]
"""Where a user may have a file system of his own (user namespaces): a program that starts another one on a small disk."""


@pytest.fixture(scope="module")
def model() -> Iterator[ModelDouble]:
    with ModelDouble(behaviour("moonshot")) as double:
        yield double


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def serve(root: Path, home: Home, model: ModelDouble):
    started: list[Server] = []

    def start(before: Sequence[str] = (), *, folders: bool = True) -> Server:
        started.append(Server(root, environ_of(home.folder, model.base_url, folders=folders), before))
        return started[-1]

    yield start
    for server in started:
        server.end()


def once(told: Sequence[str], *words: str) -> None:
    """Each of these is in one notice, and there is no other."""
    assert len(told) == len(words), told
    for word in words:
        assert sum(word in sentence for sentence in told) == 1, told


def noise(path: Path) -> bytes:
    """Damage from the schema on; the header is left, so that the file is still taken for a database."""
    whole = bytearray(path.read_bytes())
    whole[100:] = random.Random(3).randbytes(len(whole) - 100)
    path.write_bytes(whole)
    return bytes(whole)


def cut(path: Path) -> bytes:
    os.truncate(path, path.stat().st_size * 6 // 10 + 7)
    return path.read_bytes()


def test_noise_in_the_cache_a_journal_cut_short_and_four_servers_at_once(serve, home):
    damaged = [noise(home.used().cache), cut(home.journal)]
    servers = [serve() for _ in range(4)]
    for number, server in enumerate(servers):
        server.complete_in(f"first{number}.py")
    for number, server in enumerate(servers):
        server.complete_in(f"second{number}.py")
    once([sentence for server in servers for sentence in server.shut_down()], "cache.db.corrupt", "journal.corrupt-1")
    kept = home.set_aside()
    assert [path.read_bytes() for path in kept] == damaged
    marks = [path.stat().st_mtime_ns for path in kept]
    again = serve()
    again.complete_in("first0.py")
    assert again.shut_down() == []
    assert home.set_aside() == kept
    assert [path.stat().st_mtime_ns for path in kept] == marks
    assert {event.model for event in read_events(home.journal.parent)} == {"kimi-k2.6"}


def test_a_foreign_cache_and_a_journal_of_the_future(serve, home):
    """The other way round, a foreign journal and a cache of the future, is for the adapters' own tests to show."""
    future = changed_by_sql(home.used().journal, "PRAGMA user_version = 99")
    foreign = another_program_s(home.cache)
    server = serve()
    server.complete_in("a.py", "b.py")
    once(server.shut_down(), "cache.db.corrupt", "written by a newer caretwise")
    assert home.journal.read_bytes() == future
    assert [path.read_bytes() for path in home.set_aside()] == [foreign]


def test_a_lock_that_another_process_holds(serve, home):
    held = [lock(path) for path in (home.used().cache, home.journal)]
    server = serve()
    server.complete_in("a.py", "b.py")
    told = server.notices(["cache.db", "journal.db"])
    for connection in held:
        connection.close()
    server.complete_in("c.py")
    assert server.shut_down() == told
    once(told, "cache.db is locked", "journal.db is locked")
    assert home.set_aside() == []
    events = [event for event in read_events(home.journal.parent) if event.model == "kimi-k2.6"]
    assert len({event.document for event in events}) == 3, (
        "what happened meanwhile was kept, and written when it was free"
    )


def test_a_disk_that_takes_nothing_more_and_then_no_descriptors(serve, home):
    """A limit on file sizes makes the system's own write call fail, as a full disk does, wherever the tests run."""
    server = serve()
    server.complete_in("a.py")
    server.limit(resource.RLIMIT_FSIZE, 0)
    server.complete_in("b.py", "c.py", "d.py")
    told = server.notices(["cache.db", "journal.db"])
    once(told, "cache.db cannot be written", "journal.db cannot be written")
    server.limit(resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)

    server.limit(resource.RLIMIT_NOFILE, server.first_free_descriptor())
    start = time.monotonic()
    assert server.ghost(uri_of_path(server.root / "d.py"), 13) == GHOST[2:], "this needs no descriptor"
    # A new connection needs one: there is silence unless an old connection has just been closed.
    assert server.ghost(server.open("e.py"), 11) in {GHOST, None}
    assert time.monotonic() - start < SECONDS
    server.limit(resource.RLIMIT_NOFILE, 256)
    server.complete_in("f.py")
    assert [sentence for sentence in server.shut_down() if ".db" in sentence] == told
    assert returned(home.journal) >= 5, "nothing was lost"
    assert home.set_aside() == []


@pytest.mark.parametrize("before", SMALL_DISKS)
def test_a_small_disk_that_is_full(serve, home, tmp_path, before):
    server = serve([*before, str(home.folder)])
    server.complete_in("a.py")
    inside = Path(f"/proc/{server.process.pid}/root{home.folder}")
    fill(inside / "filler")
    for number in range(12):
        server.complete_in(f"b{number}.py")
    told = server.notices(["cache.db", "journal.db"])
    (inside / "filler").unlink()
    server.complete_in("c.py")
    server.result({"jsonrpc": "2.0", "id": "end", "method": "shutdown"})
    once(told, "cache.db cannot be written", "journal.db cannot be written")
    copy = tmp_path / "journal.db"
    copy.write_bytes((inside / "state" / "journal.db").read_bytes())
    assert returned(copy) == 14, "nothing was lost"


def fill(path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        path.write_bytes(bytes(2**20))
    with pytest.raises(OSError, match="No space left"), path.open("ab", buffering=0) as file:
        file.write(bytes(2**16))


def returned(journal: Path) -> int:
    """In how many documents a model's answer was counted."""
    return len({event.document for event in read_events(journal.parent) if event.kind == "returned"})


def test_a_home_that_may_only_be_read(serve, home):
    home.folder.chmod(0o555)
    server = serve(WITHOUT_RIGHTS, folders=False)
    server.complete_in("a.py", "b.py")
    once(server.shut_down(), "/.cache", "/.local")
    assert list(home.folder.iterdir()) == []


def test_a_home_that_is_a_file(serve, home):
    home.folder.rmdir()
    home.folder.write_text("mine")
    server = serve(folders=False)
    server.complete_in("a.py", "b.py")
    once(server.shut_down(), "/.cache/", "/.local/state/", "config.toml")
    assert home.folder.read_text() == "mine"


def test_an_editor_that_leaves_at_once_loses_nothing_that_was_counted(serve, home):
    server = serve()
    place = {"textDocument": {"uri": server.open("a.py")}, "position": at(1, 11), "context": {"triggerKind": 1}}
    (item, *_) = server.result(request(1, "textDocument/inlineCompletion", place))["items"]
    accept = request(2, "workspace/executeCommand", {name: item["command"][name] for name in ("command", "arguments")})
    server.send(accept, request(3, "shutdown"), notification("exit"))
    server.process.stdin.close()
    assert server.wait() == 0
    assert [server.answer(number)["result"] for number in (2, 3)] == [None, None]
    assert Kind.ACCEPTED in {event.kind for event in read_events(home.journal.parent)}


HUNG = """
import threading
from caretwise.adapters.project import Project
from caretwise.cli import serve_command
serve_command.LAST_SECONDS = 0.1
Project.files = lambda self, **more: threading.Event().wait(60) or iter(())
serve_command.command([])
"""


def test_a_disk_that_does_not_answer_does_not_keep_the_process(root, tmp_path):
    server = Wire(command=[sys.executable, "-P", "-c", HUNG], env=environment(tmp_path), cwd=root)
    server.start(rootUri=uri_of_path(root))
    assert server.result(request(1, "workspace/executeCommand", {"command": "caretwise.pause"})) is True
    server.result(request(2, "shutdown"))
    server.send(notification("exit"))
    assert server.wait() == 0
    server.end()
