"""What is left of a text: which of its code points are still there, and so which of its tokens.

Tokens are names, numbers and single signs; white space does not count.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"\w+|[^\w\s]")
_PIECE = re.compile(r"\w+|\s|[^\w\s]")
_MOST_CUTS = 20

FOREIGN = -1
"""Stands for a code point that was put in later."""


def tokens(text: str) -> list[str]:
    """The tokens of a text, in order."""
    return _TOKEN.findall(text)


@dataclass(slots=True)
class Remains:
    """A text that is edited. `there` has, for each code point that stands there now, its number in `text`, or `FOREIGN`."""

    text: str
    there: list[int] = field(init=False)
    _cuts: list[tuple[str, list[int]]] = field(default_factory=list[tuple[str, list[int]]])

    def __post_init__(self) -> None:
        self.there = list(range(len(self.text)))

    @classmethod
    def told(cls, text: str, now: str) -> Remains:
        """What is left of `text` where `now` was put in its place, all at once: words are compared."""
        made = cls(text)
        made.there = [FOREIGN] * len(now)
        had, has = list(_PIECE.finditer(text)), list(_PIECE.finditer(now))
        matcher = difflib.SequenceMatcher(None, [one[0] for one in had], [one[0] for one in has], autojunk=False)
        for block in matcher.get_matching_blocks():
            for old, new in zip(had[block.a :][: block.size], has[block.b :][: block.size], strict=True):
                made.there[new.start() : new.end()] = range(old.start(), old.end())
        return made

    def copy(self) -> Remains:
        """The same, to be changed by itself."""
        made = Remains(self.text)
        made.there, made._cuts = list(self.there), list(self._cuts)
        return made

    def replace(self, low: int, high: int, old: str, new: str) -> None:
        """What stood from `low` to `high`, `old`, is now `new`. What is put back as it was cut is what it was."""
        cut = self.there[low:high]
        self.there[low:high] = self._known(new) or [FOREIGN] * len(new)
        if len(cut) > 1:
            self._cuts = [*self._cuts[1 - _MOST_CUTS :], (old, cut)]

    def knows(self, new: str) -> bool:
        """Whether this was cut out of it."""
        return any(text == new for text, _ in self._cuts)

    def _known(self, new: str) -> list[int]:
        none: list[int] = []
        found = next((cut for text, cut in reversed(self._cuts) if text == new), none)
        return found if not set(found) & set(self.there) - {FOREIGN} else []

    def share(self, now: str) -> float:
        """Tokens that are still there, whole and nowhere grown together with others, over all; `now` is what stands there."""
        had = {match.start(): match.end() for match in _TOKEN.finditer(self.text)}
        if not had:
            return 1.0 if self.there and FOREIGN not in self.there else 0.0
        kept = 0
        for match in _TOKEN.finditer(now):
            first = self.there[match.start()]
            whole = range(first, first + len(match[0]))
            kept += (
                first != FOREIGN
                and had.get(first) == whole.stop
                and self.there[match.start() : match.end()] == [*whole]
            )
        return kept / len(had)
