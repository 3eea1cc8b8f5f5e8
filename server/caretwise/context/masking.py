"""Masking secrets around a place of a document, before anything is cut out of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from itertools import islice

from caretwise.context.privacy import by_line, mask
from caretwise.context.window import LONGEST_LINE
from caretwise.text.lines import Lines, downward, upward
from caretwise.text.snapshot import Snapshot, split_lines

_MARGIN = 6000
"""Characters beyond the window that are looked at for secrets: an RSA key of 4,096 bits in PEM form has 3,300."""

_HEAD_LINES = 200
"""Lines at the file's start that may be shown as its head."""

_MOST_SEEN = 4_000
"""Lines that are remembered with what they are when masked."""

_AT_ONCE = 50
"""Lines whose lengths are added up at once."""

_STEP_LINES = 300
"""Lines that are searched at once: about 5 ms."""


def masked_around(snapshot: Snapshot, line: int, characters: int) -> Snapshot:
    """The snapshot with secrets masked wherever a window of so many characters around `line` may reach, and in its head.

    More than the window is looked at, because a private key in its middle shows neither its first nor its last line.
    Masking keeps the length of every line, so positions hold for both texts.
    """
    lines = snapshot.lines if isinstance(snapshot.lines, Lines) else Lines(snapshot.lines)
    first, last = _reach(lines, line, characters + _MARGIN)
    spans = [(first, last)] if first == 0 else [(0, min(first, _HEAD_LINES)), (first, last)]
    for start, end in spans:
        some = lines[start:end]
        # Nothing is shown beyond such a line, so it is not looked at.
        count = next((n for n, one in enumerate(some, start) if len(one) > LONGEST_LINE and n != line), end) - start
        if count:
            lines = lines.replaced(start, start + count, _masked(some[:count]))
    return Snapshot(snapshot.uri, snapshot.language_id, snapshot.version, lines)


_seen: dict[str, str] = {}


def _masked(lines: Sequence[str]) -> list[str]:
    """The lines with secrets masked. Where each stands for itself only those are looked at that were not seen lately."""
    global _seen  # noqa: PLW0603 (a memory of the lines around the cursor: the next key finds all but one again)
    text, seen = "".join(lines), _seen  # another thread may put other lines there meanwhile
    new = [line for line in dict.fromkeys(lines) if line not in seen]
    if by_line(text) and len(new) < len(lines):
        found = split_lines(mask("".join(new)).text)
        # Masking keeps lengths: were one another, a return would have met a line break that it did not stand before.
        if list(map(len, new)) == list(map(len, found[: len(new)])):
            known = seen | dict(zip(new, found, strict=False))
            _seen = known if len(known) <= _MOST_SEEN else {}
            return [known[line] for line in lines]
    found = split_lines(mask(text).text)[: len(lines)]
    if by_line(text):
        _seen = dict(zip(lines, found, strict=True))
    return found


def masked_lines(snapshot: Snapshot, first: int, count: int) -> tuple[str, ...]:
    """Some lines with secrets masked that show in what stands around them: a line of a private key does not look like one."""
    lines = snapshot.lines
    low, high = _reach(lines, first, _MARGIN)
    high = max(high, min(first + count, len(lines)))
    around = lines[low:high]
    start, end = first - low, min(first - low + count, len(around))
    if by_line("".join(around)):
        around, start, end = around[start:end], 0, end - start
    return tuple(split_lines(mask("".join(around)).text)[start:end])


@functools.lru_cache(maxsize=8_000)
def masked_alone(text: str) -> str:
    """A short text with secrets masked that show in it alone. Remembered: the next key mostly finds the same pieces."""
    return mask(text).text


def masked_part(snapshot: Snapshot, first: int, last: int) -> Snapshot:
    """The snapshot with secrets masked in its head and in the lines from `first` to `last` (not included).

    Done in steps, each with a margin: a search over a long text would hold the interpreter for longer than a key may
    wait, on whatever thread it runs.
    """
    lines, masked = list(snapshot.lines), list(snapshot.lines)
    for low, high in ((0, min(first, _HEAD_LINES)), (first, min(last, len(lines)))):
        for start in range(low, high, _STEP_LINES):
            end = min(start + _STEP_LINES, high)
            top, bottom = _reach(lines, start, _MARGIN)[0], _reach(lines, end - 1, _MARGIN)[1]
            masked[start:end] = split_lines(mask("".join(lines[top:bottom])).text)[start - top : end - top]
    return Snapshot(snapshot.uri, snapshot.language_id, snapshot.version, tuple(masked))


def _reach(lines: Sequence[str], line: int, characters: int) -> tuple[int, int]:
    """The lines, first and one past the last, within so many characters of `line` on either side.

    No window reaches beyond a line that is longer than `LONGEST_LINE`, so neither does this.
    """
    first = line - _count(upward(lines, line), characters)
    return first, line + 1 + _count(downward(lines, line + 1), characters)


def _count(lines: Iterable[str], characters: int) -> int:
    """How many of the lines are within so many characters."""
    count, left, lines = 0, characters, iter(lines)
    while left > 0 and (some := list(islice(lines, _AT_ONCE))):
        sizes = list(map(len, some))
        if sum(sizes) >= left or max(sizes) > LONGEST_LINE:
            return count + _fitting(sizes, left)
        count, left = count + len(some), left - sum(sizes)
    return count


def _fitting(sizes: Sequence[int], characters: int) -> int:
    count, left = 0, characters
    for size in sizes:
        if left <= 0 or size > LONGEST_LINE:
            break
        count, left = count + 1, left - size
    return count
