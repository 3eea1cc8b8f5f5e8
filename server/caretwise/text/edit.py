"""Edits: applied to lines in place (for a document that is being typed in), and computed as small differences."""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
    column, line = position.character, lines[position.line]
    if 0 <= column < len(line) - 1:  # before any line end: no line has to be taken apart
        return position
    return Position(position.line, max(0, min(column, len(without_end(line)))))


def replace_range(lines: list[str], span: Range, new_text: str) -> None:
    """Replace `span` (clamped) by `new_text` in a list of lines, in place; lines keep the form of `split_lines`."""
    first, last, pieces = replacement(lines, span, new_text)
    lines[first:last] = pieces


def replacement(lines: Sequence[str], span: Range, new_text: str) -> tuple[int, int, list[str]]:
    """What replacing `span` (clamped) by `new_text` comes to in whole lines: first, one past the last, the new lines.

    Costs the edited lines only, whatever the length of the document.
    """
    start = end = _clamped(lines, span.start)
    if span.end is not span.start:
        start, end = sorted((start, _clamped(lines, span.end)))
    if start.line == end.line and "\n" not in new_text and "\r" not in new_text:
        line = lines[start.line]
        changed = line[: start.character] + new_text + line[end.character :]
        if not changed.startswith("\n"):  # as with most keys: no line end comes, goes or meets another
            return start.line, start.line + 1, [changed]
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


def joined(lines: Sequence[str], edit: TextEdit) -> TextEdit:
    """The same edit of `lines`, with the halves of a character that come to stand side by side made one character.

    An editor that counts in UTF-16 may send a character in two halves, one after the other. `edit` is clamped already.
    """
    start, end, text = edit.range.start, edit.range.end, edit.new_text
    if edit.new_text and edit.new_text.isascii():
        return edit
    before = lines[start.line][max(0, start.character - 1) : start.character]
    after = lines[end.line][end.character : end.character + 1]
    joins_before = _is_pair(before, text[:1] or after)
    joins_after = _is_pair(text[-1:] or before, after)
    if not joins_before and not joins_after:
        return edit
    if joins_before:
        start, text = Position(start.line, start.character - 1), before + text
    if joins_after:
        end, text = Position(end.line, end.character + 1), text + after
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return TextEdit(Range(start, end), whole)


def _is_pair(high: str, low: str) -> bool:
    return "\ud800" <= high <= "\udbff" and "\udc00" <= low <= "\udfff"


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


def common_prefix(one: Sequence[object], two: Sequence[object]) -> int:
    """How many code points (bytes, lines) the two share at their start."""
    low, high = 0, min(len(one), len(two))
    while low < high:  # halving: slices are compared at memory speed, one by one they are not
        middle = (low + high + 1) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(one: Sequence[object], two: Sequence[object]) -> int:
    """How many code points (bytes, lines) the two share at their end."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == two[len(two) - middle : len(two) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def smallest_edit(text: str, new_text: str, start: int = 0) -> tuple[int, int, str]:
    """The one replacement that turns `text` into `new_text`: (start, end, new) in code points, moved by `start`."""
    head = common_prefix(text, new_text)
    tail = common_suffix(text[head:], new_text[head:])
    return start + head, start + len(text) - tail, new_text[head : len(new_text) - tail]


@dataclass(frozen=True, slots=True)
class Run:
    """Lines `low` to `high` of the old text, which became lines `new_low` to `new_high` of the new one."""

    equal: bool
    low: int
    high: int
    new_low: int
    new_high: int


MOST_PAIRS = 50_000
"""Pairs of equal lines in two texts beyond which lines in the middle are not compared one by one. A file of 5,000 lines with
200 blank ones has 45,000. Measured: difflib takes 0.1 s for 220 equal lines against as many, every second of them another
(24,000 pairs), 6 s for 1,000, and eight times as long for twice the lines.
"""


def runs(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Equal and changed runs of lines, in order, that make up both texts. Takes bounded time whatever the lines are.

    Lines that are the same at the start and the end are always found to be equal.
    """
    limit = min(len(old), len(new))
    head = next((at for at in range(limit) if old[at] != new[at]), limit)
    tail = next((at for at in range(limit - head) if old[-1 - at] != new[-1 - at]), limit - head)
    was, now = old[head : len(old) - tail], new[head : len(new) - tail]
    found = [Run(True, 0, head, 0, head)] if head else []
    found += [
        Run(tag == "equal", head + low, head + high, head + new_low, head + new_high)
        for tag, low, high, new_low, new_high in _opcodes(was, now)
    ]
    if tail:
        found.append(Run(True, len(old) - tail, len(old), len(new) - tail, len(new)))
    return found


def _opcodes(was: Sequence[str], now: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if not was and not now:
        return []
    count = Counter(now)
    if sum(count[line] for line in was) > MOST_PAIRS:
        return [("replace", 0, len(was), 0, len(now))]
    return difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes()


def difference(old: Snapshot, new_text: str) -> list[TextEdit]:
    """Edits, one for each changed run of lines, that turn `old` into `new_text`; unchanged lines are untouched."""
    old_lines, new_lines = list(old.lines), split_lines(new_text)
    edits: list[TextEdit] = []
    for run in runs(old_lines, new_lines):
        if run.equal:
            continue
        low, high, new_low, new_high = run.low, run.high, run.new_low, run.new_high
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
