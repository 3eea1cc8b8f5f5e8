"""What `complete` and `fix` say while they ask a model, and once it has answered: each thing once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from caretwise.cli.session import say
from caretwise.measure.report import printable
from caretwise.models.profile import Profile

_QUIET_SECONDS = 1.0
"""A wait is worth a line when it is longer than this."""


class Told:
    """Sentences of the engine, kept until it is known what the command itself will say."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self._kept: list[str] = []

    def tell(self, sentence: str) -> None:
        """Keep a sentence."""
        self._kept.append(sentence)

    def say(self, but: str = "") -> None:
        """Say on stderr what was kept, but for sentences that hold `but`: the command says that itself."""
        for sentence in self._kept:
            if not but or but not in sentence:
                say(sentence)
        self._kept.clear()


def sentence(start: str, reason: str) -> str:
    """`start: reason.`, with one full stop whether or not the reason brings its own, and printable."""
    said = printable(f"{start}: {reason}")
    return said if said.endswith((".", "?", "!")) else said + "."


@contextmanager
def waiting(profile: Profile | None, seconds: float) -> Iterator[None]:
    """Say on a terminal for which model the user is waiting, and for how long at most, once it takes a while."""
    if profile is None or not sys.stderr.isatty():
        yield
        return
    words = f"waiting for {profile.name} at {profile.host}, for {seconds:.0f} s at most"
    timer = asyncio.get_running_loop().call_later(_QUIET_SECONDS, say, words)
    try:
        yield
    finally:
        timer.cancel()
