"""The places in pieces of documents where the end of a context stands as well."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from caretwise.local.index import EDGE, Document, Piece, Shelf

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

    def places(self, shelves: Iterable[Shelf], which: int, order: int) -> list[Place]:
        """Places that match at least `order` tokens, as many as chain `which` of a shelf is made of (the context has them).

        Those of the document come first, then those of its folder, then others.
        """
        run_hash = hash(tuple(reversed(self._backwards[:order])))
        holding: list[tuple[Shelf, int]] = []
        for shelf in shelves:
            chain = shelf.chains[which]
            place = chain.heads[run_hash & chain.mask]
            if place:
                holding.append((shelf, place))
        found: tuple[list[Place], ...] = ([], [], [])  # by nearness
        for shelf, place in holding:
            if self._folder in shelf.folders:
                self._look_into(shelf, which, order, place, found, elsewhere=False)
        for shelf, place in holding:
            if sum(map(len, found)) >= PLACES:
                break
            self._look_into(shelf, which, order, place, found, elsewhere=True)
        return _nearest(found)

    def _look_into(
        self, shelf: Shelf, which: int, order: int, place: int, found: tuple[list[Place], ...], *, elsewhere: bool
    ) -> None:
        """Add places of one shelf, from the head of its chain on: those elsewhere in the project, or all nearer ones."""
        links, newest = shelf.chains[which].links, self._backwards[0]
        while place:
            piece, shelf_start = shelf.piece_before(place)
            near, start, end = self._part(piece)
            enough = near >= 0 and sum(map(len, found[near:])) >= PLACES
            if enough and elsewhere and not near:
                return
            if piece is None or near < 0 or elsewhere == (near > 0) or enough:
                while place >= shelf_start and place:
                    place = links[place]
                continue
            here, weight, places, looked = piece.ids, piece.weight * WEIGHTS[near], found[near], 0
            while place >= shelf_start and place:
                at = place - shelf_start
                looked += 1
                if here[at - 1] == newest and not start <= at < end and looked <= PLACES:
                    length = _matching(here, at, self._backwards)
                    if length >= order and not (here[at] == EDGE and piece.following):
                        places.append(Place(here, at, length, weight, piece, near))
                place = links[place]

    def _part(self, piece: Piece | None) -> tuple[int, int, int]:
        """How near a piece is (-1: it is not looked at), and which of its places are left out: from, up to not including."""
        if piece is None:
            return -1, 0, 0
        document = piece.document
        near = 2 if document is self._own else 1 if document.folder == self._folder else 0
        if document is not self._skipped:
            return near, 0, 0
        part = self._left_out
        if part.piece < 0:
            return -1, 0, 0
        if document.pieces[part.piece] is not piece:
            return near, 0, 0
        return near, piece.first + part.start, piece.first + part.end


def _nearest(by_nearness: tuple[list[Place], ...]) -> list[Place]:
    """The nearest first; past `PLACES` only the rest of the piece in which that many are reached."""
    found = [*by_nearness[2], *by_nearness[1], *by_nearness[0]]
    end = PLACES
    while end < len(found) and found[end].piece is found[end - 1].piece:
        end += 1
    return found[:end]


def _matching(ids: array[int], place: int, backwards: Sequence[int]) -> int:
    """How many tokens before `place` are those of `backwards`."""
    length = 0
    for number in backwards:
        place -= 1
        if ids[place] != number:  # the edge before the first token is in no context
            break
        length += 1
    return length
