from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import diskcache
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.adapters import cache as cache_module
from caretwise.adapters import text_disk
from caretwise.adapters.cache import LARGEST_VALUE, ResponseCache, cache_key
from caretwise.adapters.disk_trouble import Trouble
from caretwise.adapters.text_disk import DiskStore, Refused, TextDisk, open_store

GET_SECONDS = cache_module.GET_SECONDS
KEY = cache_key(model="kimi", prompt="def f():")
SIZE = 2**26


class Problems:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self._came = threading.Condition()

    def __call__(self, cause: str, sentence: str) -> None:
        with self._came:
            self.told.append((cause, sentence))
            self._came.notify_all()

    def wait(self, cause: str) -> str:
        with self._came:
            told = self._came.wait_for(lambda: cause in dict(self.told), 10)
            assert told, f"{cause} was not told, only {self.told}"
            return dict(self.told)[cause]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine must not turn a hit into a miss; the tests about time put the real bound back."""
    monkeypatch.setattr(cache_module, "GET_SECONDS", 20.0)
    monkeypatch.setattr(cache_module, "_CLOSE_SECONDS", 20.0)


@pytest.fixture
def in_a_hurry(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert GET_SECONDS == 0.25
    monkeypatch.setattr(cache_module, "GET_SECONDS", GET_SECONDS)


def late_arrival(cache: ResponseCache) -> asyncio.Event:
    """Set when the disk's thread has brought something to memory."""
    arrived, put = asyncio.Event(), cache._memory.put

    def watched(key: str, value: str) -> None:
        put(key, value)
        arrived.set()

    cache._memory.put = watched
    return arrived


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def responses(folder: Path) -> Path:
    return folder / "responses-1"


@pytest.fixture
def opened(problems: Problems, folder: Path) -> Iterator[Callable[..., ResponseCache]]:
    caches: list[ResponseCache] = []

    def open_one(where: Path | None = None, **options: float) -> ResponseCache:
        caches.append(ResponseCache.open(where or folder, on_problem=problems, **options))
        return caches[-1]

    yield open_one
    for one in caches:
        one.close()
        one._thread.join(5)
        assert not one._thread.is_alive()


def keep(opened: Callable[..., ResponseCache], *entries: tuple[str, str]) -> None:
    """Write entries in a session of their own, so that the next one finds them on disk only."""
    cache = opened()
    for key, value in entries:
        cache.set(key, value)
    cache.close()


async def opening(cache: ResponseCache) -> None:
    """Wait until the thread has opened the database, with patience: it answers in order."""
    loop = asyncio.get_running_loop()
    wanted = cache_module._Wanted("-", loop, loop.create_future())
    with cache._change:
        cache._wanted.append(wanted)
        cache._change.notify()
    assert await asyncio.wait_for(wanted.answer, 20) is None


def change(responses: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(responses / "cache.db", isolation_level=None)
    connection.execute(statement, values)
    connection.close()


LOCK = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
if sys.argv[2] == "all":
    c.execute("PRAGMA locking_mode = EXCLUSIVE")
c.execute("BEGIN EXCLUSIVE")
c.execute("UPDATE Settings SET value = value WHERE key = 'count'")
print("locked", flush=True)
sys.stdin.readline()
c.execute("ROLLBACK")
c.close()
print("free", flush=True)
"""


@pytest.fixture
def locked(responses: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Locks the database from another process until it is told to go on, or the test ends."""
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", LOCK, str(responses / "cache.db"), how],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout.readline() == "locked\n", process.communicate(timeout=10)[1]
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=10)


async def test_what_was_set_is_there_at_once_and_in_the_next_session(opened, problems):
    first = opened()
    assert await first.get(KEY) is None
    first.set(KEY, "return 1 # ‸ 🌙\0\r\n")
    assert await first.get(KEY) == "return 1 # ‸ 🌙\0\r\n"
    first.close()
    second = opened()
    assert await second.get(KEY) == "return 1 # ‸ 🌙\0\r\n"
    assert problems.told == []


