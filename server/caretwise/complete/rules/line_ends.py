"""Line ends become `\\n`. Without it users see a stray character at the end of each line, or blank lines in between."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place


def line_ends(draft: Draft, place: Place) -> Draft:  # noqa: ARG001 (every rule has this form)
    """Turn `\\r\\n` and `\\r` into `\\n`, and drop a byte order mark at the start."""
    text = draft.text.lstrip("\ufeff")
    return Draft(text.replace("\r\n", "\n").replace("\r", "\n"), draft.replaces)
