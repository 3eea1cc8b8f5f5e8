"""What a function gives that does not declare it: read off its `return` and `yield` lines."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from caretwise.context.types import type_of_declaration

UNDECLARED = frozenset({"python", "javascript", "javascriptreact", "typescript", "typescriptreact"})
"""Languages in which many functions do not say what they give."""

_MOST = 4_000
"""Code points of a body that are looked at."""

_ITSELF = re.compile(r"(?:self|this|cls\(.*|new this\b.*)[ \t]*;?[ \t]*\Z")
_NAME = re.compile(r"[^\W\d]\w*(?=[ \t]*;?[ \t]*\Z)")
_HOLDS = re.compile(r"(?:yield[ \t]+|await[ \t]+)*[\[(]*")


def undeclared_result(text: str, head: str, at: int, indent: int, owner: str) -> str:
    """As `result_of` for what `head` declares; "" where that is no function, or says itself what it gives."""
    _, arrow, value = head.partition("=>")
    if arrow and value.strip():
        return type_of_declaration("x = " + value, "")
    is_function = bool(arrow) or head.endswith(")")
    return result_of(text, at, indent, owner) if is_function and not _DECLARED.search(head) else ""


_DECLARED = re.compile(r"\)[ ]*(?:->|:)")


def result_of(text: str, at: int, indent: int, owner: str) -> str:
    """The class that a function gives whose body is behind `at` and deeper than `indent` (code points).

    "" when no line tells. `owner` is the class that it is a method of. A list of things counts as one of them, as everywhere.
    """
    start = text.find("\n", at) + 1
    if not start:
        return ""
    body = text[start : start + _MOST]
    for value in _given(body, indent):
        if _ITSELF.match(value):
            return owner
        found = type_of_declaration("x = " + _HOLDS.sub("", value, count=1), "") or _of_name(value, body)
        if found:
            return found
    return ""


def _of_name(value: str, body: str) -> str:
    """The class of a name that is given, by what was assigned to it."""
    named = _NAME.match(value)
    if named is None:
        return ""
    assigned = re.search(rf"^[ \t]*(?:(?:const|let|var)[ \t]+)?({named[0]}\b[^=\n]*=(?!=)[^\n]*)", body, re.MULTILINE)
    return type_of_declaration(assigned[1], "") if assigned is not None else ""


def _given(body: str, indent: int) -> Iterator[str]:
    """The values that a body gives, without those of functions inside of it."""
    inside = -1
    for match in _lines(indent).finditer(body):
        if match["end"] is not None:
            return
        depth = len(match["indent"])
        if 0 <= inside < depth:
            continue
        inside = -1 if match["value"] is not None else depth
        if match["value"] is not None:
            yield match["value"]


@functools.lru_cache(maxsize=64)
def _lines(indent: int) -> re.Pattern[str]:
    """Lines that give something, that begin a function inside of the body, and that stand behind it."""
    return re.compile(
        rf"^(?:(?P<indent>[ \t]{{{indent + 1},}}+)(?:(?:return|yield)[ \t]+(?P<value>[^\n]+)"
        r"|(?:async[ \t]+)?(?:def|class|function)\b|[\w.$ \t=]*\([^\n]*(?:=>|\))[ \t]*\{$)"
        rf"|(?P<end>[ \t]{{0,{indent}}}+[^\s)\]#/*]))",
        re.MULTILINE,
    )
