"""The index of a workspace: pieces of text with BM25 (SQLite FTS5), declarations, and what is taken from what.

In memory only: nothing of a project's text is written to disk. For one thread.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from caretwise.adapters.index_counts import Counts
from caretwise.context.neighbours import PIECE_LINES
from caretwise.context.origins import Origin, called, module_path, module_rank, origins, parts_of
from caretwise.context.symbols import Symbol, symbols, uses
from caretwise.context.table import Located, closeness
from caretwise.text.language import by_id, family_of
from caretwise.text.snapshot import split_lines

_TABLES = """
CREATE TABLE file(id INTEGER PRIMARY KEY, path TEXT UNIQUE, language TEXT, family TEXT);
CREATE TABLE piece(id INTEGER PRIMARY KEY, file INTEGER, line INTEGER, text TEXT);
CREATE INDEX piece_file ON piece(file, line);
CREATE VIRTUAL TABLE found USING fts5(text, content='piece', content_rowid='id',
  tokenize="unicode61 remove_diacritics 0 tokenchars '_'");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(found, 'row');
CREATE TABLE symbol(file INTEGER, name TEXT, owner TEXT, kind TEXT, line INTEGER, signature TEXT, type TEXT, bases TEXT);
CREATE TABLE use(file INTEGER, receiver TEXT, member TEXT, count INTEGER);
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS symbol_name ON symbol(name);
CREATE INDEX IF NOT EXISTS symbol_owner ON symbol(file, owner);
CREATE INDEX IF NOT EXISTS symbol_of ON symbol(owner);
CREATE INDEX IF NOT EXISTS use_receiver ON use(receiver);
CREATE INDEX IF NOT EXISTS use_member ON use(member);
CREATE INDEX IF NOT EXISTS use_file ON use(file);
"""
MOST_CHARACTERS = 400_000
"""Of a longer file only the first part is indexed."""
_MOST_NAMES, _MOST_WORDS, _LEAST_WORDS = 120, 24, 3
_MOST_PLACES = 8_000
"""Pieces that the words of one search may stand in, of all words together: what takes the time."""
_KEPT_ORIGINS = 200
_MOST_TERMS = 6
_LAST = "\U0010ffff"
"""Sorts behind every letter."""


class IndexStore:
    """A workspace's index. Implements `context.table.Table`."""

    def __init__(self) -> None:
        """An empty index."""
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        # One transaction that never ends: at each commit FTS5 would write and merge what was gathered. Nothing is ever
        # taken back, so there is no journal either.
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.executescript(_TABLES + _INDEXES)
        self._db.execute("BEGIN")
        self._ids: dict[str, int] = {}
        self._by_module: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._origins: OrderedDict[str, Mapping[str, Origin]] = OrderedDict()
        self._languages: dict[str, str] = {}
        self._counts = Counts(self._db)

    def __len__(self) -> int:
        """How many files are in it."""
        return len(self._ids)

    def __contains__(self, path: str) -> bool:
        """Whether a file is in it."""
        return path in self._ids

    def text(self, path: str) -> str:
        """The text of a file as it was taken in; "" for one that is not here."""
        rows = self._db.execute("SELECT text FROM piece WHERE file = ? ORDER BY line", (self._ids.get(path),))
        return "".join(text for (text,) in rows)

    def beside(self, path: str, line: int, count: int, characters: int) -> tuple[str, str]:
        """What stands before and after `count` lines of a file from `line` on: so many characters, or a little more."""
        file, above, below = self._ids.get(path), "", ""
        earlier = "SELECT text FROM piece WHERE file = ? AND line < ? ORDER BY line DESC"
        for (text,) in self._db.execute(earlier, (file, line)):
            above = text + above
            if len(above) >= characters:
                break
        later = "SELECT text FROM piece WHERE file = ? AND line >= ? ORDER BY line"
        for (text,) in self._db.execute(later, (file, line + count)):
            below += text
            if len(below) >= characters:
                break
        return above, below

    def put(self, path: str, text: str, language_id: str) -> None:
        """Take in a file, in place of what was known of it."""
        text = text[:MOST_CHARACTERS]
        language, lines = by_id(language_id), split_lines(text)
        if path not in self._ids:
            self._counts.file_changed(len(self._ids))
        elif not self._counts.edited(split_lines(self.text(path)), lines) and self._languages[path] == language.id:
            return
        self._forget(path)
        db = self._db
        file = db.execute(
            "INSERT INTO file(path, language, family) VALUES(?, ?, ?)", (path, language.id, family_of(language))
        ).lastrowid
        assert file is not None
        first = db.execute("SELECT coalesce(max(id), 0) + 1 FROM piece").fetchone()[0]
        pieces = [
            (first + number, file, at, "".join(lines[at : at + PIECE_LINES]))
            for number, at in enumerate(range(0, len(lines), PIECE_LINES))
        ]
        db.executemany("INSERT INTO piece VALUES(?, ?, ?, ?)", pieces)
        db.executemany("INSERT INTO found(rowid, text) VALUES(?, ?)", ((piece[0], piece[3]) for piece in pieces))
        seen: set[tuple[str, str, bool]] = set()
        rows = []
        for one in symbols(text, language):
            key = (one.owner, one.name, one.kind == "function")
            if key not in seen:
                seen.add(key)
                rows.append(
                    (file, one.name, one.owner, one.kind, one.line, one.signature, one.type, " ".join(one.bases))
                )
        db.executemany("INSERT INTO symbol VALUES(?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.executemany(
            "INSERT INTO use VALUES(?, ?, ?, ?)",
            ((file, receiver, member, count) for (receiver, member), count in uses(text).items()),
        )
        self._ids[path] = file
        self._languages[path] = language.id
        self._by_module[module_path(parts_of(path))].append(path)
        for key in called(path):
            self._by_stem[key].append(path)

    def remove(self, path: str) -> None:
        """Forget a file."""
        if path in self._ids:
            self._counts.file_changed(len(self._ids))
            self._forget(path)

    def _forget(self, path: str) -> None:
        file = self._ids.pop(path, None)
        if file is None:
            return
        db = self._db
        pieces = db.execute("SELECT id, text FROM piece WHERE file = ?", (file,)).fetchall()
        db.executemany("INSERT INTO found(found, rowid, text) VALUES('delete', ?, ?)", pieces)
        for table in ("piece", "symbol", "use"):
            db.execute(f"DELETE FROM {table} WHERE file = ?", (file,))  # noqa: S608 - the names stand above
        db.execute("DELETE FROM file WHERE id = ?", (file,))
        self._origins.pop(path, None)
        self._languages.pop(path, None)
        self._by_module[module_path(parts_of(path))].remove(path)
        for key in called(path):
            self._by_stem[key].remove(path)

    def pieces(
        self, names: Sequence[str], family: str, most: int = 40, *, part: str = ""
    ) -> list[tuple[str, int, str, float]]:
        """(path, line, text, score) of the pieces that hold the rarest of `names`, best first.

        `part` is the beginning of one more name.
        """
        words = self._rarest([*self._terms(part), *names])
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        rows = self._db.execute(
            "SELECT file.path, piece.line, piece.text, -best.score, file.family FROM"
            " (SELECT rowid, bm25(found) AS score FROM found WHERE found MATCH ? ORDER BY score LIMIT ?) AS best"
            " JOIN piece ON piece.id = best.rowid JOIN file ON file.id = piece.file",
            (query, most * 2),
        )
        scored = [(path, line, text, score if kin == family else score * 0.5) for path, line, text, score, kin in rows]
        return sorted(scored, key=lambda one: (-one[3], one[0], one[1]))[:most]

    def count(self, names: Iterable[str]) -> None:
        """Count words ahead of the search that wants to know: the first time that takes some ms for a frequent one."""
        for name in names:
            self._counts.word(name)

    def _terms(self, part: str) -> list[str]:
        """Words of the index that begin so."""
        low = part.lower()
        query = "SELECT term FROM vocabulary WHERE term >= ? AND term < ? LIMIT ?"
        return [term for (term,) in self._db.execute(query, (low, low + _LAST, _MOST_TERMS))] if part else []

    def _rarest(self, names: Sequence[str]) -> list[str]:
        """The rarest of some names, as many as can be looked for in a few ms."""
        counts: list[tuple[int, int, str]] = []
        for number, name in enumerate(dict.fromkeys(names[:_MOST_NAMES])):
            count = self._counts.word(name)
            if count:
                counts.append((count, number, name))
        chosen: list[str] = []
        left = _MOST_PLACES
        for count, _, name in sorted(counts)[:_MOST_WORDS]:
            left -= count
            if left < 0 and len(chosen) >= _LEAST_WORDS:
                break
            chosen.append(name)
        return chosen

    # -- Table -----------------------------------------------------------------------------------------------------

    _SYMBOL = (
        "SELECT path, name, owner, kind, line, signature, type, bases FROM symbol JOIN file ON file.id = symbol.file"
    )

    def named(self, name: str) -> Sequence[Located]:
        """All declarations of a name, at most 200."""
        return self._located(f"{self._SYMBOL} WHERE name = ? ORDER BY path, line LIMIT 200", (name,))

    def beginning_with(self, part: str) -> Sequence[Located]:
        """Declarations whose names begin so, at most 200."""
        query = f"{self._SYMBOL} WHERE name >= ? AND name < ? ORDER BY name, path, line LIMIT 200"
        return self._located(query, (part, part + _LAST))

    def members(self, path: str, owner: str) -> Sequence[Located]:
        """What a class of a file declares."""
        file = self._ids.get(path)
        return self._located(f"{self._SYMBOL} WHERE file = ? AND owner = ? ORDER BY line LIMIT 400", (file, owner))

    def _located(self, query: str, values: tuple[object, ...]) -> list[Located]:
        return [
            Located(path, Symbol(name, owner, kind, line, signature, given, tuple(bases.split())))
            for path, name, owner, kind, line, signature, given, bases in self._db.execute(query, values)
        ]

    def files_of(self, module: tuple[str, ...], path: str) -> Sequence[str]:
        """The files that a module may be for the file `path`, best first: of its own languages, near rather than far."""
        if not module:
            return []
        exact = [one for one in self._by_module.get(module_path(module), ()) if self._kin(one, path)]
        ranked = [
            (-module_rank(module, one), -closeness(path, one), len(one), one)
            for one in self._by_stem.get(module[-1], ())
            if self._kin(one, path)
        ]
        return [*exact, *(one for rank, _, _, one in sorted(ranked) if rank < 0 and one not in exact)]

    def _kin(self, one: str, other: str) -> bool:
        language = self._languages.get(other)
        return language is None or family_of(by_id(language)) == family_of(by_id(self._languages[one]))

    def origins(self, path: str) -> Mapping[str, Origin]:
        """What a file imports."""
        found = self._origins.get(path)
        if found is None:
            found = origins(self.text(path), path, by_id(self._languages.get(path, "")))
            self._origins[path] = found
            if len(self._origins) > _KEPT_ORIGINS:
                self._origins.popitem(last=False)
        return found

    def parts_of(self, owner: str) -> Sequence[str]:
        """The files in which members of a class of this name stand, at most 50."""
        query = (
            "SELECT DISTINCT path FROM symbol JOIN file ON file.id = symbol.file WHERE owner = ? ORDER BY path LIMIT 50"
        )
        return [path for (path,) in self._db.execute(query, (owner,))]

    def taken_from(self, receiver: str) -> Mapping[str, float]:
        """What is taken from receivers of this name: in how many files."""
        rows = self._db.execute("SELECT member, count(*) FROM use WHERE receiver = ? GROUP BY member", (receiver,))
        return dict(rows)

    def popularity(self, names: Sequence[str]) -> Mapping[str, int]:
        """In how many files each of these names stands behind a dot."""
        return self._counts.members(names)
