"""Fixes after they were offered: which were applied, whether their problem went away, and whether they were undone.

Nothing of a fix's text is kept here but a hash of the lines that it replaced, and one of the whole document with it: when
the document holds that text, what the fix has put in is followed from there on.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.offer import Facts
from caretwise.engine.record import Recorder
from caretwise.measure.event import Kind
from caretwise.measure.fact import Fact
from caretwise.measure.schema import CHECKPOINTS, UNDONE_SECONDS
from caretwise.measure.tracked import put_in
from caretwise.repair.finding import Finding
from caretwise.repair.report import plain
from caretwise.repair.verification import Level
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_MOST_OFFERED = 50
_MOST_APPLIED = 20
_MOST_LOOKS = 3  # texts: an editor may say that it has applied a fix before it sends its edits

Follow = Callable[[str, str, Sequence[Range], Sequence[str]], None]
"""Takes a fix's name, its document, where what it has put in stands, and the document's lines."""


def _nobody(_: str, __: str, ___: Sequence[Range], ____: Sequence[str]) -> None:
    """Nobody follows it."""


def _no_document(_: str) -> Snapshot | None:
    """No document is open."""


@dataclass
class Offered:
    """What is kept of a fix. Its old lines and the one behind them are `count` from `first` on, its new ones `grown` more."""

    facts: Facts
    asked: FixAsked
    uri: str
    characters: int
    level: Level
    findings: tuple[tuple[str, str], ...]
    """Codes and hashed words of its problems."""
    first: int
    count: int
    grown: int
    old: str
    """A hash of the old lines."""
    inserts: bool
    """Whether it begins by putting something in right above its first line."""
    made: str
    """A hash of the document with the fix."""
    parts: tuple[Range, ...]
    """Where what it puts in stands then."""
    looks: int = 0
    """In how many more texts of the document it is still looked for."""
    ends: float = 0.0
    """When it stops being watched, in seconds since 1970."""
    gone: bool = False


def offered(
    facts: Facts,
    asked: FixAsked,
    snapshot: Snapshot,
    edits: Sequence[TextEdit],
    level: Level,
    findings: Sequence[Finding],
    whole: Sequence[TextEdit] = (),
) -> Offered:
    """What to keep of a fix of `snapshot`; `whole`: all its edits, when there are more than those of its part."""
    first = min(edit.range.start.line for edit in edits)
    last = max(edit.range.end.line for edit in edits)
    grown = sum(edit.new_text.count("\n") - (edit.range.end.line - edit.range.start.line) for edit in edits)
    known = tuple((finding.code, _hash(plain(finding.message))) for finding in findings)
    characters = sum(len(edit.new_text) for edit in edits)
    # The line behind belongs to it: what was put in at the end of a line has changed no other one.
    count = last - first + 2
    old = _lines(snapshot, first, count)
    inserts = any(edit.range.end == Position(first, 0) for edit in edits)
    made = _hash(apply_edits(snapshot, whole or edits).text)
    parts = put_in(snapshot.lines, whole or edits)
    return Offered(facts, asked, snapshot.uri, characters, level, known, first, count, grown, old, inserts, made, parts)


@dataclass
class Kept:
    """The fixes of one session that were offered, and those applied that are still watched."""

    recorder: Recorder
    clock: Callable[[], float]
    follow: Follow = _nobody
    """Told of a fix that a document holds now."""
    document: Callable[[str], Snapshot | None] = _no_document
    """The text of an open document as it is now."""
    _followed: OrderedDict[str, Offered] = field(default_factory=OrderedDict[str, Offered])
    _offered: OrderedDict[str, Offered] = field(default_factory=OrderedDict[str, Offered])
    _applied: OrderedDict[str, Offered] = field(default_factory=OrderedDict[str, Offered])

    def add(self, suggestion: str, fix: Offered) -> None:
        """A fix was offered."""
        self._offered[suggestion] = fix
        while len(self._offered) > _MOST_OFFERED:
            self._offered.popitem(last=False)

    def applied(self, suggestion: str) -> bool:
        """The editor has applied a fix; whether it was one of ours. A verified one's problem is gone by that."""
        fix = self._offered.pop(suggestion, None)
        if fix is None:
            return False
        fix.ends, fix.looks = self.clock() + UNDONE_SECONDS, _MOST_LOOKS
        self._note(Kind.FIX_APPLIED, suggestion, fix, fix.level)
        if fix.level == "verified":
            fix.gone = True
            self._note(Kind.FIX_GONE, suggestion, fix, "checker")
        self._applied[suggestion] = fix
        while len(self._applied) > _MOST_APPLIED:
            self._applied.popitem(last=False)
        latest = self.document(fix.uri)
        if latest is not None:
            self._look(suggestion, fix, latest)
        return True

    def _look(self, suggestion: str, fix: Offered, latest: Snapshot) -> None:
        """Follow the fix from now on, if the document is as it has made it."""
        fix.looks -= 1
        if fix.parts and _hash(latest.text) == fix.made:
            fix.looks = 0
            self._followed[suggestion] = fix
            while len(self._followed) > _MOST_OFFERED:
                self._followed.popitem(last=False)
            self.follow(suggestion, fix.uri, fix.parts, latest.lines)

    def left(self, fact: Fact) -> None:
        """So much of a fix is left, as whoever follows it says."""
        fix = self._followed.get(fact.suggestion)
        if fix is None or fact.kind is not Kind.RETAINED:
            return
        if fact.after_s == CHECKPOINTS[-1]:
            del self._followed[fact.suggestion]
        self.recorder.of_fix_left(fact, fix.facts, fix.asked, fix.characters)

    def changed(self, edits: Sequence[TextEdit], after: Snapshot) -> None:
        """A document was changed: a fix moves with its lines, and one that was applied is perhaps undone."""
        # The editor may say that it has applied a fix before its edits come, or after: an import moves its lines in both.
        for fix in self._offered.values():
            if fix.uri == after.uri:
                fix.first = _moved(fix.first, edits, head=not fix.inserts)
        for suggestion, fix in list(self._applied.items()):
            if fix.ends < self.clock():
                del self._applied[suggestion]
            elif fix.uri == after.uri:
                if fix.looks:
                    self._look(suggestion, fix, after)
                # What is put in right above may be the first of the old lines that are back.
                still, moved = _moved(fix.first, edits, head=False), _moved(fix.first, edits, head=not fix.inserts)
                fix.first = moved
                if fix.old in {_lines(after, first, fix.count) for first in (still, moved)}:
                    del self._applied[suggestion]
                    self._note(Kind.FIX_UNDONE, suggestion, fix, "")

    def seen(self, uri: str, span: Range, findings: Sequence[Finding]) -> None:
        """The editor shows `findings`, and no others, on the lines of `span`: a problem that is not among them is gone."""
        shown = {(finding.code, _hash(plain(finding.message))) for finding in findings}
        for suggestion, fix in self._applied.items():
            last = fix.first + fix.count + fix.grown - 2
            covered = span.start.line <= fix.first and last <= span.end.line
            if fix.uri == uri and covered and not fix.gone and not shown & set(fix.findings):
                fix.gone = True
                self._note(Kind.FIX_GONE, suggestion, fix, "editor")

    def _note(self, kind: Kind, suggestion: str, fix: Offered, reason: str) -> None:
        self.recorder.of_fix(kind, suggestion, fix.facts, fix.asked, reason=reason, characters=fix.characters)


def _moved(first: int, edits: Sequence[TextEdit], *, head: bool) -> int:
    """Where a line is after edits above it; `head`: also after what is put in at its very beginning."""
    for edit in edits:
        start, end = edit.range.start, edit.range.end
        if end.line < first or (end == Position(first, 0) and (head or start < end)):
            first += edit.new_text.count("\n") - (end.line - start.line)
    return first


def _lines(snapshot: Snapshot, first: int, count: int) -> str:
    return _hash("".join(snapshot.lines[max(0, first) : max(0, first + count)]))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
