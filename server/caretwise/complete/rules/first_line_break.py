"""A line break at the start that is only formatting. Without it users see `return` with its value on the next line.

A break after a line that is complete, or that opens a block, is meant and stays.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import CLOSERS, scan
from caretwise.complete.rules._surroundings import code_before, is_prose, line_before, lines_above, opens_block
from caretwise.text.indent import leading

_BREAK = re.compile(r"(?:[ \t]*\n)+[ \t]*")
_BEGUN = re.compile(
    r"\s*(?:(?:export|default|pub|public|private|protected|static|final|async|abstract)\s+)*(?:const|let|var|def|class|function"
    r"|func|fn|import|if|elif|while|for|case|with|except|struct|enum|impl|trait|interface|defer|switch|export|static|public"
    r"|private|protected|use|package)\s*\Z"
)
"""A line that has only the word that a statement begins with."""
_UNFINISHED = re.compile(r"(?:[=.+*/%&|^<!-]|\b(?:return|in|and|or|not|is|await|yield|throw|new|raise|assert))\Z")


def first_line_break(draft: Draft, place: Place) -> Draft:
    """Take off line breaks at the start when the cursor's line is unfinished, or blank below another blank line."""
    begins = _BREAK.match(draft.text)
    before = line_before(place)
    if begins is None:
        return draft
    if not before.strip():
        above = lines_above(place, 1)
        keeps = not before and above and above[0].strip()
        blanks = len(begins.group()) - len(begins.group().rstrip(" \t"))
        return draft if keeps else Draft(draft.text[begins.end() - blanks :], draft.replaces)
    deeper = len(leading(draft.text[: begins.end()].rpartition("\n")[2])) > len(leading(before))
    in_call = before.rstrip()[-1] in "([" and not deeper and draft.text[begins.end() :][:1] not in CLOSERS
    if opens_block(before, place.language) and not in_call and not _in_brackets(before, place):
        # The body begins on the next line, not below a blank one.
        last = begins.group().rpartition("\n")[2]
        return Draft("\n" + last + draft.text[begins.end() :], draft.replaces)
    quote = scan(before, place.language).quote
    if quote == "/*":
        return draft  # `/**`: the comment goes on below
    in_string = len(quote) == 1 and not is_prose(place.language)
    unfinished = _UNFINISHED.search(before[-40:].rstrip()) or _BEGUN.match(before) or before.endswith(", ")
    if not (unfinished or in_string or in_call or _in_brackets(before, place)):
        return draft
    rest = draft.text[begins.end() :]
    blank = begins.group().rpartition("\n")[2]
    apart = before[-1] not in " \t" and (
        blank == " " or (before[-1].isalnum() and rest[:1].isalnum() and not in_string)
    )
    return Draft(" " * apart + rest, draft.replaces)


def _in_brackets(before: str, place: Place) -> bool:
    """Whether the line ends with the colon of an entry (`"key":`), which opens no block."""
    if not before.rstrip().endswith(":") or place.language.id != "python":
        return False
    found = scan(code_before(place), place.language)
    return bool(found.open) and found.open[-1][1] == "{"
