"""The body of a block begins on its own line. Without it users see `def area(self):    return ...` on one line."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._surroundings import (
    block_indent,
    code_before,
    line_after,
    line_before,
    opens_block,
    statement_line,
)
from caretwise.text.indent import leading


def block_line(draft: Draft, place: Place) -> Draft:
    """Put a line break before a body when the cursor stands right after what opens the block.

    Only for text that was clearly written as lines: it is indented, or has several lines, or blocks are made of lines
    (Python). `{ return 1; }` on one line stays.
    """
    typed = line_before(place)
    before = typed.rstrip()
    first, *others = draft.text.split("\n")
    if not first.strip() or not before or line_after(place).strip() or not opens_block(before, place.language):
        return draft
    indented = len(leading(first)) > max(1, len(leading(before)))
    if before.endswith(("(", "[")):
        return Draft("\n" + draft.text, draft.replaces) if indented else draft
    if not indented and (typed != before or not (before.endswith(":") or _has_deeper(others, before))):
        # A blank typed after the opener, or text without a line that is deeper, is meant for this line.
        return draft
    if indented:
        return Draft("\n" + draft.text, draft.replaces)
    if place.language.id == "yaml":
        return draft
    body = block_indent(statement_line(code_before(place), place.language), place, first) + first.lstrip(" \t")
    return Draft("\n".join(["", body, *others]), draft.replaces)


def _has_deeper(lines: list[str], before: str) -> bool:
    """Whether the first of these lines that is not blank is deeper than the opener's: it is of the body as well."""
    first = next((line for line in lines if line.strip()), "")
    return len(leading(first)) > len(leading(before)) and not before.endswith("${")
