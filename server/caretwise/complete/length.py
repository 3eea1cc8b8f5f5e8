"""How long a suggestion should be: the rest of a line, or a small block."""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.text.indent import is_blank, leading, width
from caretwise.text.language import Language
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

LINE_TOKENS, BLOCK_TOKENS = 64, 160
"""Tokens that a model may write for one line (with the line it repeats), and for a block."""

MOST_LINES = 24
"""The most lines of a block."""


@dataclass(frozen=True, slots=True)
class Length:
    """What is wanted: several lines or one, and how many tokens the model may spend."""

    multiline: bool
    max_tokens: int


def length(snapshot: Snapshot, position: Position, language: Language, *, invoked: bool) -> Length:
    """A block where one may begin (an empty line, after an opener, or when asked for), else the rest of the line.

    A line that follows, is not blank and is indented more than the cursor's line means that the block exists already.
    """
    if snapshot.after(position).strip():
        return Length(multiline=False, max_tokens=LINE_TOKENS)
    before = snapshot.before(position)
    opens = opens_block(before)
    wanted = is_blank(before) or opens or invoked
    if wanted and not _block_exists(snapshot, position, opens=opens) and language.id != "plaintext":
        return Length(multiline=True, max_tokens=BLOCK_TOKENS)
    return Length(multiline=False, max_tokens=LINE_TOKENS)


def opens_block(before: str) -> bool:
    """Whether the text before the cursor opens something that later lines will close."""
    return before.rstrip().endswith(("{", ":", "(", "[", "=>", "->"))


def _block_exists(snapshot: Snapshot, position: Position, *, opens: bool) -> bool:
    here = width(leading(snapshot.line(position.line)) or snapshot.before(position))
    for number in range(position.line + 1, min(position.line + 4, len(snapshot.lines))):
        line = snapshot.line(number)
        if not is_blank(line):
            there = width(leading(line))
            return there > here if opens else there >= here > 0
    return False
