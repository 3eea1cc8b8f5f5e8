"""What a fuzz target is: inputs that can be written as JSON, and a check that raises when the product misbehaves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

SECONDS = 2.0
"""CPU time that one input may cost. All inputs are small: what takes longer takes more than proportional time."""


@dataclass(frozen=True, slots=True)
class Target:
    """`inputs` gives JSON values, `check` raises for a fault. `cost`: about how many ms a check takes."""

    name: str
    inputs: SearchStrategy[Any]
    check: Callable[[Any], None]
    cost: float = 1.0

    def run(self, value: Any) -> None:
        """Check one input, and that it took its time only."""
        since = time.thread_time()
        self.check(value)
        took = time.thread_time() - since
        assert took < SECONDS, f"it took {took:.1f} s of CPU"


def as_bytes(text: str) -> bytes:
    """Bytes are written in cases as text: one character below U+0100 for each."""
    return text.encode("latin-1")
