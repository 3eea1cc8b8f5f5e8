"""White space at line ends. Without it accepted text leaves blanks and empty lines behind."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._surroundings import is_prose, line_after


def trailing_space(draft: Draft, place: Place) -> Draft:
    """Take off blanks at line ends and empty lines at the end.

    Before a word that stands after the cursor the draft's own end stays, since it may be what separates the two. In
    prose blanks at a line's end can mean a line break.
    """
    text = draft.text
    if not text.strip():
        return draft
    if not is_prose(place.language):
        *lines, last = text.split("\n")
        text = "\n".join([*(line.rstrip(" \t") for line in lines), last])
    after = line_after(place)[draft.replaces :]
    keeps_end = after.strip() and after[0] not in " \t)]},;:"
    if keeps_end:
        return Draft(text, draft.replaces)
    # `{‸}` answered ` a, b `: the blanks on both sides belong together.
    inside = after[:1] == "}" and text[0] == text[-1] == " "
    return Draft(text.rstrip(" \t\n") + " " * inside, draft.replaces)
