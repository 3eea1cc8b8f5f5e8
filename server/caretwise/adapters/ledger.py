"""What was spent on each day, for the daily cap: one small file for a day in the state folder, shared by all windows.

Each amount is a line of its own, written with one append, so that windows need no lock. Every trouble with the disk
leaves what this window knows itself: a cap that is kept roughly is better than a server that stops.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from caretwise.adapters.private_folder import prepare

FRESH_SECONDS = 30.0
"""What other windows spent is looked up again after this time."""

MOST_BYTES = 4 << 20

_NAME = re.compile(r"spent-(\d{4}-\d{2}-\d{2})")


class SpendingFile:
    """The `Ledger` of a state folder. One thread does all reading and writing."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Reads what is there in the background; `total` is what this window knows so far."""
        self._folder, self._clock = folder, clock
        self._lock = threading.Lock()
        self._totals: dict[str, float] = {}
        self._read_at: dict[str, float] = {}
        self._pending: dict[str, float] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spending")

    def add(self, day: str, usd: float) -> None:
        """See `Ledger.add`."""
        with self._lock:
            self._totals[day] = self._totals.get(day, 0.0) + usd
            self._pending[day] = self._pending.get(day, 0.0) + usd
        self._submit(self._write, day)

    def total(self, day: str) -> float:
        """See `Ledger.total`. Has the file read when it is time."""
        with self._lock:
            due = self._clock() - self._read_at.get(day, -FRESH_SECONDS) >= FRESH_SECONDS
            if due:
                self._read_at[day] = self._clock()
        if due:
            self._submit(self._read, day)
        with self._lock:
            return self._totals.get(day, 0.0)

    def settle(self) -> None:
        """Wait until what was asked for is done."""
        self._thread.submit(lambda: None).result(10)

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._thread.shutdown(wait=True)

    def _submit(self, job: Callable[[str], None], day: str) -> None:
        with suppress(RuntimeError):  # the session ends: nobody will ask any more
            self._thread.submit(job, day)

    def _write(self, day: str) -> None:
        with self._lock:
            usd = self._pending.get(day, 0.0)
        if usd <= 0 or prepare(self._folder):
            return
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(self._folder / f"spent-{day}", flags, 0o600)
            try:
                os.write(handle, f"{usd:.9f}\n".encode())
            finally:
                os.close(handle)
        except OSError:
            return
        with self._lock:
            self._pending[day] -= usd

    def _read(self, day: str) -> None:
        path = self._folder / f"spent-{day}"
        try:
            with path.open("rb") as file:
                lines = file.read(MOST_BYTES).splitlines()
        except OSError:
            lines = []
        total = sum(_amount(line) for line in lines)
        with self._lock:
            self._totals[day] = max(self._totals.get(day, 0.0), total + self._pending.get(day, 0.0))
        self._forget_others(day)

    def _forget_others(self, day: str) -> None:
        """Files of earlier days go."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                found = _NAME.fullmatch(path.name)
                if found and found[1] < day:
                    path.unlink()


def _amount(line: bytes) -> float:
    """A line's amount; 0.0 for anything else."""
    return float(line) if re.fullmatch(rb"\d{1,9}\.\d{1,12}", line) else 0.0
