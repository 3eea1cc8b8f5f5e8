"""The cursor's line written anew, in other words. Without it users see `return widreturn width * height`.

What repeats the line is taken off by `echo`. An answer that begins as the line does and then goes its own way cannot be
put in at the cursor: it would replace what the user has typed.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._begun import is_expression_again, is_statement_again
from caretwise.complete.rules._surroundings import is_prose, line_before
from caretwise.complete.rules.odd_blank import in_text
from caretwise.text.indent import leading
from caretwise.text.language import Language

_FIRST = re.compile(r"[^\W\d]\w+")
_TWO = re.compile(r"[^\W\d]\w*(?:[ \t]+[^\W\d]\w*|[ \t]*:?=(?!=))")
"""A name and another name, or a name and what assigns to it: no expression begins like that."""

_ANEW = Drop("it writes the line anew instead of continuing it")


def line_rewritten(draft: Draft, place: Place) -> Draft | Drop:
    """Drop an answer that begins in the middle of a line as that line does, or as the expression before the cursor does."""
    before = line_before(place)
    if not before.strip() or is_prose(place.language):
        return draft
    first = draft.text.split("\n", 1)[0]
    if is_statement_again(first, before):
        return _ANEW
    if _is_code(place.language) and is_expression_again(first, before) and not in_text(before, place):
        return Drop("it writes the expression anew instead of continuing it")
    indent = leading(before)
    if not first.startswith(indent) or leading(first) != indent:
        return draft
    begins = (_FIRST if indent else _TWO).match(before, len(indent))
    again = (_FIRST if indent else _TWO).match(first, len(indent))
    if begins is None or again is None or begins.end() == len(before) or begins.group() != again.group():
        return draft
    return _ANEW


def _is_code(language: Language) -> bool:
    """Whether two operands never stand side by side, as they do in shells and in data."""
    return bool(language.grammar) or language.line_comment in {"//", "--"}
