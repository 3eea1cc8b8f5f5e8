"""Comments that stand for code. Without it users see `# ... existing code ...` above and below what was asked for.

Chat models leave out what they would repeat, and say so.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._surroundings import LOOK, code_before, is_prose

_ELISION = re.compile(
    r"[ \t]*(?:#|//|--|/\*|<!--|\{/\*)[ \t]*(?:\[|\()?(?:\.{3}|…)[ \t]*"
    r"(?:(?:(?:the|your|any|all)[ \t]+)?(?:existing|rest|previous|remaining|other|same|above|below|omitted|unchanged|code"
    r"|preceding|following|earlier|imports?|more|snip)\b[^\n]*|(?:\*/|-->)?[ \t}]*)",
    re.IGNORECASE,
)
"""A comment that is three dots, or three dots and a word for what is left out."""
_TASK = re.compile(
    r"(?:#|//|--|/\*|\"{3})[ \t]*(?:[\w./\\-]+\.[a-z]{1,5}|(?:[^\n]*\b)?(?:complet\w+|continu\w+|missing|fill\w*|insert\w*)\b"
    r"[^\n]*\b(?:code|cursor|here|function|line|snippet)\b[^\n]*)[ \t]*(?:\*/|\"{3})?[ \t]*",
    re.IGNORECASE,
)
"""A comment at the margin that names the file, or says that the code is now completed."""


def elisions(draft: Draft, place: Place) -> Draft:
    """Take such lines off above the code, and cut where one stands below it; what the document has itself may come again."""
    if is_prose(place.language):
        return draft
    if scan(code_before(place), place.language).quote:
        return draft
    lines = draft.text.split("\n")
    known = place.prefix[-LOOK:] + place.suffix[:LOOK]
    at = [number for number, line in enumerate(lines) if _ELISION.fullmatch(line) and line.strip() not in known]
    begun = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if _TASK.fullmatch(lines[begun]) and lines[begun].strip() not in known and len(lines) > begun + 1:
        at = sorted({begun, *at})
    if not at:
        return draft
    start = 0
    while start < len(lines) and (start in at or (at[0] <= start and not lines[start].strip())):
        start += 1
    if any(line.strip() for line in lines[: at[0]]):
        start = 0
    end = next((number for number in at if number >= start), len(lines))
    kept = lines[start:end]
    return Draft("\n".join(kept).rstrip() if end < len(lines) else "\n".join(kept), draft.replaces)
