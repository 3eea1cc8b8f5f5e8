"""Telling sentences that are addressed to the user from code."""

from __future__ import annotations

import re

_CODE_MARKS = re.compile(r"[{};=]|->|::|\w\(\w+:|^@\w|\w\.\w+\(|\)\s*$|^\s*(?:#|//|--|/\*|\*(?!\*))|\w\(\w*[,)]")
_QUOTED = re.compile(r"`[^`]*`")
_MARGIN = ("**", "- ", "* ", "## ", "### ", "1.")
_MOST = 600
"""Code points of a line that are looked at."""


def has_code(line: str) -> bool:
    """Whether the line shows signs of code; what stands in backticks does not count."""
    return _CODE_MARKS.search(_QUOTED.sub("", line[:_MOST])) is not None


def is_sentence(line: str) -> bool:
    """Whether the line reads like a sentence or a heading: it stands at the margin and has words, not code."""
    line = line[:_MOST].rstrip()
    if not line[:1].isalpha() and not line.startswith(_MARGIN):
        return False
    if has_code(line):
        return False
    return len(line.split()) >= 3 or line.startswith(("**", "##")) or line.endswith((":", "!"))


def is_talk(text: str) -> bool:
    """Whether text that stands above the code is talk: nothing is indented, and the last line is a sentence or "Sure!"."""
    lines = [line for line in text[-2000:].split("\n") if line.strip()]
    if not lines or any(line[0] in " \t" for line in lines):
        return not lines
    last = lines[-1].rstrip()
    return last.endswith((":", ".", "!", "**", "…")) and (is_sentence(last) or (last.isascii() and last[:1].isupper()))
