"""Nothing to see. Without it an editor shows an empty suggestion, and Tab accepts it instead of indenting."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Drop, Place

LEAST = 1
"""Characters other than white space that a suggestion must have; one closing bracket is worth showing."""


def blank(draft: Draft, place: Place) -> Draft | Drop:  # noqa: ARG001 (every rule has this form)
    """Drop a draft that inserts nothing, white space only, or fewer than `LEAST` characters."""
    if not draft.text:
        return Drop("nothing to add")
    seen = len("".join(draft.text.split()))
    if seen == 0:
        return Drop("only white space")
    return draft if seen >= LEAST else Drop("too short")
