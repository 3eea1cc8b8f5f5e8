"""Brackets that nothing opens. Without it users see `print(total))`, or one brace too many at the end of a block.

The scanner finds closers that have no opener; the parser has the last word, since the scanner knows no grammar.
"""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import CLOSERS, scan
from caretwise.complete.rules._surroundings import LOOK, code_before, is_prose
from caretwise.syntax.grammar import parse_text
from caretwise.syntax.health import faults

_LONGEST = 2_000
"""Code points of a draft that are looked at."""


def unbalanced(draft: Draft, place: Place) -> Draft:
    """Cut the draft before closers at its end that have no opener, if it parses better without them."""
    text = draft.text
    if is_prose(place.language) or not place.language.grammar or len(text) > _LONGEST or text[-1:] not in _AT_END:
        return draft
    opened = scan(code_before(place), place.language)
    closers = [at for at, sign in scan(text, place.language, opened.quote).unmatched if sign in CLOSERS]
    spare = len(closers) - len(opened.open)
    if opened.quote or spare <= 0 or not opened.open:
        return draft
    cut = closers[-spare]
    if set(text[cut:]) - _AT_END:
        return draft
    ending = ";" if text.rstrip().endswith(";") and "\n" not in text[cut:] else ""
    kept = text[:cut].rstrip() + ending
    if not kept.strip(" ;") or _faults(kept, draft, place) >= _faults(text, draft, place):
        return draft
    return Draft(kept, draft.replaces)


_AT_END = CLOSERS | {";", " ", "\t", "\n"}


def _faults(text: str, draft: Draft, place: Place) -> int:
    parsed = parse_text(place.prefix[-LOOK:] + text + place.suffix[draft.replaces : LOOK], place.language)
    return faults(parsed) if parsed is not None else 0
