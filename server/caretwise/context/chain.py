"""Chains of names, calls and indexing, as they stand before a place in code or at the beginning of a value."""

from __future__ import annotations

import re

Chain = tuple[str, ...]
"""`a.b(c).d` is `("a", "b()", "d")`: what is called has `()` behind it."""

DOT = re.compile(r"(?:\?\.|!\.|\.|->|::)[ \t\r\n]*#?\Z")
"""What stands between a receiver and its member, at the end of a text: a dot, an arrow, a path separator."""

_NAME_BACK = re.compile(r"[^\W\d]\w*\Z")
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_RIGHT = re.compile(r"\s*(?:await\s+|yield\s+|new\s+|&|\*)*([^\W\d][\w.?!]*)\s*(\(?)")


def chain_before(text: str) -> Chain:
    """The expression that ends with `text`; empty where it is none of names, calls and indexing."""
    parts: list[str] = []
    text = text.rstrip(" \t")
    while len(parts) < 6:
        called = False
        text = text.rstrip("?!")
        while text[-1:] in _CLOSERS:
            opened = _opening(text)
            if opened < 0 or text[-1] == "}":
                return tuple(parts)
            called = called or text[-1] == ")"
            text = text[:opened].rstrip()
            if text.endswith(">"):
                text = text[: max(0, text.rfind("<"))]
        name = _NAME_BACK.search(text)
        if name is None:
            return tuple(parts)
        parts.insert(0, name[0] + ("()" if called else ""))
        text = text[: name.start()]
        dot = DOT.search(text)
        if dot is None:
            return tuple(parts)
        text = text[: dot.start()].rstrip()
    return tuple(parts)


def _opening(text: str) -> int:
    """Where the bracket was opened that the text's last character closes; -1 when it was not."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        sign = text[at]
        if sign in ")]}":
            depth += 1
        elif sign in "([{":
            depth -= 1
            if not depth:
                return at
    return -1


def chain_of(value: str) -> Chain:
    """The names of `a.b(...)`, as far as the first bracket."""
    found = _RIGHT.match(value)
    if found is None:
        return ()
    parts = [part for part in re.split(r"[.?!]+", found[1]) if part]
    if found[2] and parts:
        parts[-1] += "()"
    return tuple(parts)
