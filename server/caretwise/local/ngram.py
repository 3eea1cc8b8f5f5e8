"""Which token comes next: the longest match in what was learned, blended with shorter ones.

Each document is kept as pieces (`index.Piece`): its token numbers and two hash chains (the structure of LZ77 compressors),
from a hash of the last `LONG` or `SHORT` tokens to the newest place where they stood, and from there to the older ones. A
place found is compared backwards, token by token, up to `LONGEST`. So every order from `SHORT` to `LONGEST` is counted
without storing a table for each, and replacing a piece costs that piece only. When few places match the long run the short
one is looked for (back-off); what is found is blended (`smoothing.witten_bell`).

The caches are nested: a place counts for more in the document itself than in its folder, there for more than elsewhere in
the project, and for more in a piece that was edited lately.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from caretwise.local.index import EDGE, Piece, Vocabulary
from caretwise.local.smoothing import witten_bell

SHORT = 3
"""Tokens that must match at the least."""
LONG = 6
"""Tokens that are looked for first."""
LONGEST = 48
"""Tokens that are compared at the most, some four lines. Measured on one project, right among the surest 20 % of the
holes: 47 % at 4, 59 % at 8, 65 % at 16, 68 % at 32, 70 % at 48 and at 96."""
ENOUGH = 6
"""With this many places that match `LONG` tokens the shorter chain is not walked."""
PLACES = 600
"""Places that match in one walk over all documents, the nearest first: a bound in time, about 1 us each and token."""
MAX_PIECE_TOKENS = 60_000
"""What is kept of one piece (its start). With the context before it, it must stay under 65,535: places take 2 bytes."""
WEIGHTS = (1.0, 1.5, 2.0)
"""What a place counts elsewhere in the project, in the same folder, and in the document itself. Measured on the projects of
the fit, weights up to 1, 3 and 6 differ by the noise."""
EDITED_WEIGHT = 1.5
"""How many times more a place counts in a piece that was edited lately."""
EDITED_PIECES = 12
"""How many pieces count as edited lately."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A token that may come next, its probability and how many tokens of context it rests on at the most."""

    token: str
    probability: float
    order: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind a token: how many documents, how many places, and the nearest (2: own, 1: folder, 0: else)."""

    documents: int
    places: int
    nearest: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Tokens that are not looked at: numbers `start` up to but not including `end` of a document's piece number `piece`.

    `piece` -1 is the whole document.
    """

    key: str
    piece: int = -1
    start: int = 0
    end: int = 0


class _Document:
    """One document's pieces, and the folder it lies in."""

    __slots__ = ("folder", "number", "pieces")

    def __init__(self, folder: str, number: int) -> None:
        self.folder = folder
        self.number = number
        self.pieces: list[Piece] = []


class _Place(NamedTuple):  # thousands are made for one completion, and a dataclass takes twice as long
    ids: array[int]
    at: int  # the next token is ids[at]
    length: int  # how many tokens before it match
    weight: float
    piece: Piece
    near: int  # as in `Evidence`


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
        chances, orders = witten_bell(by_length)
        found = [Guess(token_of(number), chance, orders[number]) for number, chance in chances.items()]
        return sorted(found, key=lambda guess: (-guess.probability, -guess.order, guess.token))

    def evidence(self, token: str) -> Evidence:
        """What stands behind `token` coming next."""
        number = self._vocabulary.number(token)
        found = [place for place in self._places if place.ids[place.at] == number]
        documents = len({place.piece.document for place in found})
        return Evidence(documents, len(found), max((place.near for place in found), default=0))

    def follow(self, token: str) -> Walk:
        """The places where `token` came next, one step on."""
        number = self._vocabulary.number(token)
        kept: list[_Place] = []
        for ids, at, length, weight, piece, near in self._places:
            if ids[at] != number or number == EDGE:
                continue
            after = piece.following
            if ids[at + 1] == EDGE and after is not None:  # the document goes on in its next piece
                kept.append(_Place(after.ids, after.first, min(length + 1, LONGEST), weight, after, near))
            else:
                kept.append(_Place(ids, at + 1, min(length + 1, LONGEST), weight, piece, near))
        return Walk(kept, self._vocabulary)


