"""A change that brought a part of one or more suggestions into a document, until it is known whose doing that was."""

from __future__ import annotations

from dataclasses import dataclass

from caretwise.measure.candidate import Candidate, Manner, is_typing
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
    inserted: str
    """What the edits put in, all of it."""
    foreign: bool = False
    """It came back (undo, redo, cut and paste), or a menu put it in: no acceptance, whatever it looks like."""

    @property
    def keyed(self) -> bool:
        """Whether it looks like one key."""
        return is_typing(self.candidate.text[self.before : self.after], self.inserted)


@dataclass(slots=True, eq=False)
class Step:
    """A change that brought a part of a suggestion into the document, not yet attributed. The newest option is first."""

    at: float
    options: list[Option]
    notification: int = 0
    """The number of the notification that it came in: an editor may cut one insertion into several edits."""
    goes_on: bool = False
    """A later edit of the notification has brought in more of the same."""

    def of(self, candidate: Candidate) -> Option | None:
        """What it may have been of this suggestion."""
        return next((one for one in self.options if one.candidate is candidate), None)


def amount(option: Option) -> Amount:
    """The name for what a change brought in."""
    text, after = option.candidate.text, option.after
    if after == len(text):
        return "full"
    return "line" if "\n" in text[option.before : after] or text[after] == "\n" else "word"
