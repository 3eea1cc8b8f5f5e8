"""Chains of names, calls and indexing, as they stand before a place in code or at the beginning of a value."""

from __future__ import annotations

import re

Chain = tuple[str, ...]
"""`a.b(c).d` is `("a", "b()", "d")`: what is called has `()` behind it."""

DOT = re.compile(r"(?:(?:\?\.|!\.|\.|::)[ \t\r\n]*#?|(?<![ \t\r\n])->)\Z")
"""What stands between a receiver and its member, at the end of a text: a dot, an arrow, a path separator. An arrow with a
blank before it is that of a lambda.
"""

_MOST_PARTS = 6
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_BEFORE_VALUE = re.compile(r"\s*(?:await\s+|yield\s+(?:from\s+)?|new\s+|mut\s+|&|\*)*")
_ITSELF = re.compile(
    r"(?:enumerate|reversed|sorted|list|tuple|set|iter|aiter|next|anext|min|max|copy\.copy|copy\.deepcopy|deepcopy)\("
)
"""Calls that give what they are given, or items of it."""
_CAST = re.compile(r"\(\s*([A-Z][\w.]*)(?:<[^<>]*>)?\s*\)\s*[\w(]|.*\bas\s+([A-Z][\w.]*)\W*\Z")
_ASIDE = re.compile(r"\s*(?:await\b|new\b|[*&])?\s*")


def name_at_end(text: str) -> str:
    """The name that a text ends with; "" where it ends with none. Looks at no more than that."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while start < len(text) and text[start].isdecimal():
        start += 1
    return text[start:]


def chain_before(text: str) -> Chain:
    """The expression that ends with `text`; empty where it is none of names, calls and indexing."""
    parts: list[str] = []
    text = text.rstrip()
    while len(parts) < _MOST_PARTS:
        called = False
        text = text.rstrip("?!")
        while text[-1:] in _CLOSERS:
            opened = _opening(text)
            if opened < 0 or text[-1] == "}":
                return tuple(parts)
            called = called or text[-1] == ")"
            inner, text = text[opened + 1 : -1], text[:opened].rstrip()
            if text.endswith(">"):
                text = text[: max(0, text.rfind("<"))]
            if called and not name_at_end(text) and text[-1:] not in _CLOSERS:
                return (*_aside(inner), *parts)
        name = name_at_end(text)
        if not name:
            return tuple(parts)
        parts.insert(0, name + ("()" if called else ""))
        text = text[: len(text) - len(name)]
        dot = DOT.search(text)
        if dot is None:
            return tuple(parts)
        text = text[: dot.start()].rstrip()
    return tuple(parts)


def _aside(inner: str) -> Chain:
    """What stands in brackets of its own: `(await load())`, `((Order) found)`, `(found as Order)`."""
    cast = _CAST.match(inner)
    if cast is not None:
        return ((cast[1] or cast[2]).rpartition(".")[2],)
    plain = _ASIDE.match(inner)
    value = inner[plain.end() :] if plain is not None else inner
    chain = chain_of(value)
    return chain if _end_of(value) >= len(value.rstrip()) else ()


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
    """The expression that `value` begins with; where a bracket is not closed, what stands before that."""
    at = _BEFORE_VALUE.match(value)
    value = value[at.end() :] if at is not None else value
    while (itself := _ITSELF.match(value)) is not None:
        value = value[itself.end() :].lstrip()
    end = _end_of(value)
    opened = value[end : end + 1] == "("
    chain = chain_before(value[:end])
    return (*chain[:-1], chain[-1] + "()") if opened and chain and not chain[-1].endswith("()") else chain


def _end_of(value: str) -> int:
    """Where the expression that `value` begins with ends; at a bracket that is not closed."""
    depth, opened, at = 0, 0, 0
    while at < len(value):
        sign = value[at]
        if sign in "([":
            opened = at if not depth else opened
            depth += 1
        elif sign in ")]":
            if not depth:
                return at
            depth -= 1
        elif not depth and not (sign.isalnum() or sign in "_.?!$#"):
            if value[at : at + 2] != "::":
                return at
            at += 1
        at += 1
    return opened if depth else len(value)
