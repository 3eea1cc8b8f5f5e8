"""An answer while it is read, and what is wrong with it when it ends."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from caretwise.adapters.ports import Exchange
from caretwise.models.chunk import Piece, Usage
from caretwise.models.failure import Failure, FailureKind, thinking_only
from caretwise.models.profile import Profile
from caretwise.models.request import Request


@dataclass
class Reading:
    """An exchange while it runs."""

    text: str = ""
    finish: str = ""
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    reasoning: int = 0
    first_token_ms: float | None = None
    events: int = 0
    opened: bool = False
    """The host has begun to answer."""
    left_out: tuple[str, ...] = ()

    def take(self, piece: Piece, since: float) -> None:
        """Take in one event of a request that began at `since` (monotonic seconds)."""
        if piece.text and self.first_token_ms is None:
            self.first_token_ms = (time.monotonic() - since) * 1000
        self.text += piece.text
        self.reasoning += piece.reasoning
        self.finish = piece.finish or self.finish
        self.usage = piece.usage or self.usage
        self.model = piece.model or self.model
        self.events += 1

    def ended(self, since: float, failure: Failure | None) -> Exchange:
        """What came of it."""
        total = (time.monotonic() - since) * 1000
        return Exchange(
            self.text,
            self.finish,
            failure,
            self.usage,
            self.model,
            self.first_token_ms,
            total,
            left_out=self.left_out,
            reasoning=self.reasoning,
        )


def not_a_stream(profile: Profile, content_type: str) -> Failure:
    """A host that answers with something else than events."""
    what = "a web page" if "html" in content_type.lower() else "something else"
    return Failure(
        FailureKind.NOT_A_STREAM,
        f"{profile.host} answered with {what} instead of a stream. Is base_url right (it usually ends in /v1), "
        "and does a login page or proxy stand in between?",
    )


def end_of_stream(reading: Reading, request: Request) -> Failure | None:
    """What is wrong with an answer that came to its end, or None."""
    profile = request.profile
    if not reading.events:
        return Failure(FailureKind.BAD_ANSWER, f"{profile.host} sent an empty stream.")
    if _only_thought(reading, request):
        return thinking_only(profile, request.body, thinking=request.thinking)
    if not reading.finish and profile.endpoint.finish_reason_needed:
        return Failure(FailureKind.CUT, f"The connection to {profile.host} broke in the middle of an answer.")
    return None


_THOUGHTS = (("<think>", "</think>"), ("◁think▷", "◁/think▷"))
"""The marks around thoughts of a model whose server does not take them out."""


def _only_thought(reading: Reading, request: Request) -> bool:
    """Whether the answer is nothing but thoughts: shown as such, counted and hidden, or written without an end."""
    text = reading.text.strip()
    if not text and reading.reasoning:
        return True
    if reading.finish != "length":
        return False
    if any(text.startswith(start) and end not in text for start, end in _THOUGHTS):
        return True
    # A host that hides thoughts counts them, some of them as nothing but tokens that were written.
    tokens = reading.usage.reasoning or (reading.usage.completion if not reading.text else 0)
    return not text and bool(tokens) and "messages" in request.body
