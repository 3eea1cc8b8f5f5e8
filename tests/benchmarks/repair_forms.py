"""What an oracle writes, in six forms, and what a hostile model writes, in six kinds.

An item's number chooses among the dresses of a form: bare or fenced, block or file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping

from tests.benchmarks.repair_items import Item

Writer = Callable[[Item, int], str]
"""Gives an answer for an item and its number."""


def fenced(lines: list[str], word: str = "") -> str:
    return "\n".join([f"```{word}", *lines, "```"])


def block(search: list[str], replace: list[str]) -> str:
    return "\n".join(["<<<<<<< SEARCH", *search, "=======", *replace, ">>>>>>> REPLACE"])


def whole_function(item: Item, lines: list[str]) -> list[str]:
    """The function as a model writes it: from its first line to its last."""
    return [line.rstrip() for line in lines]


# -- the oracle ----------------------------------------------------------------------------------------------------


def search_replace(item: Item, number: int) -> str:
    """One block for each place that changes, with as many lines around it as make it stand once in the function."""
    old, new = item.wrong_function, item.right_function
    blocks: list[str] = []
    for tag, low, high, new_low, new_high in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        before, after = _context(old, low, high)
        around = old[low - before : low], old[high : high + after]
        blocks.append(block([*around[0], *old[low:high], *around[1]], [*around[0], *new[new_low:new_high], *around[1]]))
    return "\n".join(blocks)


def _context(lines: list[str], low: int, high: int) -> tuple[int, int]:
    before = after = 0
    while True:
        search = lines[low - before : high + after]
        count = sum(lines[at : at + len(search)] == search for at in range(len(lines) - len(search) + 1))
        if count == 1 and any(line.strip() for line in search):
            return before, after
        if before < low:
            before += 1
        elif high + after < len(lines):
            after += 1
        else:
            raise ValueError("no place in the function stands once")


def fenced_blocks(item: Item, number: int) -> str:
    word = ("", item.language.id, "diff")[number % 3]
    return fenced(search_replace(item, number).split("\n"), word)


def function(item: Item, number: int) -> str:
    """The whole function; in fences every second time."""
    lines = whole_function(item, item.right_function)
    return fenced(lines, item.language.id) if number % 2 else "\n".join(lines)


def file(item: Item, number: int) -> str:
    lines = item.right_lines
    return fenced(lines, item.language.id) if number % 2 else "\n".join(lines)


def unified_diff(item: Item, number: int) -> str:
    old, new = item.wrong_lines, item.right_lines
    lines = list(difflib.unified_diff(old, new, f"a/{item.path}", f"b/{item.path}", lineterm=""))
    return fenced(lines, "diff") if number % 2 else "\n".join(lines)


def prose(item: Item, number: int) -> str:
    """Talk around the fenced function; every third time the faulty line is quoted in a fence of its own first."""
    old, new = item.wrong_function, item.right_function
    gone = [line for line in old if line not in new]
    quoted = f"The fault is here:\n\n{fenced(gone[:1], item.language.id)}\n\n" if number % 3 == 2 and gone else ""
    lines = whole_function(item, new)
    return (
        f"{quoted}The function does not do what its test wants. With this change it does:\n\n"
        f"{fenced(lines, item.language.id)}\n\nI have changed nothing else. Tell me if `{item.path}` needs more tests."
    )


ORACLE: Mapping[str, Writer] = {
    "search/replace": search_replace,
    "the same in fences": fenced_blocks,
    "whole function": function,
    "whole file": file,
    "unified diff": unified_diff,
    "prose with a fenced function": prose,
}


# -- the hostile model ---------------------------------------------------------------------------------------------


def _in_some_form(item: Item, number: int, lines: list[str]) -> str:
    """The function replaced by other lines: as a block, as a whole function, as a whole file."""
    if number % 3 == 0:
        return block(item.wrong_function, lines)
    if number % 3 == 1:
        return fenced(lines, item.language.id)
    old = item.wrong_lines
    return fenced([*old[: item.first], *lines, *old[item.last + 1 :]], item.language.id)


def syntax_error(item: Item, number: int) -> str:
    lines = list(item.right_function)
    if item.language.id == "python":
        lines = [*lines[:-1], lines[-1] + (")", " ]", " +")[number // 3 % 3]]
    elif number // 3 % 2:
        lines = lines[:-1]
    else:
        lines = [lines[0].replace("(", "", 1), *lines[1:]]
    return _in_some_form(item, number, lines)


def _neighbours(item: Item) -> list[int]:
    """The lines outside the function that hold code."""
    lines = item.wrong_lines
    outside = [*range(item.first), *range(item.last + 1, len(lines))]
    return [
        n for n in outside if re.search(r"return|=", lines[n]) and lines.count(lines[n]) == 1 and lines[n][:1].isspace()
    ] or [n for n in outside if lines[n].strip() and lines.count(lines[n]) == 1]


def other_function(item: Item, number: int) -> str:
    """The right change, and a line of another function changed too."""
    lines = item.wrong_lines
    at = _neighbours(item)[number % len(_neighbours(item))]
    changed = lines[at] + (" # safe" if item.language.id == "python" else " // safe")
    right = search_replace(item, number)
    if number % 3 == 0:
        return right + "\n" + block([lines[at]], [changed])
    if number % 3 == 1:
        return block([lines[at]], [changed])
    grown = len(item.right_lines) - len(lines)
    fixed = list(item.right_lines)
    fixed[at if at < item.first else at + grown] = changed
    return fenced(fixed, item.language.id)


def deleted(item: Item, number: int) -> str:
    lines = item.wrong_lines
    kept = [*lines[: item.first], *lines[item.last + 1 :]]
    if number % 3 == 0:
        return block(item.wrong_function, [])
    if number % 3 == 1:
        diff = difflib.unified_diff(lines, kept, f"a/{item.path}", f"b/{item.path}", lineterm="")
        return fenced(list(diff), "diff")
    return fenced(kept, item.language.id)


def unchanged(item: Item, number: int) -> str:
    return _in_some_form(item, number, item.wrong_function)


def only_prose(item: Item, number: int) -> str:
    line = next((one for one in item.right_function if one not in item.wrong_function), item.right_function[0])
    return (
        f"The function is wrong: it should say `{line.strip()}` there.",
        f"I have looked at it.\n\n1. Find the fault.\n2. Write\n\n{fenced([line], item.language.id)}\n\nThen it works.",
        "Sorry, I cannot help with that.\n\nPlease give me more of the code, and its tests.",
    )[number % 3]


def elsewhere(item: Item, number: int) -> str:
    """A change that is not in the function: a new line at the file's head or end, a new import, another file."""
    lines = item.wrong_lines
    word = "import os" if item.language.id == "python" else "// changed"
    if number % 3 == 0:
        diff = difflib.unified_diff(lines, [word, *lines], f"a/{item.path}", f"b/{item.path}", lineterm="")
        return "\n".join(diff)
    if number % 3 == 1:
        right = item.right_lines
        return "\n".join(difflib.unified_diff(lines, right, "a/other.txt", "b/other.txt", lineterm=""))
    return fenced([*lines, word, ""], item.language.id)


HOSTILE: Mapping[str, Writer] = {
    "syntax error": syntax_error,
    "other function rewritten": other_function,
    "function deleted": deleted,
    "unchanged": unchanged,
    "prose only": only_prose,
    "edit elsewhere": elsewhere,
}
