"""A question to the index of the workspace about a place, and what came of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.context.snippet import Related, Snippet
from caretwise.text.language import Language
from caretwise.text.snapshot import Snapshot

_TO_LEAVE, _LOOKS = 0.001, 8
"""Seconds that a question has to leave the process, and how often one looks whether it has."""


@dataclass(frozen=True, slots=True)
class Search:
    """A question to the index about a place, under way since `since` (seconds of the event loop)."""

    snapshot: Snapshot
    line: int
    language: Language
    answer: asyncio.Future[Related | None]
    since: float
    changes: int
    """How many changes of files had been heard of by then."""
    whole: bool
    """Whether the index had read every file by then."""
    _left: threading.Event

    async def leaving(self) -> None:
        """Wait until the question has left the process. Parsing lets no other thread run, and then both would take their
        time one after the other.
        """
        for _ in range(_LOOKS):
            if self._left.is_set() or self.answer.done():
                return
            await asyncio.sleep(_TO_LEAVE / _LOOKS)


@dataclass(frozen=True, slots=True)
class Found:
    """Snippets for a place, secrets masked; whether the disk was `asked` if they may be shown."""

    snippets: Sequence[Snippet] = ()
    asked: bool = True
