"""Indentation that is typed already. Without it users see the first line indented twice, or by one odd blank.

Models that fill a hole write what comes after the cursor, chat models write whole lines: both must end in the same column.
"""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import (
    block_indent,
    is_prose,
    line_before,
    lines_above,
    lines_below,
    nearest_above,
    opens_block,
    statement_line,
)
from caretwise.text.indent import leading, shift

_NEARBY = 20
"""Lines on either side of the cursor whose depth may be that of the cursor's line."""

_STATEMENT = 200
"""Lines above the cursor in which the statement that opens the block is looked for."""


@settled
def typed_indent(draft: Draft, place: Place) -> Draft:
    """Take off blanks at the start that the cursor's line has already; on a blank line, indent as the place asks for."""
    before = line_before(place)
    first, *others = draft.text.split("\n")
    if not first.strip():
        # White space and a line break: the break may be meant, the blanks before it are not.
        return Draft("\n".join(["", *others]), draft.replaces) if others else draft
    indent, body = leading(first), first.lstrip(" \t")
    if before.strip():
        return draft
    if _is_on_the_way(before, place) and _is_step(before + indent, place) and not _is_step(indent, place):
        return draft  # what is missing of the indentation is what the draft has
    wanted = _wanted(before, indent, body, place)
    there = before + wanted
    if indent not in {"", " ", there} and all(line.startswith(indent) for line in others if line.strip()):
        others = shift(others, indent, there)
    return Draft("\n".join([wanted + body, *others]), draft.replaces)


def _wanted(typed: str, indent: str, body: str, place: Place) -> str:
    """The indentation that the first line needs beyond the blanks that are typed."""
    above = nearest_above(place)
    if indent.startswith(typed) and _is_on_the_way(typed, place):
        return indent[len(typed) :]
    if opens_block(above, place.language):
        above = statement_line("\n".join(lines_above(place, _STATEMENT)).rstrip(), place.language)
        expected = block_indent(above, place, body)
        # Blanks beyond the opener's, or fewer, were put there on purpose: the body begins where the cursor stands.
        reached = len(typed) > len(leading(above)) or 0 < len(typed) < len(leading(above))
        return "" if reached or not expected.startswith(typed) else expected[len(typed) :]
    if typed:
        return indent[len(typed) :] if _is_free(place) and indent.startswith(typed) else ""
    return indent if _is_free(place) or _is_continuation(body, place) else ""


def _is_on_the_way(typed: str, place: Place) -> bool:
    """Whether the blanks typed so far are no depth that this document has: no step of its unit, and no line's nearby."""
    if "\t" in typed + place.indent_unit or _is_step(typed, place):
        return False
    nearby = [*lines_above(place, _NEARBY), *lines_below(place, _NEARBY)]
    depths = {leading(line) for line in nearby if line.strip()} - {""}
    return bool(depths) and typed not in depths


def _is_step(indent: str, place: Place) -> bool:
    """Whether an indentation is made of whole units."""
    return len(indent) % max(1, len(place.indent_unit)) == 0


def _is_free(place: Place) -> bool:
    """Whether any indentation may be meant: in prose, and where blanks are data."""
    return is_prose(place.language) or place.language.id == "yaml"


def _is_continuation(body: str, place: Place) -> bool:
    """Whether the line goes on with a call chain or stands in brackets that are open."""
    return body.startswith((".", "?.")) or bool(scan("\n".join(lines_above(place)), place.language).open)
