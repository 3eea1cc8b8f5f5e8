"""The places in pieces of documents where the end of a context stands as well."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from caretwise.local.index import EDGE, Document, Piece

PLACES = 600
"""Places that match in one walk over all documents, the nearest first: a bound in time, about 1 us each and token."""
WEIGHTS = (1.0, 1.5, 2.0)
"""What a place counts elsewhere in the project, in the same folder, and in the document itself. Measured on the projects of
the fit, weights up to 1, 3 and 6 differ by the noise."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Tokens that are not looked at: numbers `start` up to but not including `end` of a document's piece number `piece`.

    `piece` -1 is the whole document.
    """

    key: str
    piece: int = -1
    start: int = 0
    end: int = 0


class Place(NamedTuple):  # thousands are made for one completion, and a dataclass takes twice as long
    """A place where the next token is `ids[at]`."""

    ids: array[int]
    at: int
    length: int  # how many tokens before it match
    weight: float
    piece: Piece
    near: int  # 2: the document itself, 1: its folder, 0: elsewhere


class Search:
    """A context whose places are looked for, and where it stands."""

    __slots__ = ("_backwards", "_folder", "_left_out", "_own", "_skipped")

    def __init__(
        self,
        backwards: list[int],
        own: Document | None,
        folder: str | None,
        skipped: Document | None,
        left_out: LeftOut,
    ) -> None:
        """`backwards`: the context's tokens, the last one first. `skipped` is the document of which a part is left out."""
        self._backwards = backwards
        self._own = own
        self._folder = folder
        self._skipped = skipped
        self._left_out = left_out

    def run_hash(self, order: int) -> int:
        """The hash of the last `order` tokens."""
        return hash(tuple(reversed(self._backwards[:order])))

    def places(self, pieces: Iterable[Piece], which: int, order: int) -> list[Place]:
        """Places that match at least `order` tokens, as many as chain `which` of a piece is made of (the context has them).

        Those of the document come first, then those of its folder, then others.
        """
        found: list[Place] = []
        groups: tuple[list[Piece], ...] = ([], [], [])  # by nearness
        for piece in pieces:
            document = piece.document
            groups[2 if document is self._own else 1 if document.folder == self._folder else 0].append(piece)
        run_hash = self.run_hash(order)
        for near in (2, 1, 0):
            for piece in groups[near]:
                chain = piece.chains[which]
                place = chain.heads[run_hash & chain.mask]
                if place:
                    self._look_into(piece, chain.links, order, near, place, found)
                    if len(found) >= PLACES:
                        return found
        return found

    def _look_into(
        self, piece: Piece, links: array[int], order: int, near: int, place: int, found: list[Place]
    ) -> None:
        """Add the places of one piece, from the head of its chain on."""
        start = end = 0  # places from here up to but not including `end` are left out
        if piece.document is self._skipped:
            part = self._left_out
            if part.piece < 0:
                return
            if piece.document.pieces[part.piece] is piece:
                start, end = piece.first + part.start, piece.first + part.end
        backwards, here = self._backwards, piece.ids
        newest, weight, looked = backwards[0], piece.weight * WEIGHTS[near], 0
        while place and looked < PLACES:
            looked += 1
            if here[place - 1] == newest and not start <= place < end:
                length = _matching(here, place, backwards)
                if length >= order and not (here[place] == EDGE and piece.following):
                    found.append(Place(here, place, length, weight, piece, near))
            place = links[place]


def _matching(ids: array[int], place: int, backwards: Sequence[int]) -> int:
    """How many tokens before `place` are those of `backwards`."""
    length = 0
    for number in backwards:
        place -= 1
        if ids[place] != number:  # the edge before the first token is in no context
            break
        length += 1
    return length
