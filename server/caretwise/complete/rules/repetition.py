"""A model that has got stuck. Without it users see the same line again and again, or the line above once more."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import closes_block, is_telling, line_before, lines_above

TIMES = 3
"""Times that a line, or a group of lines, may not follow itself."""

_SHORT_TIMES = 6
"""The same for a line that says little, such as `x` or `0,`: there are tables of those."""

_LONGEST_GROUP = 8
_UNIT, _RUN, _UNIT_TIMES = 40, 60, 5
"""A line whose end has `_RUN` characters made of one unit (up to `_UNIT` characters, `_UNIT_TIMES` times) is stuck."""

_RULER = 130
"""A ruler made of one sign, as in comments, may be this long."""


@settled
def repetition(draft: Draft, place: Place) -> Draft | Drop:
    """Cut repeated lines down to one; drop a draft that repeats the lines above or gets stuck in its first line."""
    lines = draft.text.split("\n")
    if _repeats_above(lines, place):
        return Drop("it repeats the lines above")
    for index, line in enumerate(lines):
        if _is_stuck(line):
            kept = "\n".join(lines[:index]).rstrip()
            return Draft(kept, draft.replaces) if kept else Drop("the answer repeats itself")
    whole = [line_before(place) + lines[0], *lines[1:]]
    if len(lines) == 2 and line_before(place).strip() and is_telling(lines[1]) and lines[1].strip() == whole[0].strip():
        # The stream was cut before the line had come three times.
        return Draft(lines[0], draft.replaces)
    for index in range(len(lines)):
        size = _group(whole, index)
        if size:
            return Draft("\n".join(lines[: index + size]), draft.replaces)
    return draft


def _repeats_above(lines: list[str], place: Place) -> bool:
    full = [line.strip() for line in [line_before(place) + lines[0], *lines[1:]] if line.strip()]
    above = [line.strip() for line in lines_above(place) if line.strip()]
    return bool(full) and any(map(is_telling, full)) and full == above[-len(full) :]


def _group(lines: list[str], start: int) -> int:
    """How many lines from `start` on form a group that follows itself `TIMES` times; 0 when none do.

    A group of blank lines counts from four on, and one of brackets alone does not count, but indented closers do.
    """
    for size in range(1, _LONGEST_GROUP + 1):
        times = TIMES + 1 if size == 1 and not lines[start].strip() else TIMES
        end = start + size * times
        if end > len(lines):
            return 0
        if lines[start] != lines[start + size]:
            continue
        group = lines[start : start + size]
        blank = not any(line.strip() for line in group)
        same_closer = size == 1 and closes_block(lines[start]) and lines[start][0] in " \t"
        if not blank and not same_closer and not any(is_telling(line) for line in group):
            short = size == 1 and any(map(str.isalnum, lines[start]))
            if not short or set(lines[start:][:_SHORT_TIMES]) != {lines[start]} or len(lines) - start < _SHORT_TIMES:
                continue
        if all(lines[at] == lines[at - size] for at in range(start + size, end)):
            return size
    return 0


def _is_stuck(line: str) -> bool:
    if len(line) < _RUN:
        return False
    # The end of the line may be cut or closed, so the look goes to its last stretch.
    tail = line[-_RUN - _RULER :].rstrip(" )]}\"';,")
    for unit in range(1, _UNIT + 1):
        run = 0
        while run < len(tail) - unit and tail[-1 - run] == tail[-1 - run - unit]:
            run += 1
        if run + unit < max(_RUN, unit * _UNIT_TIMES):
            continue
        is_ruler = unit == 1 and not tail[-1].isalnum()
        return not is_ruler or run + unit > _RULER
    return False
