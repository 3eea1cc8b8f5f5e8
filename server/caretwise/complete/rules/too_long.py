"""More text than anybody reads as ghost text. Without it one runaway answer makes every later step, and the editor, slow."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place

MOST = 8_000
"""Code points; a block of 24 long lines has about 2,000."""


def too_long(draft: Draft, place: Place) -> Draft:  # noqa: ARG001 (every rule has this form)
    """Cut the draft after the last whole line that fits."""
    if len(draft.text) <= MOST:
        return draft
    end = draft.text.rfind("\n", 0, MOST)
    return Draft(draft.text[: end if end > 0 else MOST], draft.replaces)
