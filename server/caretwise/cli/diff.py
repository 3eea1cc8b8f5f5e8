"""A unified diff for the terminal, coloured where colours are wanted."""

from __future__ import annotations

import difflib

import click

from caretwise.measure.report import printable
from caretwise.text.snapshot import split_lines, without_end


def coloured_diff(old: str, new: str, path: str) -> str:
    """The difference of two texts, three lines of context. click takes the colours out where nobody sees them."""
    lines = difflib.unified_diff(
        [without_end(line) for line in split_lines(old)],
        [without_end(line) for line in split_lines(new)],
        f"a/{path}",
        f"b/{path}",
        lineterm="",
    )
    return "\n".join(_coloured(printable(line)) for line in lines)


def _coloured(line: str) -> str:
    if line.startswith(("+++", "---")):
        return click.style(line, bold=True)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line
