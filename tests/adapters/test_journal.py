from __future__ import annotations

import dataclasses
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.adapters import journal as journal_module
from caretwise.adapters import journal_file
from caretwise.adapters import machine_key as machine_key_module
from caretwise.adapters.journal import Journal, JournalError, machine_key, purge_events, read_events
from caretwise.adapters.journal_file import APPLICATION, migrations
from caretwise.measure.event import BOUNDS, FIELDS, Event, Kind

NOW = time.time()


def event(number: int = 0, **changes: object) -> Event:
    values = {"at": NOW + number / 1000, "kind": Kind.SHOWN, "suggestion": f"s{number}", "role": "inline"}
    return Event(**{**values, "model": "kimi", **changes})


def numbers(folder: Path) -> list[int]:
    return [int(e.suggestion[1:]) for e in read_events(folder)]


class Problems:
    """Collects what a journal tells; `wait` is bounded."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self._came = threading.Condition()

    def __call__(self, cause: str, sentence: str) -> None:
        with self._came:
            self.told.append((cause, sentence))
            self._came.notify_all()

    @property
    def causes(self) -> list[str]:
        return [cause for cause, _ in self.told]

    def wait(self, cause: str) -> str:
        with self._came:
            assert self._came.wait_for(lambda: cause in self.causes, 10), f"{cause} was not told, only {self.told}"
        return dict(self.told)[cause]


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def opened(problems: Problems) -> Iterator[Callable[..., Journal]]:
    journals: list[Journal] = []

    def open_one(folder: Path, **options: float | None) -> Journal:
        journals.append(Journal.open(folder, on_problem=problems, **options))
        return journals[-1]

    yield open_one
    for one in journals:
        one.close()
        assert not one._thread.is_alive()


@pytest.fixture
def other() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts another Python process with pipes; ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        started.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def said(process: subprocess.Popen[str]) -> str:
    """The process's next line; an end without one shows its errors."""
    line = process.stdout.readline().strip()
    assert line, process.communicate(timeout=10)[1]
    return line


LOCK = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
if sys.argv[2] == "all":
    c.execute("PRAGMA locking_mode = EXCLUSIVE")
c.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
c.execute("ROLLBACK")
c.close()
print("free", flush=True)
"""

EVENT = """
import sys, time
from pathlib import Path
from caretwise.adapters.journal import Journal, machine_key
from caretwise.measure.event import Event, Kind
def event(number):
    return Event(at=time.time(), kind=Kind.SHOWN, suggestion=f"s{number}", role="inline", model="kimi")
told = []
"""


def test_events_come_back_as_they_went_in(folder, opened, problems):
    full = event(1, kind=Kind.ACCEPTED, thinking=False, amount="word", characters=4, first_token_ms=12.5, cached_tokens=0,
                 host="[::1]:8000", document="0123456789abcdef", model="κίμι/Kimi-K2.6 🌙")  # fmt: skip
    events = [event(0), full, event(2, prompt_tokens=2**53, thinking=True)]
    journal = opened(folder)
    for one in events:
        journal.record(one)
    assert journal.flush()
    stored = read_events(folder)
    assert list(stored) == events
    assert stored.skipped == 0
    assert problems.told == []


def test_events_of_several_sessions_are_added(folder, opened):
    for number in range(3):
        journal = opened(folder)
        journal.record(event(number))
        journal.close()
    assert numbers(folder) == [0, 1, 2]


def test_close_writes_what_is_waiting_and_ends_recording(folder, opened):
    journal = opened(folder)
    for number in range(1500):
        journal.record(event(number))
    journal.close()
    journal.close()
    journal.record(event(9999))
    assert numbers(folder) == list(range(1500))
    assert journal.dropped == 1


def test_recording_costs_the_caller_no_look_at_the_disk(folder, opened):
    journal = opened(folder)
    events = [event(number) for number in range(2000)]
    start = time.thread_time()  # this thread's own work: a busy machine does not count
    for one in events:
        journal.record(one)
    assert (time.thread_time() - start) / len(events) < 1e-3
    assert journal.flush()


def test_opening_returns_at_once_while_the_file_is_locked(folder, opened, other, problems, monkeypatch):
    monkeypatch.setattr(journal_file, "BUSY_SECONDS", 3.0)
    opened(folder).close()
    lock = other(LOCK, folder / "journal.db", "all")
    assert said(lock) == "locked"
    start = time.monotonic()
    journal = opened(folder)
    journal.record(event(7))
    assert time.monotonic() - start < 2.5  # the lock would be waited for three seconds
    problems.wait("journal_locked")
    lock.communicate("go\n", timeout=10)
    assert journal.flush(10)
    assert numbers(folder) == [7]


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
def test_files_are_private_under_every_umask(folder, opened, umask):
    before = os.umask(umask)
    try:
        journal = opened(folder)
        journal.record(event())
        assert journal.flush()
        machine_key(folder)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(before)
    assert {"journal.db", "journal.db-wal", "journal.db-shm", "machine-key"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_made_private(folder, opened):
    for _ in range(2):
        journal = opened(folder)
        journal.record(event())
        journal.close()
        mode = stat.S_IMODE((folder / "journal.db").stat().st_mode)
        (folder / "journal.db").chmod(0o644)
    assert mode == 0o600
    journal = opened(folder)
    journal.record(event())
    assert journal.flush()
    assert stat.S_IMODE((folder / "journal.db").stat().st_mode) == 0o600


def test_several_servers_write_to_one_journal(folder, other):
    script = (
        EVENT
        + """
