"""A second statement on the same line. Without it users see `return a; } function b() {` where a line was to be finished.

Cutting where an expression ends would shorten a third of the right line ends in Python and TypeScript, and every tenth in
Rust and Java (`tests/benchmarks/noisy_oracle.py`'s projects): calls are chained and added to. A statement's end is safe:
in 2,492 right line ends of TypeScript, JavaScript, Java and Rust nothing follows one.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._surroundings import line_before

_LANGUAGES = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact", "java", "rust"})
_MAY_FOLLOW = re.compile(r"[ \t]*(?:[)\]};,]*[ \t]*(?://|/\*|$)|$)")
_COMMENT = re.compile(r"(?:^|\s)//")
_CASE = re.compile(r"[ \t]*(?:case\b|default\b)")
_MOST, _TRIES = 400, 8
"""Code points of the line, and ends of statements in it, that are looked at."""


def statement_end(draft: Draft, place: Place) -> Draft:
    """Cut the first line behind the `;` that ends the statement, when more code follows on it."""
    before = line_before(place)[-_MOST:]
    first = draft.text.split("\n", 1)[0]
    if place.language.id not in _LANGUAGES or len(first) > _MOST or _CASE.match(before + first):
        return draft
    at = -1
    for _ in range(_TRIES):
        at = first.find(";", at + 1)
        if at < 0:
            return draft
        found = scan(before + first[:at], place.language)
        if (
            not found.open
            and not found.quote
            and not _COMMENT.search(first, 0, at)
            and not _MAY_FOLLOW.match(first, at + 1)
        ):
            return Draft(draft.text[: at + 1], draft.replaces) if not draft.replaces else draft
    return draft
