"""What is left of accepted text as time goes by: tracked through all edits, looked at 30, 120, 300 and 600 s later."""

from __future__ import annotations

from dataclasses import dataclass, field

from caretwise.measure.fact import Fact
from caretwise.measure.kept import tokens
from caretwise.measure.piece import Piece, bring_back, glued
from caretwise.measure.schema import CHECKPOINTS, Disturbed, Kind
from caretwise.measure.tracked import Change, between, plain, refined
from caretwise.text.edit import TextEdit
from caretwise.text.lines import Lines

UNDO_SETTLES = 5.0
"""Seconds within which text that was taken out may come back (redo, moved by cut and paste) and nothing is noted."""

COMES_BACK = 120.0
"""Seconds within which text that was taken out is known again when it is put back."""

SWITCH_SECONDS, SWITCH_DOCUMENTS = 2.0, 3
"""So many documents changed within so many seconds: not by a user's typing."""

MOST_TRACKED = 400
"""Accepted suggestions that are followed at once; then the oldest is given up."""

_LEAST_REPLACED = 4  # lines that are not empty


@dataclass(slots=True)
class _Followed:
    """One accepted suggestion."""

    suggestion: str
    uri: str
    first_at: float
    pieces: list[Piece] = field(default_factory=list[Piece])
    done: int = 0
    """Looks that were made."""
    gone_at: float | None = None
    undone: bool = False
    disturbed: Disturbed = ""
    touched_at: float = -1.0
    """When a change of several lines last took some of it away."""

    @property
    def characters(self) -> int:
        """Code points that were accepted."""
        return sum(len(piece.text) for piece in self.pieces)