journal = Journal.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 150):
    journal.record(event(number))
    if number % 10 == 0:
        assert journal.flush(20), told
assert journal.flush(20), told
journal.close()
print("done", journal.dropped)
"""
    )
    servers = [other(script, folder, start) for start in (0, 1000, 2000)]
    for server in servers:
        out, err = server.communicate(timeout=50)
        assert out == "done 0\n", err
    found = numbers(folder)
    assert sorted(found) == [start + n for start in (0, 1000, 2000) for n in range(150)]


@pytest.mark.parametrize("acknowledged", [1, 40])
def test_kill_9_loses_no_acknowledged_event(folder, other, acknowledged):
    script = (
        EVENT
        + """
journal = Journal.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
number = 0
while True:
    journal.record(event(number))
    if journal.flush():
        print(number, flush=True)
    number += 1
"""
    )
    server = other(script, folder)
    seen = [int(said(server)) for _ in range(acknowledged)]
    server.send_signal(signal.SIGKILL)
    rest = server.stdout.read()  # what communicate returns would lack the lines that are read ahead
    seen += [int(line) for line in rest.split("\n")[:-1]]  # printed whole before it died
    stored = numbers(folder)
    assert stored[: len(seen)] == seen == list(range(len(seen)))
    assert len(stored) <= len(seen) + 1


def test_a_locked_journal_keeps_its_events_until_it_is_free(folder, opened, other, problems):
    journal = opened(folder)
    journal.record(event(0))
    assert journal.flush()
    lock = other(LOCK, folder / "journal.db", "writes")
    assert said(lock) == "locked"
    journal.record(event(1))
    assert not journal.flush(0.2)
    problems.wait("journal_locked")
    lock.communicate("go\n", timeout=10)
    assert journal.flush(10)
    assert numbers(folder) == [0, 1]
    assert problems.causes == ["journal_locked"]
    assert journal.dropped == 0


def test_a_full_queue_drops_the_oldest_and_counts(folder, opened, other, problems, monkeypatch):
    monkeypatch.setattr(journal_module, "LARGEST_QUEUE", 10)
    journal = opened(folder)
    journal.record(event(100))
    assert journal.flush()
    lock = other(LOCK, folder / "journal.db", "writes")
    assert said(lock) == "locked"
    journal.record(event(0))
    problems.wait("journal_locked")
    for number in range(1, 16):
        journal.record(event(number))
    lock.communicate("go\n", timeout=10)
    assert journal.flush(10) or journal.dropped
    assert journal.flush(10)
    kept = numbers(folder)
    assert kept[-10:] == list(range(6, 16))
    assert journal.dropped == 17 - len(kept) > 0


def test_close_is_bounded_while_the_file_is_locked(folder, opened, other):
    journal = opened(folder)
    journal.record(event(100))
    assert journal.flush()
    lock = other(LOCK, folder / "journal.db", "writes")
    assert said(lock) == "locked"
    for number in range(2000):
        journal.record(event(number))
    start = time.monotonic()
    journal.close()
    assert time.monotonic() - start < 5.0
    assert journal.dropped == 2000


def test_a_full_disk_is_told_once_and_nothing_is_lost_when_there_is_room_again(folder, other):
    # The limit on file sizes makes the system's own write call fail, as a full disk does.
    script = (
        EVENT
        + """
