"""Without this rule a user would be offered a row of blocks where the model repeats a secret that was masked."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.context.privacy import MARK


def masked(draft: Draft, place: Place) -> Draft | Drop:
    """Drop a draft that brings the masking character into a document."""
    del place  # no place makes it right
    return Drop("it repeats a secret that the model was not shown") if MARK in draft.text else draft
