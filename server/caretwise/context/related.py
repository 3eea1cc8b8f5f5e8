"""From a place to snippets: the declarations that it asks for, those that its file imports, and pieces that are like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from caretwise.context.masking import masked_alone
from caretwise.context.place import Place
from caretwise.context.resolve import LEAST_BEGUN, Resolver, Wanted
from caretwise.context.snippet import Related, Snippet
from caretwise.context.table import Located, Table

_MOST_HERE, _MOST_IMPORTED, _MOST_PIECES = 120, 120, 30
OPEN_FACTOR = 1.25
"""What is open or was lately changed is likelier to matter."""


class Index(Table, Protocol):
    """A table of declarations that can also be searched for names."""

    def pieces(
        self, names: Sequence[str], family: str, most: int = 40, *, part: str = ""
    ) -> Sequence[tuple[str, int, str, float]]:
        """(path, line, text, score) of the pieces of files that hold the rarest of `names`, best first.

        `part` is the beginning of one more name.
        """
        ...


def related(
    index: Index,
    path: str,
    family: str,
    place: Place,
    masked: Callable[[str, int, str], str],
    recent: frozenset[str],
    *,
    around: bool = True,
) -> Related:
    """What the index has for a place of the file `path`, secrets masked; without `around` not what belongs to its region.

    `masked` gives a piece of a file (path, first line, text) with its secrets masked; `recent` are the paths that are
    open or were lately changed.
    """
    resolver = Resolver(index, path, place, index.origins(path))
    here = _snippets(index, resolver.wanted()[:_MOST_HERE])
    if not around:
        return Related(tuple(here))
    imported = sorted(resolver.imported(), key=lambda one: (-one.weight, one.located.path, one.located.symbol.line))
    region = [*_snippets(index, imported[:_MOST_IMPORTED]), *_pieces(index, path, family, place, masked, recent)]
    return Related(tuple(here), tuple(region))


def _snippets(index: Index, wanted: Iterable[Wanted]) -> list[Snippet]:
    heads: dict[tuple[str, str], str] = {}
    found: list[Snippet] = []
    for one in wanted:
        symbol = one.located.symbol
        key = (one.located.path, symbol.owner)
        if symbol.owner and key not in heads:
            heads[key] = _head(index, one.located)
        # A declaration is one line: what could be masked only with its surroundings was left out of it.
        text = masked_alone(symbol.signature)
        found.append(Snippet(one.located.path, symbol.line, text, one.why, round(one.weight, 4), heads.get(key, "")))
    return found


def _head(index: Index, located: Located) -> str:
    owner = located.symbol.owner
    for one in index.named(owner):
        if one.path == located.path and one.symbol.kind == "class":
            return masked_alone(one.symbol.signature)
    return owner


def _pieces(
    index: Index, path: str, family: str, place: Place, masked: Callable[[str, int, str], str], recent: frozenset[str]
) -> list[Snippet]:
    part = place.part if len(place.part) >= LEAST_BEGUN else ""
    found = [one for one in index.pieces(place.around, family, 2 * _MOST_PIECES, part=part) if one[0] != path]
    scored = [(score * (OPEN_FACTOR if at in recent else 1.0), at, line, text) for at, line, text, score in found]
    scored.sort(key=lambda one: (-one[0], one[1], one[2]))
    return [
        Snippet(at, line, masked(at, line, text).rstrip(), "neighbour", round(score, 4))
        for score, at, line, text in scored[:_MOST_PIECES]
    ]
