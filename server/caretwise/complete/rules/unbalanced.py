"""Brackets that nothing opens. Without it users see `print(total))`, or one brace too many at the end of a block.

The scanner finds closers that have no opener; the parser has the last word, since the scanner knows no grammar.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import CLOSERS, PAIRS, Scan, scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK, code_before, is_prose, line_after, line_before
from caretwise.syntax.grammar import parse_text
from caretwise.syntax.health import faults

_AT_MARGIN = re.compile(r"\n[^\W\d]")
"""A word at the margin: no bracket is open there, as far as code is indented."""

_AT_END = CLOSERS | {";", " ", "\t", "\n"}

_LONGEST = 2_000
"""Code points of a draft that are looked at."""


@settled
def unbalanced(draft: Draft, place: Place) -> Draft:
    """Cut the draft before closers at its end that have no opener, if it parses better without them."""
    text = draft.text
    if is_prose(place.language) or len(text) > _LONGEST or text[-1:] not in _AT_END:
        return draft
    above = code_before(place)
    opened = scan(above, place.language)
    if not opened.open and len(above) < len(place.prefix) and not _AT_MARGIN.search(above):
        return draft  # what is open may have been opened further up
    written = scan(text, place.language, opened.quote)
    cut = _extra(written, opened)
    if cut is None and place.language.grammar:
        cut = _beyond_line(written, draft, place)
    if len(opened.quote) > 1 or opened.quote == "`" or cut is None or set(text[cut:]) - _AT_END:
        return draft
    ending = ";" if text.rstrip().endswith(";") and "\n" not in text[cut:] else ""
    kept = text[:cut].rstrip() + ending
    if not kept.strip(" ;") or not _is_better(kept, text[cut], draft, place):
        return draft
    return Draft(kept, draft.replaces)


def _is_better(kept: str, closer: str, draft: Draft, place: Place) -> bool:
    """Whether it parses better without the closer; where there is no grammar, whether it is one of an expression."""
    if place.language.grammar:
        return _faults(kept, draft, place) < _faults(draft.text, draft, place)
    return closer != "}" and place.language.line_comment == "//"


def _extra(written: Scan, opened: Scan) -> int | None:
    """Where the first closer stands that does not fit what is open; None when all fit."""
    left = [sign for _, sign in opened.open]
    for at, sign in written.unmatched:
        if sign in CLOSERS and (not left or PAIRS[left.pop()] != sign):
            return at
    return None


def _beyond_line(written: Scan, draft: Draft, place: Place) -> int | None:
    """Where the last closer stands, when with the rest of the line more is closed than the cursor's line opens.

    What was opened further up is most often closed further down: the parser says whether this closer is one too many.
    """
    closers = [at for at, sign in written.unmatched if sign in CLOSERS]
    if not closers:
        return None
    rest = scan(line_after(place)[draft.replaces :], place.language).unmatched
    here = Scan(open=scan(line_before(place), place.language).open)
    both = Scan(unmatched=[*written.unmatched, *rest])
    return closers[-1] if _extra(both, here) is not None else None


def _faults(text: str, draft: Draft, place: Place) -> int:
    parsed = parse_text(place.prefix[-LOOK:] + text + place.suffix[draft.replaces : LOOK], place.language)
    return faults(parsed) if parsed is not None else 0
