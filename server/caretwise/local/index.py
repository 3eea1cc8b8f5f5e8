"""Documents as numbers: a vocabulary that is shared, and for each document chains from a run of tokens to its places."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

EDGE = 0
"""The number of the token (`""`) that stands before a document's first and after its last one."""


class Vocabulary:
    """Numbers for tokens. A number is free again when no document has the token."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": EDGE}
        self._tokens: list[str] = [""]
        self._documents: list[int] = [1]  # in how many documents a token stands
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers) - 1

    def number(self, token: str) -> int:
        """The token's number, -1 when no document has it."""
        return self._numbers.get(token, -1)

    def token(self, number: int) -> str:
        """The token with this number."""
        return self._tokens[number]

    def take(self, tokens: Sequence[str]) -> array[int]:
        """The numbers of a new document's tokens, with an edge before and after."""
        numbers = self._numbers
        for token in dict.fromkeys(tokens):  # in their order, so that numbers do not depend on string hashes
            if token not in numbers:
                self._add(token)
        ids = array("I", [EDGE])
        ids.extend([numbers[token] for token in tokens])
        ids.append(EDGE)
        for number in set(ids):
            self._documents[number] += 1
        return ids

    def give_back(self, ids: array[int]) -> None:
        """A document with these numbers is gone."""
        for number in set(ids):
            self._documents[number] -= 1
            if not self._documents[number]:
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
            self._documents.append(0)
        self._numbers[token] = number


class Chain:
    """From the hash of `order` tokens to the places behind them in one document, the last one first."""

    __slots__ = ("_heads", "_links", "_mask")

    def __init__(self, ids: array[int], order: int) -> None:
        size = 16
        while size * 2 < len(ids):
            size *= 2
        self._mask = mask = size - 1
        self._heads = heads = array("H", bytes(2 * size))
        self._links = links = array("H", bytes(2 * len(ids)))
        for place, run in enumerate(zip(*(ids[start:] for start in range(order)), strict=False), order):
            if place == len(ids):
                break
            slot = hash(run) & mask
            links[place] = heads[slot]
            heads[slot] = place

    def places(self, run_hash: int) -> Sequence[int]:
        """Places whose run of tokens may have this hash (others can be among them)."""
        place = self._heads[run_hash & self._mask]
        if not place:
            return ()  # most documents, most of the time
        found: list[int] = []
        links = self._links
        while place:
            found.append(place)
            place = links[place]
        return found
