"""A piece of accepted text: where it is and what is left of it while the document is edited around it, and in it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from caretwise.measure.kept import Remains
from caretwise.measure.tracked import Change, advanced, between, moved, plain
from caretwise.text.edit import TextEdit
from caretwise.text.lines import Lines
from caretwise.text.position import Range
from caretwise.text.snapshot import without_end

_MOST_CUTS = 20


class Piece:
    """What one accepted step inserted (`\n` line ends), and where that is now. `certain`: it is known to be ours."""

    __slots__ = ("back_at", "certain", "cuts", "glued", "remains", "since", "span", "taken_out", "taken_out_at", "text")

    def __init__(self, text: str, span: Range, *, certain: bool = True, now: str | None = None) -> None:
        """It stands at `span`, as `now` when the editor has put it in with changes of its own."""
        self.text, self.span, self.certain = text, span, certain
        self.remains = Remains(text) if now is None else Remains.told(text, now)
        self.since = 0.0
        """When it came in."""
        self.cuts: deque[tuple[str, tuple[int, int]]] = deque(maxlen=_MOST_CUTS)
        """Text that was taken out together with some of it, and which part of that was ours."""
        self.glued: tuple[bool, bool] = False, False
        """Whether words stood right ahead of it, and right behind it, when it was taken out."""
        self.back_at: tuple[float, float] | None = None
        """When it was put back last, and when it had been taken out."""
        self.taken_out_at: float | None = None
        self.taken_out: tuple[str, Remains] = ("", self.remains)

    def follow(self, change: Change, edits: Sequence[TextEdit]) -> None:
        """Move with edits, which come last first and refer to the text before the change."""
        before = self.span
        for edit in edits:
            back = self._back(before, edit)
            span = moved(self.span, edit)
            start, end = max(before.start, edit.range.start), min(before.end, edit.range.end)
            if start <= end and not before.is_empty:
                low = len(plain(between(change.before, Range(before.start, start))))
                old = plain(between(change.before, Range(start, end)))
                new = plain(edit.new_text) if _is_inside(before, edit) else ""
                if back is not None:
                    span, new = _with(span, edit, back), plain(edit.new_text)[slice(*back)]
                elif not edit.new_text and len(old) > 1 and not _is_inside(before, edit):
                    ahead = len(plain(between(change.before, Range(edit.range.start, start))))
                    self.cuts.append((plain(between(change.before, edit.range)), (ahead, ahead + len(old))))
                self.remains.replace(low, low + len(old), old, new)
            self.span = span

    def _back(self, span: Range, edit: TextEdit) -> tuple[int, int] | None:
        """Which part of what an edit puts in at an edge was cut off there."""
        text = plain(edit.new_text)
        if not edit.range.is_empty or edit.range.start not in {span.start, span.end}:
            return None
        if self.remains.knows(text):
            return 0, len(text)
        return next((part for whole, part in reversed(self.cuts) if whole == text), None)

    def not_back(self, at: float) -> float | None:
        """What put it back at that time was another's text: it is gone again, and since when; None when it was not."""
        if self.back_at is None or self.back_at[0] != at:
            return None
        self.taken_out_at = self.back_at[1]
        self.remains.there, self.span = [], Range(self.span.start, self.span.start)
        return self.taken_out_at

    def now(self, lines: Lines) -> str:
        """What stands there."""
        return plain(between(lines, self.span))


def _is_inside(span: Range, edit: TextEdit) -> bool:
    """Whether what an edit puts in is inside of the span, as `moved` has it."""
    start, end = edit.range.start, edit.range.end
    if start == end:
        return span.start < start < span.end
    return span.start <= start and end <= span.end


def _with(span: Range, edit: TextEdit, back: tuple[int, int]) -> Range:
    """The span with that part of an edit which was put back at one of its edges."""
    start, end = (advanced(edit.range.start, plain(edit.new_text)[:at]) for at in back)
    return Range(min(span.start, start), max(span.end, end))


def bring_back(piece: Piece, at: float, edits: list[TextEdit]) -> None:
    """When the text that was taken out stands in the document again, the piece is there."""
    text, remains = piece.taken_out
    bare = text.strip()
    for edit in edits:
        place = _found(bare, piece.glued, edit.new_text) if bare else -1
        if place >= 0 and piece.taken_out_at is not None:
            start = advanced(edit.range.start, edit.new_text[:place])
            low = text.index(bare)
            piece.span, piece.remains = Range(start, advanced(start, bare)), remains.copy()
            piece.remains.there = remains.there[low : low + len(bare)]
            piece.back_at, piece.taken_out_at = (at, piece.taken_out_at), None
            return


def _found(bare: str, glued: tuple[bool, bool], text: str) -> int:
    """Where a text stands in another, no part of longer words unless it was `glued` to some at its ends; -1 for nowhere."""
    ahead = "" if glued[0] or not _is_word(bare[:1]) else r"(?<!\w)"
    behind = "" if glued[1] or not _is_word(bare[-1:]) else r"(?!\w)"
    found = re.search(ahead + re.escape(bare) + behind, text)
    return found.start() if found else -1


def glued(lines: Lines, span: Range) -> tuple[bool, bool]:
    """Whether words stand right ahead of a span, and right behind it."""
    ahead = without_end(lines[span.start.line])[: span.start.character]
    behind = without_end(lines[span.end.line])[span.end.character :]
    return _is_word(ahead[-1:]), _is_word(behind[:1])


def _is_word(char: str) -> bool:
    return char == "_" or char.isalnum()
