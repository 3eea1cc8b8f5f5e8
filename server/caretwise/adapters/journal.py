"""The journal: events go in from the event loop at once, a thread of its own writes them to SQLite.

Nothing here can stop the server: whatever the disk does, `record` returns at once and the trouble is told once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from caretwise.adapters import journal_file
from caretwise.adapters.disk_trouble import (
    CORRUPT,
    FOREIGN,
    LOCKED,
    NEWER,
    OTHER,
    UNSAFE,
    Listener,
    Teller,
    Trouble,
    trouble,
    trouble_of,
)
from caretwise.adapters.journal_file import JournalFile, open_journal
from caretwise.adapters.journal_reading import JournalError, StoredEvents, purge_events, read_events
from caretwise.adapters.machine_key import machine_key
from caretwise.measure.event import Event

__all__ = [
    "KEEP_DAYS",
    "LARGEST_QUEUE",
    "Journal",
    "JournalError",
    "StoredEvents",
    "machine_key",
    "purge_events",
    "read_events",
]

LARGEST_QUEUE = 4096
"""Events that wait for the disk at most; then the oldest goes."""

KEEP_DAYS = 90.0
"""Events older than this are deleted when the journal is opened."""

_BATCH = 512
_GATHER = 0.05  # seconds in which further events join the batch; what kill -9 may cost when nobody called flush
_RETRY_LOCKED = 0.5  # seconds: another window writes, it will be done soon
_RETRY_OTHER = 120.0  # seconds: full or read-only; a person has to do something
_RETRY_WAITED_FOR = 0.05  # seconds: while somebody waits in flush or close
_CLOSE_SECONDS = 3.0
_FOR_GOOD = {FOREIGN, NEWER, UNSAFE}


class Journal:
    """The writing end. All methods may be called from any thread; `on_problem` is called on the writer's thread."""

    def __init__(
        self, folder: Path, on_problem: Listener, keep_days: float | None, now: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._now = now
        self._keep_days = keep_days
        self._teller = Teller("journal", on_problem)
        self._change = threading.Condition()
        self._waiting: deque[Event] = deque()
        self._recorded = 0  # events that came in
        self._settled = 0  # of these: written or dropped
        self._dropped = 0
        self._waiters = 0  # callers inside flush
        self._failed_at = 0.0  # monotonic seconds of the last failed attempt
        self._pause = 0.0  # seconds to wait after it
        self._off = False
        self._closing = False
        self._file: JournalFile | None = None
        self._set_aside = False
        self._thread = threading.Thread(target=self._run, name="caretwise-journal", daemon=True)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        on_problem: Listener,
        keep_days: float | None = KEEP_DAYS,
        now: Callable[[], float] = time.time,
    ) -> Journal:
        """A journal in `folder` (`journal.db`, 0600). Returns at once: the file is opened by the writer's thread.

        Trouble with the disk is never raised; `on_problem(cause, sentence)` hears of each cause once, for example
        `journal_full`. A locked, full or unwritable disk is tried again; a database that is not ours, or is newer,
        is left alone for good.
        """
        journal = cls(folder, on_problem, keep_days, now)
        journal._thread.start()
        return journal

    @property
    def dropped(self) -> int:
        """How many events were given up since the journal was opened."""
        return self._dropped

    def record(self, event: Event) -> None:
        """Queue the event; no disk is touched. With `LARGEST_QUEUE` events waiting, the oldest is dropped."""
        with self._change:
            self._recorded += 1
            if self._off or self._closing:
                self._drop(1)
                return
            self._waiting.append(event)
            self._bound()
            # Waking the writer is what costs here, so only the first of a batch does it, and one that fills it.
            if len(self._waiting) in (1, _BATCH):
                self._change.notify_all()

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait up to `timeout` seconds; True when everything recorded before this call is on disk.

        True means that it survives kill -9. False: time is over, or something had to be dropped meanwhile.
        """
        with self._change:
            target, dropped = self._recorded, self._dropped
            if self._off:
                return False
            self._waiters += 1
            self._change.notify_all()
            try:
                done = self._change.wait_for(lambda: self._settled >= target or self._off, timeout)
            finally:
                self._waiters -= 1
            return done and not self._off and self._dropped == dropped

    def close(self) -> None:
        """Write what is waiting, with one last attempt, and stop the thread. Takes a few seconds at the very most."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        self._guarded(self._ensure_open)  # at once, so that trouble is told before the first event
        while batch := self._next_batch():
            self._settle(batch, self._guarded(lambda events=batch: self._write(events)))
        if self._file:
            self._file.close()

    def _guarded(self, attempt: Callable[[], Trouble | None]) -> Trouble | None:
        """The attempt's trouble; an exception that nobody foresaw is one too, for the thread must outlive it."""
        try:
            return attempt()
        except Exception as error:
            problem = trouble_of(error, self._folder / journal_file.NAME)
            self._note(problem)
            return problem

    def _next_batch(self) -> list[Event]:
        """The oldest waiting events, once it is time for an attempt; empty when the journal is closed."""
        with self._change:
            while not self._closing:
                pause = self._pause_left()
                if self._waiting and pause <= 0:
                    break
                self._change.wait(pause if self._waiting else None)
            self._change.wait_for(lambda: self._closing or self._waiters or len(self._waiting) >= _BATCH, _GATHER)
            return [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]

    def _pause_left(self) -> float:
        """Seconds until the next attempt is due; short while somebody waits for it."""
        pause = min(self._pause, _RETRY_WAITED_FOR) if self._waiters else self._pause
        return self._failed_at + pause - time.monotonic()

    def _write(self, batch: list[Event]) -> Trouble | None:
        if self._file and not self._file.is_current():
            self._file.close()
            self._file = None
        problem = self._ensure_open() or self._append(batch)
        if problem and problem.cause == CORRUPT and not self._set_aside and self._file:
            damaged = self._file.identity
            self._file.close()
            self._file = None
            problem = self._ensure_open(damaged) or self._append(batch)
        return problem

    def _append(self, batch: list[Event]) -> Trouble | None:
        return self._file.append(batch) if self._file else trouble(OTHER, self._folder)

    def _ensure_open(self, damaged: tuple[int, int] | None = None) -> Trouble | None:
        if self._file:
            return None
        opened = open_journal(self._folder, damaged=damaged)
        if isinstance(opened, Trouble):
            self._note(opened)
            return opened
        self._file = opened
        if opened.aside:
            self._set_aside = True
            self._teller.tell(
                Trouble(CORRUPT, f"{opened.path} was damaged. It is kept as {opened.aside.name}; a new one was begun.")
            )
        if self._keep_days is not None:
            opened.forget(self._now() - self._keep_days * 86_400)
        return None

    def _settle(self, batch: list[Event], problem: Trouble | None) -> None:
        with self._change:
            if problem is None:
                self._settled += len(batch)
                self._pause = 0.0
            elif self._closing or self._off:
                self._drop(len(batch))
                self._drop_waiting()
            elif problem.cause == OTHER:
                self._drop(len(batch))  # no disk trouble: this batch would fail again for ever
            else:
                self._waiting.extendleft(reversed(batch))
                self._bound()
                self._pause = _RETRY_LOCKED if problem.cause == LOCKED else _RETRY_OTHER
                self._failed_at = time.monotonic()
            self._change.notify_all()
        if problem:
            self._note(problem)

    def _note(self, problem: Trouble) -> None:
        """Tell the trouble, and switch off for what does not pass: not our file, or damaged twice in one session."""
        self._teller.tell(problem)
        if problem.cause in _FOR_GOOD or (problem.cause == CORRUPT and self._set_aside):
            with self._change:
                self._off = True
                self._drop_waiting()
                self._change.notify_all()

    def _bound(self) -> None:
        while len(self._waiting) > LARGEST_QUEUE:
            self._waiting.popleft()
            self._drop(1)

    def _drop_waiting(self) -> None:
        self._drop(len(self._waiting))
        self._waiting.clear()

    def _drop(self, count: int) -> None:
        self._dropped += count
        self._settled += count
