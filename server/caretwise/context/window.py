"""The window: which lines around the cursor the model sees.

Both ends of the window move in steps, so that the start of the prompt stays the same while somebody types and the
model's host can reuse what it computed for it (a prompt that slides at its top costs the full price at each key).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from caretwise.context.snippet import CHARACTERS_PER_TOKEN
from caretwise.syntax.grammar import Parsed
from caretwise.syntax.outline import declaration_lines, first_declaration
from caretwise.text.lines import downward, upward
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

STEP = 40
"""Lines by which the window's ends move."""

LONGEST_LINE = 20_000
"""A line of more characters is no code that anybody reads: windows end before it."""

_PREFIX_SHARE, _SUFFIX_SHARE, _HEAD_SHARE = 0.70, 0.20, 0.10
"""How the budget is split between what stands before the cursor, after it, and the file's head."""


@dataclass(frozen=True, slots=True)
class Window:
    """The text around the cursor: `head` (the file's first lines, when the prefix does not reach them), prefix, suffix.

    `first_line` is the line on which the prefix begins.
    """

    head: str
    prefix: str
    suffix: str
    first_line: int


def window(snapshot: Snapshot, position: Position, *, budget: int, parsed: Parsed | None = None) -> Window:
    """Cut the window, `budget` tokens at the most, at the start of a declaration where there is one near."""
    at = snapshot.clamp(position)
    characters = budget * CHARACTERS_PER_TOKEN
    first = _first_line(snapshot, at, int(characters * _PREFIX_SHARE), parsed)
    prefix = "".join(snapshot.lines[first : at.line]) + snapshot.before(at)
    last = _last_line(snapshot, at, int(characters * _SUFFIX_SHARE))
    suffix = snapshot.lines[at.line][at.character :] + "".join(snapshot.lines[at.line + 1 : last])
    head = _head(snapshot, first, int(characters * _HEAD_SHARE), parsed)
    return Window(head, prefix[-characters:], suffix[:characters], first)


def _first_line(snapshot: Snapshot, at: Position, characters: int, parsed: Parsed | None) -> int:
    left, line = characters - at.character, at.line
    for text in upward(snapshot.lines, at.line):
        if not left >= len(text) <= LONGEST_LINE:
            break
        line -= 1
        left -= len(text)
    if line == 0:
        return 0
    # Round up to a step; then on to a declaration, or to a line at the left margin, if one is near.
    line = min(at.line, -(-line // STEP) * STEP)
    last = min(line + STEP // 2, at.line)
    starts = declaration_lines(parsed, line, last) if parsed is not None else None
    if starts or (parsed is not None and first_declaration(parsed) is not None):
        return min(starts or (), default=line)
    near = enumerate(snapshot.lines[line:last], line)
    return next((number for number, text in near if text[:1].strip() and text[0] not in ")]}#/*"), line)


def _last_line(snapshot: Snapshot, at: Position, characters: int) -> int:
    line, left = at.line + 1, characters
    for text in downward(snapshot.lines, line):
        if not left >= len(text) <= LONGEST_LINE:
            break
        left -= len(text)
        line += 1
    if line == len(snapshot.lines):
        return line
    return max(at.line + 1, line // STEP * STEP)


def _head(snapshot: Snapshot, first: int, characters: int, parsed: Parsed | None) -> str:
    if first == 0:
        return ""
    declared = first_declaration(parsed) if parsed is not None else None
    limit = min(first, declared) if declared is not None else first
    taken: list[str] = []
    for line in islice(downward(snapshot.lines, 0), limit or first):
        characters -= len(line)
        if characters < 0 or len(line) > LONGEST_LINE:
            break
        taken.append(line)
    return "".join(taken)
