"""A fix for a text that has changed meanwhile: moved along with its lines when those are as they were, else refused."""

from __future__ import annotations

from collections.abc import Sequence

from caretwise.repair.finding import Finding
from caretwise.repair.verification import Refusal
from caretwise.repair.verify import Checked, check
from caretwise.text.edit import TextEdit, runs
from caretwise.text.language import Language
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_CHANGED = Refusal("changed", "the lines of the fix have changed since it was asked for; ask again")


def rebase(
    fix: Checked, before: Snapshot, now: Snapshot, language: Language, findings: Sequence[Finding] = ()
) -> Checked | Refusal:
    """The fix of `before` as a fix of `now`, checked again but for the checker's layer.

    Refused when one of its lines, or the line before or behind it, is not the same any more.
    """
    kept = _kept(before.lines, now.lines)
    edits: list[TextEdit] = []
    for edit in fix.edits:
        first, last = edit.range.start.line, edit.range.end.line
        moved = _moved(kept, first, last, len(before.lines))
        if moved is None:
            return _CHANGED
        edits.append(TextEdit(Range(_at(edit.range.start, moved), _at(edit.range.end, moved)), edit.new_text))
    ordered = [edit.range.start for edit in edits]
    if ordered != sorted(ordered):
        return _CHANGED
    inside = edits[-fix.inside :]
    return check(now, Range(inside[0].range.start, inside[-1].range.end), edits, language, findings)


def moved_finding(finding: Finding, before: Snapshot, now: Snapshot) -> Finding | None:
    """A problem of `before` at its place in `now`; None when its lines have changed."""
    first, last = finding.range.start.line, finding.range.end.line
    moved = _moved(_kept(before.lines, now.lines), first, last, len(before.lines), around=0)
    if moved is None:
        return None
    place = Range(_at(finding.range.start, moved), _at(finding.range.end, moved))
    return Finding(place, finding.message, finding.severity, finding.code, finding.source, finding.more)


def _at(position: Position, lines: int) -> Position:
    return Position(position.line + lines, position.character)


def _moved(kept: Sequence[tuple[int, int, int]], first: int, last: int, count: int, *, around: int = 1) -> int | None:
    """By how many lines `first` to `last` have moved, with `around` lines on either side; None when they changed."""
    low, high = max(0, first - around), min(count - 1, last + around)
    return next((new - old for old, new, size in kept if old <= low and high < old + size), None)


def _kept(before: Sequence[str], now: Sequence[str]) -> list[tuple[int, int, int]]:
    """Runs of lines that are the same: where they begin in both, and how many they are."""
    found: list[tuple[int, int, int]] = []
    for run in runs(before, now):
        if not run.equal:
            continue
        if found and found[-1][0] + found[-1][2] == run.low and found[-1][1] + found[-1][2] == run.new_low:
            found[-1] = (found[-1][0], found[-1][1], found[-1][2] + run.high - run.low)
        else:
            found.append((run.low, run.new_low, run.high - run.low))
    return found
