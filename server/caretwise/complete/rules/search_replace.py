"""Search and replace blocks. Without it users see `<<<<<<< SEARCH` and conflict marks in their code.

The replacement is read as a snippet that begins above or at the cursor's line; the rule `echo` takes off what is there.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import line_before

_SEARCH = re.compile(r"^<{5,9} ?SEARCH[^\n]*\n", re.MULTILINE)
_MIDDLE = re.compile(r"^={5,9}[ \t]*(?:\n|\Z)", re.MULTILINE)
_REPLACE = re.compile(r"^>{5,9}(?: ?REPLACE)?[^\n]*(?:\n|\Z)", re.MULTILINE)
_HOLE = re.compile(r"<hole ?/>|<cursor ?/?>|‸|\{\{(?:HOLE|FILL_HERE)\}\}", re.IGNORECASE)


@settled
def search_replace(draft: Draft, place: Place) -> Draft | Drop:
    """Take the replacement out of the first search and replace block, if the answer holds one."""
    opened = _SEARCH.search(draft.text)
    if opened is None:
        return draft
    middle = _MIDDLE.search(draft.text, opened.end())
    if middle is None:
        return Drop("the answer ended before its replacement began")
    closed = _REPLACE.search(draft.text, middle.end())
    searched = draft.text[opened.end() : middle.start()]
    text = draft.text[middle.end() : closed.start() if closed else len(draft.text)]
    if not _keeps(_HOLE.split(searched, maxsplit=1)[0], text, line_before(place).strip()):
        return Drop("the answer changes what stands before the cursor")
    return Draft(_HOLE.sub("", text).removesuffix("\n"), draft.replaces)


def _keeps(searched: str, text: str, before: str) -> bool:
    """Whether the replacement begins with the line that the search began with, if that is the cursor's: up to there."""
    first = next((line.strip() for line in searched.split("\n") if line.strip()), "")
    if before and first.startswith(before):
        first = before
    return text.lstrip().startswith(first)
