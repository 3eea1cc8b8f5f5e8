"""Runs `caretwise serve` as it is, and counts what is alive in it when the long-life run asks.

SIGUSR1 appends one JSON line to the file in SOAK_CENSUS: resident bytes, descriptors, threads, asyncio tasks. SIGUSR2 adds
how many objects of each type the garbage collector knows (slow, so asked for twice in a run). Its wall
clock is off by what the file SOAK_CLOCK says (see `clock.py`). The product knows nothing of all this.
"""

from __future__ import annotations

import asyncio
import collections
import gc
import json
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

from tests.soak.clock import offset

_wall = time.time


def _resident() -> int:
    """Bytes; where there is no /proc, the most so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _descriptors() -> int:
    # One of them is the listing itself.
    return len(os.listdir("/dev/fd")) - 1


def _task_names() -> dict[str, int]:
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        return {}
    names = (getattr(task.get_coro(), "__qualname__", "?") for task in tasks)
    return dict(collections.Counter(names))


def _census(number: int, _: object) -> None:
    names = _task_names()
    line = {
        "resident": _resident(),
        "descriptors": _descriptors(),
        "threads": threading.active_count(),
        "tasks": sum(names.values()),
        "names": names,
        "cpu": time.process_time(),
        "wall": time.time(),
    }
    if number == signal.SIGUSR2:
        gc.collect()
        types = collections.Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
        line["types"] = dict(types.most_common(300))
    with open(os.environ["SOAK_CENSUS"], "ab", buffering=0) as file:
        file.write(json.dumps(line).encode() + b"\n")


def _shift_clock(file: Path) -> None:
    off_by = offset(file)
    time.time = lambda: _wall() + off_by()


def main() -> None:
    """Serve until the editor leaves."""
    signal.signal(signal.SIGUSR1, _census)
    signal.signal(signal.SIGUSR2, _census)
    _shift_clock(Path(os.environ["SOAK_CLOCK"]))
    from caretwise.cli import main as caretwise  # noqa: PLC0415 - after the clock

    sys.argv = ["caretwise", "serve"]
    caretwise()


if __name__ == "__main__":
    main()
