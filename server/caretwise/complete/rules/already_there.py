"""What follows the cursor anyway. Without it users are offered the line that stands below."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._surroundings import line_after, line_before, lines_below


def already_there(draft: Draft, place: Place) -> Draft | Drop:
    """Drop a draft whose lines all stand after the cursor already, in the same order and right behind it."""
    if not any(character.isalnum() for character in draft.text[:2000]):
        return draft
    rest, below = line_after(place), lines_below(place)
    mine = draft.text.split("\n")
    if rest.strip():
        theirs = [rest, *below]
    else:
        mine, theirs = [line_before(place) + mine[0], *mine[1:]], below
        if mine[0].strip() and draft.text[:1] == "\n":
            mine = mine[1:]
    mine = [line.strip() for line in mine if line.strip()]
    theirs = [line.strip() for line in theirs if line.strip()][: len(mine)]
    if not mine or len(theirs) < len(mine) or mine[:-1] != theirs[:-1]:
        return draft
    if _begins_with(theirs[-1], mine[-1]):
        return Drop("the text after the cursor says this already")
    return draft


def _begins_with(line: str, begin: str) -> bool:
    """Whether `line` begins with `begin`, and not in the middle of a word."""
    if not line.startswith(begin):
        return False
    following = line[len(begin) : len(begin) + 1]
    return not (following.isalnum() and begin[-1].isalnum())
