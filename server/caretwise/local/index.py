"""Documents as numbers: a vocabulary that is shared, pieces that know where a run of tokens stands, and a table of pieces."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import islice

EDGE = 0
"""The number of the token (`""`) that stands before a document's first and after its last one."""
ROWS = 65_536
"""Rows of the table of pieces (a power of two): some 25 pieces a row when 2,000 files are learned."""


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
    """From the hash of `order` tokens to the places behind them in one piece, the last one first.

    There are as many heads as places or more.
    """

    __slots__ = ("heads", "links", "mask")

    def __init__(self, hashes: Sequence[int], places: int) -> None:
        """`hashes` are those of the runs before the last of so many `places`."""
        size = 16
        while size < places:
            size *= 2
        self.mask = mask = size - 1
        self.heads = heads = array("H", bytes(2 * size))
        self.links = links = array("H", bytes(2 * places))
        for place, found in enumerate(hashes, places - len(hashes)):
            slot = found & mask
            links[place] = heads[slot]
            heads[slot] = place


def run_hashes(ids: array[int], order: int, first: int) -> list[int]:
    """The hash of the `order` tokens before each place of a piece; places before `first` are context only."""
    start = max(order, first) - order
    return list(map(hash, zip(*(islice(ids, start + offset, len(ids) - 1) for offset in range(order)), strict=False)))


class Document:
    """One document's pieces, the folder it lies in, and whether it is `open`: not in the table, because it is edited.

    No other one has its `number`.
    """

    __slots__ = ("folder", "number", "open", "pieces")

    def __init__(self, folder: str, number: int, *, open_document: bool) -> None:
        self.folder = folder
        self.number = number
        self.open = open_document
        self.pieces: list[Piece] = []


class Piece:
    """Some lines of a document: token numbers between two edges, chains, and what a place in it counts.

    Before its own tokens (which begin at `first`) stand the last ones of the piece before it, as context. `following` is
    the piece after it; `number` is its number in the table.
    """

    __slots__ = ("chains", "document", "first", "following", "ids", "number", "weight")

    def __init__(self, ids: array[int], first: int, hashes: Sequence[Sequence[int]], document: Document) -> None:
        """`hashes`: for each chain those of its runs (`run_hashes`)."""
        self.document = document
        self.ids = ids
        self.first = first
        self.chains = tuple([Chain(found, len(ids)) for found in hashes])
        self.weight = 1.0
        self.following: Piece | None = None
        self.number = 0

    @property
    def tokens(self) -> int:
        """How many tokens of its own it has."""
        return len(self.ids) - 1 - self.first


class PieceTable:
    """From the hash of a run of `order` tokens to the pieces that may hold it: one look instead of one into each piece.

    A row holds the numbers of pieces in their order. Different runs share a row, so each piece found must be looked into.
    About 4 bytes for each different run of a piece, and at most 10 MB for the rows themselves.
    """

    def __init__(self, order: int) -> None:
        self._order = order
        self._rows: list[array[int] | None] = [None] * ROWS
        self._pieces: dict[int, Piece] = {}

    def add(self, piece: Piece, hashes: Sequence[int]) -> None:
        """Put a piece in, with the hashes of its runs; its number must be greater than those of the pieces that are in."""
        number, rows, mask = piece.number, self._rows, ROWS - 1
        self._pieces[number] = piece
        for slot in {found & mask for found in hashes}:
            row = rows[slot]
            if row is None:
                rows[slot] = array("I", (number,))
            else:
                row.append(number)

    def remove(self, piece: Piece) -> None:
        """Take a piece out again that is in."""
        del self._pieces[piece.number]
        mask = ROWS - 1
        for slot in {found & mask for found in run_hashes(piece.ids, self._order, piece.first)}:
            row = self._rows[slot]
            if row is not None:
                row.remove(piece.number)
                if not row:
                    self._rows[slot] = None

    def find(self, run_hash: int) -> list[Piece]:
        """The pieces that may hold a run with this hash, those added last first."""
        row = self._rows[run_hash & (ROWS - 1)]
        return [self._pieces[number] for number in reversed(row)] if row else []
