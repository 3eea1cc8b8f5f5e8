"""Documents as numbers: a vocabulary that is shared, pieces, and shelves that know where in them a run of tokens stands."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

EDGE = 0
"""The number of the token (`""`) that stands before a document's first and after its last one."""
SHELF_TOKENS = 65_535
"""Tokens on one shelf, with the edges and the context of its pieces: places take 2 bytes."""


class Vocabulary:
    """Numbers for tokens. A number is free again when no piece has the token."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": EDGE}
        self._tokens: list[str] = [""]
        self._pieces: list[int] = [1]  # in how many pieces a token stands
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers) - 1

    def number(self, token: str) -> int:
        """The token's number, -1 when nothing learned has it."""
        return self._numbers.get(token, -1)

    def token(self, number: int) -> str:
        """The token with this number."""
        return self._tokens[number]

    def take(self, tokens: Sequence[str]) -> array[int]:
        """The numbers of a new piece's tokens, with an edge before and after."""
        numbers = self._numbers
        for token in dict.fromkeys(tokens):  # in their order, so that numbers do not depend on string hashes
            if token not in numbers:
                self._add(token)
        ids = array("I", [EDGE])
        ids.extend([numbers[token] for token in tokens])
        ids.append(EDGE)
        for number in set(ids):
            self._pieces[number] += 1
        return ids

    def give_back(self, ids: array[int]) -> None:
        """A piece with these numbers is gone."""
        for number in set(ids):
            self._pieces[number] -= 1
            if not self._pieces[number]:
                del self._numbers[self._tokens[number]]
                self._tokens[number] = ""
                self._free.append(number)

    def _add(self, token: str) -> None:
        if self._free:
            number = self._free.pop()
            self._tokens[number] = token
        else:
            number = len(self._tokens)
            self._tokens.append(token)
            self._pieces.append(0)
        self._numbers[token] = number


class Chain:
    """From the hash of `order` tokens to the places behind them in some pieces, the last one first.

    The structure of LZ77 compressors. `heads` are as many as places there may be, or more (a power of two).
    """

    __slots__ = ("heads", "links", "mask", "order")

    def __init__(self, order: int, room: int) -> None:
        """Empty; `room` is how many places there may be."""
        size = 16
        while size < room:
            size *= 2
        self.order = order
        self.mask = size - 1
        self.heads = array("H", bytes(2 * size))
        self.links = array("H")

    def add(self, piece: Piece) -> None:
        """The places of a piece behind those that are in."""
        hashes = run_hashes(piece.ids, self.order, piece.first)
        heads, links, mask = self.heads, self.links, self.mask
        links.frombytes(bytes(2 * len(piece.ids)))
        for place, found in enumerate(hashes, len(links) - len(hashes)):
            slot = found & mask
            links[place] = heads[slot]
            heads[slot] = place


def run_hashes(ids: array[int], order: int, first: int) -> list[int]:
    """The hash of the `order` tokens before each place of a piece; places before `first` are context only."""
    start = max(order, first) - order
    return list(map(hash, zip(*(islice(ids, start + offset, len(ids) - 1) for offset in range(order)), strict=False)))


class Document:
    """One document's pieces, the folder it lies in, and whether it is `open`: each piece on a shelf of its own.

    No other one has its `number`.
    """

    __slots__ = ("folder", "number", "open", "pieces")

    def __init__(self, folder: str, number: int, *, open_document: bool) -> None:
        self.folder = folder
        self.number = number
        self.open = open_document
        self.pieces: list[Piece] = []


class Piece:
    """Some lines of a document: token numbers between two edges, and what a place in it counts.

    Before its own tokens (which begin at `first`) stand the last ones of the piece before it, as context. `following` is
    the piece after it; `shelf` is the one it stands on.
    """

    __slots__ = ("document", "first", "following", "ids", "shelf", "weight")

    def __init__(self, ids: array[int], first: int, document: Document) -> None:
        self.document = document
        self.ids = ids
        self.first = first
        self.weight = 1.0
        self.following: Piece | None = None
        self.shelf: Shelf | None = None

    @property
    def tokens(self) -> int:
        """How many tokens of its own it has."""
        return len(self.ids) - 1 - self.first


class Shelf:
    """Pieces one behind the other, with a chain for each order over all of them: one look for a run instead of one a piece.

    A place on the shelf is one in a piece (`ids`), counted from where the piece starts. A piece that is taken off leaves a
    gap. About 8 bytes for each token, most of them for the heads.
    """

    __slots__ = ("_gaps", "_starts", "chains", "folders", "pieces", "room", "tokens")

    def __init__(self, orders: Iterable[int], room: int = SHELF_TOKENS) -> None:
        """Empty, with room for so many tokens, edges and context."""
        self.room = room
        self.chains = tuple([Chain(order, room) for order in orders])
        self.pieces: list[Piece | None] = []
        self.folders: set[str] = set()
        self.tokens = 0
        """Of the pieces on it, with edges and context."""
        self._gaps = 0
        self._starts: list[int] = []

    def fits(self, piece: Piece) -> bool:
        """Whether there is room for a piece at the end."""
        return self.tokens + self._gaps + len(piece.ids) <= self.room

    def add(self, piece: Piece) -> None:
        """Put a piece at the end; there must be room for it."""
        piece.shelf = self
        self._starts.append(self.tokens + self._gaps)
        self.pieces.append(piece)
        self.folders.add(piece.document.folder)
        self.tokens += len(piece.ids)
        for chain in self.chains:
            chain.add(piece)

    def remove(self, piece: Piece) -> None:
        """Take a piece off that is on it."""
        self.pieces[self.pieces.index(piece)] = None
        piece.shelf = None
        self.tokens -= len(piece.ids)
        self._gaps += len(piece.ids)

    @property
    def half_empty(self) -> bool:
        """Whether there are more gaps than pieces."""
        return self._gaps > self.tokens

    def standing(self) -> Iterator[Piece]:
        """The pieces that are on it, the first one first."""
        return (piece for piece in self.pieces if piece is not None)

    def piece_before(self, place: int) -> tuple[Piece | None, int]:
        """The piece in which a place is (None: it was taken off), and where that starts."""
        number = bisect_right(self._starts, place) - 1
        return self.pieces[number], self._starts[number]


class Shelves:
    """The pieces of closed documents, the oldest first."""

    def __init__(self, orders: Sequence[int]) -> None:
        self._orders = orders
        self._shelves: list[Shelf] = []

    def newest_first(self) -> Iterator[Shelf]:
        """All shelves; on each of them too the pieces at the end were learned last."""
        return reversed(self._shelves)

    def add(self, piece: Piece) -> None:
        """Put a piece on the last shelf, or on a new one behind it."""
        if not self._shelves or not self._shelves[-1].fits(piece):
            self._shelves.append(Shelf(self._orders))
        self._shelves[-1].add(piece)

    def remove(self, piece: Piece) -> None:
        """Take a piece off. A shelf that is half empty is put together again, with the one before it if that fits."""
        shelf = piece.shelf
        if shelf is None:
            return
        shelf.remove(piece)
        if not shelf.half_empty:
            return
        at = self._shelves.index(shelf)
        first = at - 1 if at and self._shelves[at - 1].tokens + shelf.tokens <= SHELF_TOKENS else at
        fresh = Shelf(self._orders) if shelf.tokens else None
        if fresh is None:
            first = at
        else:
            for old in self._shelves[first : at + 1]:
                for one in old.standing():
                    fresh.add(one)
        self._shelves[first : at + 1] = [fresh] if fresh else []
