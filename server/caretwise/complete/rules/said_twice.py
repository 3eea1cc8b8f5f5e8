"""An answer that is there two times. Without it users are offered the same lines twice, the second time for nothing."""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import is_prose, is_telling, line_before

_POINTLESS = re.compile(
    r"(?:return|raise|throw|import|from|use|mod|package|export|include)\b"
    r"|(?:\w+ ){0,4}[\w.]+(?:: ?[^=]+)? ?:?=(?!=)|.*[({\[:]\Z"
)
"""What is never written twice in a row: to return, to give a name its value, to open a block."""


@settled
def said_twice(draft: Draft, place: Place) -> Draft:
    """Keep the first of two copies that make up the whole draft. A line alone may be meant twice, or be pointless."""
    lines = draft.text.rstrip().split("\n")
    half = len(lines) // 2
    if half * 2 != len(lines) or is_prose(place.language):
        return draft
    whole = [line_before(place) + lines[0], *lines[1:]]
    one, two = whole[:half], whole[half:]
    if not any(map(is_telling, one)) or _plain(one) != _plain(two):
        return draft
    if half > 1 and len(set(map(str.strip, whole))) == 1:
        return draft  # one line again and again is another rule's
    if half == 1 and not _POINTLESS.match(one[0].strip()):
        return draft
    return Draft("\n".join(lines[:half]), draft.replaces)


def _plain(lines: list[str]) -> list[str]:
    """The lines as both copies have them: the first may have lost its indentation."""
    return [lines[0].strip(), *(line.rstrip() for line in lines[1:])]
