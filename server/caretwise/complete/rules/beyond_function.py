"""What comes after the function. Without it users see the next function, which nobody asked for, below their own.

Models rarely stop where what they were asked for ends.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.length import WORDS
from caretwise.complete.rules._surroundings import closes_block, is_prose, line_before, lines_above
from caretwise.text.indent import leading, width

_WORDS = (
    r"(?:(?:export|default|pub(?:\([\w ]*\))?|public|private|protected|static|async|abstract|final|override|unsafe|declare"
    r"|open|suspend|inline|const)\s+)*"
)
_DEFINITION = re.compile(
    rf"\s*{_WORDS}(?:def|class|function|fn|func|fun|impl|trait|struct|enum|interface|module|namespace)\b"
)
_METHOD = re.compile(
    r"[ \t]*+(?!(?:if|for|while|switch|catch|else|do|try|with|return|new|await|match|loop|select)\b)"
    r"[\w$#<>\[\],.?&]++(?:[ \t]++[\w$#<>\[\],.?&]++)*+[ \t]*+\([^;()]*\)[^;()]*\{\s*\Z"
)
"""A method with its parameters on one line; without a word such as `function`."""

_END = re.compile(r"[ \t]*(?:end|fi|done|esac|until)\b")

_MOST = 300
"""Code points of a line that are looked at."""


def beyond_function(draft: Draft, place: Place) -> Draft:
    """Cut the draft before the first line that stands outside of the function or class that the cursor is in."""
    if "\n" not in draft.text or is_prose(place.language):
        return draft
    outer = _definition(place)
    if outer is None:
        return draft
    lines, closed = draft.text.split("\n"), False
    for number, line in enumerate(lines[1:], 1):
        if not line.strip() or width(leading(line)) > outer:
            continue
        if closed or not (closes_block(line) or (place.language.id in WORDS and _END.match(line))):
            kept = "\n".join(lines[:number]).rstrip()
            return Draft(kept, draft.replaces) if kept else draft
        closed = True
    return draft


def _definition(place: Place) -> int | None:
    """How deep the definition around the cursor is; None when there is none."""
    before = line_before(place)
    if before.strip() and _is_definition(before):
        return width(leading(before))
    depth = width(leading(before))
    for line in reversed(lines_above(place, 120)):
        here = width(leading(line))
        if line.strip() and here < depth:
            if _is_definition(line):
                return here
            depth = here
    return None


def _is_definition(line: str) -> bool:
    line = line[:_MOST]
    return _DEFINITION.match(line) is not None or _METHOD.match(line) is not None
