"""Which token comes next: the longest match in what was learned, blended with shorter ones.

Each document is kept as its token numbers and two hash chains (the structure of LZ77 compressors): from a hash of the
last `LONG` or `SHORT` tokens to the newest place where they stood, and from there to the older ones. A place found is
compared backwards, token by token, up to `LONGEST`. So every order from `SHORT` to `LONGEST` is counted without storing
a table for each, and replacing a document costs that document only.

Probability: Witten-Bell interpolation, P_n(t) = (c_n(t) + T_n P_(n-1)(t)) / (C_n + T_n), where c_n counts how often t
followed the last n tokens, C_n is the sum of these counts and T_n how many different tokens followed. A single place
that matches far back therefore counts for more than one that matches two tokens.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from caretwise.local.index import EDGE, Chain, Vocabulary

SHORT = 3
"""Tokens that must match at the least."""
LONG = 6
"""Tokens that are looked for first."""
LONGEST = 48
"""Tokens that are compared at the most, some four lines. Measured on one project, right among the surest 20 % of the
holes: 47 % at 4, 59 % at 8, 65 % at 16, 68 % at 32, 70 % at 48 and at 96."""
ENOUGH = 6
"""With this many places that match `LONG` tokens the shorter chain is not walked."""
PLACES = 1_000
"""Places that are looked at in one walk over all documents: a bound in time, about 1 us each."""
MAX_DOCUMENT_TOKENS = 32_000
"""What is kept of one document (its start), about 2,700 lines of Python. Must stay under 65,535: places take 2 bytes."""
OPEN_WEIGHT = 2.0
"""What a place in an open document counts, against 1 in a closed one. Measured: 1, 2 and 4 differ by the noise."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A token that may come next, its probability and how many tokens of context it rests on at the most."""

    token: str
    probability: float
    order: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Tokens `start` up to but not including `end` of document `key` are not looked at (end -1: to its end)."""

    key: str
    start: int = 0
    end: int = -1


class _Document:
    """One document's token numbers, its chains and what its places count."""

    __slots__ = ("ids", "long", "short", "weight")

    def __init__(self, ids: array[int], weight: float) -> None:
        self.ids = ids
        self.long = Chain(ids, LONG)
        self.short = Chain(ids, SHORT)
        self.weight = weight


class _Place(NamedTuple):  # thousands are made for one completion, and a dataclass takes twice as long
    ids: array[int]
    at: int  # the next token is ids[at]
    length: int  # how many tokens before it match
    weight: float


class Walk:
    """All places that match a context; `guesses` says what comes next there, `follow` takes one step."""

    __slots__ = ("_places", "_vocabulary")

    def __init__(self, places: list[_Place], vocabulary: Vocabulary) -> None:
        self._places = places
        self._vocabulary = vocabulary

    def __len__(self) -> int:
        return len(self._places)

    def guesses(self, start: str = "") -> list[Guess]:
        """What comes next, the most probable first; only tokens that begin with `start`. `""` is a document's end."""
        by_length: dict[int, dict[int, float]] = {}
        token_of = self._vocabulary.token
        fits: dict[int, bool] = {}
        for place in self._places:
            number = place.ids[place.at]
            if start:
                fit = fits.get(number)
                if fit is None:
                    fit = fits[number] = token_of(number).startswith(start)
                if not fit:
                    continue
            counts = by_length.setdefault(place.length, {})
            counts[number] = counts.get(number, 0.0) + place.weight
        chances, orders = _witten_bell(by_length)
        found = [Guess(token_of(number), chance, orders[number]) for number, chance in chances.items()]
        return sorted(found, key=lambda guess: (-guess.probability, -guess.order, guess.token))

    def documents(self, token: str) -> int:
        """In how many documents `token` came next."""
        number = self._vocabulary.number(token)
        return len({id(place.ids) for place in self._places if place.ids[place.at] == number})

    def follow(self, token: str) -> Walk:
        """The places where `token` came next, one step on."""
        number = self._vocabulary.number(token)
        kept = [
            _Place(place.ids, place.at + 1, min(place.length + 1, LONGEST), place.weight)
            for place in self._places
            if place.ids[place.at] == number and number != EDGE
        ]
        return Walk(kept, self._vocabulary)