import resource
journal = Journal.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
journal.record(event(0))
assert journal.flush(10)
resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
for number in range(1, 2000):
    journal.record(event(number))
assert not journal.flush(1.0)
assert not journal.flush(0.3)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert journal.flush(20)
journal.close()
print([cause for cause, _ in told], journal.dropped)
"""
    )
    server = other(script, folder)
    out, err = server.communicate(timeout=40)
    assert out == "['journal_full'] 0\n", err
    assert numbers(folder) == list(range(2000))


def test_no_descriptors_left_is_told_once_and_nothing_is_lost(folder, other):
    script = (
        EVENT
        + """
import os, resource
before = resource.getrlimit(resource.RLIMIT_NOFILE)
free = os.dup(0)
os.close(free)
resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
journal = Journal.open(Path(sys.argv[1]), on_problem=lambda *p: told.append(p))
assert len(machine_key(Path(sys.argv[1]))) == 32
for number in range(100):
    journal.record(event(number))
assert not journal.flush(0.5)
resource.setrlimit(resource.RLIMIT_NOFILE, before)
assert journal.flush(20)
journal.close()
print([cause for cause, _ in told], journal.dropped)
"""
    )
    out, err = other(script, folder).communicate(timeout=40)
    assert out == "['journal_exhausted'] 0\n", err
    assert numbers(folder) == list(range(100))


def test_a_file_that_another_process_has_put_right_meanwhile_is_not_set_aside(folder, monkeypatch):
    folder.mkdir(mode=0o700)
    path = folder / "journal.db"
    path.write_bytes(b"broken" * 500)
    real = journal_file._open

    def slow(*arguments: object) -> object:
        found = real(*arguments)
        monkeypatch.setattr(journal_file, "_open", real)
        path.rename(path.with_name("moved"))
        other = real(path, None)
        assert other.append([event(1)]) is None
        other.close()
        return found

    monkeypatch.setattr(journal_file, "_open", slow)
    opened = journal_file.open_journal(folder)
    assert opened.aside is None
    opened.close()
    assert numbers(folder) == [1]
    assert list(folder.glob("*corrupt*")) == []


def test_a_folder_that_is_a_file_stops_nothing(folder, opened, problems):
    folder.write_text("mine")
    journal = opened(folder)
    journal.record(event())
    assert "is a file; a folder is wanted" in problems.wait("journal_unwritable")
    assert not journal.flush(0.2)
    assert folder.read_text() == "mine"
    with pytest.raises(JournalError, match="is a file"):
        read_events(folder)


def test_a_folder_below_a_file_stops_nothing(tmp_path, opened, problems):
    (tmp_path / "file").write_text("mine")
    opened(tmp_path / "file" / "state").record(event())
    problems.wait("journal_unwritable")


def test_an_unwritable_folder_stops_nothing(folder, other):
    folder.mkdir()
    folder.chmod(0o555)
    # Root may write everywhere; the process that tries is nobody then.
    script = (
        EVENT
        + """
import os
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for folder in (Path(sys.argv[1]), Path(sys.argv[1]) / "below"):
    journal = Journal.open(folder, on_problem=lambda *p: told.append(p))
    journal.record(event(1))
    assert not journal.flush(0.5)
    journal.close()
    assert len(machine_key(folder)) == 32
