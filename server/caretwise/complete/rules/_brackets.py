"""Brackets and quotes: which ones a piece of text leaves open, and which ones it closes that it did not open.

A small scanner instead of a parser: the text is a fragment, and only its brackets matter. Strings and comments are
skipped; what is unclear (an apostrophe in Rust, prose) is not a string.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from caretwise.text.language import Language

PAIRS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = frozenset(PAIRS.values())

_MOST = 400
"""Unmatched closers that are noted at most."""

_TOKEN = re.compile(r"\"\"\"|'''|\\.|[\"'`(){}\[\]\n]|//|#|--|/\*|\*/", re.DOTALL)
_CHARACTER = re.compile(r"'(?:\\[^\n]{1,8}?|[^'\\\n])'")
_LONG_QUOTES = frozenset({'"""', "'''", "`", "/*"})
_BACKTICK = ("javascript", "typescript", "go", "shellscript")
_LONG_STRINGS = frozenset({"python", "java", "kotlin", "swift", "csharp"})
_PROSE = frozenset({"plaintext", "markdown"})


@dataclass(slots=True)
class Scan:
    """What a scan found.

    `open`: brackets left open as (index, bracket); `unmatched`: closers without their opener as (index, closer), a
    quote that closes the string the text began in among them; `quote`: the string the text ends in, or `""`.
    """

    open: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    unmatched: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    quote: str = ""

    def bracket(self, index: int, sign: str) -> None:
        """Take note of a bracket at `index`."""
        if sign in PAIRS:
            self.open.append((index, sign))
        elif not self.open:
            if len(self.unmatched) < _MOST:
                self.unmatched.append((index, sign))
        elif PAIRS[self.open[-1][1]] == sign:
            self.open.pop()


@functools.lru_cache(maxsize=16)
def scan(text: str, language: Language, quote: str = "") -> Scan:
    """Scan `text`, which begins inside a string when `quote` is given. What is found must not be changed: the rules look at
    the same text before the cursor one after the other, and are given the same.
    """
    found = Scan(quote=quote)
    outer, comment, skip = bool(quote), False, 0
    for match in _TOKEN.finditer(text):
        sign, index = match.group(), match.start()
        if index < skip:
            continue
        if sign == "\n":
            comment = False
            if found.quote and found.quote not in _LONG_QUOTES:
                found.quote, outer = "", False
        elif comment:
            continue
        elif found.quote:
            if sign == found.quote or (found.quote == "/*" and sign == "*/"):
                if outer:
                    found.unmatched.append((index, sign))
                found.quote, outer = "", False
        elif sign in CLOSERS or sign in PAIRS:
            found.bracket(index, sign)
        elif _begins_comment(sign, language):
            comment = True
        elif _begins_string(sign, language):
            character = _CHARACTER.match(text, index) if sign == "'" else None
            if character:
                skip = character.end()
            elif sign != "'" or language.id != "rust":
                found.quote = sign
    return found


def _begins_comment(sign: str, language: Language) -> bool:
    return sign == language.line_comment


def _begins_string(sign: str, language: Language) -> bool:
    if language.id in _PROSE:
        return False
    if sign == "`":
        return language.id.startswith(_BACKTICK)
    if sign == "/*":
        return language.line_comment == "//"
    if sign == "'''":
        return language.id == "python"
    return sign in {'"', "'"} or (sign == '"""' and language.id in _LONG_STRINGS)


def dangles(rest: str, prefix: str, language: Language) -> bool:
    """Whether `rest` begins with a closer or quote that nothing in `prefix` opens: only text between can open it."""
    found, opened = scan(rest, language), scan(prefix, language)
    closers = [sign for _, sign in found.unmatched if sign in CLOSERS]
    if found.quote and not opened.quote and rest.lstrip().startswith(found.quote):
        return True
    return bool(closers) and not opened.quote and (not opened.open or PAIRS[opened.open[-1][1]] != closers[0])
