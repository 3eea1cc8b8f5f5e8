"""Tables for a terminal: columns that leave when it is narrow, bars of blocks, colour that changes nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

BOLD, DIM = "\x1b[1m", "\x1b[2m"
_GREEN, _RESET = "\x1b[32m", "\x1b[0m"
_GAP = "  "
_NARROWEST_NAME = 12
BAR = 16
"""Blocks of a bar."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its cells, whether numbers stand to the right, and which columns go first when it is tight."""

    head: str
    cells: tuple[str, ...]
    right: bool = True
    rank: int = 0
    """0 stays always; the highest goes first."""

    @property
    def width(self) -> int:
        return max(map(columns, (self.head, *self.cells)))


def printable(text: str) -> str:
    """The text with everything that is not plainly visible written as an escape, so that no name can steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def columns(text: str) -> int:
    """How many terminal columns the (printable) text takes: wide characters two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def interval_bar(low: float, high: float, rate: float | None, width: int = BAR) -> str:
    """`width` blocks for 0 to 100%: ▒ from `low` to `high`, █ at `rate`, ░ elsewhere."""

    def cell(share: float) -> int:
        return min(width - 1, max(0, int(share * width)))

    bar = ["▒" if cell(low) <= index <= cell(high) else "░" for index in range(width)]
    if rate is not None:
        bar[cell(rate)] = "█"
    return "".join(bar)


def aligned_table(all_columns: list[Column], dim: Sequence[bool], *, colour: bool, width: int) -> str:
    """The columns that fit into `width`, the first of them a name. `dim`: which rows stand back."""
    shown = _fitting(all_columns, width)
    room = width - sum(column.width + len(_GAP) for column in shown[1:])
    name_width = min(shown[0].width, max(_NARROWEST_NAME, room))
    widths = [name_width, *(column.width for column in shown[1:])]
    head = _GAP.join(_aligned(c.head, w, right=c.right) for c, w in zip(shown, widths, strict=True)).rstrip()
    lines = [paint(head, BOLD, colour=colour)]
    for index, faint in enumerate(dim):
        cells: list[str] = []
        for column, cell_width in zip(shown, widths, strict=True):
            cell = _aligned(column.cells[index], cell_width, right=column.right)
            is_bar = column.head.startswith("0%")
            cells.append(_painted_bar(cell) if colour and is_bar and not faint else cell)
        line = _GAP.join(cells).rstrip()
        lines.append(paint(line, DIM, colour=colour and faint))
    return "\n".join(lines)


def _fitting(all_columns: list[Column], width: int) -> list[Column]:
    """The columns that fit beside a name of bearable width."""
    kept = list(all_columns)
    name = min(all_columns[0].width, max(_NARROWEST_NAME, width // 4))
    while sum(c.width + len(_GAP) for c in kept[1:]) + name > width and any(c.rank for c in kept):
        highest = max(c.rank for c in kept)
        kept = [c for c in kept if c.rank < highest]
    return kept


def _aligned(text: str, width: int, *, right: bool) -> str:
    text = shortened(text, width)
    blanks = " " * (width - columns(text))
    return blanks + text if right else text + blanks


def shortened(name: str, most: int) -> str:
    """A name in at most `most` columns, its middle left out: what tells models apart stands at either end."""
    if columns(name) > most:
        name = name.split(" (", maxsplit=1)[0] or name  # a remark in brackets goes first
    if columns(name) <= most:
        return name
    head, tail = name[: most // 2], name[-(most // 2) :]
    while columns(head) + columns(tail) >= most and head:
        head, tail = (head[:-1], tail) if columns(head) >= columns(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def filled(text: str, width: int, indent: str = "") -> str:
    """The text in lines of at most `width` columns, broken at blanks, those behind the first begun with `indent`.

    Only what is longer than a line is broken elsewhere: a model's name is to be copied whole.
    """
    lines = [text[: len(text) - len(text.lstrip(" "))]]
    for index, word in enumerate(text.split()):
        blank = "" if index == 0 or lines[-1] == indent else " "
        if columns(lines[-1] + blank + word) <= width:
            lines[-1] += blank + word
            continue
        lines += [indent] if lines[-1].strip() else []
        for one in word:
            if columns(lines[-1] + one) > width:
                lines.append(indent)
            lines[-1] += one
    return "\n".join(lines)


def _painted_bar(bar: str) -> str:
    """The bar with its interval in green."""
    first = min((i for i in map(bar.find, "▒█") if i >= 0), default=0)
    last = max(map(bar.rfind, "▒█")) + 1
    return bar[:first] + _GREEN + bar[first:last] + _RESET + bar[last:]


def paint(text: str, code: str, *, colour: bool) -> str:
    """The text in a colour or weight, line by line."""
    return "\n".join(f"{code}{line}{_RESET}" for line in text.split("\n")) if colour else text
