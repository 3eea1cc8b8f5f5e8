"""What became of each suggestion: shown, accepted in full or in part, typed through, dismissed, superseded, retained.

Two witnesses are heard and kept apart: the editor (our accept command, notifications of its plugin) and the document's
changes. A change that looks like an acceptance waits a moment for the editor's word. It is then noted once for each
witness, under the same suggestion and with the same number of characters. Time is an argument (seconds since 1970).
"""

from __future__ import annotations

from collections.abc import Sequence

from caretwise.measure import noting
from caretwise.measure.attribution import SETTLE_SECONDS, Attribution
from caretwise.measure.candidate import Candidate, Effect, Manner, Mark
from caretwise.measure.fact import Fact
from caretwise.measure.piece import Piece
from caretwise.measure.schema import Amount, Evidence, Kind
from caretwise.measure.step import Option, Step
from caretwise.measure.tracked import Change, between, plain
from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range

VISIBLE_SECONDS = 0.75
"""An editor that reports nothing is taken to have shown what was left standing this long."""

STALE_SECONDS = 10.0
"""A suggestion that gave way may still be accepted for this long: an editor may not have heard of the newer one."""


class Outcomes:
    """Follows all suggestions of a session. Each method returns what is known by then, oldest first."""

    def __init__(self, editor: str = "") -> None:
        """`editor` is the name that the editor gives itself."""
        self._work = Attribution(exact="code" in editor.lower())
        self._neovim = "neovim" in editor.lower()

    # -- what was offered ------------------------------------------------------------------------------------------

    def offered(
        self,
        at: float,
        suggestion: str,
        uri: str,
        text: str,
        position: Position,
        *,
        replaces: int = 0,
        asked_at: float | None = None,
        menu: str = "",
    ) -> list[Fact]:
        """An item was sent to the editor. The same suggestion again goes on with what is left of it."""
        facts = self.tick(at)
        known = self._work.live.known(suggestion)
        if known is not None and not known.done and known.uri == uri:
            if not known.text.endswith(text):
                facts += self._work.settle_of(known)
            known.go_on(text, position, replaces)
            known.menu, known.over = menu, None
            if known in self._work.over:
                self._work.over.remove(known)
            candidate = known
        else:
            asked = at if asked_at is None else asked_at
            candidate = Candidate(suggestion, uri, text, position, replaces, at, asked, menu=menu)
        for other in self._work.live.here(uri):
            if other is not candidate:
                other.hide(at)
        for one in self._work.live.put(candidate):
            facts += self._work.end(at, one, "replaced")
        return facts

    def also(
        self, at: float, suggestion: str, uri: str, text: str, position: Position, replaces: int, asked_at: float
    ) -> None:
        """Another candidate was sent along with the one on screen; it is there when the editor says so."""
        one = Candidate(suggestion, uri, text, position, replaces, at, asked_at, beside=True)
        one.hide(at)
        self._work.live.put_behind(one)

    def taken(self, suggestion: str) -> bool:
        """Whether the document holds all of a suggestion, or the editor has said so."""
        one = self._work.live.known(suggestion)
        return one is None or one.whole() or one.announced(one.matched, len(one.text))

    def current(self, uri: str) -> str | None:
        """The suggestion that is on screen in a document, as far as one knows."""
        here = self._work.live.here(uri)
        return here[-1].id if here and here[-1].hidden_at is None and not here[-1].whole() else None

    def knows(self, suggestion: str) -> bool:
        """Whether a suggestion is one of the last few hundred."""
        return self._work.live.known(suggestion) is not None

    def cleared(self, at: float, uri: str) -> list[Fact]:
        """Nothing is on screen in a document any more."""
        for one in self._work.live.here(uri):
            one.hide(at)
        return self.tick(at)

    # -- what the editor says --------------------------------------------------------------------------------------

    def shown(self, at: float, suggestion: str) -> list[Fact]:
        """The editor says that it has drawn a suggestion."""
        self._work.tells_full = self._work.silence.plugin = True
        self._work.tells_parts |= self._neovim
        one = self._work.live.known(suggestion)
        if one is None:
            return []
        if one.beside and not one.done and one.over is None:
            self._turn_to(at, one)
        return noting.shown(at, one, "notice", at)

    def _turn_to(self, at: float, one: Candidate) -> None:
        """The user looks at another of the candidates; the one that was on screen is beside it now."""
        for other in self._work.live.here(one.uri):
            if other is not one and other.hidden_at is None:
                other.beside = True
                other.hide(at)
        one.hidden_at = None
        self._work.live.put(one)

    def accepted(
        self,
        at: float,
        suggestion: str,
        amount: Amount = "full",
        *,
        length: int | None = None,
        evidence: Evidence = "command",
    ) -> list[Fact]:
        """The editor says that it has inserted a suggestion, or the first `length` code points of the item last sent."""
        one = self._work.live.known(suggestion)
        if one is None:
            return []
        self._work.tells_full |= amount == "full"
        self._work.tells_parts |= amount != "full"
        self._work.silence.plugin |= evidence == "notice"
        facts = self.tick(at) + self._work.spoke(one)
        step, option = self._work.step_of(one)
        target = len(one.text) if length is None else min(len(one.text), one.item_at + length)
        # A key that was typed a moment ago is not the insertion that the editor speaks of, and that is still to come.
        is_key = option is not None and option.manner is Manner.TYPED and option.after < target
        if step is not None and option is not None and not (is_key and (amount == "full" or length is not None)):
            option = self._work.gathered(step, option)
            self._work.steps.remove(step)
            return facts + self._work.take(step, option, amount, evidence)
        if one.done and one.accepted:
            return facts + noting.accepted(at, one, amount, evidence)
        low = 0 if self._work.stands_whole(one) else one.matched
        while low and low < target and one.marks[low]:
            low += 1
        if low >= target:
            return facts
        facts += noting.shown(at, one, evidence, one.offered_at)
        one.mark(low, target, Mark.ACCEPTED)
        self._work.adopt(at, one, low, target)
        return facts + noting.accepted(at, one, "full" if target == len(one.text) else amount, evidence)

    def dismissed(self, at: float, suggestion: str) -> list[Fact]:
        """The user sent a suggestion away."""
        one = self._work.live.known(suggestion)
        facts = self.tick(at)
        if one is None or one.done:
            return facts
        facts += self._work.settle_of(one)
        facts.append(Fact(Kind.DISMISSED, one.id, at, characters=len(one.left), visible_ms=noting.visible(at, one)))
        self._work.drop(one)
        return facts + noting.typed(at, one)

    # -- what the document says ------------------------------------------------------------------------------------

    def changed(self, at: float, uri: str, changes: Sequence[Change]) -> list[Fact]:
        """A document was edited; the edits of one notification, in order."""
        facts = self.tick(at)
        # Neovim's menu takes out what is typed and puts each entry in key by key, all in one notification.
        churned: set[str] = set()
        self._work.notification += 1
        for change in changes:
            came_back = self._work.came_back(at, uri, change)
            options: list[Option] = []
            torn: list[Candidate] = []
            for one in reversed(self._work.live.here(uri)):
                before = one.matched
                effect = one.takes(change)
                if effect is Effect.TORN:
                    torn.append(one)
                elif effect is Effect.SHRANK:
                    churned.add(one.id)
                elif effect is Effect.GREW:
                    foreign = came_back or one.id in churned
                    options.append(self._work.option(one, before, change, foreign=foreign))
            # What looks like an acceptance brings nothing back that was accepted before, though it may hold the same words.
            brings = any(option.manner in {Manner.PART, Manner.WHOLE} for option in options)
            self._work.retention.changed(at, uri, change, comes_back=not brings)
            for one in torn:
                self._work.torn(at, one, change)
            if options:
                facts += self._work.stepped(at, Step(at, options), change.after)
        return facts

    def follow(self, at: float, suggestion: str, uri: str, parts: Sequence[Range], lines: Sequence[str]) -> list[Fact]:
        """A fix has put these parts into a document, whose text is `lines` now: what is left of them is looked at too."""
        facts = self.tick(at)
        held = lines if isinstance(lines, Lines) else Lines(lines)
        for span in parts:
            piece = Piece(plain(between(held, span)), span)
            self._work.retention.accepted(at, suggestion, uri, piece, held)
        return facts

    def closed(self, at: float, uri: str) -> list[Fact]:
        """A document was closed."""
        facts = self.tick(at) + self._work.settle(at, everything=True)
        for one in self._work.live.here(uri):
            facts += self._work.end(at, one, "closed")
        self._work.lines.pop(uri, None)
        return facts + self._work.retention.closed(at, uri)

    def end(self, at: float) -> list[Fact]:
        """The session ends."""
        facts = self.tick(at) + self._work.settle(at, everything=True)
        for one in self._work.live:
            facts += self._work.end(at, one, "closed")
        return facts + self._work.retention.end(at)

    # -- time ------------------------------------------------------------------------------------------------------

    def due(self) -> float | None:
        """When `tick` has something to do next; None: never, as things are."""
        times = [step.at + SETTLE_SECONDS for step in self._work.steps]
        times += [one.over[0] + SETTLE_SECONDS for one in self._work.over if one.over is not None]
        for one in self._work.live:
            if one.hidden_at is not None:
                if not self._work.live.waits(one):
                    times.append(one.hidden_at + STALE_SECONDS)
            elif one.shown_at is None:
                times.append(one.offered_at + VISIBLE_SECONDS)
        times += [one for one in (self._work.retention.due(), self._work.silence.due()) if one is not None]
        return min(times, default=None)

    def tick(self, at: float) -> list[Fact]:
        """What time alone brings about."""
        facts: list[Fact] = []
        for one in self._work.live:
            left = one.hidden_at if one.hidden_at is not None else at
            if one.shown_at is None and left >= one.offered_at + VISIBLE_SECONDS:
                facts += noting.shown(one.offered_at + VISIBLE_SECONDS, one, "timer", one.offered_at)
            stale = one.hidden_at is not None and at >= one.hidden_at + STALE_SECONDS
            if stale and one.hidden_at is not None and not self._work.live.waits(one):
                facts += self._work.end(one.hidden_at, one, "cleared" if self._work.live.newest(one) else "replaced")
        return facts + self._work.settle(at) + self._work.retention.tick(at)
