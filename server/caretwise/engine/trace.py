"""A trace of one walk: its stages with their times, for `--explain` and for "why was there no suggestion?"."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from caretwise.complete.draft import Place
from caretwise.complete.length import Extent, Length
from caretwise.engine.prepare import Prepared
from caretwise.models.request import PROMPT_FIELDS

_EXTENTS = {Extent.LINE: "the rest of the line", Extent.BLOCK: "a block", Extent.FUNCTION: "the rest of the function"}


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

    notes: list[str] = field(default_factory=list)
    """Decisions on the way, as sentences without their end."""
    style: str = ""
    place: Place | None = None
    """The place as the model saw it."""
    length: Length | None = None
    """What was wanted; None where nobody had to be told."""

    def note(self, said: str) -> None:
        """Tell of a decision."""
        self.notes.append(said)

    def asked(self, prepared: Prepared) -> None:
        """A request was made."""
        request = prepared.request
        self.prompt, self.address = prepared.prompt.text, request.address
        self.body = {key: value for key, value in request.body.items() if key not in PROMPT_FIELDS}
        self.snippets = tuple(
            f"{snippet.path}:{snippet.first_line + 1} {snippet.kind}" for snippet in prepared.shown.snippets
        )
        self.note(f"asked for {_EXTENTS[prepared.length.extent]}, {prepared.length.max_tokens} tokens at the most")

    def took(self, answer: str, style: str, place: Place, length: Length | None = None) -> None:
        """Something was written for a place."""
        self.answer, self.style, self.place, self.length = answer, style, place, length

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of the walk."""
        since = time.perf_counter()
        try:
            yield
        finally:
            self.stages.append((name, (time.perf_counter() - since) * 1000))
