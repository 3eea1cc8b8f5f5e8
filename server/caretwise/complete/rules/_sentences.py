"""Telling sentences that are addressed to the user from code."""

from __future__ import annotations

import re

_CODE_MARKS = re.compile(r"[{};=]|->|::|\w\(\w+:|^@\w|\w\.\w+\(|\)\s*$|^\s*(?:#|//|--|/\*|\*(?!\*))|\w\(\w*[,)]")
_QUOTED = re.compile(r"`[^`]*`")
_MARGIN = re.compile(r"\*\*|[-*>] |#{2,6} |\d{1,2}[.)] ")
_POINT = re.compile(r" {0,4}(?:[-*] |\d{1,2}[.)] )\S")
_RULER = re.compile(r"(?:-{3,}|\*{3,}|_{3,})")
_HEADING = re.compile(r"#{1,6} \S[^\n]*|\*\*[^*]+\*\*:?")
_LABEL = re.compile(r"[A-Z][\w'’]*(?: [\w'’]+){0,5}:")
_MOST = 600
"""Code points of a line that are looked at."""


def has_code(line: str) -> bool:
    """Whether the line shows signs of code; what stands in backticks does not count."""
    return _CODE_MARKS.search(_QUOTED.sub("", line[:_MOST])) is not None


def is_sentence(line: str) -> bool:
    """Whether the line reads like a sentence or a heading: it stands at the margin and has words, not code."""
    line = line[:_MOST].rstrip()
    if not line[:1].isalpha() and not _MARGIN.match(line):
        return False
    if has_code(line):
        return False
    return len(line.split()) >= 3 or line.startswith(("**", "##")) or line.endswith((":", "!"))


def is_heading(line: str) -> bool:
    """Whether the line is a heading, a ruler or a label, as talk in Markdown has them; `# x` may be a comment elsewhere."""
    line = line[:_MOST].rstrip()
    return any(form.fullmatch(line) for form in (_HEADING, _RULER, _LABEL))


def is_talk_line(line: str) -> bool:
    """Whether the line is one of talk: a sentence that is at its end, a heading, a label, a point of a list."""
    line = line[:_MOST].rstrip()
    if is_heading(line) or (_POINT.match(line) and not has_code(line)):
        return True
    ends = line.endswith((":", ".", "!", "**", "…")) and not line[:1].islower()
    return ends and (is_sentence(line) or (line.isascii() and line[:1].isupper() and not has_code(line)))


def is_talk(text: str) -> bool:
    """Whether text that stands above the code is talk: nothing is indented but points, and the last line is a talk line."""
    lines = [line for line in text[-2000:].split("\n") if line.strip()]
    if any(line[0] in " \t" and not _POINT.match(line) for line in lines):
        return False
    return not lines or is_talk_line(lines[-1])