async def test_the_last_value_wins(opened):
    keep(opened, (KEY, "old"), (KEY, "new"))
    assert await opened().get(KEY) == "new"


async def test_two_windows_share_the_disk(opened):
    one, two = opened(), opened()
    one.set(KEY, "shared")
    one.close()
    assert await two.get(KEY) == "shared"


async def test_a_closed_cache_is_a_miss_and_takes_nothing(opened):
    cache = opened()
    cache.close()
    cache.close()
    cache.set("k", "v")
    assert await cache.get(KEY) is None
    assert await opened().get("k") is None


async def test_many_questions_at_once_and_a_cancelled_one(opened):
    keep(opened, *((f"k{n}", f"v{n}") for n in range(50)))
    cache = opened()
    cancelled = asyncio.ensure_future(cache.get("k0"))
    await asyncio.wait([cancelled], timeout=0)
    cancelled.cancel()
    assert await asyncio.gather(*(cache.get(f"k{n}") for n in range(1, 50))) == [f"v{n}" for n in range(1, 50)]
    with pytest.raises(asyncio.CancelledError):
        await cancelled


def test_opening_neither_blocks_nor_imports_diskcache(folder):
    script = """
import sys, time
from pathlib import Path
from caretwise.adapters.cache import ResponseCache
assert "diskcache" not in sys.modules
import builtins, threading
where = []
real = builtins.__import__
def watched(name, *rest, **more):
    if name.split(".")[0] == "diskcache":
        where.append(threading.current_thread().name)
    return real(name, *rest, **more)
builtins.__import__ = watched
start = time.thread_time()
cache = ResponseCache.open(Path(sys.argv[1]), on_problem=print)
assert time.thread_time() - start < 0.1
cache.close()
print(set(where))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "{'caretwise-cache'}\n", done.stderr


@pytest.mark.parametrize("umask", [0o022, 0o000])
async def test_folder_and_files_are_private_under_every_umask(opened, responses, umask):
    before = os.umask(umask)
    try:
        cache = opened()
        cache.set(KEY, "x")
        assert await cache.get("another") is None  # answered by the thread: the files are there
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in responses.iterdir()}
    finally:
        os.umask(before)
    assert {"cache.db", "cache.db-wal", "cache.db-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(responses.stat().st_mode) == 0o700
    assert stat.S_IMODE(responses.parent.stat().st_mode) == 0o700


async def test_our_own_folder_is_tightened(opened, responses):
    responses.mkdir(parents=True)
    responses.chmod(0o755)
    keep(opened, (KEY, "x"))
    assert stat.S_IMODE(responses.stat().st_mode) == 0o700


class Trap:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (self.path,)


def test_the_trap_works(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").exists()


def test_diskcache_s_own_disk_would_spring_the_trap(tmp_path):
    """The reason for TextDisk: this fails when diskcache stops unpickling, and TextDisk may go."""
    with diskcache.Cache(str(tmp_path / "c")) as plain:
        plain.set("k", "v")
        connection = sqlite3.connect(tmp_path / "c" / "cache.db", isolation_level=None)
        connection.execute("UPDATE Cache SET mode = 4, value = ?", (pickle.dumps(Trap(tmp_path / "sprung")),))
        connection.close()
        plain.get("k")
    assert (tmp_path / "sprung").exists()


@pytest.mark.parametrize("mode", [4, 3, 2, 0, 7, "4", None])
async def test_a_planted_pickle_never_runs(tmp_path, opened, responses, problems, mode):
    keep(opened, (KEY, "good"), ("other", "fine"))
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    change(responses, "UPDATE Cache SET mode = ?, value = ? WHERE key = ?", mode, trap, KEY)
    cache = opened()
    assert await cache.get(KEY) is None
    assert await cache.get("other") == "fine"
    assert not (tmp_path / "sprung").exists()
    assert "did not write" in problems.wait("cache_refused")
    cache.set(KEY, "good again")
    cache.close()
    assert await opened().get(KEY) == "good again"
    assert not (tmp_path / "sprung").exists()


async def test_a_planted_pickle_in_a_file_never_runs(tmp_path, opened, responses):
    keep(opened, (KEY, "good"))
    (responses / "trap.val").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    change(responses, "UPDATE Cache SET mode = 4, value = NULL, filename = 'trap.val'")
    assert await opened().get(KEY) is None
    assert not (tmp_path / "sprung").exists()


async def test_a_planted_pickled_key_never_runs(tmp_path, opened, responses):
    keep(opened, (KEY, "good"), ("other", "fine"))
    change(responses, "UPDATE Cache SET raw = 0, key = ? WHERE key = ?", pickle.dumps(Trap(tmp_path / "sprung")), KEY)
    cache = opened()
    assert await cache.get(KEY) is None
    assert await cache.get("other") == "fine"
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("value", [b"bytes", 5, 1.5, None], ids=str)
async def test_a_stored_value_that_is_not_text_is_a_miss(opened, responses, value):
    keep(opened, (KEY, "good"))
    change(responses, "UPDATE Cache SET value = ?", value)
    assert await opened().get(KEY) is None


async def test_text_that_is_not_utf8_is_a_miss(opened, responses):
    keep(opened, (KEY, "good"), ("other", "fine"))
    change(responses, "UPDATE Cache SET value = CAST(x'ff00fe' AS TEXT) WHERE key = ?", KEY)
    cache = opened()
    assert await cache.get(KEY) is None
    assert await cache.get("other") == "fine"


async def test_a_value_that_is_not_what_was_stored_is_a_miss(opened, responses):
    """Noise inside of a row: SQLite notices nothing, and the user would find it in their code."""
    keep(opened, (KEY, "return 1"), ("other", "return 2"))
    change(responses, "UPDATE Cache SET value = replace(value, 'return', 'retuRn') WHERE key = ?", KEY)
    cache = opened()
    assert await cache.get(KEY) is None
    assert await cache.get("other") == "return 2"
    change(responses, "UPDATE Cache SET value = (SELECT value FROM Cache WHERE key = 'other') WHERE key = ?", KEY)
    assert await opened().get(KEY) is None


def test_a_planted_file_name_never_costs_a_file(tmp_path, folder, responses):
    """The victim outlives get, set, delete, pop, eviction, expiry, clear and the check of the whole cache."""
    victim = tmp_path / "victim.txt"
    inside = responses / "inside.txt"

    def plant() -> DiskStore:
        store = open_store(responses, SIZE)
        assert isinstance(store, DiskStore)
        for n in range(40):
            store.set(f"k{n}", "v", 600)
        store.close()
        victim.write_text("mine")
        inside.write_text("mine too")
        for where, name in (("rowid % 2", "../../victim.txt"), ("rowid % 2 = 0", "inside.txt")):
            change(responses, f"UPDATE Cache SET filename = ?, mode = 3 WHERE {where}", name)
        store = open_store(responses, SIZE)
        assert isinstance(store, DiskStore)
        return store

    def refused_get(store: DiskStore) -> None:
        for key in ("k0", "k1"):
            with pytest.raises(Refused):
                store.get(key)

    def shrink(store: DiskStore) -> None:
        store._cache.reset("size_limit", 1)
        store.set("new", "v", 600)
        store._cache.cull()

    def expire(store: DiskStore) -> None:
        assert store._cache.expire(now=time.time() + 10_000) == 40

    def pop(store: DiskStore) -> None:
        with pytest.raises(Refused):
            store._cache.pop("k0")

    actions: list[Callable[[DiskStore], object]] = [
        refused_get, lambda s: s.set("k0", "new", 600), lambda s: s.set("k1", "new", 600),
        lambda s: s._cache.delete("k0"), lambda s: s._cache.delete("k1"), pop, shrink, expire, lambda s: s._cache.clear(),
    ]  # fmt: skip
    for action in actions:
        store = plant()
        action(store)
        store.close()
        assert victim.read_text() == "mine"
        assert inside.read_text() == "mine too"


async def test_a_planted_file_name_is_a_miss_and_is_overwritten(tmp_path, opened, responses):
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    keep(opened, (KEY, "good"))
    change(responses, "UPDATE Cache SET filename = '../../victim.txt'")
    cache = opened()
    assert await cache.get(KEY) is None
    cache.set(KEY, "good again")
    cache.close()
    assert await opened().get(KEY) == "good again"
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("bad", [b"k", 5, None, True, ("a",)], ids=str)
def test_the_disk_takes_text_only(tmp_path, bad):
    disk = TextDisk(str(tmp_path), min_file_size=2**24)
    for refused in (lambda: disk.put(bad), lambda: disk.store(bad, read=False), lambda: disk.get(bad, raw=True),
                    lambda: disk.get("k", raw=False), lambda: disk.store("v", read=True), disk.filename,
                    lambda: disk.fetch(1, None, bad, read=False), lambda: disk.fetch(1, None, "v", read=True)):  # fmt: skip
        with pytest.raises(Refused):
            refused()


@pytest.mark.parametrize(
    "plant",
    [
        "INSERT OR REPLACE INTO Settings VALUES ('disk_secret', 1)",
        "INSERT OR REPLACE INTO Settings VALUES ('sqlite_journal_mode', 'off')",
        "INSERT OR REPLACE INTO Settings VALUES ('sqlite_mmap_size', 1e9)",
        "INSERT OR REPLACE INTO Settings VALUES ('get', 'none')",
        "UPDATE Settings SET value = 'many' WHERE key = 'count'",
        "DROP TABLE Settings",
        "CREATE TABLE recipes (name TEXT)",
    ],
)
async def test_settings_that_are_not_ours_are_not_acted_upon(opened, responses, problems, plant):
    keep(opened, (KEY, "good"))
    change(responses, plant)
    cache = opened()
    if "recipes" in plant:  # a further table does nothing
        assert await cache.get(KEY) == "good"
        return
    assert await cache.get(KEY) is None
    assert "starts empty" in problems.wait("cache_corrupt")
    cache.set(KEY, "new")
    cache.close()
    assert await opened().get(KEY) == "new"


async def test_a_corrupt_file_is_kept_aside_and_the_cache_starts_empty(opened, responses, problems):
    responses.mkdir(parents=True, mode=0o700)
    for content in (b"not a database at all " * 100, b"nor is this " * 100):
        (responses / "cache.db").write_bytes(content)
        cache = opened()
        assert await cache.get(KEY) is None
        assert "cache.db.corrupt" in problems.wait("cache_corrupt")
        cache.set(KEY, "new")
        cache.close()
        assert (responses / "cache.db.corrupt").read_bytes() == content
        assert await opened().get(KEY) == "new"
    assert len(list(responses.glob("*.corrupt*"))) == 1


async def test_damage_met_while_reading_starts_an_empty_cache(opened, responses, problems):
    keep(opened, *((f"k{n}", "v" * 900) for n in range(200)))
    path = responses / "cache.db"
    good = path.read_bytes()
    path.write_bytes(good[: 4096 * 12] + b"\xff" * (len(good) - 4096 * 12))
    cache = opened()
    for n in range(200):
        if await cache.get(f"k{n}") is None:
            break
    problems.wait("cache_corrupt")
    cache.set(KEY, "new")
    cache.close()
    assert (responses / "cache.db.corrupt").stat().st_size == len(good)
    assert await opened().get(KEY) == "new"


async def test_a_file_that_was_cut_short_is_kept_aside(opened, responses, problems):
    keep(opened, *((f"k{n}", "v" * 900) for n in range(60)))
    os.truncate(responses / "cache.db", (responses / "cache.db").stat().st_size * 6 // 10 + 7)
    rest = (responses / "cache.db").read_bytes()
    cache = opened()
    assert await cache.get("k0") is None
    problems.wait("cache_corrupt")
    assert (responses / "cache.db.corrupt").read_bytes() == rest
    cache.set(KEY, "new")
    cache.close()
    assert await opened().get(KEY) == "new"


async def test_another_program_s_database_is_kept_aside_to_the_byte(opened, responses, problems):
    responses.mkdir(parents=True, mode=0o700)
    change(responses, "CREATE TABLE recipes (name TEXT)")
    theirs = (responses / "cache.db").read_bytes()
    cache = opened()
    assert await cache.get(KEY) is None
    assert "not ours" in problems.wait("cache_corrupt")
    assert (responses / "cache.db.corrupt").read_bytes() == theirs


async def test_a_newer_format_is_left_untouched(opened, folder):
    newer = folder / "responses-2"
    newer.mkdir(parents=True, mode=0o700)
    (newer / "cache.db").write_bytes(b"from tomorrow")
    keep(opened, (KEY, "x"))
    assert await opened().get(KEY) == "x"
    assert (newer / "cache.db").read_bytes() == b"from tomorrow"
    assert [path.name for path in newer.iterdir()] == ["cache.db"]


def spoil_link(folder: Path) -> None:
    (folder.parent / "real").mkdir(mode=0o700)
    folder.symlink_to(folder.parent / "real")


def spoil_inner_link(folder: Path) -> None:
    (folder.parent / "real").mkdir(mode=0o700)
    folder.mkdir(mode=0o700)
    (folder / "responses-1").symlink_to(folder.parent / "real")


def spoil_group(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o720)


def spoil_inner_others(folder: Path) -> None:
    (folder / "responses-1").mkdir(parents=True)
    (folder / "responses-1").chmod(0o702)


def spoil_database_link(folder: Path) -> None:
    (folder.parent / "real").mkdir()
    (folder / "responses-1").mkdir(parents=True, mode=0o700)
    (folder / "responses-1" / "cache.db").symlink_to(folder.parent / "real" / "cache.db")


@pytest.mark.parametrize("spoil", [spoil_link, spoil_inner_link, spoil_group, spoil_inner_others, spoil_database_link])
async def test_a_folder_that_others_could_have_a_hand_in_is_not_used(opened, folder, problems, spoil):
    spoil(folder)
    cache = opened()
    problems.wait("cache_unsafe")
    cache.set(KEY, "from memory")
    assert await cache.get(KEY) == "from memory"
    assert await cache.get("other") is None
    cache.close()
    assert list(folder.parent.glob("real/*")) == []
    assert [cause for cause, _ in problems.told] == ["cache_unsafe"]


async def test_a_folder_of_another_user_is_not_used(opened, folder, problems):
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    cache = opened(folder if os.geteuid() == 0 else Path("/usr"))
    assert "another user" in problems.wait("cache_unsafe")
    assert await cache.get(KEY) is None


async def test_a_name_that_diskcache_would_expand_is_refused(opened, tmp_path, problems, monkeypatch):
    monkeypatch.setenv("ELSEWHERE", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)
    opened(tmp_path / "$ELSEWHERE")
    assert "expanded" in problems.wait("cache_unsafe")
    assert not (tmp_path / "elsewhere").exists()


async def test_a_folder_that_is_a_file_leaves_memory(opened, folder, problems):
    folder.write_text("mine")
    cache = opened()
    problems.wait("cache_unwritable")
    cache.set(KEY, "x")
    assert await cache.get(KEY) == "x"
    assert folder.read_text() == "mine"


async def test_an_unwritable_disk_is_tried_again_later(opened, folder, problems, monkeypatch):
    monkeypatch.setattr(cache_module, "_RETRY_OTHER", 0.0)
    folder.write_text("mine")
    cache = opened()
    problems.wait("cache_unwritable")
    folder.unlink()
    cache.set(KEY, "x")
    cache.close()
    assert await opened().get(KEY) == "x"


async def test_a_writer_s_lock_costs_an_entry_and_no_time(opened, locked, problems, in_a_hurry):
    keep(opened, (KEY, "there"))
    cache = opened()
    await opening(cache)
    lock = locked("writes")
    start = time.monotonic()
    for n in range(10):
        cache.set(f"k{n}", "v")
    assert time.monotonic() - start < 1.8  # each write waits 0.2 s for the lock
    assert await cache.get("k0") == "v"
    start = time.monotonic()
    found = [await cache.get(f"missing{n}") for n in range(20)]
    assert found == [None] * 20
    assert time.monotonic() - start < 8.0
    lock.communicate("go\n", timeout=10)
    cache.close()
    assert await opened().get(KEY) == "there"
    assert problems.told == []


async def test_a_database_locked_for_all_is_given_up_soon(opened, locked, problems, monkeypatch, in_a_hurry):
    monkeypatch.setattr(cache_module, "_RETRY_LOCKED", 0.0)
    keep(opened, (KEY, "there"))
    lock = locked("all")
    start = time.monotonic()
    cache = opened()
    assert await cache.get(KEY) is None
    assert time.monotonic() - start < 5.0
    problems.wait("cache_locked")
    assert time.monotonic() - start < 8.0  # diskcache alone would try for a minute
    lock.communicate("go\n", timeout=10)
    monkeypatch.setattr(cache_module, "GET_SECONDS", 20.0)
    assert await cache.get(KEY) == "there"


async def test_opening_gives_up_soon_while_another_window_writes(opened, locked, problems, monkeypatch):
    monkeypatch.setattr(cache_module, "_RETRY_LOCKED", 0.0)
    keep(opened, (KEY, "there"))
    lock = locked("writes")
    start = time.monotonic()
    cache = opened()
    problems.wait("cache_locked")  # diskcache alone would try for a minute
    assert time.monotonic() - start < 5.0
    lock.communicate("go\n", timeout=10)
    assert await cache.get(KEY) == "there"


def test_a_commit_that_fails_leaves_no_transaction_behind(responses):
    store = open_store(responses, SIZE)
    assert isinstance(store, DiskStore)
    # Without WAL (a network file system may not have it) a reader can stop a commit.
    store._cache._con.execute("PRAGMA journal_mode = DELETE").fetchall()
    reader = sqlite3.connect(responses / "cache.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM Cache").fetchall()
    with pytest.raises((sqlite3.OperationalError, diskcache.Timeout)):
        store.set("k", "stopped", 600)
    reader.execute("COMMIT")
    reader.close()
    store.set("k", "written", 600)
    assert store.get("k") == "written"
    store.close()


async def test_while_the_disk_hangs_a_question_waits_once(opened, monkeypatch):
    keep(opened, ("late", "value"))
    cache = opened()
    await opening(cache)
    hanging, go_on = threading.Event(), threading.Event()
    real = cache._disk.get

    def hang(key: str) -> str | None:
        hanging.set()
        assert go_on.wait(30)
        return real(key)

    cache._disk.get = hang  # a file system that does not answer: nothing but the thread itself can stand for it
    patient = asyncio.ensure_future(cache.get("late"))
    try:
        assert await asyncio.to_thread(hanging.wait, 10)
        monkeypatch.setattr(cache_module, "GET_SECONDS", GET_SECONDS)
        start = time.monotonic()
        assert await cache.get("k") is None
        # From now on nobody waits: a hundred times a quarter of a second would be 25 seconds.
        assert [await cache.get(f"k{n}") for n in range(100)] == [None] * 100
        assert time.monotonic() - start < 5.0
    finally:
        go_on.set()
    assert await patient == "value"
    assert await cache.get("late") == "value"


async def test_a_value_that_comes_too_late_is_there_for_the_next_question(opened, in_a_hurry):
    keep(opened, ("late", "value"))
    cache = opened()
    await opening(cache)
    asked, go_on = threading.Event(), threading.Event()
    real = cache._disk.get

    def slow(key: str) -> str | None:
        asked.set()
        assert go_on.wait(30)
        return real(key)

    cache._disk.get = slow
    arrived = late_arrival(cache)
    loop = asyncio.get_running_loop()
    wanted = cache_module._Wanted("late", loop, loop.create_future())
    try:
        with cache._change:
            cache._wanted.append(wanted)
            cache._change.notify()
        assert await asyncio.to_thread(asked.wait, 10)
        wanted.answer.cancel()  # what the bound in `get` does
    finally:
        go_on.set()
    await asyncio.wait_for(arrived.wait(), 10)
    assert await cache.get("late") == "value"


def test_a_full_disk_is_told_once_and_the_cache_goes_on(folder):
    # The limit on file sizes makes the system's own write call fail, as a full disk does.
    script = """
