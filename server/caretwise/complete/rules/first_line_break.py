"""A line break at the start that is only formatting. Without it users see `return` with its value on the next line.

A break after a line that is complete, or that opens a block, is meant and stays.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._surroundings import line_before, lines_above

_BREAK = re.compile(r"(?:[ \t]*\n)+[ \t]*")
_UNFINISHED = re.compile(r"(?:[=.+*/%&|^<!-]|\b(?:return|in|and|or|not|is|await|yield|throw|new|raise|assert))\Z")


def first_line_break(draft: Draft, place: Place) -> Draft:
    """Take off line breaks at the start when the cursor's line is unfinished, or blank below another blank line."""
    begins = _BREAK.match(draft.text)
    before = line_before(place)
    if begins is None:
        return draft
    if not before.strip():
        above = lines_above(place, 1)
        keeps = not before and above and above[0].strip()
        blanks = len(begins.group()) - len(begins.group().rstrip(" \t"))
        return draft if keeps else Draft(draft.text[begins.end() - blanks :], draft.replaces)
    if not _UNFINISHED.search(before[-40:].rstrip()):
        return draft
    return Draft(draft.text[begins.end() :], draft.replaces)
