"""Which token comes next: the longest match in what was learned, blended with shorter ones.

Each document is kept as pieces: its token numbers. Pieces stand on shelves (`index.Shelf`), each with two hash chains (the
structure of LZ77 compressors), from a hash of the last `LONG` or `SHORT` tokens to the newest place where they stood, and
from there to the older ones. A place found is compared backwards, token by token, up to `LONGEST`. So every order from
`SHORT` to `LONGEST` is counted without storing counts for each. A shelf holds many closed documents, so that a walk looks
at some fifty shelves and not at each piece; a piece of an open document has its own, so that an edit costs that piece only.
When few places match the long run the short one is looked for (back-off); what is found is blended
(`smoothing.witten_bell`).

The caches are nested: a place counts for more in the document itself than in its folder, there for more than elsewhere in
the project, and for more in a piece that was edited lately.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from caretwise.local.index import EDGE, Document, Piece, Shelf, Shelves, Vocabulary
from caretwise.local.places import LeftOut, Place, Search
from caretwise.local.smoothing import witten_bell

SHORT = 3
"""Tokens that must match at the least."""
LONG = 6
"""Tokens that are looked for first."""
LONGEST = 48
"""Tokens that are compared at the most, some four lines. Measured on one project, right among the surest 20 % of the
holes: 47 % at 4, 59 % at 8, 65 % at 16, 68 % at 32, 70 % at 48 and at 96."""
ORDERS = (LONG, SHORT)
ENOUGH = 6
"""With this many places that match `LONG` tokens the shorter chain is not walked."""
MAX_PIECE_TOKENS = 60_000
"""What is kept of one piece (its start). With the context before it, it must stay under 65,535: places take 2 bytes."""
EDITED_WEIGHT = 1.5
"""How many times more a place counts in a piece that was edited lately."""
EDITED_PIECES = 24
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


class Walk:
    """All places that match a context; `guesses` says what comes next there, `follow` takes one step."""

    __slots__ = ("_places", "_vocabulary")

    def __init__(self, places: list[Place], vocabulary: Vocabulary) -> None:
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
        documents = len({place.piece.document.number for place in found})
        return Evidence(documents, len(found), max((place.near for place in found), default=0))

    def follow(self, token: str) -> Walk:
        """The places where `token` came next, one step on."""
        number = self._vocabulary.number(token)
        kept: list[Place] = []
        for ids, at, length, weight, piece, near in self._places:
            if ids[at] != number or number == EDGE:
                continue
            after = piece.following
            if ids[at + 1] == EDGE and after is not None:  # the document goes on in its next piece
                kept.append(Place(after.ids, after.first, min(length + 1, LONGEST), weight, after, near))
            else:
                kept.append(Place(ids, at + 1, min(length + 1, LONGEST), weight, piece, near))
        return Walk(kept, self._vocabulary)


class TokenModel:
    """What was learned from documents of one family of languages. Not safe for use from two threads at once.

    A document's key is its address; what stands before the last `/` is its folder.
    """

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._open: dict[str, Document] = {}
        self._shelves = Shelves(ORDERS)
        self._vocabulary = Vocabulary()
        self._numbered = 0
        self._edited: list[Piece] = []

    def replace_document(self, key: str, *pieces: Sequence[str], open_document: bool = False) -> int:
        """Learn a document, in place of what was learned for `key`. Returns how many tokens are kept of it.

        An open one is looked through piece by piece; that is cheaper than a shelf of many when it is edited often.
        """
        old = self._documents.pop(key, None)
        self._open.pop(key, None)
        self._numbered += 1
        document = Document(key.rpartition("/")[0], self._numbered, open_document=open_document)
        self._documents[key] = document
        if open_document:
            self._open[key] = document
        kept = self._splice(document, 0, 0, pieces)
        if old is not None:  # last, so that the tokens of both keep their numbers
            self._splice(old, 0, len(old.pieces), ())
        return kept

    def close_document(self, key: str) -> None:
        """A document will not be edited for now: its pieces go to those of other documents."""
        document = self._open.pop(key, None)
        if document is not None:
            document.open = False
            for piece in document.pieces:
                self._shelves.add(piece)

    def edit_document(self, key: str, first: int, last: int, *pieces: Sequence[str]) -> int:
        """Put `pieces` in place of the pieces `first` up to but not including `last`; they count as edited lately.

        The document is open from now on. Returns how many tokens it has more now (negative: fewer).
        """
        document = self._documents[key]
        if not document.open:
            document.open = True
            self._open[key] = document
            for piece in document.pieces:
                self._shelves.remove(piece)
                self._put(piece)
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
        self._open.pop(key, None)
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
        first, skipped = self._documents.get(own), self._documents.get(left_out.key) if left_out else None
        search = Search(ids, first, own.rpartition("/")[0] if own else None, skipped, left_out or LeftOut(""))
        places: list[Place] = []
        for which, order in enumerate(ORDERS):
            if len(places) < ENOUGH and len(ids) >= order and -1 not in ids[:order]:
                places = search.places(self._all_shelves(), which, order) or places
        return Walk(places, self._vocabulary)

    def _splice(self, document: Document, first: int, last: int, pieces: Sequence[Sequence[str]]) -> int:
        """Replace pieces of a document; returns by how many tokens it has grown."""
        new: list[Piece] = []
        before = document.pieces[first - 1] if first else None
        for tokens in pieces:
            context = before.ids[max(before.first, len(before.ids) - 1 - LONGEST) : -1] if before else ()
            known = [self._vocabulary.token(number) for number in context]
            ids = self._vocabulary.take([*known, *tokens[:MAX_PIECE_TOKENS]])
            before = Piece(ids, 1 + len(known), document)
            new.append(before)
            self._put(before)
        old = document.pieces[first:last]
        document.pieces[first:last] = new
        for one, two in pairwise(document.pieces[max(0, first - 1) : first + len(new) + 1]):
            one.following = two
        if document.pieces:
            document.pieces[-1].following = None
        for piece in old:
            if not document.open:
                self._shelves.remove(piece)
            piece.following = piece.shelf = None  # no circle is left
            self._vocabulary.give_back(piece.ids)
        return sum(piece.tokens for piece in new) - sum(piece.tokens for piece in old)

    def _put(self, piece: Piece) -> None:
        """On a shelf of its own, or with those of other closed documents."""
        if piece.document.open:
            Shelf(ORDERS, len(piece.ids)).add(piece)
        else:
            self._shelves.add(piece)

    def _all_shelves(self) -> Iterator[Shelf]:
        """Those of open documents, then those of closed ones; what was learned last first."""
        for document in reversed(self._open.values()):
            for piece in reversed(document.pieces):
                if piece.shelf is not None:
                    yield piece.shelf
        yield from self._shelves.newest_first()
