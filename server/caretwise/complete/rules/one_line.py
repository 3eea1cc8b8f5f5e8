"""One line where one line was asked for. Without it a block pushes the code below away while the user finishes a line."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._argument import argument_end
from caretwise.complete.rules._surroundings import line_after


def one_line(draft: Draft, place: Place) -> Draft:
    """Cut after the first line that is not blank, unless several are wanted.

    A break before that line stays when the cursor stands at the end of its line: the line may be complete, or open a
    block. With text after the cursor it goes. An argument that is closed further down goes on to there.
    """
    if place.multiline or "\n" not in draft.text:
        return draft
    lines = draft.text.split("\n")
    whole = argument_end(lines, place)
    if whole:
        return Draft("\n".join(lines[:whole]), draft.replaces)
    index = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if line_after(place).strip() and index:
        return Draft(lines[index].lstrip(" \t"), draft.replaces)
    return Draft("\n".join(["", lines[index]]) if index else lines[0], draft.replaces)
