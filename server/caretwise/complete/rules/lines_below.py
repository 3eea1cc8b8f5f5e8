"""The lines below the cursor. Without it users see the next lines, or the block's closing bracket, twice."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules import _surroundings
from caretwise.complete.rules._brackets import CLOSERS, dangles, scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import code_before, is_telling
from caretwise.text.indent import leading


@settled
def lines_below(draft: Draft, place: Place) -> Draft:
    """Cut the draft where it begins to repeat what follows: whole lines, or a closer that closes the same block."""
    below = [line for line in _surroundings.lines_below(place) if line.strip()]
    if not below or not draft.text.strip():
        return draft
    end = _closer(draft.text, below[0], place)
    if end is None:
        end = _repeated(draft.text, below, place)
    if end is None:
        return draft
    return Draft(draft.text[:end].rstrip(), draft.replaces)


def _repeated(text: str, below: list[str], place: Place) -> int | None:
    """Where lines of the draft begin that equal the lines below up to the draft's end, or three of them at least."""
    lines = text.split("\n")
    wanted = [line.rstrip() for line in below]
    if lines[-1].rstrip() == wanted[0] and len(lines) > 1 and dangles(wanted[0], code_before(place), place.language):
        return len(text) - len(lines[-1])
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
    return telling and (count == len(mine) or count == len(wanted) or count >= 3)


def _closer(text: str, below: str, place: Place) -> int | None:
    """Where the draft closes a bracket that the line below closes: the same closer, at the opener's indentation."""
    prefix = code_before(place)
    opened = scan(prefix, place.language)
    found = scan(text, place.language, opened.quote).unmatched
    ending = "*/" if opened.quote == "/*" else opened.quote
    if len(ending) > 1 and below.lstrip().startswith(ending):
        # The comment or string of several lines that the cursor stands in.
        return next((at for at, closer in found if closer == ending), None)
    if not _surroundings.closes_block(below):
        return None
    closers = [entry for entry in found if entry[1] in CLOSERS]
    for (at, closer), (opener, _) in zip(closers, reversed(opened.open), strict=False):
        start = prefix.rfind("\n", 0, opener) + 1
        if below.strip()[0] == closer and leading(below) == leading(prefix[start : start + 400]):
            return at
    return None
