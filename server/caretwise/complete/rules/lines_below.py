"""The lines below the cursor. Without it users see the next lines, or the block's closing bracket, twice."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules import _surroundings
from caretwise.complete.rules._brackets import CLOSERS, scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK, is_telling, line_before
from caretwise.text.indent import leading


@settled
def lines_below(draft: Draft, place: Place) -> Draft:
    """Cut the draft where it begins to repeat what follows: whole lines, or a closer that closes the same block."""
    below = [line for line in _surroundings.lines_below(place) if line.strip()]
    if not below or not draft.text.strip():
        return draft
    end = _closer(draft.text, below[0], place)
    if end is None:
        end = _repeated(draft.text, below)
    if end is None:
        return draft
    return Draft(draft.text[:end].rstrip(), draft.replaces)


def _repeated(text: str, below: list[str]) -> int | None:
    """Where lines of the draft begin that equal the lines below up to the draft's end, or two of them at least."""
    lines = text.split("\n")
    wanted = [line.rstrip() for line in below]
    start = len(lines[0]) + 1
    for index in range(1, len(lines)):
        if lines[index].rstrip() == wanted[0] and _agree(lines[index : index + 2 * len(wanted)], wanted):
            return start - 1
        start += len(lines[index]) + 1
    return None


def _agree(lines: list[str], wanted: list[str]) -> bool:
    """Whether the lines repeat `wanted`; the last line of a draft may have been cut off in its middle."""
    mine = [line.rstrip() for line in lines if line.strip()]
    count = 0
    for one, two in zip(mine, wanted, strict=False):
        last = count and count == len(mine) - 1
        if one != two and not (last and two.startswith(one)):
            break
        count += 1
    telling = any(is_telling(line) for line in mine[:count])
    return telling and (count == len(mine) or count == len(wanted) or count >= 2)


def _closer(text: str, below: str, place: Place) -> int | None:
    """Where the draft closes a bracket that the line below closes: the same closer, at the opener's indentation."""
    if not _surroundings.closes_block(below):
        return None
    prefix = "\n".join([*_surroundings.lines_above(place, 400), line_before(place)])[-LOOK:]
    opened = scan(prefix, place.language)
    found = scan(text, place.language, opened.quote).unmatched
    closers = [entry for entry in found if entry[1] in CLOSERS]
    for (at, closer), (opener, _) in zip(closers, reversed(opened.open), strict=False):
        start = prefix.rfind("\n", 0, opener) + 1
        if below.strip()[0] == closer and leading(below) == leading(prefix[start : start + 400]):
            return at
    return None
