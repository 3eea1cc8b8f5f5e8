"""An answer in quotes. Without it users see `` `total += price` `` or `"total += price"` where code was to be.

What is a string and what is an answer in quotes, the parser says: of the two the one that parses better is taken.
"""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._sentences import has_code
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK, code_before, is_prose, line_before
from caretwise.syntax.grammar import parse_text
from caretwise.syntax.health import faults

_QUOTES = frozenset("\"'`")
_LONGEST = 400


@settled
def quoted(draft: Draft, place: Place) -> Draft:
    """Take the quotes off an answer of one line that they enclose, when it repeats the cursor's line or parses better so."""
    text = draft.text.strip()
    if not 2 < len(text) <= _LONGEST or "\n" in text or text[0] not in _QUOTES or text[0] != text[-1]:
        return draft
    inner = text[1:-1]
    if text[0] in inner or not inner.strip() or is_prose(place.language):
        return draft
    if scan(code_before(place), place.language).quote:
        return draft
    before = line_before(place).strip()
    if len(before) > 2 and inner.lstrip().startswith(before):
        return Draft(inner, draft.replaces)
    if not place.language.grammar or _faults(inner, place) >= _faults(text, place) + _is_code(text):
        return draft
    return Draft(inner, draft.replaces)


def _is_code(text: str) -> bool:
    """Whether backticks are around what looks like code: chat models write it so, while strings seldom hold any."""
    return text[0] == "`" and "${" not in text and has_code(text[1:-1])


def _faults(text: str, place: Place) -> int:
    parsed = parse_text(place.prefix[-LOOK:] + text + place.suffix[:LOOK], place.language)
    return faults(parsed) if parsed is not None else 0
