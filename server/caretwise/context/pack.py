"""Packing: out of everything that was found, what fits the budget, in an order that moves little while typing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from caretwise.context.edits import RecentEdit
from caretwise.context.snippet import CHARACTERS_PER_TOKEN, HERE, Snippet, identifiers
from caretwise.context.window import Window

SHARES = {"receiver": 0.45, "call": 0.45, "import": 0.25}
"""The most of the budget that declarations may take, by why they are shown; pieces of files take the rest."""

GATES = {"receiver": 0.04, "call": 0.04, "import": 0.05, "neighbour": 0.15}
"""What scores less is dropped: for pieces of files in proportion to the best one, for the others as it stands."""

_EDIT_SHARE = 0.25
"""The most that recent edits may take of the budget for context."""

_TITLE = 8
"""Characters around a path where a prompt names it."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a prompt is made from. `path` is the document's, relative to the project; `edits` are oldest first."""

    path: str
    language_id: str
    language_title: str
    window: Window
    snippets: tuple[Snippet, ...] = ()
    edits: tuple[RecentEdit, ...] = ()


def pack(context: Context, snippets: Sequence[Snippet], edits: Sequence[RecentEdit], *, budget: int) -> Context:
    """Add the newest edits and the best snippets that fit into `budget` tokens.

    First what the place itself asks for (what stands behind the dot, what a call takes), then what the file imports, then
    pieces of other files; each kind has its share, and the pieces get what is left. A snippet is left out when it scores
    too low, and when the window or a better snippet shows all of its names already. What moves from key to key is put last.
    """
    chosen_edits, left = _newest(edits, budget * CHARACTERS_PER_TOKEN)
    room = _Room(left, context.window)
    gated = _above_gate(snippets)
    room.take((one for one in gated if one.kind in HERE), int(left * max(SHARES[kind] for kind in HERE)))
    room.take((one for one in gated if one.kind == "import"), int(left * SHARES["import"]))
    room.take((one for one in gated if one.kind not in SHARES), left)
    told = _told_once(room.taken)
    steady = [one for one in told if one.kind not in HERE]
    moving = [one for one in told if one.kind in HERE]
    return replace(context, snippets=(*_by_file(steady), *_by_file(moving)), edits=chosen_edits)


def _newest(edits: Sequence[RecentEdit], characters: int) -> tuple[tuple[RecentEdit, ...], int]:
    """The newest edits that fit, oldest first, and the characters that are left."""
    chosen: list[RecentEdit] = []
    room = int(characters * _EDIT_SHARE)
    for edit in reversed(edits):
        room -= len(edit.as_diff())
        if room < 0:
            break
        chosen.append(edit)
    return tuple(reversed(chosen)), characters - sum(len(edit.as_diff()) for edit in chosen)


def _above_gate(snippets: Sequence[Snippet]) -> list[Snippet]:
    """Those worth showing, best first; ties by path and line."""
    best: dict[str, float] = defaultdict(float)
    for one in snippets:
        best[one.kind] = max(best[one.kind], one.score)
    kept = [
        one for one in snippets if one.score >= GATES.get(one.kind, 0.0) * (1 if one.kind in SHARES else best[one.kind])
    ]
    return sorted(kept, key=lambda one: (-one.score, one.path, one.first_line))


class _Room:
    """The room for snippets, and what was put there."""

    def __init__(self, characters: int, window: Window) -> None:
        self._left = characters
        self._shown = set(identifiers(window.head + window.prefix + window.suffix))
        self._titles: set[str] = set()
        self._heads: set[tuple[str, str]] = set()
        self.taken: list[Snippet] = []

    def take(self, snippets: Iterable[Snippet], most: int) -> None:
        """Take what fits and shows a name that is not shown yet; `most` characters of all."""
        most = min(most, self._left)
        for one in snippets:
            cost = self._cost(one)
            if cost > most:
                continue
            names = identifiers(one.text)
            if names <= self._shown:
                continue
            most -= cost
            self._left -= cost
            self._shown |= names
            self._titles.add(one.path)
            self._heads.add((one.path, one.head))
            self.taken.append(one)

    def _cost(self, one: Snippet) -> int:
        title = 0 if one.path in self._titles else len(one.path) + _TITLE
        head = 0 if not one.head or (one.path, one.head) in self._heads else len(one.head) + 1
        return len(one.text) + title + head + (5 if one.head else 1)


def _told_once(snippets: Sequence[Snippet]) -> list[Snippet]:
    """The snippets without declarations that a piece of the same file shows anyhow, or that head their own members."""
    pieces: dict[str, str] = defaultdict(str)
    heads = {(one.path, one.head) for one in snippets}
    for one in snippets:
        if one.kind not in SHARES:
            pieces[one.path] += _plain(one.text) + "\n"
    return [
        one
        for one in snippets
        if one.kind not in SHARES
        or not (_plain(one.text) in pieces[one.path] or (not one.head and (one.path, one.text) in heads))
    ]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _by_file(snippets: Sequence[Snippet]) -> list[Snippet]:
    """One snippet for each file, in the order of paths."""
    files: dict[str, list[Snippet]] = defaultdict(list)
    for one in snippets:
        files[one.path].append(one)
    return [_joined(path, files[path]) for path in sorted(files)]


def _joined(path: str, snippets: Sequence[Snippet]) -> Snippet:
    """Declarations first, members below their class, then pieces in the order of lines, a blank line where one is missing."""
    heads: dict[str, list[Snippet]] = defaultdict(list)
    pieces = sorted((one for one in snippets if one.kind not in SHARES), key=lambda one: one.first_line)
    for one in sorted((one for one in snippets if one.kind in SHARES), key=lambda one: one.first_line):
        heads[one.head].append(one)
    blocks: list[tuple[int, str]] = [(one.first_line, one.text) for one in heads.pop("", ())]
    for head, members in heads.items():
        text = "\n".join([head, *(f"    {one.text}" for one in members)])
        blocks.append((members[0].first_line, text))
    parts = [text for _, text in sorted(blocks)]
    end = -1
    for one in pieces:
        parts += [one.text] if one.first_line == end or not parts else ["", one.text]
        end = one.first_line + one.text.count("\n") + 1
    kinds = ", ".join(dict.fromkeys(one.kind for one in snippets))
    first = min(one.first_line for one in snippets)
    return Snippet(path, first, "\n".join(parts), kinds, max(one.score for one in snippets))
