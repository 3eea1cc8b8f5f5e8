"""A block's body is deeper than its opener. Without it users see a body at the margin, in Python an error."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._surroundings import (
    block_indent,
    closes_block,
    code_before,
    line_before,
    opens_block,
    statement_line,
)
from caretwise.text.indent import leading


def block_depth(draft: Draft, place: Place) -> Draft:
    """Move all later lines to the right when the first of them is no deeper than the opener on the cursor's line."""
    lines = draft.text.split("\n")
    opener = line_before(place) + lines[0]
    index = next((number for number in range(1, len(lines)) if lines[number].strip()), 0)
    if not index or not opens_block(opener, place.language):
        return draft
    opener = statement_line(code_before(place) + lines[0], place.language)
    inner, outer = lines[index], leading(opener)
    indent = leading(inner)
    deep_enough = len(indent) >= len(outer) if closes_block(inner) else len(indent) > len(outer)
    wanted = block_indent(opener, place, inner)
    if deep_enough or not wanted.startswith(indent):
        return draft
    more = wanted[len(indent) :]
    moved = [more + line if line.strip() else line for line in lines[1:]]
    return Draft("\n".join([lines[0], *moved]), draft.replaces)