def _witten_bell(by_length: dict[int, dict[int, float]]) -> tuple[dict[int, float], dict[int, int]]:
    """Probabilities from counts by length of match, and the greatest length for each token."""
    totals: list[tuple[int, dict[int, float]]] = []  # length, counts of all places that match at least so far
    running: dict[int, float] = {}
    orders: dict[int, int] = {}
    for length in sorted(by_length, reverse=True):
        for number, count in by_length[length].items():
            running[number] = running.get(number, 0.0) + count
            orders.setdefault(number, length)
        totals.append((length, dict(running)))
    chances = dict.fromkeys(running, 0.0)
    below = 0
    for length, counts in reversed(totals):
        types, total = len(counts), sum(counts.values())
        # From `below` + 1 to `length` the counts are the same: as many steps of the formula at once.
        rest = (types / (total + types)) ** (length - below)
        for number, chance in chances.items():
            share = counts.get(number, 0.0) / total
            chances[number] = share + (chance - share) * rest
        below = length
    return chances, orders


class TokenModel:
    """What was learned from documents of one family of languages. Not safe for use from two threads at once."""

    def __init__(self) -> None:
        self._documents: dict[str, _Document] = {}
        self._vocabulary = Vocabulary()

    def replace_document(self, key: str, tokens: Sequence[str], weight: float = 1.0) -> int:
        """Learn a document, in place of what was learned for `key`. Returns how many tokens are kept of it."""
        ids = self._vocabulary.take(tokens[:MAX_DOCUMENT_TOKENS])
        self.forget(key)
        self._documents[key] = _Document(ids, weight)
        return len(ids) - 2

    def forget(self, key: str) -> None:
        """Drop what was learned for `key`, if anything."""
        document = self._documents.pop(key, None)
        if document:
            self._vocabulary.give_back(document.ids)

    @property
    def vocabulary(self) -> int:
        """How many different tokens are known."""
        return len(self._vocabulary)

    def predict(self, context: Sequence[str], start: str = "") -> list[tuple[str, float, int]]:
        """What comes after `context`: (token, probability, order), the most probable first."""
        guesses = self.walk(context).guesses(start)
        return [(guess.token, guess.probability, guess.order) for guess in guesses]

    def walk(self, context: Sequence[str], *, own: str = "", left_out: LeftOut | None = None) -> Walk:
        """The places that match the end of `context`. Document `own` is looked at first."""
        ids = [self._vocabulary.number(token) for token in context[-LONGEST:]]
        ids.reverse()
        places = self._search(ids, LONG, own, left_out)
        if len(places) < ENOUGH:
            places = self._search(ids, SHORT, own, left_out) or places
        return Walk(places, self._vocabulary)

    def _search(self, ids: list[int], order: int, own: str, left_out: LeftOut | None) -> list[_Place]:
        """Places that match at least `order` of `ids` (the context, backwards): own document, then the newest first."""
        found: list[_Place] = []
        if len(ids) < order or -1 in ids[:order]:
            return found
        run_hash = hash(tuple(reversed(ids[:order])))
        seen = 0
        first = self._documents.get(own)
        if first:
            seen += _collect(first, ids, order, run_hash, left_out if left_out and left_out.key == own else None, found)
        for key, document in reversed(self._documents.items()):
            if seen >= PLACES:
                break
            if document is not first:
                part = left_out if left_out and left_out.key == key else None
                seen += _collect(document, ids, order, run_hash, part, found)
        return found


def _collect(
    document: _Document, ids: list[int], order: int, run_hash: int, left_out: LeftOut | None, found: list[_Place]
) -> int:
    """Add one document's places that match to `found`; how many were looked at (at most `PLACES`)."""
    places = (document.long if order == LONG else document.short).places(run_hash)[:PLACES]
    for place in places:
        if left_out and left_out.start < place and (left_out.end < 0 or place <= left_out.end):
            continue
        length = _matching(document.ids, place, ids)
        if length >= order:
            found.append(_Place(document.ids, place, length, document.weight))
    return len(places)


def _matching(ids: array[int], place: int, backwards: list[int]) -> int:
    """How many tokens before `place` are those of `backwards`."""
    length = 0
    for number in backwards:
        place -= 1
        if ids[place] != number:  # the edge before the first token is in no context
            break
        length += 1
    return length
