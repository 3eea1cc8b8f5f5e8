"""Code behind a whole statement. Without it users see `mod macros;` and a function below it that nobody asked for.

Behind the `;` of a statement nothing belongs to it any more but a comment. At the margin a line may be whole without one;
what is written below it there is something new, and comes when the cursor is there or when the user asks.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._surroundings import code_before, line_after, line_before, opens_block
from caretwise.syntax.grammar import parse_text
from caretwise.syntax.health import faults

_TERMINATED = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact", "java", "rust"})
_NEW = re.compile(r"[ \t]*\n\s*?(?:\n)?(?=[^\W\d]|@|#\[|//|#)")
"""A break, and then a line at the margin that goes on with nothing."""
_COMMENT = re.compile(r"[ \t]*(?://|/\*)[^\n]*")
_LONGEST = 400


def finished(draft: Draft, place: Place) -> Draft | Drop:
    """Drop code that begins behind the end of a statement on the cursor's line; a comment there stays."""
    before = line_before(place)
    whole = before.strip()
    if not whole or len(before) > _LONGEST or draft.replaces or not place.language.grammar or line_after(place).strip():
        return draft
    ended = whole.endswith(";") and place.language.id in _TERMINATED
    same_line = draft.text.split("\n", 1)[0].strip()
    below = not place.multiline and before[0] not in " \t" and _NEW.match(draft.text) is not None
    if not (ended and same_line) and not (below and (ended or _is_whole(whole, place))):
        return draft
    opened = scan(code_before(place), place.language)
    if opened.quote or place.language.line_comment in before or (opened.open and opened.open[-1][1] != "{"):
        return draft
    comment = _COMMENT.match(draft.text) if ended else None
    if comment is not None:
        return draft if comment.end() == len(draft.text) else Draft(comment.group())
    return Drop("the statement before the cursor is whole")


def _is_whole(line: str, place: Place) -> bool:
    """Whether the line is a statement by itself."""
    if place.language.id in {"java", "rust"} or line[0] in "@#" or opens_block(line, place.language):
        return False
    parsed = parse_text(line, place.language)
    return parsed is not None and not faults(parsed)
