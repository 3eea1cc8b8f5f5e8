"""What chat models put around the code that they are asked for: kinds of noise, each a function of a hole.

`bare` and `asked` are no noise: the missing text alone, and the form that the prompt asks for.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from noise_projects import Hole

from caretwise.text.indent import leading, unit

_THOUGHTS = (
    "Let me look at this. The cursor stands inside of a function, so I should:\n\n"
    "1. keep the indentation\n2. not repeat what follows\n\nI think `return` is not needed here."
)


_WORD = re.compile(r"(?<!\w)[^\W\d]\w*\Z")
_CHAIN = re.compile(r"(?<!\w)[^\W\d][\w.]*\Z")

MOST_ABOVE = 60
"""Lines above the cursor that a model repeats at most."""


def _cursor_line(hole: Hole) -> str:
    return hole.before.rpartition("\n")[2]


def _begun(hole: Hole) -> str:
    """The cursor's line and the missing text, as the prompt asks for it."""
    return _cursor_line(hole) + hole.truth


def _above(hole: Hole, count: int) -> str:
    """The last `count` lines above the cursor's line, with their line ends."""
    lines = hole.before.split("\n")[:-1]
    return "".join(line + "\n" for line in lines[-count:])


def _below(hole: Hole, count: int) -> str:
    """The rest of the cursor's line and `count` lines below it that are not blank (and blank ones between them)."""
    rest, *lines = hole.behind.split("\n")
    taken: list[str] = []
    for line in lines:
        if len([one for one in taken if one.strip()]) == count:
            break
        taken.append(line)
    return "\n".join([rest, *taken])


def _fence(hole: Hole, text: str) -> str:
    return f"```{hole.language.id}\n{text}\n```"


def _from_function(hole: Hole) -> str:
    """The cursor's block with the line that opens it, though no more than `MOST_ABOVE` lines above the cursor."""
    lines = hole.before.split("\n")
    depth = len(leading(lines[-1] if lines[-1].strip() else lines[-1] + "x"))
    start = len(lines) - 1
    while (
        len(lines) - start < MOST_ABOVE
        and start
        and (not lines[start].strip() or len(leading(lines[start])) >= max(1, depth))
    ):
        start -= 1
    following: list[str] = []
    for line in hole.behind.split("\n")[1:]:
        if line.strip() and len(leading(line)) < depth:
            break
        following.append(line)
    while following and not following[-1].strip():
        following.pop()
    rest = hole.behind.split("\n")[0]
    return "\n".join([*lines[start:-1], _begun(hole) + rest, *following])


def _at_margin(hole: Hole) -> str:
    return _fence(hole, textwrap.dedent(_begun(hole)))


def _other_step(hole: Hole) -> str:
    """All indentation in a step that is not the document's."""
    step = unit(hole.before.split("\n") + hole.behind.split("\n"), hole.language.indent)
    other = "    " if step in ("\t", "  ") else "  "
    lines: list[str] = []
    for line in _begun(hole).split("\n"):
        indent = leading(line)
        deep, odd = divmod(len(indent), len(step))
        lines.append(other * deep + " " * odd + line[len(indent) :])
    return _fence(hole, "\n".join(lines))


def _with_tabs(hole: Hole) -> str:
    """All indentation in tabs, or in blanks where the document has tabs."""
    step = unit(hole.before.split("\n") + hole.behind.split("\n"), hole.language.indent)
    lines: list[str] = []
    for line in _begun(hole).split("\n"):
        indent = leading(line)
        deep, odd = divmod(len(indent), len(step))
        lines.append(("    " if step == "\t" else "\t") * deep + " " * odd + line[len(indent) :])
    return _fence(hole, "\n".join(lines))


def _stuck(hole: Hole) -> str:
    last = _begun(hole).rpartition("\n")[2]
    return _fence(hole, _begun(hole) + ("\n" + last) * 12)


