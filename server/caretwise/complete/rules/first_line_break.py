"""A line break at the start that is only formatting. Without it users see `return` with its value on the next line.

A break after a line that is complete, or that opens a block, is meant and stays.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._surroundings import line_before

_BREAK = re.compile(r"(?:[ \t]*\n)+[ \t]*")
_UNFINISHED = re.compile(r"(?:[=.+*/%&|^<!-]|\b(?:return|in|and|or|not|is|await|yield|throw|new|raise|assert))\Z")


def first_line_break(draft: Draft, place: Place) -> Draft:
    """Take off line breaks at the start when the cursor's line is unfinished."""
    begins = _BREAK.match(draft.text)
    if begins is None or not _UNFINISHED.search(line_before(place)[-40:].rstrip()):
        return draft
    return Draft(draft.text[begins.end() :], draft.replaces)