class TokenModel:
    """What was learned from documents of one family of languages. Not safe for use from two threads at once.

    A document's key is its address; what stands before the last `/` is its folder.
    """

    def __init__(self) -> None:
        self._documents: dict[str, _Document] = {}
        self._vocabulary = Vocabulary()
        self._numbered = 0
        self._edited: list[Piece] = []

    def replace_document(self, key: str, *pieces: Sequence[str]) -> int:
        """Learn a document, in place of what was learned for `key`. Returns how many tokens are kept of it."""
        old = self._documents.pop(key, None)
        self._numbered += 1
        document = self._documents[key] = _Document(key.rpartition("/")[0], self._numbered)
        kept = self._splice(document, 0, 0, pieces)
        if old is not None:  # last, so that the tokens of both keep their numbers
            self._splice(old, 0, len(old.pieces), ())
        return kept

    def edit_document(self, key: str, first: int, last: int, *pieces: Sequence[str]) -> int:
        """Put `pieces` in place of the pieces `first` up to but not including `last`; they count as edited lately.

        Returns how many tokens the document has more now (negative: fewer).
        """
        document = self._documents[key]
        grown = self._splice(document, first, last, pieces)
        for piece in document.pieces[first : first + len(pieces)]:
            piece.weight = EDITED_WEIGHT
            self._edited.append(piece)
        for piece in self._edited[:-EDITED_PIECES]:
            piece.weight = 1.0
        del self._edited[:-EDITED_PIECES]
        return grown

    def forget(self, key: str) -> None:
        """Drop what was learned for `key`, if anything."""
        document = self._documents.pop(key, None)
        if document:
            self._splice(document, 0, len(document.pieces), ())

    @property
    def vocabulary(self) -> int:
        """How many different tokens are known."""
        return len(self._vocabulary)

    def predict(self, context: Sequence[str], start: str = "") -> list[tuple[str, float, int]]:
        """What comes after `context`: (token, probability, order), the most probable first."""
        guesses = self.walk(context).guesses(start)
        return [(guess.token, guess.probability, guess.order) for guess in guesses]

    def walk(self, context: Sequence[str], *, own: str = "", left_out: LeftOut | None = None) -> Walk:
        """The places that match the end of `context`, seen from document `own` (which need not be learned)."""
        ids = [self._vocabulary.number(token) for token in context[-LONGEST:]]
        ids.reverse()
        candidates = self._candidates(ids, own, left_out)
        places = _found(candidates, ids, LONG)
        if len(places) < ENOUGH:
            places = _found(candidates, ids, SHORT) or places
        return Walk(places, self._vocabulary)

    def _splice(self, document: _Document, first: int, last: int, pieces: Sequence[Sequence[str]]) -> int:
        """Replace pieces of a document; returns by how many tokens it has grown."""
        new: list[Piece] = []
        before = document.pieces[first - 1] if first else None
        for tokens in pieces:
            context = before.ids[max(before.first, len(before.ids) - 1 - LONGEST) : -1] if before else ()
            known = [self._vocabulary.token(number) for number in context]
            ids = self._vocabulary.take([*known, *tokens[:MAX_PIECE_TOKENS]])
            before = Piece(ids, 1 + len(known), (LONG, SHORT), document.number)
            new.append(before)
        old = document.pieces[first:last]
        document.pieces[first:last] = new
        for one, two in pairwise(document.pieces[max(0, first - 1) : first + len(new) + 1]):
            one.following = two
        if document.pieces:
            document.pieces[-1].following = None
        for piece in old:
            piece.following = None
            self._vocabulary.give_back(piece.ids)
        return sum(piece.tokens for piece in new) - sum(piece.tokens for piece in old)

    def _candidates(self, ids: list[int], own: str, left_out: LeftOut | None) -> list[_Candidate]:
        """Pieces that may hold the last `SHORT` tokens (`ids` is backwards): of `own`, of its folder, then of the others.

        Most pieces are passed over by one look into their chain: this loop goes over all of them.
        """
        if len(ids) < SHORT or -1 in ids[:SHORT]:
            return []
        run_hash, newest = hash(tuple(reversed(ids[:SHORT]))), ids[0]
        folder = own.rpartition("/")[0] if own else None
        first = self._documents.get(own)
        skipped = self._documents.get(left_out.key) if left_out else None
        groups: tuple[list[_Candidate], ...] = ([], [], [])  # by nearness
        for document in reversed(self._documents.values()):
            for piece in document.pieces:
                chain = piece.short
                place = chain.heads[run_hash & chain.mask]
                if not place or (piece.ids[place - 1] != newest and not chain.links[place]):
                    continue
                near = 2 if document is first else 1 if document.folder == folder else 0
                part = left_out if document is skipped else None
                if part is None or (part.piece >= 0 and document.pieces[part.piece] is not piece):
                    groups[near].append(_Candidate(piece, near, 0, 0))
                elif part.piece >= 0:
                    groups[near].append(_Candidate(piece, near, piece.first + part.start, piece.first + part.end))
        return [*groups[2], *groups[1], *groups[0]]


class _Candidate(NamedTuple):
    piece: Piece
    near: int
    start: int  # places from here up to but not including `end` are left out
    end: int


def _found(candidates: list[_Candidate], ids: list[int], order: int) -> list[_Place]:
    """Places that match at least `order` of `ids` (the context, backwards), the nearest first."""
    found: list[_Place] = []
    if len(ids) < order or -1 in ids[:order]:
        return found
    run_hash, newest = hash(tuple(reversed(ids[:order]))), ids[0]
    for piece, near, start, end in candidates:
        if len(found) >= PLACES:
            break
        chain = piece.long if order == LONG else piece.short
        place = chain.heads[run_hash & chain.mask]
        here, links, weight, looked = piece.ids, chain.links, piece.weight * WEIGHTS[near], 0
        while place and looked < PLACES:
            looked += 1
            if here[place - 1] == newest and not start <= place < end:
                length = _matching(here, place, ids)
                if length >= order and not (here[place] == EDGE and piece.following):
                    found.append(_Place(here, place, length, weight, piece, near))
            place = links[place]
    return found


def _matching(ids: array[int], place: int, backwards: list[int]) -> int:
    """How many tokens before `place` are those of `backwards`."""
    length = 0
    for number in backwards:
        place -= 1
        if ids[place] != number:  # the edge before the first token is in no context
            break
        length += 1
    return length
