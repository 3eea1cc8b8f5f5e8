"""Holes: code that is taken out of a file, so that a model can be asked for it and the answer compared with the truth."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from caretwise.bench.places import KINDS, Place, places
from caretwise.text.language import Language, by_path
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot, split_lines, without_end

Draw = Callable[[int], int]
"""Gives a number from 0 up to, and without, its argument: `random.Random(seed).randrange`, for one."""

LEAST_WITNESS = 12
"""Characters that a line must have to bear witness: a shorter one stands anywhere."""

_MARK = re.compile(r"^\s*(?:#|//|--|\*)+\s*")
_BEHIND = re.compile(r"\s+(?:#|//)(?:\s.*)?\Z")


@dataclass(frozen=True, slots=True)
class Hole:
    """Code taken out of a document: `prefix` + `answer` + `suffix` is the document as it was.

    `kind` is one of `places.KINDS`, or what a data set calls it. `witnesses` are the lines, in plain form, that the hole
    takes away and that stand nowhere else: none of them may be in a prompt.
    """

    id: str
    path: str
    kind: str
    prefix: str
    answer: str
    suffix: str
    witnesses: tuple[str, ...] = ()

    @property
    def language(self) -> Language:
        """The document's language."""
        return by_path(self.path)

    @property
    def document(self) -> str:
        """The document as whoever fills the hole finds it."""
        return self.prefix + self.suffix

    @property
    def cursor(self) -> Position:
        """Where the cursor stands in `document`."""
        return Snapshot.of(self.prefix).end


def plain(line: str) -> str:
    """A line without what a prompt may do to it: indentation, a comment mark, what a signature leaves off at its end.

    That is the opening of a block, and a comment behind the code.
    """
    return _BEHIND.sub("", _MARK.sub("", line).strip()).rstrip(":{;, ")


def mine(
    files: Mapping[str, str],
    count: int,
    draw: Draw,
    *,
    kinds: Collection[str] = KINDS,
    per_file: int = 2,
    lines: Mapping[str, frozenset[int]] | None = None,
) -> tuple[Hole, ...]:
    """At most `count` holes, spread over files and kinds alike; the same arguments give the same holes.

    Code that stands word for word elsewhere in the project is taken out only where a file has nothing else of its kind:
    whoever is shown the other place could copy it.
    `files` are texts by path, relative to the project. `lines`: only holes that begin on one of these (numbers from 0).
    """
    counted = Counter(line for text in files.values() for line in _plain_lines(text))
    found: dict[
        str, dict[str, tuple[list[Place], list[Place]]]
    ] = {}  # of the files that were looked at: parsing takes most of the time
    taken: dict[str, list[Place]] = {}
    had = Counter[str]()
    holes: list[Hole] = []
    paths = _shuffled(sorted(files), draw)
    for turn in range(per_file):
        for path in paths:
            if len(holes) >= count:
                break
            if path not in found:
                found[path] = _candidates(path, files[path], kinds, lines, counted)
                taken[path] = []
            place = _next(found[path], taken[path], had, draw) if len(taken[path]) == turn else None
            if place is not None:
                taken[path].append(place)
                had[place.kind] += 1
                holes.append(_cut(path, files[path], place, counted))
    return tuple(holes)


def leaks(hole: Hole, prompt: str) -> str:
    """The first line of the hole's own that a prompt shows although it stands nowhere else; "" when none does."""
    if not hole.witnesses:
        return ""
    shown = {plain(line) for line in prompt.split("\n")}
    return next((witness for witness in hole.witnesses if witness in shown), "")


def passes(holes: Iterable[Hole]) -> list[tuple[Hole, ...]]:
    """The holes in groups with one hole for each document, so that all of a group can be open at once."""
    groups: list[list[Hole]] = []
    seen = Counter[str]()
    for hole in holes:
        key = hole.prefix + hole.answer + hole.suffix
        if seen[key] == len(groups):
            groups.append([])
        groups[seen[key]].append(hole)
        seen[key] += 1
    return [tuple(group) for group in groups]


def _candidates(
    path: str,
    text: str,
    kinds: Collection[str],
    lines: Mapping[str, frozenset[int]] | None,
    counted: Counter[str],
) -> dict[str, tuple[list[Place], list[Place]]]:
    """The places of a file by kind: those that have a line of their own, or none that would show it; and the others."""
    wanted = lines.get(path, frozenset[int]()) if lines is not None else None
    if wanted is not None and not wanted:
        return {}
    found = places(text, by_path(path))
    alone = [_alone(plain(line), counted) for line in split_lines(text)]
    chosen: dict[str, tuple[list[Place], list[Place]]] = {}
    for kind in (one for one in KINDS if one in kinds):
        chosen[kind] = [], []
        for one in found[kind]:
            standing = alone[one.line : one.last_line + 1]
            if wanted is None or one.line in wanted:
                chosen[kind][False in standing and True not in standing].append(one)
    return chosen


def _alone(line: str, counted: Counter[str]) -> bool | None:
    """Whether a line in plain form stands nowhere else; None for one that is too short to say."""
    return counted[line] == 1 if len(line) >= LEAST_WITNESS else None


def _next(
    found: Mapping[str, tuple[list[Place], list[Place]]], taken: Sequence[Place], had: Counter[str], draw: Draw
) -> Place | None:
    """A place of the kind that was had least, away from those that were taken in this file."""
    for kind in sorted(found, key=lambda one: (had[one], KINDS.index(one))):
        for some in found[kind]:
            free = [one for one in some if all(_apart(one, other) for other in taken)]
            if free:
                return _drawn(free, draw)
    return None


def _drawn(places: Sequence[Place], draw: Draw) -> Place:
    at = draw(sum(one.weight for one in places))
    for one in places:
        at -= one.weight
        if at < 0:
            return one
    return places[-1]


def _apart(one: Place, other: Place) -> bool:
    return one.last_line < other.line or other.last_line < one.line


def _cut(path: str, text: str, place: Place, counted: Counter[str]) -> Hole:
    lines = split_lines(text)
    start = sum(map(len, lines[: place.line])) + place.column
    end = sum(map(len, lines[: place.last_line])) + len(without_end(lines[place.last_line]))
    own = (plain(line) for line in lines[place.line : place.last_line + 1])
    witnesses = tuple(line for line in own if len(line) >= LEAST_WITNESS and counted[line] == 1)
    name = f"{path}:{place.line + 1}:{place.column + 1}:{place.kind}"
    return Hole(name, path, place.kind, text[:start], text[start:end], text[end:], witnesses)


def _plain_lines(text: str) -> Iterator[str]:
    return (found for line in split_lines(text) if len(found := plain(line)) >= LEAST_WITNESS)


def _shuffled(names: list[str], draw: Draw) -> list[str]:
    for last in range(len(names) - 1, 0, -1):
        other = draw(last + 1)
        names[last], names[other] = names[other], names[last]
    return names
