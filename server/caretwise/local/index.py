"""Documents as numbers: a vocabulary that is shared, and pieces of documents that know where a run of tokens stands."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

EDGE = 0
"""The number of the token (`""`) that stands before a document's first and after its last one."""


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

    There are twice as many heads as places or more, so that a run that is not there is mostly known from its empty head.
    """

    __slots__ = ("heads", "links", "mask")

    def __init__(self, ids: array[int], order: int, first: int) -> None:
        """`first`: places before it are context only."""
        size = 16
        while size < 2 * len(ids):
            size *= 2
        self.mask = mask = size - 1
        self.heads = heads = array("H", bytes(2 * size))
        self.links = links = array("H", bytes(2 * len(ids)))
        start = max(order, first)
        runs = zip(*(ids[start - order + offset :] for offset in range(order)), strict=False)
        for place, run in zip(range(start, len(ids)), runs, strict=False):
            slot = hash(run) & mask
            links[place] = heads[slot]
            heads[slot] = place


class Piece:
    """Some lines of a document: token numbers between two edges, chains, and what a place in it counts.

    Before its own tokens (which begin at `first`) stand the last ones of the piece before it, as context. `following` is
    the piece after it, `document` the number of the document that it belongs to.
    """

    __slots__ = ("document", "first", "following", "ids", "long", "short", "weight")

    def __init__(self, ids: array[int], first: int, orders: tuple[int, int], document: int) -> None:
        """`orders`: the lengths of the runs that its long and its short chain are made of."""
        self.document = document
        self.ids = ids
        self.first = first
        self.long = Chain(ids, orders[0], first)
        self.short = Chain(ids, orders[1], first)
        self.weight = 1.0
        self.following: Piece | None = None

    @property
    def tokens(self) -> int:
        """How many tokens of its own it has."""
        return len(self.ids) - 1 - self.first
