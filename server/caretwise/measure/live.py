"""The suggestions that may be accepted: those on screen, and a few that gave way a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from caretwise.measure.candidate import Candidate

MOST_AT_ONCE = 4
"""Suggestions that may be accepted in one document; then the oldest is given up."""

_MOST_KNOWN = 500


class Live:
    """Suggestions by document, oldest first, and the last few hundred by name."""

    def __init__(self) -> None:
        """Nothing was offered yet."""
        self._by_uri: dict[str, list[Candidate]] = {}
        self._known: OrderedDict[str, Candidate] = OrderedDict()

    def __iter__(self) -> Iterator[Candidate]:
        """All of them; they may be dropped meanwhile."""
        return iter([one for here in self._by_uri.values() for one in here])

    def known(self, suggestion: str) -> Candidate | None:
        """A suggestion by its name, over or not."""
        return self._known.get(suggestion)

    def here(self, uri: str) -> list[Candidate]:
        """Those of a document, oldest first."""
        return list(self._by_uri.get(uri, ()))

    def newest(self, one: Candidate) -> bool:
        """Whether no other one was offered in its document since."""
        return self._by_uri.get(one.uri, [None])[-1] is one

    def put(self, one: Candidate) -> list[Candidate]:
        """It is on screen now; those that are too many, to be ended."""
        self._known[one.id] = one
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        here = self._by_uri.setdefault(one.uri, [])
        if one in here:
            here.remove(one)
        here.append(one)
        return here[:-MOST_AT_ONCE]

    def put_behind(self, one: Candidate) -> None:
        """It was sent along with the one on screen."""
        self._known[one.id] = one
        self._by_uri.setdefault(one.uri, []).insert(0, one)

    def waits(self, one: Candidate) -> bool:
        """Whether it stands beside one that is on screen, so that the user may turn to it at any time."""
        return one.beside and any(other.hidden_at is None for other in self._by_uri.get(one.uri, ()))

    def drop(self, one: Candidate) -> None:
        """It cannot be accepted any more."""
        here = self._by_uri.get(one.uri)
        if here is not None and one in here:
            here.remove(one)
            if not here:
                del self._by_uri[one.uri]
