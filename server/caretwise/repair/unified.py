"""Unified diffs in an answer. Their line numbers are not believed: a hunk is found by its lines, like a block.

But for what `diff -U0` puts between two lines without naming one: it goes where its numbers say, when they fit the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from caretwise.repair.blocks import Block
from caretwise.repair.verification import Refusal
from caretwise.text.indent import leading
from caretwise.text.language import PLAIN, by_path

_HUNK = re.compile(r"@@(?:\s.*)?")
_NUMBERS = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})(\w*).*")
_NAME = re.compile(r"(?:#{1,6} |//? ?|\*\*|`)*([\w./\\-]*[\w-]\.[A-Za-z]\w{0,9})[`*:]*\s*")
_FILE = re.compile(r"(?:---|\+\+\+) (?:[ab]/)?(\S[^\t]*?)[\t ]*")


def has_diff(answer: str) -> bool:
    """Whether the answer holds a unified diff."""
    lines = answer.split("\n")
    if not any(line[:1] in {"+", "-"} for line in lines):
        return False
    return any(
        _HUNK.fullmatch(line) or _opens_diff(line) or (line.startswith("--- ") and after.startswith("+++ "))
        for line, after in pairwise([*lines, ""])
    )


def _opens_diff(line: str) -> bool:
    fence = _FENCE.fullmatch(line)
    return fence is not None and fence.group(1).lower() in {"diff", "patch", "udiff"}


def other_file(answer: str, path: str) -> str:
    """The file that an answer names on a line of its own before a block or a fence, when it is not `path`; else ""."""
    lines = answer.split("\n")
    for line, after in pairwise(lines):
        named = _NAME.fullmatch(line)
        opens = _FENCE.fullmatch(after) or after.lstrip().startswith("<<<<<")
        if named and opens and path and by_path(named.group(1)) is not PLAIN and not _same(named.group(1), path):
            return named.group(1)
    return ""


@dataclass
class _Hunk:
    """A hunk's first line, "" when there was none, and those below it."""

    head: str = ""
    lines: list[str] = field(default_factory=list[str])


def parse_hunks(answer: str, path: str, file: Sequence[str] = ()) -> list[Block] | Refusal:
    """The hunks as blocks; refused when the diff is for another file than `path` (not looked at when that is empty).

    `file` is the document's lines, which the numbers of hunks without any line of it are held against.
    """
    hunks: list[_Hunk] = []
    reading = False
    lines = answer.split("\n")
    for number, line in enumerate(lines):
        header = _FILE.fullmatch(line)
        after = lines[number + 1] if number + 1 < len(lines) else ""
        if header and ((line.startswith("+++") and not reading) or after.startswith("+++")):
            # What follows is a hunk, should there be no line that says so.
            reading = line.startswith("+++")
            hunks.append(_Hunk())
            if path and header.group(1) != "/dev/null" and not _same(header.group(1), path):
                return Refusal("other_file", f"the diff changes {header.group(1)[:80]}, another file")
        elif _HUNK.fullmatch(line) or (not reading and _opens_diff(line)):
            reading = True
            hunks.append(_Hunk(line))
        elif reading and (not line or line[0] in " +-\t"):
            hunks[-1].lines.append(line)
        elif reading and not line.startswith("\\"):
            reading = False
    blocks = [(hunk.head, _block(hunk.lines)) for hunk in hunks]
    return _placed([(head, block) for head, block in blocks if block.search != block.replace], file)


def _block(lines: Sequence[str]) -> Block:
    lines = list(lines)
    while lines and not lines[-1].strip():
        lines.pop()
    search = tuple(line[1:] for line in lines if line[:1] != "+")
    replace = tuple(line[1:] for line in lines if line[:1] != "-")
    return Block(search, replace)


def _placed(hunks: Sequence[tuple[str, Block]], file: Sequence[str]) -> list[Block]:
    """The blocks, those that search for nothing with their place when all numbers of the diff fit the file."""
    blocks = [block for _, block in hunks]
    grown = 0
    for number, (head, block) in enumerate(hunks):
        numbers = _NUMBERS.fullmatch(head)
        old, new = (int(numbers[1]), int(numbers[3])) if numbers else (0, 0)
        size = len(block.search)
        # Of nothing the line before it is named.
        at = old if not size else old - 1
        sizes = (int(numbers[2] or 1), int(numbers[4] or 1)) if numbers else (0, 0)
        there = [line.rstrip() for line in file[max(0, at) : at + size]] == [line.rstrip() for line in block.search]
        # So it is on the other side: a hunk that leaves nothing names the line before.
        expected = at + grown + (1 if block.replace else 0)
        if not there or sizes != (size, len(block.replace)) or new != expected:
            return [block for _, block in hunks]
        grown += len(block.replace) - size
        if not size and _fits(block.replace, file, at, numbers[5].strip() if numbers else ""):
            blocks[number] = replace(block, at=at)
    return blocks


def _fits(new: Sequence[str], file: Sequence[str], at: int, heading: str) -> bool:
    """Whether lines may stand before line `at`: below the heading, and no further out or in than what is around them."""
    if at > len(file) or (heading and not any(line.strip().startswith(heading) for line in file[:at])):
        return False
    before = next((len(leading(line)) for line in reversed(file[:at]) if line.strip()), 0)
    behind = next((len(leading(line)) for line in file[at:] if line.strip()), 0)
    width = next((len(leading(line)) for line in new if line.strip()), before)
    return width in {before, behind} or behind <= width <= before


def _same(said: str, path: str) -> bool:
    one, two = said.replace("\\", "/").rstrip("/"), path.replace("\\", "/")
    return one == two or two.endswith("/" + one) or one.endswith("/" + two) or one.rsplit("/", 1)[-1] == two
