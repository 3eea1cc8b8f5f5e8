"""The lines of a document, immutable and cheap to change: a changed copy shares with its original what has not changed.

A document that is typed in has a new version with every key. Copying 50,000 pointers for each of them costs more than
everything else that happens at a key; here a copy costs one piece of the document.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import overload

PIECE = 128
"""Lines in a piece. A change copies one piece and the list of pieces."""

_Piece = tuple[str, ...]


class Lines(Sequence[str]):
    """An immutable sequence of lines; a slice of it is a tuple."""

    __slots__ = ("_ends", "_pieces")

    def __init__(
        self, lines: Sequence[str] = (), *, pieces: tuple[_Piece, ...] | None = None, ends: list[int] | None = None
    ) -> None:
        """The lines of `lines`, or those of `pieces`, which must not be empty ones; `ends` where these are known."""
        self._pieces = _cut(tuple(lines)) if pieces is None else pieces
        self._ends = list(accumulate(map(len, self._pieces))) if ends is None else ends

    def replaced(self, first: int, last: int, new: Sequence[str]) -> Lines:
        """A copy with the lines from `first` to `last` (not included) replaced by `new`. Both must exist."""
        if not self._pieces:
            return Lines(new)
        one, two = self._piece_of(first), self._piece_of(max(first, last - 1))
        if one == two and len(new) == last - first:
            # As at most keys: nothing moves.
            start, piece = self._start(one), self._pieces[one]
            piece = (*piece[: first - start], *new, *piece[last - start :])
            return Lines(pieces=(*self._pieces[:one], piece, *self._pieces[one + 1 :]), ends=self._ends)
        head = self._pieces[one][: first - self._start(one)]
        tail = self._pieces[two][last - self._start(two) :]
        middle = (*head, *new, *tail)
        if len(middle) < PIECE // 4 and two + 1 < len(self._pieces):
            # Or a document that is deleted line by line would end as very many tiny pieces.
            two += 1
            middle += self._pieces[two]
        return Lines(pieces=(*self._pieces[:one], *_cut(middle), *self._pieces[two + 1 :]))

    def _piece_of(self, number: int) -> int:
        return min(bisect_right(self._ends, number), len(self._pieces) - 1)

    def _start(self, piece: int) -> int:
        return self._ends[piece - 1] if piece else 0

    def __len__(self) -> int:
        """How many lines there are."""
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[str]:
        """All lines in order."""
        return chain.from_iterable(self._pieces)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        """One line, or some as a tuple. Raises IndexError for a line that does not exist."""
        if isinstance(index, slice):
            return self._slice(index)
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"there is no line {index}")
        piece = bisect_right(self._ends, number)
        return self._pieces[piece][number - self._start(piece)]

    def _slice(self, index: slice) -> tuple[str, ...]:
        first, last, step = index.indices(len(self))
        if step != 1:
            return tuple(self)[index]
        if first >= last:
            return ()
        one, two = self._piece_of(first), self._piece_of(last - 1)
        start = self._start(one)
        if one == two:
            return self._pieces[one][first - start : last - start]
        joined = tuple(chain.from_iterable(self._pieces[one : two + 1]))
        return joined[first - start : last - start]

    def index(self, value: str, start: int = 0, stop: int | None = None) -> int:
        """The first line that is `value`, from `start` (0 or more) to `stop` (not included).

        Raises ValueError when there is none.
        """
        stop = len(self) if stop is None else stop
        for number in range(bisect_right(self._ends, start), len(self._pieces)):
            base = self._start(number)
            if base >= stop:
                break
            try:
                return base + self._pieces[number].index(value, max(0, start - base), stop - base)
            except ValueError:
                continue
        raise ValueError("there is no such line")

    def __eq__(self, other: object) -> bool:
        """Whether the other sequence has the same lines."""
        if isinstance(other, Lines):
            return self._pieces == other._pieces or tuple(self) == tuple(other)
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        """As the tuple of the same lines."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """How many lines; never their text."""
        return f"<Lines: {len(self)}>"


def _cut(lines: _Piece) -> tuple[_Piece, ...]:
    """Pieces of `PIECE` lines; up to twice as many stay in one piece, so that typing new lines seldom cuts."""
    if len(lines) <= 2 * PIECE:
        return (lines,) if lines else ()
    return tuple(lines[start : start + PIECE] for start in range(0, len(lines), PIECE))


_AT_ONCE = 200
"""Lines that are taken at once where one looks at one after the other: each on its own costs more than looking at it."""


def upward(lines: Sequence[str], line: int) -> Iterator[str]:
    """The lines above a line, the nearest first. Costs what is looked at, however many there are."""
    for end in range(line, 0, -_AT_ONCE):
        yield from reversed(lines[max(0, end - _AT_ONCE) : end])


def downward(lines: Sequence[str], line: int) -> Iterator[str]:
    """The lines from a line on. Costs what is looked at, however many there are."""
    for start in range(line, len(lines), _AT_ONCE):
        yield from lines[start : start + _AT_ONCE]
