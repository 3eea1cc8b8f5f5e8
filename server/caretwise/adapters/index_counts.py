"""How often words and members occur in the index of a workspace: counted when it is asked for, then remembered."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence

_MOST = 20_000
_RECOUNTED = 0.02
"""After changes of this part of the files all is counted anew."""
_FREQUENT = 50
"""A word that stands in so many pieces takes long to count, and one piece more makes no difference."""
_TERM = re.compile(r"\w+")


class Counts:
    """The counts of one index. They are about right: an edit makes those anew that it can have changed much."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db` has the tables of `index_store.py`."""
        self._db = db
        self._words: dict[str, int] = {}
        self._members: dict[str, int] = {}
        self._changes = 0.0
        """How many files were taken in or forgotten since all words were last counted anew."""

    def file_changed(self, files: int) -> None:
        """One of so many files came or went. A word that stood nowhere may stand somewhere now; of the others one file
        tells little, and to count them anew takes some ms.
        """
        self._changes += 1
        self._members.clear()
        if self._changes > files * _RECOUNTED:
            self._words, self._changes = {}, 0.0
        elif self._words:
            self._words = {term: count for term, count in self._words.items() if count}

    def edited(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """A file's lines were `old` and are `new`: what stands in other lines than before tells. Whether there are any."""
        short = min(len(old), len(new))
        head = next((at for at in range(short) if old[at] != new[at]), short)
        tail = next((at for at in range(short - head) if old[-1 - at] != new[-1 - at]), short - head)
        differ = [*old[head : len(old) - tail], *new[head : len(new) - tail]]
        text = "".join(differ)
        for term in _TERM.findall(text.lower()):
            if self._words.get(term, _FREQUENT) < _FREQUENT:
                del self._words[term]
        for name in _TERM.findall(text):
            self._members.pop(name, None)
        self._changes += min(1.0, len(differ) / len(new))
        return bool(differ)

    def word(self, name: str) -> int:
        """In how many pieces a word stands, in whatever case."""
        term = name.lower()
        found = self._words.get(term)
        if found is None:
            if len(self._words) >= _MOST:
                self._words.clear()
            row = self._db.execute("SELECT doc FROM vocabulary WHERE term = ?", (term,)).fetchone()
            found = row[0] if row is not None else 0
            if found or term.isascii():  # of others SQLite may see another end than `_TERM` does
                self._words[term] = found
        return found

    def members(self, names: Sequence[str]) -> Mapping[str, int]:
        """In how many files each of these names stands behind a dot."""
        if len(self._members) >= _MOST:
            self._members.clear()
        unknown = [name for name in names if name not in self._members]
        for start in range(0, len(unknown), 500):
            some = unknown[start : start + 500]
            marks = ",".join("?" * len(some))
            query = f"SELECT member, count(DISTINCT file) FROM use WHERE member IN ({marks}) GROUP BY member"  # noqa: S608
            self._members.update({**dict.fromkeys(some, 0), **dict(self._db.execute(query, some))})
        return {name: self._members[name] for name in names}
