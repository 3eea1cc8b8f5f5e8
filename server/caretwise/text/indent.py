"""Indentation: what a line has, what unit a document uses, and moving a block from one to the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from caretwise.text.snapshot import without_end


def leading(line: str) -> str:
    """The blanks and tabs at the line's start."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def is_blank(line: str) -> bool:
    """Whether the line holds nothing but white space."""
    return not line.strip()


def width(indent: str, tab_size: int = 4) -> int:
    """Columns that an indent takes up."""
    columns = 0
    for character in indent:
        columns += tab_size - columns % tab_size if character == "\t" else 1
    return columns


def unit(lines: Sequence[str], default: str = "    ") -> str:
    """The document's step of indentation: a tab, or the most frequent growth in blanks between two lines (2 to 8).

    Looks at the first 400 lines that are not blank. When none of these is indented, blank lines tell, such as the one that
    an editor has just begun in a new function; else `default`. Where that is a tab and the document has one, it stays the
    tab, whatever stands in long strings.
    """
    blank = (without_end(line) for line in lines[:400])
    return _unit_of(_first_code_lines(lines, 400), default) or _unit_of(blank, default) or default


def _unit_of(lines: Iterable[str], default: str) -> str:
    grown: Counter[int] = Counter()
    tabs = 0
    previous = ""
    for line in lines:
        indent = leading(line)
        tabs += indent.startswith("\t")
        step = len(indent) - len(previous)
        if "\t" not in indent and 2 <= step <= 8:
            grown[step] += 1
        previous = indent
    if tabs > sum(grown.values()) or (tabs and default == "\t"):
        return "\t"
    return " " * grown.most_common(1)[0][0] if grown else ""


def _first_code_lines(lines: Iterable[str], limit: int) -> Iterable[str]:
    for line in lines:
        if not is_blank(line):
            yield without_end(line)
            limit -= 1
            if not limit:
                return


def shift(lines: Sequence[str], old: str, new: str) -> list[str]:
    """Move lines that are indented by at least `old` so that `old` becomes `new`; other lines stay as they are."""
    return [new + line[len(old) :] if line.startswith(old) and not is_blank(line) else line for line in lines]
