"""Keeps the pauses of Python's garbage collector short: what has outlived a slow look at everything is not looked at again.

What the embedded engine knows of a project is a million objects that live as long as the session; to go through them takes
150 ms, on whatever thread, and no key is answered meanwhile. They hold no cycles: counting references frees them.
"""

from __future__ import annotations

import gc
import time
from typing import Any

SLOW_SECONDS = 0.005
"""A look at all objects that takes longer was at too many. Those are set aside; the next look is at what came since."""


class _Watch:
    def __init__(self) -> None:
        self._since = 0.0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        if info["generation"] < 2:
            return
        if phase == "start":
            self._since = time.perf_counter()
        elif time.perf_counter() - self._since > SLOW_SECONDS:
            gc.freeze()


def begin() -> None:
    """Let the collector work. What start-up has made lives as long as the process: it is set aside at once."""
    gc.freeze()
    gc.callbacks.append(_Watch())
    gc.enable()
