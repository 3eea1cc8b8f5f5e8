"""The difference of two texts: a patch for `git apply`, and the same drawn on a terminal."""

from __future__ import annotations

import difflib
import re

import click

from caretwise.measure.report import printable
from caretwise.text.snapshot import without_end

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_END = "\\ No newline at end of file"
_QUOTED = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def patch(old: str, new: str, path: str) -> str:
    """A patch with three lines of context, as `git apply` takes it; empty when the texts are the same.

    Lines end at `\\n`, as they do for git, and are written as they are: a `\\r` before the end belongs to the line.
    The `diff --git` line makes `path` relative to the repository, wherever in it the patch is applied.
    """
    lines = list(difflib.unified_diff(_LINE.findall(old), _LINE.findall(new)))
    if not lines:
        return ""
    ours, theirs = _name("a/" + path), _name("b/" + path)
    # As git and GNU diff write it: a tab tells where a name with blanks in it ends.
    end = "\t\n" if " " in path else "\n"
    head = f"diff --git {ours} {theirs}\n--- {ours}{end}+++ {theirs}{end}"
    return head + "".join(line if line.endswith("\n") else f"{line}\n{_NO_END}\n" for line in lines[2:])


def coloured_diff(old: str, new: str, path: str) -> str:
    """The patch for people: coloured, and with nothing in it that a terminal would obey."""
    return "\n".join(_coloured(drawn(line)) for line in patch(old, new, path).split("\n")[:-1])


def _name(name: str) -> str:
    """A name as git writes it in a patch: in quotes when something in it needs an escape."""
    if not any(c in _QUOTED or not c.isprintable() for c in name):
        return name
    return '"' + "".join(_QUOTED.get(c) or (c if c.isprintable() else _octal(c)) for c in name) + '"'


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def drawn(line: str) -> str:
    """A line of code for a terminal: its tabs stay, and nothing else in it steers anything."""
    return "\t".join(printable(part) for part in without_end(line).split("\t"))


def _coloured(line: str) -> str:
    if line.startswith(("+++", "---", "diff --git")):
        return click.style(line, bold=True)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line
