"""How long a suggestion should be: the rest of a line, a small block, or the rest of a function."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from caretwise.syntax.grammar import Parsed
from caretwise.syntax.place import in_text, open_function
from caretwise.text.indent import is_blank, leading, width
from caretwise.text.language import Language
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

LINE_TOKENS, BLOCK_TOKENS, FUNCTION_TOKENS = 64, 160, 320
"""Tokens that a model may write for one line (with the line it repeats), for a block, for the rest of a function."""

MOST_LINES, MOST_FUNCTION_LINES = 24, 40
"""The most lines of a block, and of the rest of a function."""


class Extent(enum.StrEnum):
    """How far a suggestion goes."""

    LINE = "line"
    BLOCK = "block"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Length:
    """What is wanted, and how many tokens the model may spend.

    `margin`, for the rest of a function: the indentation (columns) of the line that declares it. A line that is indented
    no more than that is not part of it.
    """

    extent: Extent
    max_tokens: int
    margin: int = 0

    @property
    def multiline(self) -> bool:
        """Whether several lines are wanted."""
        return self.extent is not Extent.LINE

    @property
    def most_lines(self) -> int:
        """The most lines."""
        return MOST_FUNCTION_LINES if self.extent is Extent.FUNCTION else MOST_LINES


LINE = Length(Extent.LINE, LINE_TOKENS)
BLOCK = Length(Extent.BLOCK, BLOCK_TOKENS)


def length(
    snapshot: Snapshot, position: Position, language: Language, *, invoked: bool, parsed: Parsed | None = None
) -> Length:
    """The rest of the line, unless a block may begin: on an empty line, after an opener, or when the user asks.

    A line that follows, is not blank and belongs to the block means that the block exists already. Where the syntax says
    that the cursor stands in a function that has no statement yet, or behind its last one when the user asks, it is the
    rest of the function.
    """
    before = snapshot.before(position)
    if snapshot.after(position).strip() or language.id == "plaintext":
        return LINE
    if parsed is not None and in_text(parsed, position):
        return LINE
    opens = opens_block(before, language)
    wanted = is_blank(before) or opens or invoked
    if not wanted or _block_exists(snapshot, position, opens=opens):
        return LINE
    function = open_function(parsed, position) if parsed is not None else None
    if function is not None and (function.empty or invoked):
        margin = width(leading(snapshot.line(function.first_line)))
        return Length(Extent.FUNCTION, FUNCTION_TOKENS, margin)
    return BLOCK


WORDS = {
    "shellscript": re.compile(r"\b(?:then|do|else)\Z"),
    "lua": re.compile(r"\b(?:then|do|else|repeat)\Z|\bfunction\b[^()]*\([^()]*\)\Z"),
    "ruby": re.compile(
        r"^\s*(?:def|class|module|if|unless|else|elsif|while|until|case|begin)\b.*|\bdo(?:\s*\|[^|]*\|)?\Z"
    ),
    "elixir": re.compile(r"\bdo\Z"),
}
"""Words that open a block which another word closes, by language."""


def opens_block(before: str, language: Language) -> bool:
    """Whether the text before the cursor opens something that later lines will close."""
    before = before.rstrip()
    words = WORDS.get(language.id)
    return before.endswith(("{", ":", "(", "[", "=>", "->")) or bool(words and words.search(before[-200:]))


def _block_exists(snapshot: Snapshot, position: Position, *, opens: bool) -> bool:
    here = width(leading(snapshot.line(position.line)) or snapshot.before(position))
    for number in range(position.line + 1, min(position.line + 4, len(snapshot.lines))):
        line = snapshot.line(number)
        if not is_blank(line):
            there = width(leading(line))
            return there > here if opens else there >= here > 0
    return False
