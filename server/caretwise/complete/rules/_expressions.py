"""Expressions of the cursor's line: where those begin that the cursor is behind, and what goes on from one written again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from caretwise.complete.rules._brackets import CLOSERS, PAIRS, scan
from caretwise.text.language import Language

LINE = 300
"""Code points of the cursor's line that are looked at."""

_STARTS = 40
"""Places in the line at which an expression may begin that are looked at, the ones nearest to the cursor."""

TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|[^\w\s]")
MEMBER = (".", "::", "->")
QUOTES = frozenset("\"'`")
BETWEEN = frozenset({"in", "is", "as", "of", "and", "or", "instanceof"})
"""Words between two operands."""
_UNARY = frozenset("-!~&*$|")
BINARY = frozenset("+-*/%&|^<>=?")
"""Signs behind which an expression goes on."""
_BEFORE_OPERAND = BINARY | frozenset("([{,:;!~")


@dataclass(frozen=True, slots=True)
class Begun:
    """The end of a line, from where an expression begins up to the cursor, and its tokens."""

    text: str
    tokens: tuple[str, ...]

    @property
    def is_operand(self) -> bool:
        """Whether its last token may be the last one of an operand; a string's end is not looked for."""
        last = self.text[-1:]
        return last.isalnum() or last in {"_", ")", "]", "}"}

    @property
    def says(self) -> bool:
        """Whether it has a name or a number."""
        return any(token[0].isalnum() or token[0] == "_" for token in self.tokens)


def begun_in(line: str) -> list[Begun]:
    """The expressions of `line` that the cursor at its end is in or directly behind, the longest first."""
    line = line[-LINE:]
    matches = list(TOKEN.finditer(line))
    signs = [match.group() for match in matches]
    found = [
        Begun(line[match.start() :], tuple(signs[index:]))
        for index, match in enumerate(matches)
        if _may_begin(line, match, signs[index - 1] if index else "")
    ]
    return found[-_STARTS:]


def _may_begin(line: str, match: re.Match[str], before: str) -> bool:
    """Whether an expression may begin with this token: a name or number, a bracket that groups, a string, a sign."""
    token, left = match.group(), line[: match.start()]
    if token[0].isalnum() or token[0] == "_":
        return not left.endswith(MEMBER)
    if token in PAIRS:
        return not (left[-1:].isalnum() or left[-1:] == "_" or left[-1:] in CLOSERS)
    if token in QUOTES:
        return left.count(token) % 2 == 0
    apart = left[-1:] in {" ", "\t"} and line[match.end() : match.end() + 1] not in {"", " ", "\t"}
    return token in _UNARY and (not before or before in _BEFORE_OPERAND or apart)


def after(begun: str, text: str) -> str | None:
    """What follows in `text` behind `begun`, however the two are spaced; None when `text` begins otherwise."""
    at = 0
    for index, sign in enumerate(begun):
        if sign in " \t":
            apart = begun[index - 1 : index].isalnum() and begun[index + 1 : index + 2].isalnum()
            if apart and text[at : at + 1] not in {" ", "\t"}:
                return None
            continue
        while text[at : at + 1] in {" ", "\t"} and (begun[index - 1 : index] in {" ", "\t"} or not sign.isalnum()):
            at += 1
        if text[at : at + 1] != sign:
            return None
        at += 1
    rest = text[at:]
    return rest.lstrip(" \t") if begun[-1:] in {" ", "\t"} else rest


def is_again(begun: Begun, rest: str, language: Language, behind: str = "") -> bool:
    """Whether text that has `begun` and then `rest` writes `begun` once more, rather than going on from it.

    Behind a name, a number or a bracket that closes, nothing can begin: there it does. Behind an operator or a colon it does,
    and behind a comma when that stands in a bracket of `begun`. Behind `f(` it does unless more than that call follows.
    """
    last = begun.text.rstrip()[-1:]
    if len(begun.tokens) < 2 or not begun.says:
        return False
    if begun.text[-1:] in {" ", "\t"} and begun.tokens[-1] in BETWEEN:
        return True
    if begun.is_operand or begun.text.endswith(MEMBER):
        return True
    if last == ",":
        return bool(scan(begun.text, language).open)
    if last == "(":
        return _is_one_call(begun, rest, language, behind)
    return last in BINARY or last == ":"


def _is_one_call(begun: Begun, rest: str, language: Language, behind: str) -> bool:
    """Whether `name(` and `rest` are one call and nothing more: `f(f(a), b)` begins alike."""
    if not begun.tokens[0][0].islower() or not rest.strip():
        return False
    closed = [at for at, sign in scan(rest, language).unmatched if sign == ")"]
    if not closed or (len(closed) == 1 and not rest[closed[0] + 1 :].strip(" \t;")):
        return True
    return rest[closed[0] :].strip() == behind.strip()
