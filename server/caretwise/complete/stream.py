"""When enough has been written: where a suggestion ends in an answer, and what the answer holds beyond that.

The same end is looked for while the answer streams (the stream is closed there) and when it has come whole (what stands
behind it is kept for later): what is shown does not depend on how the answer was cut into pieces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from caretwise.complete.draft import Place
from caretwise.complete.length import BLOCK, LINE, WORDS, Extent, Length, opens_block
from caretwise.complete.recipe import CHAT, Result, unwrap
from caretwise.complete.rules._argument import argument_end
from caretwise.complete.rules._surroundings import code_before, statement_line
from caretwise.complete.rules.echo import repeats_so_far
from caretwise.complete.rules.json_wrapped import wraps_so_far
from caretwise.complete.rules.prose import talks_so_far
from caretwise.text.indent import is_blank, leading, width

MOST_BLANK = 2
"""So many blank lines end a block."""

MOST_TAIL = 8
"""Lines of what was written beyond a suggestion that are shown next."""

TELLING = 10
"""A line of fewer characters occurs everywhere: that it stands below the cursor too says nothing."""

_CLOSERS = frozenset(")]}")
_CLOSING_WORD = re.compile(r"\s*(?:end|fi|done|esac|until|else|elsif|elif|elseif)\b")

_MOVED = frozenset({"echo", "first_line_break"})
"""Rules that take off what a repetition of lines above would begin with."""


def enough(answer: str, place: Place, style: str, length: Length | None = None) -> bool:
    """Whether the answer so far holds a whole suggestion, so that the rest need not be written.

    Only whole lines are looked at. Without a `length` it is a block where several lines are wanted, else a line.
    """
    length = length or (BLOCK if place.multiline else LINE)
    if "\n" not in answer:
        return False
    result = unwrap(answer, place, style)
    draft = result.draft
    if draft is None or "\n" not in draft.text:
        return False
    if style in CHAT and _may_lead_up(answer, result, place):
        return False
    return end_of(draft.text.split("\n")[:-1], place, length) is not None


def _may_lead_up(answer: str, result: Result, place: Place) -> bool:
    """Whether the answer so far may be what chat models write first: talk, or lines above the cursor again."""
    text = result.draft.text if result.draft is not None else ""
    if wraps_so_far(text, place):
        return True
    # What looks like the cursor's line may be one above that begins like it.
    texts = [text, *(step.before for step in result.steps if step.rule in _MOVED)]
    return talks_so_far(answer, text, place) or any(repeats_so_far(one, place) for one in texts)


def has_lines(answer: str, place: Place, style: str) -> bool:
    """Whether the answer so far holds a whole line of the suggestion."""
    lines = whole_lines(answer) + "\n"
    result = unwrap(lines, place, style)
    if result.draft is None or "\n" not in result.draft.text or not result.draft.text.strip():
        return False
    return style not in CHAT or not _may_lead_up(lines, result, place)


def split(text: str, place: Place, length: Length) -> tuple[str, str]:
    """An unwrapped answer as what is shown and what stands behind it (beginning with the line break; "" for nothing)."""
    lines = text.split("\n")
    end = end_of(lines, place, length)
    if end is None or end >= len(lines):
        return text, ""
    return "\n".join(lines[:end]), "\n" + "\n".join(lines[end:])


def tail_head(tail: str) -> str:
    """The part of what stands behind a suggestion that is worth showing next: up to a blank line, `MOST_TAIL` lines."""
    taken: list[str] = []
    for line in tail.split("\n")[1:]:
        if len(taken) >= MOST_TAIL or (is_blank(line) and any(map(str.strip, taken))):
            break
        taken.append(line)
    return "\n" + "\n".join(taken) if any(map(str.strip, taken)) else ""


def end_of(lines: Sequence[str], place: Place, length: Length) -> int | None:
    """How many of the lines belong to the suggestion; None when it may go on behind the last of them.

    One line: the first that is not blank, or an argument to its end where its call is closed behind the cursor. A block:
    up to a line that is indented less than the block (or as much as the line that opened it, unless it closes it), two
    blank lines, or the most lines that it may have. The rest of a function: up to a line that is indented no more than its
    declaration. Either ends where the code after the cursor begins again.
    """
    if length.extent is Extent.LINE:
        argument = argument_end(lines, place)
        if argument is not None:
            return argument or (None if len(lines) < length.most_lines else 1)
        return next((number + 1 for number, line in enumerate(lines) if not is_blank(line)), None)
    opened = opens_block(place.prefix.rsplit("\n", 1)[-1], place.language)
    floor = _floor(lines[0] if lines else "", place, opened=opened)
    function = length.extent is Extent.FUNCTION
    own = _own_floor(lines, place, max(floor, length.margin)) if opened else None
    if own is not None:
        floor, length = own, replace(length, margin=own)
    below = _line_below(place)
    blank = 0
    for number, line in enumerate(lines[1:], 1):
        if is_blank(line):
            blank += 1
            if blank == MOST_BLANK and not function:
                return number - blank + 1
            continue
        if number >= length.most_lines or _outside(line, floor, place, length, opened=opened):
            return number - blank
        if line.rstrip() == below and len(below.strip()) >= TELLING:
            return number - blank
        blank = 0
    return None


def _floor(first: str, place: Place, *, opened: bool) -> int:
    """The indentation, in columns, below which a line is no part of the block."""
    before = place.prefix.rsplit("\n", 1)[-1]
    # A parameter list over several lines may be deeper than the body.
    begun = statement_line(code_before(place), place.language) if opened else before
    floor = width(leading(begun) if begun.strip() else begun)
    if not before.strip() and leading(first):
        # The answer has an indentation of its own, which may be another than the document's.
        floor = min(floor, width(leading(first)))
    return floor


def _own_floor(lines: Sequence[str], place: Place, floor: int) -> int | None:
    """The floor of an answer whose body is no deeper than the line that opens it: it was written as if at the margin."""
    body = next((line for line in lines[1:] if not is_blank(line)), "")
    depth = width(leading(body))
    if not body or not is_blank(lines[0]) or depth > floor or body.lstrip()[0] in _CLOSERS:
        return None
    return depth - min(depth, width(place.indent_unit)) if depth else -1


def _outside(line: str, floor: int, place: Place, length: Length, *, opened: bool) -> bool:
    """Whether a line stands behind the block, or behind the function."""
    here = width(leading(line))
    closes = line.lstrip()[0] in _CLOSERS or (place.language.id in WORDS and _CLOSING_WORD.match(line) is not None)
    if length.extent is Extent.FUNCTION:
        return here < length.margin or (here == length.margin and not closes)
    return here < floor or (opened and here == floor and not closes)


def _line_below(place: Place) -> str:
    """The first line below the cursor's that is not blank; "" when there is none."""
    return next((line.rstrip() for line in place.suffix.split("\n")[1:] if line.strip()), "")


def whole_lines(text: str) -> str:
    """The text without its last line, when there are several: that line may have been cut by a limit."""
    return text.rsplit("\n", 1)[0] if "\n" in text else text