class Retention:
    """Follows accepted text in all documents of a session."""

    def __init__(self) -> None:
        """Nothing was accepted yet."""
        self._followed: dict[str, _Followed] = {}
        self._lines: dict[str, Lines] = {}
        self._changed: dict[str, float] = {}

    def accepted(self, at: float, suggestion: str, uri: str, piece: Piece, lines: Lines | None = None) -> None:
        """A step of a suggestion came into a document, whose text is `lines` now (None: what it was last)."""
        one = self._followed.setdefault(suggestion, _Followed(suggestion, uri, at))
        piece.since = at
        one.pieces.append(piece)
        if lines is not None:
            self._lines[uri] = lines
        while len(self._followed) > MOST_TRACKED:
            del self._followed[next(iter(self._followed))]

    def withdrawn(self, suggestion: str, piece: Piece) -> None:
        """It turned out not to be ours."""
        one = self._followed.get(suggestion)
        if one is not None and piece in one.pieces:
            one.pieces.remove(piece)
            if not one.pieces:
                del self._followed[suggestion]
            elif not one.done:
                one.first_at = one.pieces[0].since  # what was typed ahead of it is not the first acceptance

    def claimed(self, at: float, uri: str, mine: Piece) -> None:
        """What came into a document at a time was accepted: no older text came back by it."""
        for one in self._followed.values():
            if one.uri != uri or mine in one.pieces:
                continue
            gone = [since for piece in one.pieces if (since := piece.not_back(at)) is not None]
            if gone and not any(piece.remains.there for piece in one.pieces):
                one.gone_at = max(gone)

    def comes_back(self, uri: str, text: str) -> bool:
        """Whether `text` is what was taken out a moment ago: undone and done again, or cut and put back."""
        return any(
            piece.taken_out_at is not None and piece.taken_out[0].strip() == text.strip()
            for one in self._followed.values()
            if one.uri == uri
            for piece in one.pieces
        )

    # -- edits -----------------------------------------------------------------------------------------------------

    def changed(self, at: float, uri: str, change: Change, *, comes_back: bool = True) -> None:
        """Follow an edit; with `comes_back` it may put in again what was taken out."""
        self._lines[uri] = change.after
        here = [one for one in self._followed.values() if one.uri == uri]
        self._note_switch(at, uri)
        if not here:
            return
        edit = change.smallest
        pieces = [piece for one in here for piece in one.pieces]
        touched = any(piece.span.touches(edit.range) and not piece.span.is_empty for piece in pieces)
        edits = refined(change) if touched else [edit]
        wide = edit.range.end.line > edit.range.start.line or "\n" in edit.new_text
        lost = [one for one in here if self._follow(at, one, change, edits, comes_back=comes_back) and wide]
        whole = bool(lost) and _is_whole(change, edits)
        for one in lost:
            one.touched_at = at
            if whole:
                one.disturbed = one.disturbed or "replaced"
        self._note_switch(at, uri)

    def _follow(self, at: float, one: _Followed, change: Change, edits: list[TextEdit], *, comes_back: bool) -> bool:
        """Move a suggestion's pieces; whether one of them lost text."""
        if not any(piece.taken_out_at is not None or _touched(piece, edits) for piece in one.pieces):
            for piece in one.pieces:
                piece.follow(change, edits)
            return False
        lost = False
        for piece in one.pieces:
            text, remains = plain(between(change.before, piece.span)), piece.remains.copy()
            around = glued(change.before, piece.span)
            piece.follow(change, edits)
            now = piece.now(change.after)
            lost |= len(now) < len(text)
            if text.strip() and not now.strip():
                piece.taken_out_at, piece.taken_out, piece.glued = at, (text, remains), around
            elif comes_back and piece.taken_out_at is not None and at - piece.taken_out_at <= COMES_BACK:
                bring_back(piece, at, edits)
        gone = all(not between(change.after, piece.span).strip() for piece in one.pieces)
        if not gone:
            one.gone_at = None
        elif one.gone_at is None:
            one.gone_at = at
        return lost

    def _note_switch(self, at: float, uri: str) -> None:
        """Several documents at once: whatever was lost in them meanwhile was not taken out by the user."""
        self._changed[uri] = at
        if len(self._changed) < SWITCH_DOCUMENTS:
            return
        self._changed = {one: when for one, when in self._changed.items() if at - when <= SWITCH_SECONDS}
        if len(self._changed) < SWITCH_DOCUMENTS:
            return
        for one in self._followed.values():
            if at - one.touched_at <= SWITCH_SECONDS:
                one.disturbed = "many_files"

    # -- documents -------------------------------------------------------------------------------------------------

    def closed(self, at: float, uri: str) -> list[Fact]:
        """A document was closed: what became of the text in it cannot be told any more."""
        found = [one for one in self._followed.values() if one.uri == uri]
        facts = self.tick(at)
        self._lines.pop(uri, None)
        for one in found:
            if self._followed.pop(one.suggestion, None) is not None:
                facts += _given_up(at, one)
        return facts

    def end(self, at: float) -> list[Fact]:
        """The session ends."""
        facts = self.tick(at)
        facts += [fact for one in self._followed.values() for fact in _given_up(at, one)]
        self._followed.clear()
        return facts

    # -- time ------------------------------------------------------------------------------------------------------

    def due(self) -> float | None:
        """When there is something to look at next."""
        times: list[float] = []
        for one in self._followed.values():
            if not all(piece.certain for piece in one.pieces):
                continue  # whose it is is settled first
            times.append(one.first_at + CHECKPOINTS[one.done])
            if one.gone_at is not None and not one.undone:
                times.append(one.gone_at + UNDO_SETTLES)
        return min(times, default=None)

    def tick(self, at: float) -> list[Fact]:
        """What is to be noted by now."""
        facts: list[Fact] = []
        for one in list(self._followed.values()):
            if not all(piece.certain for piece in one.pieces):
                continue
            if one.gone_at is not None and not one.undone and at >= one.gone_at + UNDO_SETTLES:
                one.undone = True
                facts.append(Fact(Kind.UNDONE, one.suggestion, one.gone_at, characters=one.characters))
            while one.done < len(CHECKPOINTS) and at >= one.first_at + CHECKPOINTS[one.done]:
                facts += self._look(one)
            if one.done == len(CHECKPOINTS):
                del self._followed[one.suggestion]
        return facts

    def _look(self, one: _Followed) -> list[Fact]:
        after = CHECKPOINTS[one.done]
        first = one.done == 0
        one.done += 1
        lines = self._lines[one.uri]
        now = [piece.now(lines) for piece in one.pieces]
        weights = [len(tokens(piece.text)) or 1 for piece in one.pieces]
        shares = [piece.remains.share(text) for piece, text in zip(one.pieces, now, strict=True)]
        share = sum(w * s for w, s in zip(weights, shares, strict=True)) / sum(weights)
        edited = any(tokens(piece.text) != tokens(text) for piece, text in zip(one.pieces, now, strict=True))
        when = one.first_at + after
        # A look may come late (a machine that slept): edits are always looked at before they are followed.
        disturbed: Disturbed = one.disturbed or ("undo" if one.undone else "")
        kept = round(one.characters * share)
        facts = [
            Fact(Kind.RETAINED, one.suggestion, when, characters=kept, after_s=after, share=share, disturbed=disturbed)
        ]
        if first and edited and share >= 0.5:
            facts.append(Fact(Kind.EDITED, one.suggestion, when, characters=kept, share=share))
        return facts


def _touched(piece: Piece, edits: list[TextEdit]) -> bool:
    return any(piece.span.touches(edit.range) for edit in edits)


def _is_whole(change: Change, edits: list[TextEdit]) -> bool:
    """Whether most of the document was exchanged for other text; empty lines do not count."""
    spans = sum(edit.range.end.line - edit.range.start.line for edit in edits)
    if spans > len(change.before) / 2:
        return len(change.before) >= _LEAST_REPLACED
    written = {number for number, line in enumerate(change.before) if line.strip()}
    touched = {line for edit in edits for line in range(edit.range.start.line, edit.range.end.line + 1)}
    return len(written) >= _LEAST_REPLACED and len(touched & written) > len(written) / 2


def _given_up(at: float, one: _Followed) -> list[Fact]:
    if not all(piece.certain for piece in one.pieces):
        return []
    facts: list[Fact] = []
    if one.gone_at is not None and not one.undone:
        facts.append(Fact(Kind.UNDONE, one.suggestion, one.gone_at, characters=one.characters))
    left = CHECKPOINTS[one.done :]
    return facts + [Fact(Kind.RETAINED, one.suggestion, at, after_s=after, disturbed="closed") for after in left]
