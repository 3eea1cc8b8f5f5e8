"""The response cache: raw answers by a key of everything that shaped them. Memory first, then disk, never in the way.

The disk belongs to one thread. A read is waited for a quarter of a second at most, and not at all while that thread is
stuck; every error is a miss. Raw answers are kept, so that today's rules and today's text are applied to them.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caretwise.adapters.disk_trouble import (
    CORRUPT,
    LOCKED,
    OTHER,
    REFUSED,
    UNSAFE,
    Listener,
    Teller,
    Trouble,
    trouble_of,
)

if TYPE_CHECKING:
    from caretwise.adapters import text_disk

FORMAT = 1
"""Number of the cache's form, part of the folder's name. A folder with another number is not touched."""

LARGEST_VALUE = 2**20
"""Bytes of a value in UTF-8; a longer one is not kept."""

GET_SECONDS = 0.25
"""Longest wait for the disk in one `get`."""

_MEMORY_ENTRIES = 2_000
_MEMORY_CHARACTERS = 16 * 2**20
_WAITING_CHARACTERS = 8 * 2**20  # values on their way to disk; beyond it the oldest is not written
_RETRY_LOCKED = 5.0  # seconds until a locked database is opened again
_RETRY_OTHER = 180.0  # seconds until a full or unwritable disk is tried again
_CLOSE_SECONDS = 1.5


def cache_key(**parts: str | float | bool | None) -> str:
    """SHA-256, in hex, of everything that shaped an answer: model as resolved, endpoint, template, parameters, prompt.

    The parts are written as JSON with sorted names, so that order does not matter and 1, 1.0, true and "1" differ.
    Raises ValueError for a number that is not finite.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(slots=True)
class _Wanted:
    """A `get` that waits for the disk."""

    key: str
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[str | None]


@dataclass(frozen=True, slots=True)
class _Given:
    """A `set` on its way to the disk."""

    key: str
    value: str


class _Memory:
    """The entries used last, bounded in number and in characters; for all threads."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, str] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: str, value: str) -> None:
        with self._lock:
            self._characters += len(value) - len(self._entries.pop(key, ""))
            self._entries[key] = value
            while len(self._entries) > _MEMORY_ENTRIES or self._characters > _MEMORY_CHARACTERS:
                self._characters -= len(self._entries.popitem(last=False)[1])


class _Disk:
    """What the cache's thread knows: the open database, or until when to leave it alone. Used by that thread only."""

    def __init__(self, folder: Path, size_limit: int, seconds: float, teller: Teller) -> None:
        self._folder = folder / f"responses-{FORMAT}"
        self._size_limit = size_limit
        self._seconds = seconds
        self._teller = teller
        self._store: text_disk.DiskStore | None = None
        self._retry_at = 0.0  # monotonic seconds
        self._off = False
        self._was_damaged = False

    def get(self, key: str) -> str | None:
        """The value on disk; None for a miss and for every kind of trouble."""
        try:
            return self._store.get(key) if self.open() and self._store else None
        except Exception as error:  # a guard: every error is a miss
            self._meet(error)
            return None

    def set(self, key: str, value: str) -> None:
        """Write the value, or do not: trouble costs this entry."""
        try:
            if len(value.encode()) <= LARGEST_VALUE and self.open() and self._store:
                self._store.set(key, value, self._seconds)
        except Exception as error:  # a guard: the cache may lose an entry, the session may not
            self._meet(error)

    def open(self, *, damaged: tuple[int, int] | None = None) -> bool:
        """Open the database unless it is open, or was in trouble a moment ago; whether it is open now."""
        if self._store or self._off or (time.monotonic() < self._retry_at and not damaged):
            return self._store is not None
        try:
            # Here and not above: diskcache takes as long to import as the rest of the start.
            from caretwise.adapters import text_disk  # noqa: PLC0415
        except (ImportError, OSError) as error:  # no descriptors left: the module itself cannot be read
            self._pause(trouble_of(error, self._folder / "cache.db"))
            return False
        opened = text_disk.open_store(self._folder, self._size_limit, damaged=damaged)
        if isinstance(opened, Trouble):
            self._pause(opened)
            return False
        self._store = opened
        if opened.aside:
            self._was_damaged = True
            kept = f"{opened.path} was damaged or not ours. It is kept as {opened.aside.name}; the cache starts empty."
            self._teller.tell(Trouble(CORRUPT, kept))
        return True

    def close(self) -> None:
        if self._store:
            with contextlib.suppress(Exception):  # nothing is left to do for a file that cannot even be closed
                self._store.close()
            self._store = None

    def _meet(self, error: Exception) -> None:
        from caretwise.adapters import text_disk  # noqa: PLC0415 - see open

        problem = text_disk.trouble_with(error, self._folder / text_disk.NAME)
        if problem is None:
            return
        if problem.cause == CORRUPT and not self._was_damaged:
            damaged = self._store.identity if self._store else None
            self.close()
            self.open(damaged=damaged)
        elif problem.cause in {LOCKED, OTHER, REFUSED}:
            self._teller.tell(problem)
        else:
            self._pause(problem)

    def _pause(self, problem: Trouble) -> None:
        """Leave the disk alone for a while; for good when the folder is unsafe, or damaged twice in one session."""
        self.close()
        self._off = problem.cause in {UNSAFE, CORRUPT}
        self._retry_at = time.monotonic() + (_RETRY_LOCKED if problem.cause == LOCKED else _RETRY_OTHER)
        self._teller.tell(problem)


