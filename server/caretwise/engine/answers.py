"""Answers that were given, and finding what still fits the text as it is now: most keystrokes are served from here.

What is remembered is the ghost as it was shown: that is what the user types out, if anything. Its rest is offered as it
is, and so is the ghost with what the user has deleted before it put back: the document comes out the same in each case.
The rules ran where the answer was asked for, and they do not run again: made for what a model writes, they damage parts
of what is finished. (The disk keeps raw answers, and rules run on those.)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from caretwise.complete.ghost import Ghost, Rest, Spot, lines_above, rest_of
from caretwise.complete.length import MOST_FUNCTION_LINES
from caretwise.complete.prefix_tree import PrefixTree
from caretwise.complete.recipe import Step
from caretwise.engine.offer import Ask, Facts
from caretwise.text.position import Position, Range

MOST_ANSWERS = 1_000
"""Answers that are kept, over all documents; the one used longest ago goes first."""

MOST_CHARACTERS = 2**21
"""Code points that the answers may hold together, with what stood around them."""

MOST_BACK = 32
"""Code points that may have been deleted on the line since an answer was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was given: where, and the ghost as it was shown there (None: nothing came of it, see `reason`)."""

    id: str
    spot: Spot
    fingerprint: str
    ghost: Ghost | None
    multiline: bool
    facts: Facts
    reason: str = ""
    code: str = "empty"
    """What `reason` is called in the journal."""
    steps: tuple[Step, ...] = ()
    raw: str = ""
    """What the model wrote, for whoever wants to know why; "" where this is the rest of another answer."""


_Around = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""What must be the same for an answer to be looked at: fingerprint, document, the lines above, the lines below."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, how many were added before it, and the code points that it holds."""

    answer: Answer
    number: int
    size: int


class Answers:
    """The answers of late: a prefix tree, by the text before the cursor, for each place with the same surroundings.

    Line numbers are no part of it: an answer holds when lines come or go far above.
    """

    def __init__(self) -> None:
        """Nothing was answered yet."""
        self._trees: dict[_Around, PrefixTree[_Kept]] = {}
        self._used: OrderedDict[tuple[_Around, str], int] = OrderedDict()  # to sizes; the one used last is last
        self._last: _Kept | None = None
        """The one used last, as long as none is added."""
        self._characters = 0
        self._added = 0
        self._most_breaks = 0  # line breaks in any ghost, so that finding need not look further up

    def __len__(self) -> int:
        return len(self._used)

    def add(self, answer: Answer) -> None:
        """Remember an answer, in place of an older one for the same text."""
        spot = answer.spot
        around = (answer.fingerprint, spot.uri, spot.above, spot.below)
        self._drop(around, spot.before)
        kept = _Kept(answer, self._added, _size(answer))
        self._trees.setdefault(around, PrefixTree()).put(spot.before, kept)
        self._used[around, spot.before] = kept.size
        self._last = None
        self._characters += kept.size
        self._added += 1
        if answer.ghost is not None:
            self._most_breaks = max(self._most_breaks, min(answer.ghost.text.count("\n"), MOST_FUNCTION_LINES))
        while len(self._used) > MOST_ANSWERS or (self._characters > MOST_CHARACTERS and len(self._used) > 1):
            self._drop(*next(iter(self._used)))

    def find(self, ask: Ask, fingerprint: str) -> tuple[Answer, Rest | None] | None:
        """An answer that still fits the text, with what is left of its ghost; (answer, None) for a known silence.

        Looked for in this order: a ghost that is being typed out, the newest first; one that was asked for further on in
        the line, before the user deleted some of it, the newest first; a place where nothing came of the asking.
        """
        here = Spot.of(ask.snapshot, ask.position)
        silent: _Kept | None = None
        for kept, typed in sorted(self._before(ask, fingerprint, here), key=lambda one: -one[0].number):
            ghost, was = kept.answer.ghost, kept.answer.spot.after
            if ghost is None:
                silent = kept if not typed and was == here.after else silent
                continue
            rest = rest_of(ghost, typed, ask.position, was=was, rest=here.after)
            if rest is not None:
                return self._use(kept), rest
        further_on = self._further_on(fingerprint, here)
        if further_on is not None:
            deleted, kept, ghost = further_on
            return self._use(kept), Rest(Ghost(deleted + ghost.text, ask.position, ghost.replaces))
        return (self._use(silent), None) if silent is not None else None

    def _before(self, ask: Ask, fingerprint: str, here: Spot) -> Iterator[tuple[_Kept, str]]:
        """Answers for places that the text between a line's start and the cursor begins with, and what comes behind them.

        The lines around are then the same: they lead to the tree.
        """
        snapshot, at = ask.snapshot, ask.position
        for line in range(at.line, max(-1, at.line - self._most_breaks - 1), -1):
            above = here.above if line == at.line else lines_above(snapshot.lines, line)
            tree = self._trees.get((fingerprint, ask.uri, above, here.below))
            if tree is None:
                continue
            text = here.before if line == at.line else snapshot.slice(Range(Position(line, 0), at))
            for length, kept in tree.along(text):
                yield kept, text[length:].replace("\r\n", "\n")

    def _further_on(self, fingerprint: str, here: Spot) -> tuple[str, _Kept, Ghost] | None:
        """The newest answer for a place after the cursor in what was its line, with what stood between the two.

        Not on an empty line, which is a new beginning.
        """
        tree = self._trees.get((fingerprint, here.uri, here.above, here.below))
        if tree is None or not here.before.strip():
            return None
        found = [
            (deleted, kept, kept.answer.ghost)
            for deleted, kept in tree.beyond(here.before, MOST_BACK)
            if kept.answer.ghost is not None and kept.answer.spot.after == here.after
        ]
        return max(found, key=lambda one: one[1].number, default=None)

    def _use(self, kept: _Kept) -> Answer:
        answer = kept.answer
        if kept is self._last:
            return answer
        self._last, spot = kept, answer.spot
        self._used.move_to_end(((answer.fingerprint, spot.uri, spot.above, spot.below), spot.before))
        return answer

    def _drop(self, around: _Around, before: str) -> None:
        size = self._used.pop((around, before), None)
        if size is None:
            return
        self._characters -= size
        tree = self._trees[around]
        tree.drop(before)
        if not len(tree):
            del self._trees[around]

    def forget(self, uri: str) -> None:
        """Drop what was answered for a document."""
        for around, before in [key for key in self._used if key[0][1] == uri]:
            self._drop(around, before)


def _size(answer: Answer) -> int:
    spot, ghost = answer.spot, answer.ghost
    texts = [*spot.above, *spot.below, spot.before, spot.after, ghost.text if ghost is not None else ""]
    return (
        len(answer.raw) + sum(map(len, texts)) + sum(len(step.before) + len(step.after or "") for step in answer.steps)
    )