print([cause.split("_")[1] in ("unwritable", "unsafe") for cause, _ in told])
"""
    )
    out, err = other(script, folder).communicate(timeout=30)
    assert out == "[True, True]\n", err
    assert list(folder.iterdir()) == []


def test_a_symbolic_link_is_refused(tmp_path, folder, opened, problems):
    (tmp_path / "real").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "real")
    journal = opened(folder)
    assert "symbolic link" in problems.wait("journal_unsafe")
    journal.record(event())
    assert not journal.flush()
    assert list((tmp_path / "real").iterdir()) == []


def test_a_linked_database_is_refused(tmp_path, folder, opened, problems):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder.mkdir(mode=0o700)
    (folder / "journal.db").symlink_to(victim)
    opened(folder)
    assert "not a plain file" in problems.wait("journal_unsafe")
    assert victim.read_text() == "mine"


def test_a_folder_that_others_may_write_to_is_refused(folder, opened, problems):
    folder.mkdir()
    folder.chmod(0o770)
    opened(folder)
    assert "chmod 700" in problems.wait("journal_unsafe")


def test_a_folder_of_another_user_is_refused(folder, opened, problems):
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    else:
        folder = Path("/usr")
    opened(folder)
    assert "another user" in problems.wait("journal_unsafe")


GARBAGE = {
    "text": lambda good: b"this is not a database, it only stands where one should be\n" * 100,
    "torn header": lambda good: b"\0" * 100 + good[100:],
    "damaged schema page": lambda good: good[:100] + os.urandom(len(good[100:4096])) + good[4096:],
}


@pytest.mark.parametrize("damage", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_damaged_journal_is_kept_aside_and_a_new_one_begun(folder, opened, problems, damage):
    first = opened(folder)
    first.record(event(0))
    assert first.flush()
    first.close()
    path = folder / "journal.db"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    journal = opened(folder)
    journal.record(event(1))
    assert journal.flush()
    assert "journal.corrupt-1" in problems.wait("journal_corrupt")
    assert (folder / "journal.corrupt-1").read_bytes() == damaged
    assert numbers(folder) == [1]


def test_damaged_files_of_several_sessions_are_all_kept(folder, opened):
    folder.mkdir(mode=0o700)
    for number in (1, 2):
        (folder / "journal.db").write_bytes(b"broken %d" % number * 200)
        journal = opened(folder)
        assert journal.flush()
        journal.record(event(number))
        assert journal.flush()
        journal.close()
    assert [(folder / f"journal.corrupt-{n}").read_bytes()[:8] for n in (1, 2)] == [b"broken 1", b"broken 2"]


def broken_below(folder: Path, opened: Callable[..., Journal]) -> bytes:
    """A journal whose first half is whole, so that opening sees nothing; where new rows go it is broken."""
    journal = opened(folder)
    for number in range(1000):
        journal.record(event(number))
    journal.close()
    path = folder / "journal.db"
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2] + b"\xff" * (len(good) - len(good) // 2))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT suggestion FROM event LIMIT 1").fetchone() == ("s0",)
    connection.close()
    return path.read_bytes()


def test_damage_met_while_writing_costs_no_event(folder, opened, problems):
    damaged = broken_below(folder, opened)
    (folder / "journal.db").write_bytes(damaged)
    journal = opened(folder, keep_days=None)
    journal.record(event(1000))
    assert journal.flush()
    problems.wait("journal_corrupt")
    assert (folder / "journal.corrupt-1").exists()
    assert numbers(folder) == [1000]
    assert journal.dropped == 0


def test_a_journal_damaged_twice_in_one_session_is_given_up(tmp_path, folder, opened, problems):
    damaged = broken_below(tmp_path / "elsewhere", opened)
    folder.mkdir(mode=0o700)
    path = folder / "journal.db"
    path.write_bytes(b"broken" * 200)
    journal = opened(folder, keep_days=None)
    journal.record(event(1))
    assert journal.flush()
    problems.wait("journal_corrupt")
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (folder / name).unlink()
    path.write_bytes(damaged)
    journal.record(event(2))
    assert not journal.flush()
    journal.record(event(3))
    assert not journal.flush()
    assert journal.dropped == 2
    assert problems.causes == ["journal_corrupt"]
    assert [p.name for p in folder.glob("journal.corrupt-*")] == ["journal.corrupt-1"]


def test_garbage_put_in_the_journal_s_place_is_kept_aside_too(folder, opened):
    journal = opened(folder)
    journal.record(event(1))
    assert journal.flush()
    (folder / "journal.db").rename(folder / "elsewhere")
    (folder / "journal.db-wal").rename(folder / "elsewhere-wal")
    (folder / "journal.db").write_bytes(b"broken" * 200)
    journal.record(event(2))
    assert journal.flush()
    assert numbers(folder) == [2]
    assert (folder / "journal.corrupt-1").read_bytes() == b"broken" * 200


def test_the_log_of_a_damaged_journal_goes_with_it(folder, opened):
    live = opened(folder.parent / "live")
    live.record(event(1))
    assert live.flush()
    log = (folder.parent / "live" / "journal.db-wal").read_bytes()
    folder.mkdir(mode=0o700)
    (folder / "journal.db").write_bytes(b"broken" * 2000)
    (folder / "journal.db-wal").write_bytes(log)
    journal = opened(folder)
    journal.record(event(2))
    assert journal.flush()
    assert numbers(folder) == [2]
    assert (folder / "journal.corrupt-1").read_bytes() == b"broken" * 2000
    assert (folder / "journal.corrupt-1-wal").read_bytes() == log


def test_a_reader_says_that_a_journal_is_damaged(folder):
    folder.mkdir()
    (folder / "journal.db").write_bytes(b"broken" * 200)
    with pytest.raises(JournalError, match="damaged"):
        read_events(folder)


def foreign(folder: Path, *, wal: bool) -> None:
    """A database of another program that was killed: with WAL, its rows are in the log only."""
    made = folder.parent / "made"
    made.mkdir()
    connection = sqlite3.connect(made / "journal.db", isolation_level=None)
    if wal:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.execute("INSERT INTO recipes VALUES ('soup')")
    for path in made.iterdir():
        if not path.name.endswith("-shm"):
            (folder / path.name).write_bytes(path.read_bytes())
    connection.close()


@pytest.mark.parametrize("wal", [False, True])
def test_another_program_s_database_is_left_untouched(folder, opened, problems, wal):
    folder.mkdir(mode=0o700)
    foreign(folder, wal=wal)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert ("journal.db-wal" in before) == wal
    journal = opened(folder)
    assert "another program" in problems.wait("journal_foreign")
    journal.record(event())
    assert not journal.flush()
    journal.close()
    with pytest.raises(JournalError, match="another program"):
        read_events(folder)
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert journal.dropped == 1


def test_a_newer_journal_is_left_untouched(folder, opened, problems):
    journal = opened(folder)
    journal.record(event(1))
    journal.close()
    path = folder / "journal.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {max(migrations()) + 1}")
    connection.close()
    before = path.read_bytes()
    newer = opened(folder)
    assert "newer caretwise" in problems.wait("journal_newer")
    newer.record(event(2))
    assert not newer.flush()
    newer.close()
    assert path.read_bytes() == before
    for attempt in (read_events, purge_events):
        with pytest.raises(JournalError, match="newer caretwise"):
            attempt(folder)


def test_a_deleted_folder_is_made_again(folder, opened):
    journal = opened(folder)
    journal.record(event(1))
    assert journal.flush()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    journal.record(event(2))
    assert journal.flush()
    assert numbers(folder) == [2]


def test_old_events_go_when_the_journal_is_opened(folder, opened):
    journal = opened(folder, keep_days=None)
    journal.record(event(1, at=NOW - 100 * 86_400))
    journal.record(event(2, at=NOW - 80 * 86_400))
    journal.close()
    opened(folder).close()
    assert numbers(folder) == [2]


def test_purge_deletes_what_was_asked_for_while_a_server_runs(folder, opened):
    assert purge_events(folder) == 0
    journal = opened(folder)
    for number in range(5):
        journal.record(event(number))
    assert journal.flush()
    assert purge_events(folder, before=NOW + 0.0025) == 3
    assert numbers(folder) == [3, 4]
    journal.record(event(9))
    assert journal.flush()
    assert purge_events(folder) == 3
    assert numbers(folder) == []


def test_a_listener_that_fails_does_no_harm(folder):
    folder.mkdir(mode=0o700)
    (folder / "journal.db").write_bytes(b"broken" * 200)

    def bad(cause: str, sentence: str) -> None:
        raise RuntimeError(cause)

    journal = Journal.open(folder, on_problem=bad)
    journal.record(event(3))
    assert journal.flush()
    journal.close()
    assert numbers(folder) == [3]


def test_no_journal_is_no_events(folder):
    assert list(read_events(folder)) == []
    folder.mkdir()
    (folder / "journal.db").touch()
    assert list(read_events(folder)) == []
    assert [path.name for path in folder.iterdir()] == ["journal.db"]


def test_rows_that_cannot_be_read_are_skipped_and_counted(folder, opened):
    journal = opened(folder)
    for number in range(6):
        journal.record(event(number))
    journal.close()
    connection = sqlite3.connect(folder / "journal.db", isolation_level=None)
    connection.execute("UPDATE event SET schema = 99 WHERE id = 1")
    connection.execute("UPDATE event SET kind = 'sung' WHERE id = 3")
    connection.execute("UPDATE event SET characters = 'many' WHERE id = 4")
    connection.execute("UPDATE event SET model = x'ff00' WHERE id = 5")
    connection.close()
    stored = read_events(folder)
    assert [e.suggestion for e in stored] == ["s1", "s5"]
    assert stored.skipped == 4


def test_the_database_holds_the_documented_fields_and_their_bounds(folder, opened):
    journal = opened(folder)
    journal.record(event())
    journal.close()
    connection = sqlite3.connect(folder / "journal.db", isolation_level=None)
    names = [row[1] for row in connection.execute("PRAGMA table_info(event)")]
    assert names == ["id", "schema", *FIELDS]
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    for name, bound in BOUNDS.items():
        connection.execute(f"UPDATE event SET {name} = ?", ("x" * bound,))
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(f"UPDATE event SET {name} = ?", ("x" * (bound + 1),))
    for field in dataclasses.fields(Event):
        if field.name not in BOUNDS and "str" in str(field.type):
            raise AssertionError(field.name)
    connection.close()


texts = st.text(st.characters(), max_size=400)


@settings(max_examples=40)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("model", "arm", "reason", "document", "host"), texts))))
def test_nothing_written_is_longer_than_its_bound(tmp_path_factory, drafts):
    folder = tmp_path_factory.mktemp("state")
    journal = Journal.open(folder, on_problem=Problems())
    written = 0
    for draft in drafts:
        for name, text in draft.items():
            try:
                one = event(written, **{name: text})
            except ValueError:
                continue
            journal.record(one)
            written += 1
    assert journal.flush()
    journal.close()
    connection = sqlite3.connect(folder / "journal.db")
    rows = connection.execute(f"SELECT {', '.join(BOUNDS)} FROM event").fetchall()
    connection.close()
    assert len(rows) == written
    for row in rows:
        assert all(len(text) <= bound for text, bound in zip(row, BOUNDS.values(), strict=True))


def test_the_machine_s_key_is_made_once_for_all_processes(folder, other):
    script = (
        EVENT
        + """
