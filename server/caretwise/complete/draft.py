"""What the rules work on: a place in a document, and a suggestion for it that is still being made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caretwise.text.language import Language


@dataclass(frozen=True, slots=True)
class Place:
    """What a rule may know of the place that is being completed.

    `prefix` is the text before the cursor, up to the cursor, perhaps cut at its top; `suffix` is the text after the
    cursor, perhaps cut at its end. Both as they stand in the document, whatever their line ends. `multiline`: several
    lines are wanted (else one). `indent_unit` is one step of indentation: a tab, or blanks. `head`: the document's first
    lines that are not blank, where the prefix was cut below them.
    """

    prefix: str
    suffix: str
    language: Language
    multiline: bool
    indent_unit: str
    line_end: str = "\n"
    head: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A suggestion being made.

    `text` goes in at the cursor; its lines are joined by `\\n`. `replaces` says how many code points after the cursor,
    on its line, the text takes the place of; they are part of `text` then.
    """

    text: str
    replaces: int = 0


@dataclass(frozen=True, slots=True)
class Drop:
    """No suggestion. `reason` is a plain phrase that says why, such as "only white space"."""

    reason: str


Rule = Callable[[Draft, Place], Draft | Drop]
"""A rule takes a draft and gives back the same, a better one, or none at all. It never raises."""
