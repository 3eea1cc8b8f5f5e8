"""Edits: applied to lines in place (for a document that is being typed in), and computed as small differences."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import AnyStr

from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot, split_lines, without_end


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace `range` by `new_text`."""

    range: Range
    new_text: str


def _clamped(lines: Sequence[str], position: Position) -> Position:
    if position.line < 0:
        return Position(0, 0)
    if position.line >= len(lines):
        return Position(len(lines) - 1, len(lines[-1]))
    return Position(position.line, max(0, min(position.character, len(without_end(lines[position.line])))))


def replace_range(lines: list[str], span: Range, new_text: str) -> None:
    """Replace `span` (clamped) by `new_text` in a list of lines, in place; lines keep the form of `split_lines`."""
    first, last, pieces = replacement(lines, span, new_text)
    lines[first:last] = pieces


def replacement(lines: Sequence[str], span: Range, new_text: str) -> tuple[int, int, list[str]]:
    """What replacing `span` (clamped) by `new_text` comes to in whole lines: first, one past the last, the new lines.

    Costs the edited lines only, whatever the length of the document.
    """
    start, end = sorted((_clamped(lines, span.start), _clamped(lines, span.end)))
    first, last = start.line, end.line
    merged = lines[first][: start.character] + new_text + lines[last][end.character :]
    # `\r` and `\n` that come to stand side by side are one line end from now on.
    if merged.endswith("\r") and last + 1 < len(lines) and lines[last + 1].startswith("\n"):
        last += 1
        merged += lines[last]
    if merged.startswith("\n") and first > 0 and lines[first - 1].endswith("\r"):
        first -= 1
        merged = lines[first] + merged
    pieces = split_lines(merged)
    if last + 1 < len(lines) and pieces[-1] == "":
        pieces.pop()
    return first, last + 1, pieces


def apply_edits(snapshot: Snapshot, edits: Sequence[TextEdit], *, version: int | None = None) -> Snapshot:
    """A snapshot with all `edits` applied; their ranges refer to `snapshot` and must not overlap.

    Raises ValueError when two edits overlap.
    """
    ordered = sorted((_placed(snapshot, edit) for edit in edits), key=lambda edit: edit.range)
    for one, two in itertools.pairwise(ordered):
        if two.range.start < one.range.end:
            raise ValueError(f"edits overlap at line {two.range.start.line + 1}")
    text, done, pieces = snapshot.text, 0, list[str]()
    for edit in ordered:
        pieces += (text[done : snapshot.offset(edit.range.start)], edit.new_text)
        done = snapshot.offset(edit.range.end)
    pieces.append(text[done:])
    number = snapshot.version if version is None else version
    return Snapshot(snapshot.uri, snapshot.language_id, number, tuple(split_lines("".join(pieces))))


def _placed(snapshot: Snapshot, edit: TextEdit) -> TextEdit:
    start, end = sorted((snapshot.clamp(edit.range.start), snapshot.clamp(edit.range.end)))
    return TextEdit(Range(start, end), edit.new_text)


def common_prefix(one: AnyStr, two: AnyStr) -> int:
    """How many code points (or bytes) the two share at their start."""
    low, high = 0, min(len(one), len(two))
    while low < high:  # halving: slices are compared at memory speed, characters are not
        middle = (low + high + 1) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(one: AnyStr, two: AnyStr) -> int:
    """How many code points (or bytes) the two share at their end."""
    return common_prefix(one[::-1], two[::-1])


def smallest_edit(text: str, new_text: str, start: int = 0) -> tuple[int, int, str]:
    """The one replacement that turns `text` into `new_text`: (start, end, new) in code points, moved by `start`."""
    head = common_prefix(text, new_text)
    tail = common_suffix(text[head:], new_text[head:])
    return start + head, start + len(text) - tail, new_text[head : len(new_text) - tail]


def difference(old: Snapshot, new_text: str) -> list[TextEdit]:
    """Edits, one for each changed run of lines, that turn `old` into `new_text`; unchanged lines are untouched."""
    old_lines, new_lines = list(old.lines), split_lines(new_text)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    edits: list[TextEdit] = []
    for tag, low, high, new_low, new_high in matcher.get_opcodes():
        if tag == "equal":
            continue
        was, now = "".join(old_lines[low:high]), "".join(new_lines[new_low:new_high])
        base = sum(map(len, old_lines[:low]))
        begin, end, text = _between_characters(old.text, *smallest_edit(was, now, base))
        edits.append(TextEdit(Range(old.position(begin), old.position(end)), text))
    return edits


def _between_characters(text: str, begin: int, end: int, new: str) -> tuple[int, int, str]:
    """The same edit with no edge between `\r` and `\n`: no position says that place."""
    if text[begin - 1 : begin + 1] == "\r\n":
        begin, new = begin - 1, "\r" + new
    if text[end - 1 : end + 1] == "\r\n":
        end, new = end + 1, new + "\n"
    return begin, end, new
