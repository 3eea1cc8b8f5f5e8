"""A trace of one walk: its stages with their times, for `--explain` and for "why was there no suggestion?"."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Trace:
    """What happened on the way to one suggestion. Times in ms."""

    stages: list[tuple[str, float]] = field(default_factory=list)
    prompt: str = ""
    """What was sent, as text."""
    body: dict[str, object] = field(default_factory=dict)
    """The request body without the prompt."""
    address: str = ""
    answer: str = ""
    """The raw answer."""
    snippets: tuple[str, ...] = ()
    """Where the code beside the window came from: `path:line kind`."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of the walk."""
        since = time.perf_counter()
        try:
            yield
        finally:
            self.stages.append((name, (time.perf_counter() - since) * 1000))
