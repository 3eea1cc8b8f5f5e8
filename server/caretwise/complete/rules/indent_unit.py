"""The document's own step of indentation. Without it users see blanks in a file of tabs, or steps of two for four."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import (
    is_prose,
    line_before,
    lines_above,
    lines_below,
    nearest_above,
    opens_block,
)
from caretwise.text.indent import leading

_STEPS = (4, 2, 3)

_AROUND = 200
"""Lines on either side of the cursor that tell how the document goes on with a statement."""


@settled
def indent_unit(draft: Draft, place: Place) -> Draft:
    """Write the indentation of the draft's lines in the document's unit."""
    unit = place.indent_unit
    if not unit or is_prose(place.language):
        return draft
    before = line_before(place)
    first, *others = draft.text.split("\n")
    # A first line that goes on after some text has no indentation of its own.
    lines = others if before.strip() else [first, *others]
    if unit == "\t":
        lines = _with_tabs(lines, place)
    elif any("\t" in leading(line) for line in lines):
        lines = [leading(line).replace("\t", unit) + line[len(leading(line)) :] for line in lines]
    else:
        lines = _with_step(lines, before, first, place)
    if not before.strip() and leading(first) == " ":
        lines[0] = first  # one odd blank is no indentation: the next rule takes it off
    return Draft("\n".join([first, *lines] if before.strip() else lines), draft.replaces)


def _blanks(line: str) -> int:
    """How many blanks indent the line: 0 for tabs, for blank lines, and for the ` *` of a comment block."""
    indent = leading(line)
    return len(indent) if line.strip() and "\t" not in indent and not line.startswith(" *") else 0


def _with_tabs(lines: list[str], place: Place) -> list[str]:
    found = [_blanks(line) for line in lines if _blanks(line) > 1]
    if not found:
        return lines
    step = _step(found, place)
    return [_tabbed(line, step) if line[:1] == " " else line for line in lines]


def _step(found: list[int], place: Place) -> int:
    """How many blanks stand for one tab: as many as fit the depth of the cursor, else the largest that fits all."""
    opener = line_before(place) if line_before(place).strip() else nearest_above(place)
    depth = len(leading(opener)) + opens_block(opener, place.language)
    if "\t" in leading(opener) + "\t" and depth and found[0] % depth == 0 and found[0] // depth in {2, 3, 4, 8}:
        return found[0] // depth
    common = math.gcd(*found)
    return next((step for step in _STEPS if common % step == 0), 4)


def _tabbed(line: str, step: int) -> str:
    indent = leading(line)
    if not line.strip() or "\t" in indent:
        return line
    if line[len(indent) :].startswith("*"):
        return "\t" * ((len(indent) - 1) // step) + " " + line[len(indent) :]
    return "\t" * max(1, round(len(indent) / step)) + line[len(indent) :]


def _with_step(lines: list[str], before: str, first: str, place: Place) -> list[str]:
    """Lines whose steps, counted from the first line on, are of another width than the document's."""
    own = not before.strip() and bool(leading(first))
    # A first line with an indentation of its own stands for the cursor's line; its blanks are taken off later.
    base = len(leading(first)) if own else len(leading(before + first))
    step = _first_step([(first if own else before + first), *(lines[1:] if not before.strip() else lines)], place)
    unit = len(place.indent_unit)
    deeper = [len(leading(line)) - base for line in lines if line.strip()]
    if not step or step == unit or (step > unit and any(depth > 0 and depth % step for depth in deeper)):
        return lines
    return [
        " " * base + _restepped(len(leading(line)) - base, step, unit) + line.lstrip(" ")
        if line.strip() and len(leading(line)) > base
        else line
        for line in lines
    ]


def _restepped(depth: int, step: int, unit: int) -> str:
    return " " * (depth // step * unit + depth % step)


def _first_step(lines: list[str], place: Place) -> int:
    """How much deeper the line after the first block opener is; 0 when there is none, or no usual step."""
    for opener, step in _steps(lines, place):
        if step == 2 * len(place.indent_unit) and opener.rstrip().endswith(("(", "[")) and _doubles(place):
            continue
        return step if step in {2, 3, 4, 8} else 0
    return 0


def _steps(lines: list[str], place: Place) -> Iterator[tuple[str, int]]:
    """The lines that open a block, each with how much deeper the line after it is."""
    filled = [line for line in lines if line.strip()]
    for opener, inner in itertools.pairwise(filled):
        if opens_block(opener, place.language):
            yield opener, len(leading(inner)) - len(leading(opener))


def _doubles(place: Place) -> bool:
    """Whether the document goes on with a statement two steps deeper, as Java's styles ask for."""
    double = 2 * len(place.indent_unit)
    around = [*_steps(lines_above(place, _AROUND), place), *_steps(lines_below(place, _AROUND), place)]
    found = [step == double for opener, step in around if opener.rstrip().endswith("(")]
    return sum(found) * 2 >= len(found) if found else place.language.id == "java"
