"""Characters that look like nothing or like a blank. Without it users get code that does not compile and looks right.

Models copy them out of web pages: blanks that do not break, spaces of no width, a byte order mark inside of a fence.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._surroundings import LOOK, code_before, is_prose

_NOTHING = re.compile("[\u00ad\u200b\u2060\ufeff]")
_BLANK = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
_INDENT = re.compile(f"^[ \\t{_BLANK}]*[{_BLANK}][ \\t{_BLANK}]*", re.MULTILINE)
_STRINGS_AND_BLANKS = re.compile(rf"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`|[{_BLANK}]", re.DOTALL)
_ODD = re.compile(f"[{_BLANK}]")


def odd_characters(draft: Draft, place: Place) -> Draft:
    """Take out what has no width, and write other blanks as blanks, but in strings and among letters that are not ASCII."""
    text = draft.text
    if text.isascii() or is_prose(place.language):
        return draft
    if _NOTHING.search(text):
        known = place.prefix[-LOOK:] + place.suffix[:LOOK]
        text = _NOTHING.sub(lambda found: found.group() if _is_meant(found, known) else "", text)
    if _ODD.search(text):
        text = _INDENT.sub(lambda indent: _ODD.sub(" ", indent.group()), text)
        if not scan(code_before(place), place.language).quote:
            text = _STRINGS_AND_BLANKS.sub(_plain, text)
    return Draft(text, draft.replaces)


def _is_meant(found: re.Match[str], known: str) -> bool:
    """Whether the document has such a character too, or it stands in a script that needs it."""
    return found.group() in known or any(map(_is_foreign, _beside(found)))


def _plain(found: re.Match[str]) -> str:
    return found.group() if len(found.group()) > 1 or any(map(_is_foreign, _beside(found))) else " "


def _beside(found: re.Match[str]) -> str:
    text = found.string
    return text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]


def _is_foreign(character: str) -> bool:
    return not character.isascii() and character.isalpha()
