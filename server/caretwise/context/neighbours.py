"""Neighbours: pieces of other files that share rare names with the code around the cursor.

BM25 (Robertson and Zaragoza 2009; k1 = 1.2, b left out because all pieces have the same length) over pieces of ten
lines. Small pieces beat the 60-line windows that are common elsewhere: more of the budget shows what is needed.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections import Counter
from collections.abc import Sequence

from caretwise.context.snippet import Snippet, Source, identifiers
from caretwise.text.snapshot import split_lines

PIECE_LINES = 10
"""Lines of a piece."""

_MOST_PIECES = 4000
_K1 = 1.2


def neighbours(query: str, sources: Sequence[Source], *, most: int = 8) -> tuple[Snippet, ...]:
    """The pieces of `sources` that fit `query` (the code around the cursor) best, best first; ties by path and line."""
    wanted = identifiers(query)
    pieces = [piece for source in sources for piece in _pieces(source)][:_MOST_PIECES]
    names = [found & wanted for _, _, _, found in pieces]
    seen_in = Counter(name for found in names for name in found)
    weights = {name: _weight(count, len(pieces)) for name, count in seen_in.items()}
    scored = (
        (-score, path, line, text)
        for (path, line, text, _), found in zip(pieces, names, strict=True)
        if len(found) > 1 and (score := sum(map(weights.__getitem__, found))) > 0
    )
    best = heapq.nsmallest(most, scored)
    return tuple(Snippet(path, line, text, "neighbour", -score) for score, path, line, text in best)


def prepare(source: Source) -> None:
    """Cut a source into pieces ahead of time; a large one takes some ms, which the first key should not pay."""
    _pieces(source)


def _weight(seen_in: int, pieces: int) -> float:
    rarity = math.log(1 + (pieces - seen_in + 0.5) / (seen_in + 0.5))
    return rarity * (_K1 + 1) / (1 + _K1)


@functools.lru_cache(maxsize=128)
def _pieces(source: Source) -> tuple[tuple[str, int, str, frozenset[str]], ...]:
    """Path, first line, text and names of a source's pieces; kept, because the same files are asked about at every key."""
    lines = split_lines(source.text)
    texts = (
        (first, "".join(lines[first : first + PIECE_LINES]).rstrip()) for first in range(0, len(lines), PIECE_LINES)
    )
    return tuple((source.path, first, text, identifiers(text)) for first, text in texts if text)