def _search_replace(hole: Hole) -> str:
    line, above = _cursor_line(hole), _above(hole, 2)
    rest = hole.after.split("\n")[0]
    new = above + line + hole.truth + hole.behind.split("\n")[0]
    return f"<<<<<<< SEARCH\n{above}{line}{rest}\n=======\n{new}\n>>>>>>> REPLACE"


def _runs_on(hole: Hole) -> str:
    """The next line of code on the same line, where the missing text ends a statement with a semicolon."""
    below = (line.strip() for line in hole.behind.split("\n")[1:])
    following = next((line for line in below if line and not line.startswith(("//", "/*", "*"))), "")
    return _fence(hole, f"{_begun(hole)} {following}" if hole.truth.endswith(";") else _begun(hole))


def _bracket_too_many(hole: Hole) -> str:
    """The closing bracket at the end of the missing text twice."""
    text = _begun(hole).rstrip(";")
    more = text[-1] if text[-1:] in {")", "]"} else ""
    return _fence(hole, text + more + _begun(hole)[len(text) :])


def _names_again(hole: Hole) -> str:
    """The chain of names that the cursor is in the middle of, from its beginning on, and the rest."""
    begun = _CHAIN.search(hole.before)
    return begun.group() + hole.truth if begun and hole.truth[:1].isidentifier() else hole.truth


def _word_again(hole: Hole) -> str:
    """The word that the cursor is in the middle of, from its beginning on, and the rest."""
    begun = _WORD.search(hole.before)
    return begun.group() + hole.truth if begun and hole.truth[:1].isidentifier() else hole.truth


KINDS: dict[str, Callable[[Hole], str]] = {
    "bare": lambda hole: hole.truth,
    "asked": lambda hole: _fence(hole, _begun(hole)),
    "fence, no echo": lambda hole: _fence(hole, hole.truth),
    "fence cut off": lambda hole: f"```{hole.language.id}\n{_begun(hole)}\n",
    "talk around a fence": lambda hole: (
        f"Here's the completed code:\n\n{_fence(hole, _begun(hole))}\n\n"
        "This completes the statement, and keeps to the style of the file.\n\n- It uses what is there\n- Nothing is new"
    ),
    "talk without a fence": lambda hole: (
        f"Sure! Here is the missing code:\n\n{_begun(hole)}\n\nThis completes the statement. Let me know if you need more."
    ),
    "lines above again": lambda hole: _above(hole, 3) + _begun(hole),
    "lines below again": lambda hole: hole.truth + _below(hole, 2),
    "lines on both sides": lambda hole: _fence(hole, _above(hole, 2) + _begun(hole) + _below(hole, 2)),
    "whole block": lambda hole: _fence(hole, _from_function(hole)),
    "writes on": lambda hole: _begun(hole) + _below(hole, 12),
    "gets stuck": _stuck,
    "thoughts": lambda hole: f"<think>\n{_THOUGHTS}\n</think>\n\n{_fence(hole, _begun(hole))}",
    "end of thoughts": lambda hole: f"{_THOUGHTS}\n</think>\n{_begun(hole)}",
    "carriage returns": lambda hole: _fence(hole, _begun(hole)).replace("\n", "\r\n"),
    "at the margin": _at_margin,
    "other step": _other_step,
    "tabs or blanks": _with_tabs,
    "odd blank": lambda hole: " " + hole.truth,
    "blanks at line ends": lambda hole: "".join(line + "  \n" for line in hole.truth.split("\n")) + "\n\n",
    "tags": lambda hole: f"<COMPLETION>{hole.truth}</COMPLETION>",
    "control tokens": lambda hole: f"{hole.truth}<|im_end|>\n<|endoftext|>{hole.truth}",
    "search and replace": _search_replace,
    "line runs on": _runs_on,
    "a bracket too many": _bracket_too_many,
    "word again": _word_again,
    "names again": _names_again,
}

PLAIN = ("bare", "asked")
"""No noise: what the other kinds are compared with."""
