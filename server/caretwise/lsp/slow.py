"""Says what keeps the event loop busy for too long. Not asyncio's debug mode: that records a stack for every task and
future, which costs more than the callbacks themselves and would be what is measured.
"""

from __future__ import annotations

import asyncio
import logging
import time
from asyncio.base_events import _format_handle  # pyright: ignore[reportAttributeAccessIssue] - as asyncio's own log does

SLOW_SECONDS = 0.05
"""Nothing may keep the event loop busy for longer."""

log = logging.getLogger("caretwise.lsp")


def log_slow_callbacks() -> None:
    """From now on, log every callback that takes `SLOW_SECONDS` or more, with the processor time of our threads meanwhile.

    Much less of it than of the clock's time means that the machine was busy with something else, or waited for a disk.
    """
    run = asyncio.Handle._run  # noqa: SLF001 - the one place that every callback passes

    def timed(self: asyncio.Handle) -> None:
        start, busy = time.perf_counter(), time.process_time()
        run(self)
        taken = time.perf_counter() - start
        if taken >= SLOW_SECONDS:
            spent = time.process_time() - busy
            log.warning("Executing %s took %.3f seconds (%.3f of processor)", _format_handle(self), taken, spent)

    asyncio.Handle._run = timed  # noqa: SLF001
