"""A range that stays with its text while the document is edited around it, and in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from caretwise.text.edit import TextEdit, common_prefix, common_suffix
from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import without_end

MOST_COMPARED = 4_000
"""Pieces of a replaced text (lines, or words) that are compared with what replaced it; a longer one is taken for lost."""

_MOST_REFINED = 2_000  # characters of edits whose words are compared while an editor waits

_PIECE = re.compile(r"\w+|\r\n|\n|\r|[^\S\r\n]+|[^\w\s]")


@dataclass(frozen=True)
class Change:
    """One edit of a document, with its lines before and after; `edit.range` refers to `before`, columns in code points."""

    edit: TextEdit
    before: Lines
    after: Lines

    @cached_property
    def smallest(self) -> TextEdit:
        """The edit without what it replaces by the same, at its start and then at its end."""
        if self.edit.range.is_empty:  # as a key makes it
            at = clamped(self.before, self.edit.range.start)
            return TextEdit(Range(at, at), plain(self.edit.new_text))
        span = _span(self)
        old, new = plain(between(self.before, span)), plain(self.edit.new_text)
        head = common_prefix(old, new)
        tail = common_suffix(old[head:], new[head:])
        start = advanced(span.start, old[:head])
        end = advanced(span.start, old[: len(old) - tail])
        return TextEdit(Range(start, end), new[head : len(new) - tail])


def plain(text: str) -> str:
    """The text with `\\n` as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def advanced(start: Position, text: str) -> Position:
    """The place behind `text` (in any line ends) when it stands at `start`."""
    text = plain(text)
    breaks = text.count("\n")
    if not breaks:
        return Position(start.line, start.character + len(text))
    return Position(start.line + breaks, len(text) - text.rfind("\n") - 1)


def between(lines: Sequence[str], span: Range) -> str:
    """The text inside `span`, which must exist; line ends as they are."""
    start, end = span.start, span.end
    if start.line == end.line:
        return without_end(lines[start.line])[start.character : end.character]
    middle = lines[start.line + 1 : end.line]
    return "".join((lines[start.line][start.character :], *middle, lines[end.line][: end.character]))


def clamped(lines: Sequence[str], position: Position) -> Position:
    """The nearest place that exists."""
    if position.line >= len(lines):
        return Position(len(lines) - 1, len(lines[-1]))
    line = max(0, position.line)
    return Position(line, max(0, min(position.character, len(without_end(lines[line])))))


def _span(change: Change) -> Range:
    start, end = (clamped(change.before, one) for one in (change.edit.range.start, change.edit.range.end))
    return Range(min(start, end), max(start, end))


def moved(span: Range, edit: TextEdit) -> Range:
    """Where the text of `span` is after an edit. What is inserted at either edge is not part of it."""
    start = _moved(span.start, edit, right=True)
    end = _moved(span.end, edit, right=False)
    return Range(start, max(start, end)) if not span.is_empty else Range(end, end)


def _moved(at: Position, edit: TextEdit, *, right: bool) -> Position:
    start, end = edit.range.start, edit.range.end
    if at < start or (at == start and not (right and start == end)):
        return at
    new_end = advanced(start, edit.new_text)
    if at < end:
        return new_end if right else start
    if at.line > end.line:
        return Position(at.line - end.line + new_end.line, at.character)
    return Position(new_end.line, new_end.character + at.character - end.character)


def refined(change: Change) -> list[TextEdit]:
    """A large replacement as the small ones that it comes to, the last one first; lines are compared, then words.

    A formatter or a reload replaces much text by nearly the same.
    """
    edit = change.smallest
    if edit.range.end.line - edit.range.start.line > MOST_COMPARED:
        return [edit]
    old, new = plain(between(change.before, edit.range)), edit.new_text
    if not old or not new:
        return [edit]
    found = list(_differences(old.splitlines(keepends=True), new.splitlines(keepends=True)))
    small: list[tuple[int, str, str]] = []
    for at, was, now in found:
        if was and now:
            small.extend((at + inner, a, b) for inner, a, b in _differences(_PIECE.findall(was), _PIECE.findall(now)))
        else:
            small.append((at, was, now))
    start = edit.range.start
    return [
        TextEdit(Range(advanced(start, old[:at]), advanced(start, old[: at + len(was)])), now)
        for at, was, now in reversed(small)
    ]


def put_in(before: Sequence[str], edits: Sequence[TextEdit]) -> tuple[Range, ...]:
    """Where what edits that all refer to `before` put in stands when all are made; of blanks alone nothing."""
    lines = before if isinstance(before, Lines) else Lines(before)
    changes = [Change(edit, lines, lines) for edit in edits]
    large = sum(len(between(lines, edit.range)) + len(edit.new_text) for edit in edits) > _MOST_REFINED
    small = sorted(
        (one for change in changes for one in ([change.smallest] if large else refined(change))),
        key=lambda one: one.range.start,
    )
    found: list[Range] = []
    for number, one in enumerate(small):
        place = Range(one.range.start, one.range.start)
        for earlier in reversed(small[:number]):  # the nearest first: the others still refer to the text before
            place = moved(place, earlier)
        if one.new_text.strip():
            found.append(Range(place.start, advanced(place.start, one.new_text)))
    return tuple(found)


def _differences(old: list[str], new: list[str]) -> Iterator[tuple[int, str, str]]:
    """Where, what was there, what is there now; offsets into the joined `old`."""
    if len(old) + len(new) > MOST_COMPARED:
        yield 0, "".join(old), "".join(new)
        return
    offsets = [0]
    for piece in old:
        offsets.append(offsets[-1] + len(piece))
    for tag, low, high, new_low, new_high in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield offsets[low], "".join(old[low:high]), "".join(new[new_low:new_high])