class ResponseCache:
    """Memory in front of disk. `get` and `set` belong on the event loop; `on_problem` is called on the cache's thread."""

    def __init__(self, disk: _Disk, teller: Teller) -> None:
        self._memory = _Memory()
        self._disk = disk
        self._teller = teller
        self._change = threading.Condition()
        self._wanted: deque[_Wanted] = deque()
        self._given: deque[_Given] = deque()
        self._given_characters = 0
        self._busy_since: float | None = None  # monotonic seconds: when the thread began what it is doing
        self._closing_at: float | None = None  # monotonic seconds: when a closing cache stops writing
        self._thread = threading.Thread(target=self._run, name="caretwise-cache", daemon=True)

    @classmethod
    def open(
        cls, folder: Path, *, size_limit: int = 256 * 2**20, expire_days: float = 7, on_problem: Listener
    ) -> ResponseCache:
        """A cache in `folder`/responses-1 (0700). Returns at once: the thread opens the database.

        `size_limit` is in bytes; the entries stored first make room. `on_problem(cause, sentence)` hears of each cause
        once, for example `cache_full`; the cache then works from memory.
        """
        teller = Teller("cache", on_problem)
        cache = cls(_Disk(folder, size_limit, expire_days * 86_400, teller), teller)
        cache._thread.start()
        return cache

    async def get(self, key: str) -> str | None:
        """The value for `key`, or None: not there, too old, in trouble, or not found within `GET_SECONDS`."""
        value = self._memory.get(key)
        if value is not None or not self._is_reachable():
            return value
        loop = asyncio.get_running_loop()
        wanted = _Wanted(key, loop, loop.create_future())
        with self._change:
            self._wanted.append(wanted)
            self._change.notify()
        try:
            async with asyncio.timeout(GET_SECONDS):
                return await wanted.answer
        except TimeoutError:
            return None

    def set(self, key: str, value: str) -> None:
        """Keep `value`: at once in memory, soon on disk. More than `LARGEST_VALUE` bytes are not kept."""
        if len(value) > LARGEST_VALUE:
            return
        self._memory.put(key, value)
        with self._change:
            if self._closing_at is not None:
                return
            self._given.append(_Given(key, value))
            self._given_characters += len(value)
            while self._given_characters > _WAITING_CHARACTERS:
                self._given_characters -= len(self._given.popleft().value)
            self._change.notify()

    def close(self) -> None:
        """Write what is waiting, for a second at most, and stop the thread."""
        with self._change:
            if self._closing_at is None:
                self._closing_at = time.monotonic() + _CLOSE_SECONDS - 0.5
            self._change.notify()
        self._thread.join(_CLOSE_SECONDS)

    def _is_reachable(self) -> bool:
        """Whether a question to the disk has a chance: the thread runs and has not been at one thing for too long."""
        since = self._busy_since
        return self._closing_at is None and (since is None or time.monotonic() - since < GET_SECONDS)

    def _run(self) -> None:
        self._busy_since = time.monotonic()
        try:
            self._disk.open()
        except Exception as error:  # a guard: without the disk the cache still works from memory
            self._teller.tell(trouble_of(error, Path("the response cache")))
        while task := self._next():
            try:
                self._do(task)
            except Exception as error:  # a guard: the thread must outlive what nobody foresaw
                self._teller.tell(trouble_of(error, Path("the response cache")))
                if isinstance(task, _Wanted):
                    self._answer(task, None)
        self._disk.close()

    def _do(self, task: _Wanted | _Given) -> None:
        if isinstance(task, _Given):
            self._disk.set(task.key, task.value)
        elif not task.answer.done():
            self._answer(task, self._disk.get(task.key))

    def _next(self) -> _Wanted | _Given | None:
        """The next thing to do, questions first; None when the cache is closed and nothing more is to be done."""
        with self._change:
            self._busy_since = None
            while not self._wanted and not self._given and self._closing_at is None:
                self._change.wait()
            self._busy_since = time.monotonic()
            if self._wanted:
                return self._wanted.popleft()
            if self._given and (self._closing_at is None or self._busy_since < self._closing_at):
                given = self._given.popleft()
                self._given_characters -= len(given.value)
                return given
            return None

    def _answer(self, wanted: _Wanted, value: str | None) -> None:
        def deliver() -> None:
            if value is not None:
                self._memory.put(wanted.key, value)  # also when it comes too late: the next question finds it
            if not wanted.answer.done():
                wanted.answer.set_result(value)

        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            wanted.loop.call_soon_threadsafe(deliver)
