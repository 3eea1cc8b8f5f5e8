"""Holes to train on, kept apart from the holes that the bench measures with: a model must not have seen its examination."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from caretwise.bench.holes import Draw, Hole, mine, plain
from caretwise.bench.places import KINDS, MOST_BODY_LINES, places
from caretwise.text.language import by_path
from caretwise.text.snapshot import split_lines

Blocked = Mapping[str, frozenset[int]]
"""Lines (from 0) by path."""


def lines_of(holes: Iterable[Hole]) -> dict[str, frozenset[int]]:
    """The lines that holes take code from."""
    found: dict[str, set[int]] = {}
    for hole in holes:
        first, last = _span(hole)
        found.setdefault(hole.path, set()).update(range(first, last + 1))
    return {path: frozenset(numbers) for path, numbers in found.items()}


def lines_named(files: Mapping[str, str], names: Collection[str]) -> dict[str, frozenset[int]]:
    """The lines of holes that are known by name only (`path:line:column:kind`), as in a file of results.

    Where the file has changed since, so many lines as a hole can have count.
    """
    found: dict[str, set[int]] = {}
    for name in names:
        path, line, column, kind = ([*name.rsplit(":", 3), "", "", ""])[:4]
        if path not in files or kind not in KINDS or not (line.isdecimal() and column.isdecimal()):
            continue
        first = int(line) - 1
        exact = next(
            (
                one.last_line
                for one in places(files[path], by_path(path))[kind]
                if (one.line, one.column) == (first, int(column) - 1)
            ),
            first + MOST_BODY_LINES,
        )
        found.setdefault(path, set()).update(range(first, exact + 1))
    return {path: frozenset(numbers) for path, numbers in found.items()}


def training(
    files: Mapping[str, str],
    blocked: Sequence[Blocked],
    count: int,
    draw: Draw,
    *,
    per_file: int,
    most: tuple[int, int],
) -> tuple[Hole, ...]:
    """At most `count` holes that show nothing of the lines in `blocked`, neither in the answer nor around it.

    The code around a hole ends at a line that is blocked, and after `most` characters before and behind it (in whole
    lines). A hole is left out when what it shows has such a line all the same, copied from elsewhere.
    """
    shut = {path: frozenset[int]().union(*(one.get(path, frozenset()) for one in blocked)) for path in files}
    texts = {path: split_lines(text) for path, text in files.items()}
    own = {
        plain(texts[path][number]) for path, numbers in shut.items() for number in numbers if number < len(texts[path])
    }
    secret = {line for line in own if len(line) >= _LEAST}
    free = {path: frozenset(range(len(texts[path]))) - shut[path] for path in files}
    found: list[Hole] = []
    for hole in mine(files, count, draw, per_file=per_file, lines=free):
        first, last = _span(hole)
        if not shut[hole.path].isdisjoint(range(first, last + 1)):
            continue
        cut = _windowed(hole, texts[hole.path], shut[hole.path], most)
        shown = {plain(line) for line in split_lines(cut.prefix + cut.answer + cut.suffix)}
        if secret.isdisjoint(shown):
            found.append(cut)
    return tuple(found)


_LEAST = 20
"""Characters of a line that says something: a shorter one (`return None`, `finally`) stands in many places."""


def _span(hole: Hole) -> tuple[int, int]:
    first = len(split_lines(hole.prefix)) - 1
    return first, first + len(split_lines(hole.answer)) - 1


def _windowed(hole: Hole, lines: Sequence[str], shut: frozenset[int], most: tuple[int, int]) -> Hole:
    first, last = _span(hole)
    start, left = first, most[0]
    while start > 0 and start - 1 not in shut and left >= len(lines[start - 1]):
        start -= 1
        left -= len(lines[start])
    end, left = last, most[1]
    while end + 1 < len(lines) and end + 1 not in shut and left >= len(lines[end + 1]):
        end += 1
        left -= len(lines[end])
    before = sum(map(len, lines[:start]))
    behind = sum(map(len, lines[end + 1 :]))
    return replace(hole, prefix=hole.prefix[before:], suffix=hole.suffix[: len(hole.suffix) - behind])
