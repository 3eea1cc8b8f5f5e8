"""Unified diffs in an answer. Their line numbers are not believed: a hunk is found by its lines, like a block."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from caretwise.repair.blocks import Block
from caretwise.repair.verification import Refusal
from caretwise.text.language import PLAIN, by_path

_HUNK = re.compile(r"@@(?:\s.*)?")
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


def parse_hunks(answer: str, path: str) -> list[Block] | Refusal:
    """The hunks as blocks; refused when the diff is for another file than `path` (not looked at when that is empty)."""
    hunks: list[list[str]] = []
    reading = False
    lines = answer.split("\n")
    for number, line in enumerate(lines):
        header = _FILE.fullmatch(line)
        after = lines[number + 1] if number + 1 < len(lines) else ""
        if header and ((line.startswith("+++") and not reading) or after.startswith("+++")):
            # What follows is a hunk, should there be no line that says so.
            reading = line.startswith("+++")
            hunks.append([])
            if path and header.group(1) != "/dev/null" and not _same(header.group(1), path):
                return Refusal("other_file", f"the diff changes {header.group(1)[:80]}, another file")
        elif _HUNK.fullmatch(line) or (not reading and _opens_diff(line)):
            reading = True
            hunks.append([])
        elif reading and (not line or line[0] in " +-\t"):
            hunks[-1].append(line)
        elif reading and not line.startswith("\\"):
            reading = False
    blocks = [_block(hunk) for hunk in hunks]
    return [block for block in blocks if block.search != block.replace]


def _block(lines: Sequence[str]) -> Block:
    lines = list(lines)
    while lines and not lines[-1].strip():
        lines.pop()
    search = tuple(line[1:] for line in lines if line[:1] != "+")
    replace = tuple(line[1:] for line in lines if line[:1] != "-")
    return Block(search, replace)


def _same(said: str, path: str) -> bool:
    one, two = said.replace("\\", "/").rstrip("/"), path.replace("\\", "/")
    return one == two or two.endswith("/" + one) or one.endswith("/" + two) or one.rsplit("/", 1)[-1] == two
