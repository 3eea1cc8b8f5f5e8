"""Whose doing it was that a part of a suggestion came into a document: the editor's, the user's, a menu's, nobody's.

A change waits a moment for the editor's word; without it the text decides, unless this editor is known to speak.
"""

from __future__ import annotations

from collections import deque

from caretwise.measure import noting
from caretwise.measure.candidate import Candidate, Manner, Mark
from caretwise.measure.fact import Fact
from caretwise.measure.live import Live
from caretwise.measure.piece import Piece
from caretwise.measure.retention import Retention
from caretwise.measure.schema import Amount, Evidence, Kind
from caretwise.measure.step import Option, Step
from caretwise.measure.step import amount as amount_of
from caretwise.measure.tracked import Change, between, plain
from caretwise.text.lines import Lines

SETTLE_SECONDS = 1.0
"""A change that looks like an acceptance waits this long for the editor's word."""

_MOST_DELETED, _DELETED_SECONDS = 20, 300.0


class Attribution:
    """The suggestions that may be accepted, the changes that wait, and the accepted text that is followed."""

    def __init__(self, *, exact: bool) -> None:
        """`exact`: the editor sends edits as they were made, not as it found them."""
        self.live, self.retention = Live(), Retention()
        self.steps: list[Step] = []
        self.over: list[Candidate] = []
        """Suggestions in whose place something else stands, while the editor may yet say that it accepted them."""
        self.lines: dict[str, Lines] = {}
        self.exact = exact
        self.tells_full = False
        """The editor is known to say so when it has inserted a suggestion; `tells_parts`: also of a part."""
        self.tells_parts = False
        self._deleted: deque[tuple[float, str, str]] = deque(maxlen=_MOST_DELETED)

    def came_back(self, at: float, uri: str, change: Change) -> bool:
        """Whether the edit puts in what was taken out a while ago (undo, redo, cut and paste); what it takes out is kept."""
        edit = change.smallest
        found = len(edit.new_text) > 1 and (
            any(
                one == uri and text == edit.new_text and at - when <= _DELETED_SECONDS
                for when, one, text in self._deleted
            )
            or self.retention.comes_back(uri, edit.new_text)
        )
        taken = "" if edit.range.is_empty else plain(between(change.before, edit.range))
        if len(taken) > 1:
            self._deleted.append((at, uri, taken))
        return found

    def option(self, one: Candidate, before: int, change: Change, *, foreign: bool) -> Option:
        piece = Piece(one.text[before : one.matched], one.span(before), certain=False, now=one.put_in)
        manner = Manner.MENU if foreign else one.manner(before, change, exact=self.exact)
        return Option(one, before, one.matched, piece, manner)

    def stepped(self, at: float, step: Step, lines: Lines) -> list[Fact]:
        """A change brought parts of suggestions in: attributed at once when the editor has announced it, else it waits."""
        facts: list[Fact] = []
        for option in step.options:
            self.retention.accepted(at, option.candidate.id, option.candidate.uri, option.piece, lines)
        told = next((one for one in step.options if one.candidate.announced(one.before, one.after)), None)
        if told is None:
            self.steps.append(step)
            return facts
        one = told.candidate
        self._keep(step, told)
        facts += noting.accepted(at, one, amount_of(told), "text")
        return facts + self._finish(at, one, told)

    def step_of(self, one: Candidate) -> tuple[Step | None, Option | None]:
        """The last change that may have been the acceptance of a suggestion."""
        for step in reversed(self.steps):
            for option in step.options:
                if option.candidate is one:
                    return step, option
        return None, None

    def take(self, step: Step, option: Option, amount: Amount, evidence: Evidence) -> list[Fact]:
        """A change was the acceptance of this suggestion."""
        one = option.candidate
        facts = self.settle_of(one)  # what came before this, and was not the editor's
        facts += noting.shown(step.at, one, evidence, one.offered_at)
        one.mark(option.before, option.after, Mark.ACCEPTED)
        self._keep(step, option)
        said = amount_of(option)
        if evidence != "text":
            facts += noting.accepted(step.at, one, amount if said != "full" and amount != "full" else said, evidence)
        facts += noting.accepted(step.at, one, said, "text")
        return facts + self._finish(step.at, one, option)

    def _keep(self, step: Step, option: Option) -> None:
        option.piece.certain = True
        self.retention.claimed(step.at, option.candidate.uri, option.piece)
        for other in step.options:
            if other is not option:
                self.retention.withdrawn(other.candidate.id, other.piece)
                other.candidate.hide(step.at)

    def _finish(self, at: float, one: Candidate, option: Option) -> list[Fact]:
        """A suggestion that has come into the document as a whole is over."""
        if one.done or option.after < len(one.text):
            return []
        facts = self.settle_of(one)
        if one.done:
            return facts
        self.drop(one)
        return facts + noting.typed(at, one, whole=True)

    def settle(self, at: float, *, everything: bool = False) -> list[Fact]:
        """The editor has had its time: what the text says counts, where the editor is not known to speak for itself."""
        facts: list[Fact] = []
        for step in list(self.steps):
            if step in self.steps and (everything or _is_past(step.at, at)):
                self.steps.remove(step)
                facts += self._settled(step)
        for one in list(self.over):
            assert one.over is not None, "it is among those that are over"
            if everything or _is_past(one.over[0], at):
                facts += self.end(one.over[0], one, one.over[1])
        return facts

    def _settled(self, step: Step) -> list[Fact]:
        option = next((one for one in step.options if self._credible(one)), None)
        if option is not None:
            return self.take(step, option, amount_of(option), "text")
        facts: list[Fact] = []
        for one in step.options:
            self.retention.withdrawn(one.candidate.id, one.piece)
            hidden = one.candidate.hidden_at is not None and one.candidate.hidden_at <= step.at
            typed = one.manner is Manner.TYPED and not hidden
            one.candidate.mark(one.before, one.after, Mark.TYPED if typed else Mark.FOREIGN)
            if typed:
                facts += self._finish(step.at, one.candidate, one)
        return facts

    def settle_of(self, one: Candidate) -> list[Fact]:
        """Settle what waits for a suggestion's sake, now that it is over."""
        facts: list[Fact] = []
        for step in list(self.steps):
            if step in self.steps and any(option.candidate is one for option in step.options):
                self.steps.remove(step)
                facts += self._settled(step)
        return facts

    def _credible(self, option: Option) -> bool:
        if option.candidate.done:
            return False
        if option.manner is Manner.WHOLE:
            return not self.tells_full
        return option.manner is Manner.PART and not self.tells_parts

    def torn(self, at: float, one: Candidate, change: Change) -> None:
        """Other text stands there now. The editor may yet say that it is ours, put in with changes of its own."""
        self.lines[one.uri] = change.after
        self.live.drop(one)
        one.hide(at)
        one.over = (at, "typed")
        self.over.append(one)
        low = one.matched
        if one.announced(low, len(one.text)):
            self.adopt(at, one, low, len(one.text))

    def adopt(self, at: float, one: Candidate, low: int, high: int) -> None:
        """The editor says that a part was inserted, and the text shows something else in its place: it is followed."""
        if one.over is None or one.torn is None or one.uri not in self.lines:
            return
        lines = self.lines[one.uri]
        piece = Piece(one.text[low:high], one.torn, now=plain(between(lines, one.torn)))
        self.retention.accepted(at, one.id, one.uri, piece, lines)

    def end(self, at: float, one: Candidate, reason: str) -> list[Fact]:
        """A suggestion is over without having come into the document as a whole."""
        if one.done:
            self.drop(one)
            return []
        facts = self.settle_of(one)
        if one.done:
            return facts
        self.drop(one)
        facts += noting.typed(at, one)
        if not one.accepted:
            visible = noting.visible(at, one)
            facts.append(Fact(Kind.SUPERSEDED, one.id, at, characters=len(one.left), reason=reason, visible_ms=visible))
        return facts

    def drop(self, one: Candidate) -> None:
        one.done = True
        if one in self.over:
            self.over.remove(one)
        self.live.drop(one)


def _is_past(since: float, at: float) -> bool:
    """Whether the editor has had its time; when the clock was set back nobody can tell, and nothing waits for long."""
    return at >= since + SETTLE_SECONDS or at < since