import asyncio, resource, sys
from pathlib import Path
from caretwise.adapters import cache as module
from caretwise.adapters.cache import ResponseCache
module._RETRY_OTHER = 0.0
module.GET_SECONDS = module._CLOSE_SECONDS = 20.0  # a busy machine
told = []
async def main():
    cache = ResponseCache.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
    cache.set("before", "kept")
    assert await cache.get("x") is None
    resource.setrlimit(resource.RLIMIT_FSIZE, (100 * 1024, resource.RLIM_INFINITY))
    async with asyncio.timeout(20):
        while not told:
            for n in range(100):
                cache.set(f"k{n}", "v" * 2000)
            await cache.get("x")
    assert await cache.get("k99") == "v" * 2000
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    cache.set("after", "kept too")
    cache.close()
    again = ResponseCache.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
    print([await again.get("before"), await again.get("after")], [cause for cause, _ in told])
    again.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, timeout=40, check=False
    )
    assert done.stdout == "['kept', 'kept too'] ['cache_full']\n", done.stderr


def test_no_descriptors_left_is_told_once_and_the_disk_is_tried_again(folder):
    # Not even the modules that speak to the disk can be read.
    script = """
import asyncio, os, resource, sys
from pathlib import Path
from caretwise.adapters import cache as module
from caretwise.adapters.cache import ResponseCache
module._RETRY_OTHER = 0.0
told = []
async def main():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    cache = ResponseCache.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
    cache.set("at once", "kept")
    assert [await cache.get("x"), await cache.get("at once")] == [None, "kept"]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    cache.set("after", "kept too")
    cache.close()
    again = ResponseCache.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
    module.GET_SECONDS = 20.0
    print(await again.get("after"), [cause for cause, _ in told])
    again.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, timeout=40, check=False
    )
    assert done.stdout == "kept too ['cache_exhausted']\n", done.stderr
    assert done.stderr == ""


async def test_the_thread_outlives_what_nobody_foresaw(opened, problems):
    keep(opened, (KEY, "there"))
    cache = opened()
    real = cache._disk.get

    def fails(key: str) -> str | None:
        cache._disk.get = real
        raise RuntimeError(key)

    cache._disk.get = fails
    assert await cache.get(KEY) is None
    problems.wait("cache_error")
    assert await cache.get(KEY) == "there"


def test_a_file_that_another_process_has_put_right_meanwhile_is_not_set_aside(responses, monkeypatch):
    responses.mkdir(parents=True, mode=0o700)
    path = responses / "cache.db"
    path.write_bytes(b"not a database " * 500)
    real = text_disk._open

    def slow(*arguments: object) -> DiskStore | Trouble:
        found = real(*arguments)
        monkeypatch.setattr(text_disk, "_open", real)
        path.rename(path.with_name("moved"))
        other = real(path, SIZE, None)
        other.set("k", "the other process's", 600)
        other.close()
        return found

    monkeypatch.setattr(text_disk, "_open", slow)
    store = open_store(responses, SIZE)
    assert store.aside is None
    assert store.get("k") == "the other process's"
    assert list(responses.glob("*corrupt*")) == []
    store.close()


async def test_values_over_a_megabyte_are_not_kept(opened):
    largest = "x" * LARGEST_VALUE
    wide = "é" * (LARGEST_VALUE // 2 + 1)  # fits in characters, not in bytes
    keep(opened, ("large", largest), ("larger", largest + "x"), ("wide", wide))
    cache = opened()
    assert await cache.get("large") == largest
    assert await cache.get("larger") is None
    assert await cache.get("wide") is None


async def test_half_a_surrogate_pair_costs_its_entry_only(opened, problems):
    keep(opened, ("half", "a\ud800"), (KEY, "fine"), ("\udfff", "key"))
    cache = opened()
    assert await cache.get("half") is None
    assert await cache.get("\udfff") is None
    assert await cache.get(KEY) == "fine"
    assert problems.told == []


async def test_entries_expire(opened):
    cache = opened(expire_days=-1)
    cache.set(KEY, "x")
    cache.close()
    assert await opened().get(KEY) is None


async def test_the_disk_stays_within_its_limit_and_the_oldest_go_first(opened, responses):
    cache = opened(size_limit=400_000)
    for n in range(400):
        cache.set(f"k{n:03}", "v" * 4000)
    cache.close()
    assert (responses / "cache.db").stat().st_size < 500_000
    cache = opened(size_limit=400_000)
    kept = [n for n in range(400) if await cache.get(f"k{n:03}") is not None]
    assert 40 < len(kept) < 110
    assert kept == list(range(400 - len(kept), 400))


def test_memory_is_bounded_in_entries_and_characters():
    memory = cache_module._Memory()
    for n in range(cache_module._MEMORY_ENTRIES + 10):
        memory.put(f"k{n}", "v")
        memory.get("k0")
    assert memory.get("k0") == "v"
    assert memory.get("k1") is None
    assert len(memory._entries) == cache_module._MEMORY_ENTRIES
    for n in range(40):
        memory.put(f"big{n}", "v" * LARGEST_VALUE)
    assert memory._characters == sum(map(len, memory._entries.values())) <= cache_module._MEMORY_CHARACTERS


@settings(max_examples=15)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_any_text_comes_back_from_disk(tmp_path_factory, entries):
    folder = tmp_path_factory.mktemp("cache") / "responses-1"
    store = open_store(folder, SIZE)
    assert not isinstance(store, Trouble)
    for key, value in entries.items():
        store.set(key, value, 600)
    assert {key: store.get(key) for key in entries} == entries
    store.close()


def test_a_key_holds_everything_and_only_that():
    parts = {"model": "kimi", "temperature": 0.2, "stream": True, "seed": None, "prompt": "a\ud800"}
    key = cache_key(**parts)
    assert key == cache_key(**dict(reversed(parts.items())))
    assert len(key) == 64
    assert int(key, 16) >= 0
    keys = {key, *(cache_key(**{**parts, name: "else"}) for name in parts), cache_key(**parts, more=None)}
    assert len(keys) == len(parts) + 2
    assert len({cache_key(a=value) for value in (1, 1.0, True, "1", None, "", 0)}) == 7
    assert cache_key(a="b") == hashlib.sha256(b'{"a":"b"}').hexdigest()
    with pytest.raises(ValueError, match="JSON"):
        cache_key(a=float("nan"))


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.booleans() | st.none()),
       st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.booleans() | st.none()))  # fmt: skip
def test_different_parts_have_different_keys(one, two):
    same = {(k, type(v), v) for k, v in one.items()} == {(k, type(v), v) for k, v in two.items()}
    assert (cache_key(**one) == cache_key(**two)) == same
