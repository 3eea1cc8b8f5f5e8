"""Characters that were cut in two. Without it users see `�` where a letter was to be.

Servers cut an answer between two bytes of a character when it reaches its limit, and some send such halves one by one.
"""

from __future__ import annotations

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._surroundings import LOOK

_HALF = "\ufffd"


def half_characters(draft: Draft, place: Place) -> Draft | Drop:
    """Take a half off the end; elsewhere keep the lines above it, if there are any. The document may have such itself."""
    if _HALF not in draft.text or _HALF in place.prefix[-LOOK:] or _HALF in place.suffix[:LOOK]:
        return draft
    text = draft.text.rstrip(_HALF)
    if _HALF in text:
        text = text[: text.index(_HALF)].rpartition("\n")[0]
    return Draft(text, draft.replaces) if text.strip() else Drop("a character of the answer was cut in two")
