"""The marks of a diff. Without it users see `+` at the start of their lines, and the old lines beside the new ones.

Some models answer with the change that they would make, in a fence that says `diff`.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._sentences import is_talk
from caretwise.complete.rules._surroundings import is_prose

_FENCE = re.compile(r"^([ ]{0,3})(`{3,8}|~{3,8})[ \t]*(?:diff|patch|udiff)(?:[ \t][^\n]*)?(?:\n|\Z)", re.MULTILINE)
_HEADER = re.compile(r"(?:diff --git |index [0-9a-f]{4}|--- |\+\+\+ |@@|\\ No newline)")
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@", re.MULTILINE)


def diff_marks(draft: Draft, place: Place) -> Draft:
    """Keep the new side of a diff: in a fence that says so, or where the answer is a diff with its heads."""
    text = draft.text
    if is_prose(place.language) or place.language.id in {"diff", "patch"}:
        return draft
    fence = _FENCE.search(text)
    if fence is not None:
        if not is_talk(text[: fence.start()]):
            return draft
        indent, mark = fence.group(1), fence.group(2)
        end = re.compile(rf"^ {{0,3}}{mark}", re.MULTILINE).search(text, fence.end())
        inside = text[fence.end() : end.start() if end else len(text)]
        behind = text[end.start() :] if end else ""
        return Draft(f"{text[: fence.start()]}{indent}{mark}\n{_new_side(inside)}{behind}", draft.replaces)
    hunk = _HUNK.search(text)
    if hunk is None or any(not _HEADER.match(line) for line in text[: hunk.start()].split("\n") if line.strip()):
        return draft
    return Draft(_new_side(text), draft.replaces)


def _new_side(diff: str) -> str:
    """The new side; the text itself when lines of it have no mark."""
    lines = [line for line in diff.split("\n") if line.strip()]
    if any(line[0] not in "+- " and not _HEADER.match(line) for line in lines):
        return diff
    kept: list[str] = []
    for line in diff.split("\n"):
        if line.startswith("-") or _HEADER.match(line):
            continue
        kept.append(line[1:] if line[:1] in {"+", " "} else line)
    return "\n".join(kept)
