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
    moved = _moved(lines[1:], indent, outer, place.indent_unit)
    if moved is None:
        more = wanted[len(indent) :]
        moved = [more + line if line.strip() else line for line in lines[1:]]
    return Draft("\n".join([lines[0], *moved]), draft.replaces)


def _moved(lines: list[str], inner: str, outer: str, unit: str) -> list[str] | None:
    """The lines with the one that closes the block as deep as its opener; None when none of them closes it."""
    end = next((n for n, line in enumerate(lines) if len(leading(line)) < len(inner) and closes_block(line)), None)
    if end is None or any("\t" in leading(line) for line in lines):
        return None
    margin = len(leading(lines[end]))
    step = len(inner) - margin
    moved = [
        outer + unit * (depth // step) + " " * (depth % step) + line.lstrip(" ") if line.strip() else line
        for line in lines[: end + 1]
        for depth in [max(0, len(leading(line)) - margin)]
    ]
    return [*moved, *(outer[margin:] + line if line.strip() else line for line in lines[end + 1 :])]