sys.stdin.readline()
print(machine_key(Path(sys.argv[1])).hex())
"""
    )
    processes = [other(script, folder) for _ in range(4)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {said(process) for process in processes}
    assert keys == {machine_key(folder).hex()}
    assert len(machine_key(folder)) == 32
    assert stat.S_IMODE((folder / "machine-key").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["machine-key", "open.lock"]


def test_a_key_that_is_there_is_read_without_waiting_for_anybody(folder, monkeypatch):
    def waits(_: Path) -> None:
        raise AssertionError("the lock was asked for")

    key = machine_key(folder)
    monkeypatch.setattr(machine_key_module, "exclusive", waits)
    assert machine_key(folder) == key


def test_two_machines_have_two_keys(tmp_path):
    assert machine_key(tmp_path / "one") != machine_key(tmp_path / "two")


@pytest.mark.parametrize("broken", [b"", b"short", b"x" * 33])
def test_a_broken_key_is_replaced(folder, broken):
    folder.mkdir(mode=0o700)
    (folder / "machine-key").write_bytes(broken)
    key = machine_key(folder)
    assert len(key) == 32
    assert machine_key(folder) == key


def test_a_linked_key_is_neither_read_nor_written(tmp_path, folder):
    victim = tmp_path / "victim"
    victim.write_bytes(b"v" * 32)
    folder.mkdir(mode=0o700)
    (folder / "machine-key").symlink_to(victim)
    assert machine_key(folder) != b"v" * 32
    assert victim.read_bytes() == b"v" * 32
