"""Reading a model's answer to a fix request: search/replace blocks become edits, or the answer is refused with a reason.

A block counts only when its search text occurs exactly once in the part that may be changed. White space at the ends of
lines, and an indentation that is off by the same amount everywhere, are forgiven; anything else is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.repair.verification import Refusal
from caretwise.text.edit import TextEdit, difference
from caretwise.text.indent import is_blank, leading
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot, split_lines

__all__ = ["Block", "Refusal", "edits_within", "parse_blocks", "read"]

_SEARCH = re.compile(r"[ \t]*(<{5,9}) ?SEARCH[ \t]*")
_REPLACE = re.compile(r"[ \t]*>{5,9} ?REPLACE[ \t]*")

MOST_CHARACTERS = 200_000
"""An answer longer than this is not read."""

MOST_GROWTH = 20
"""A fix that makes its region this many times larger is refused."""

_MOST_PLACES = 20
"""Places at which a search text is looked for; a second one is too many already."""

_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Block:
    """One search/replace block, in lines without ends."""

    search: tuple[str, ...]
    replace: tuple[str, ...]


def read(answer: str, snapshot: Snapshot, region: Range) -> list[TextEdit] | Refusal:
    """The edits that an answer asks for, all inside `region` (whole lines); or why there are none."""
    if len(answer) > MOST_CHARACTERS:
        return Refusal("too_large", "the answer is far too long for a fix")
    blocks = parse_blocks(answer.replace("\r\n", "\n"))
    if isinstance(blocks, Refusal):
        return blocks
    lines = [snapshot.line(number) for number in range(region.start.line, region.end.line + 1)]
    for block in blocks:
        found = _locate(lines, block)
        if isinstance(found, Refusal):
            return found
        at, replacement = found
        lines[at : at + len(block.search)] = replacement
    return _edits(snapshot, region, lines)


def parse_blocks(answer: str) -> list[Block] | Refusal:
    """The search/replace blocks of an answer, wherever they stand in it."""
    blocks: list[Block] = []
    inside: list[str] | None = None
    signs = 0
    for line in answer.split("\n"):
        opening = _SEARCH.fullmatch(line)
        if opening:
            inside, signs = [], len(opening.group(1))
        elif inside is not None and _REPLACE.fullmatch(line):
            block = _block(inside, signs)
            if isinstance(block, Refusal):
                return block
            blocks.append(block)
            inside = None
        elif inside is not None:
            inside.append(line)
    if inside is not None:
        return Refusal("block_cut", "the answer ends in the middle of a block")
    if not blocks:
        said_no = answer.strip().upper().startswith("NOTHING")
        why = "the model says that it cannot fix this" if said_no else "the answer holds no search/replace block"
        return Refusal("no_block", why)
    return blocks


def _block(lines: Sequence[str], signs: int) -> Block | Refusal:
    """Split a block at its divider: as many signs as its first line has. A second one may be text of the file."""
    dividers = [number for number, line in enumerate(lines) if line.strip() == "=" * signs]
    if len(dividers) != 1:
        what = "no divider" if not dividers else "more than one line that may be the divider"
        return Refusal("ambiguous_block", f"a block has {what} between what to search and what to replace")
    return Block(tuple(lines[: dividers[0]]), tuple(lines[dividers[0] + 1 :]))


def _locate(lines: Sequence[str], block: Block) -> tuple[int, list[str]] | Refusal:
    if not any(line.strip() for line in block.search):
        return Refusal("empty_search", "a block searches for nothing")
    stripped = [line.rstrip() for line in lines]
    wanted = [line.rstrip() for line in block.search]
    places = _places(stripped, wanted)
    if len(places) == 1:
        at = places[0]
        return at, _keeping(lines[at : at + len(wanted)], block)
    if len(places) > 1:
        return Refusal("ambiguous", f"a block's search text occurs {len(places)} times in the part that may be changed")
    flat = [line.strip() for line in wanted]
    places = _places([line.strip() for line in lines], flat)
    if len(places) != 1:
        return Refusal("not_found", "a block's search text does not occur in the part that may be changed")
    return _reindented(lines, places[0], block)


def _keeping(found: Sequence[str], block: Block) -> list[str]:
    """The replacement, with the file's own lines where the block leaves a line as it is (blanks at its end count)."""
    lines: list[str] = []
    for run in runs(block.search, block.replace):
        lines += found[run.low : run.high] if run.equal else block.replace[run.new_low : run.new_high]
    return lines


def _places(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """The first lines of the places where `wanted` stands, at most `_MOST_PLACES` of them.

    Looked for in joined text: comparing lists of lines takes quadratic time where many lines are the same.
    """
    text, needle = "\n".join(("", *lines, "")), "\n".join(("", *wanted, ""))
    places: list[int] = []
    at = line = done = 0
    while len(places) < _MOST_PLACES and (at := text.find(needle, at)) >= 0:
        line += text.count("\n", done, at)
        places.append(line)
        done, at = at, at + 1
    return places


def _reindented(lines: Sequence[str], at: int, block: Block) -> tuple[int, list[str]] | Refusal:
    pairs = [
        (leading(lines[at + number]), leading(line)) for number, line in enumerate(block.search) if not is_blank(line)
    ]
    extra = {have[: len(have) - len(said)] for have, said in pairs if have.endswith(said)}
    if len(extra) != 1 or any(not have.endswith(said) for have, said in pairs):
        return Refusal("indentation", "a block's search text is indented in another way than the file")
    indent = extra.pop()
    return at, [line if is_blank(line) else indent + line for line in block.replace]


def _edits(snapshot: Snapshot, region: Range, lines: Sequence[str]) -> list[TextEdit] | Refusal:
    old = snapshot.slice(region)
    new = snapshot.line_end.join(lines)
    added = new if len(new) > len(old) else ""
    if set(_BAD.findall(new)) - set(_BAD.findall(old)):
        return Refusal("bad_characters", "the fix would insert control or bidirectional characters")
    if len(added) > MOST_GROWTH * max(len(old), 200):
        return Refusal("too_large", f"the fix is more than {MOST_GROWTH} times the size of what it replaces")
    if new == old:
        return Refusal("unchanged", "the fix changes nothing")
    return edits_within(snapshot, region, new)


def edits_within(snapshot: Snapshot, region: Range, new: str) -> list[TextEdit]:
    """The smallest edits that turn the text of `region` into `new`; lines that stay the same are not touched."""
    part = Snapshot(snapshot.uri, snapshot.language_id, snapshot.version, tuple(split_lines(snapshot.slice(region))))
    base = region.start.line
    return [
        TextEdit(Range(_moved(edit.range.start, base), _moved(edit.range.end, base)), edit.new_text)
        for edit in difference(part, new)
    ]


def _moved(position: Position, lines: int) -> Position:
    return Position(position.line + lines, position.character)
