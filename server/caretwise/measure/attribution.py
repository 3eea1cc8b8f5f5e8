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
from caretwise.measure.silence import Silence
from caretwise.measure.step import Option, Step
from caretwise.measure.step import amount as amount_of
from caretwise.measure.tracked import Change, between, plain
from caretwise.text.lines import Lines

SETTLE_SECONDS = 1.0
"""A change that looks like an acceptance waits this long for the editor's word."""

AT_ONCE_SECONDS = 0.02
"""What comes in so soon after something else was not typed after it."""

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
        self.silence = Silence()
        self.notification = 0
        """The number of the last notification of edits."""
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
        """What an edit may have been of a suggestion; with what an insertion's edits ahead of it brought in."""
        inserted = change.smallest.new_text
        begun = self._begun(one, before)
        if begun is not None:
            before, inserted, foreign = begun.before, begun.inserted + inserted, foreign or begun.foreign
        manner = Manner.MENU if foreign else one.manner(before, change, inserted, exact=self.exact)
        return _option(one, before, one.matched, manner, inserted, foreign=foreign)

    def _begun(self, one: Candidate, before: int) -> Option | None:
        """What earlier edits of the same notification brought in up to `before`, unless it was a key; it is taken out."""
        for step in self.steps:
            option = step.of(one) if step.notification == self.notification else None
            if option is not None and option.after == before and not option.keyed:
                self._take_out(step, option)
                step.goes_on = True
                return option
        return None

    def _take_out(self, step: Step, option: Option) -> None:
        self.retention.withdrawn(option.candidate.id, option.piece)
        step.options.remove(option)

    def stepped(self, at: float, step: Step, lines: Lines) -> list[Fact]:
        """A change brought parts of suggestions in: attributed at once when the editor has announced it, else it waits."""
        facts: list[Fact] = []
        step.notification = self.notification
        for earlier in [one for one in self.steps if one.goes_on]:
            step.options += earlier.options  # other suggestions that began alike
            self.steps.remove(earlier)
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

    def gathered(self, step: Step, option: Option) -> Option:
        """The insertion that the editor speaks of: with the edits ahead that were sent with it or at the same moment."""
        one, keyed = option.candidate, option.keyed
        for earlier in reversed(self.steps[: self.steps.index(step)]):
            ahead = earlier.of(one)
            if ahead is None or ahead.after != option.before or ahead.foreign:
                break
            together = earlier.notification == step.notification
            if ahead.keyed and not (together and keyed):
                break
            if not together and not 0 <= step.at - earlier.at <= AT_ONCE_SECONDS:
                break
            self._take_out(earlier, ahead)
            self._take_out(step, option)
            option = _option(one, ahead.before, option.after, option.manner, ahead.inserted + option.inserted)
            step.options.insert(0, option)
            self.retention.accepted(step.at, one.id, one.uri, option.piece)
        self.steps = [one for one in self.steps if one.options]
        return option

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
        for step, option in self.silence.overdue(at, everything=everything):
            facts += self._not_ours(step, option)
        for one in list(self.over):
            assert one.over is not None, "it is among those that are over"
            if everything or _is_past(one.over[0], at):
                facts += self.end(one.over[0], one, one.over[1])
        return facts

    def _settled(self, step: Step) -> list[Fact]:
        option = next((one for one in step.options if self._credible(one)), None)
        if option is not None:
            return self.take(step, option, amount_of(option), "text")
        quiet = next((one for one in step.options if self.silence.counts(one)), None)
        if quiet is not None:
            return self._unspoken(step, quiet)
        facts: list[Fact] = []
        for one in step.options:
            self.retention.withdrawn(one.candidate.id, one.piece)
            hidden = one.candidate.hidden_at is not None and one.candidate.hidden_at <= step.at
            typed = one.manner is Manner.TYPED and not hidden
            one.candidate.mark(one.before, one.after, Mark.TYPED if typed else Mark.FOREIGN)
            if typed:
                facts += self._finish(step.at, one.candidate, one)
        return facts

    def _unspoken(self, step: Step, option: Option) -> list[Fact]:
        """The editor, known to speak, has not: perhaps it does not any more."""
        for other in [one for one in step.options if one is not option]:
            self._take_out(step, other)
        self.live.drop(option.candidate)
        self.silence.unspoken(step, option)
        if not self.silence.fell:
            return []
        waited, self.silence.waiting = self.silence.waiting, []
        return [fact for one, found in waited for fact in self.take(one, found, amount_of(found), "text")]

    def _not_ours(self, step: Step, option: Option) -> list[Fact]:
        one = option.candidate
        self.retention.withdrawn(one.id, option.piece)
        one.mark(option.before, option.after, Mark.FOREIGN)
        return self.end(step.at, one, "cleared")

    def spoke(self, one: Candidate) -> list[Fact]:
        """The editor says that it inserted a suggestion: it does speak, and of what waits it means this one alone."""
        self.silence.spoken()
        facts: list[Fact] = []
        for step, option in self.silence.overdue(0.0, everything=True):
            if option.candidate is one:
                self.steps.append(step)
            else:
                facts += self._not_ours(step, option)
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
            return not self.tells_full or self.silence.fell
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

    def stands_whole(self, one: Candidate) -> bool:
        """Whether all of a suggestion stands in its place, and a key of it that was typed before: a stale item was taken."""
        if one.over is None or one.torn is None or one.skip or one.uri not in self.lines:
            return False
        return plain(between(self.lines[one.uri], one.torn)).startswith(one.text)

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


def _option(one: Candidate, before: int, after: int, manner: Manner, inserted: str, *, foreign: bool = False) -> Option:
    piece = Piece(one.text[before:after], one.span(before), certain=False, now=one.put_in)
    return Option(one, before, after, piece, manner, inserted, foreign)


def _is_past(since: float, at: float) -> bool:
    """Whether the editor has had its time; when the clock was set back nobody can tell, and nothing waits for long."""
    return at >= since + SETTLE_SECONDS or at < since
