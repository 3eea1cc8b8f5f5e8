"""What differs between two states of a document, line by line. Made for long documents in which little has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from caretwise.text.edit import common_prefix, common_suffix


class Span(NamedTuple):
    """Lines `old_start` up to but not including `old_end` became `new_start` up to but not including `new_end`."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def difference(old: Sequence[str], new: Sequence[str]) -> Span | None:
    """The smallest span that holds every change; None when nothing has changed."""
    before = common_prefix(old, new)
    if before == len(old) == len(new):
        return None
    after = min(common_suffix(old, new), len(old) - before, len(new) - before)
    return Span(before, len(old) - after, before, len(new) - after)


def differences(old: Sequence[str], new: Sequence[str], span: Span) -> list[Span]:
    """The changes in a span, apart where a line that stands there once stayed; first to last.

    Not always the fewest lines: where lines were moved, all that they passed may count as changed.
    """
    found: list[Span] = []
    old_at, new_at = span.old_start, span.new_start
    for anchor, stayed in _stayed(old, new, span):
        if anchor < old_at or stayed < new_at:
            continue  # in what was gone over already
        first, into = anchor, stayed
        while first > old_at and into > new_at and old[first - 1] == new[into - 1]:
            first, into = first - 1, into - 1
        if first > old_at or into > new_at:
            found.append(Span(old_at, first, new_at, into))
        old_at, new_at = anchor, stayed
        while old_at < span.old_end and new_at < span.new_end and old[old_at] == new[new_at]:
            old_at, new_at = old_at + 1, new_at + 1
    if old_at < span.old_end or new_at < span.new_end:
        found.append(Span(old_at, span.old_end, new_at, span.new_end))
    return found


def _stayed(old: Sequence[str], new: Sequence[str], span: Span) -> list[tuple[int, int]]:
    """Lines that stand once in the new state, where they were and where they are, both rising."""
    places: dict[str, int] = {}
    for place in range(span.new_start, span.new_end):
        places[new[place]] = place if new[place] not in places else -1
    found: list[tuple[int, int]] = []
    for place in range(span.old_start, span.old_end):
        there = places.get(old[place], -1)
        if there >= 0 and (not found or there > found[-1][1]):
            found.append((place, there))
    return found
