"""A change that brought a part of one or more suggestions into a document, until it is known whose doing that was."""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.measure.candidate import Candidate, Manner
from caretwise.measure.piece import Piece
from caretwise.measure.schema import Amount


@dataclass(slots=True, eq=False)
class Option:
    """A suggestion that a change may have been an acceptance of: how much of it was there before, and after."""

    candidate: Candidate
    before: int
    after: int
    piece: Piece
    manner: Manner


@dataclass(slots=True, eq=False)
class Step:
    """A change that brought a part of a suggestion into the document, not yet attributed. The newest option is first."""

    at: float
    options: list[Option]


def amount(option: Option) -> Amount:
    """The name for what a change brought in."""
    text, after = option.candidate.text, option.after
    if after == len(text):
        return "full"
    return "line" if "\n" in text[option.before : after] or text[after] == "\n" else "word"
