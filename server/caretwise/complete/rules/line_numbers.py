"""Numbers before the lines. Without it users see `  12 | return total`.

Models that have seen numbered listings write one.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import is_prose, line_before

_NUMBERED = re.compile(r"[ \t]*(\d{1,6})( ?[|│:]|\t|→)[ ]?(.*)", re.DOTALL)


@settled
def line_numbers(draft: Draft, place: Place) -> Draft:
    """Take the numbers off when all lines have them, one after the other."""
    lines = draft.text.split("\n")
    found = [_NUMBERED.fullmatch(line) for line in lines if line.strip()]
    numbered = [one for one in found if one is not None]
    if not numbered or len(numbered) < len(found) or is_prose(place.language):
        return draft
    first = int(numbered[0].group(1))
    signs = {one.group(2).strip(" ") for one in numbered}
    if len(signs) > 1 or any(int(one.group(1)) != first + at for at, one in enumerate(numbered)):
        return draft
    before = line_before(place).strip()
    if before and not any(one.group(3).lstrip().startswith(before) for one in numbered):
        return draft
    if not before and signs == {":"}:
        return draft  # the entries of a table of numbers look like that
    rest = iter(numbered)
    return Draft("\n".join(next(rest).group(3) if line.strip() else line for line in lines), draft.replaces)
