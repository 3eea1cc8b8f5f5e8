"""What never goes into a document: characters that hide what code does, and words in place of code that was left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""Control and reordering characters, and those that cannot be seen: fillers, separators, tags, selectors without a glyph."""

_JOINERS = re.compile("[\u200c\u200d]")
_ALIKE = frozenset("аеорсухіјѕԁһԛԝАВЕЗКМНОРСТУХІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_WORD = re.compile(r"\w+")

_COMMENT = r"\s*(?:#|//|/\*|--|<!--|\{/\*|;|%)[\s*/#-]*"
_ELIDED = re.compile(
    rf"{_COMMENT}(?:\.\.\.|…)|"
    rf"{_COMMENT}[^\n]{{0,40}}\b(?:rest|remain\w*)\b[^\n]{{0,30}}\b(?:unchanged|same|omitted|as (?:before|is|it was))\b|"
    rf"{_COMMENT}[^\n]{{0,40}}\b(?:rest of (?:the|your)|existing code|unchanged code|same as before|code unchanged)\b",
    re.IGNORECASE,
)
_ELIDED_WHERE_CODE_GOES = re.compile(
    rf"{_COMMENT}[^\n]{{0,40}}\b(?:unchanged|omitted|snip(?:ped)?|truncated|abbreviated|as (?:before|above|in the original)|"
    rf"(?:rest|remain\w*|other|existing|previous|original|more)\b[^\n]{{0,30}}\b(?:code|lines?|logic|implementation|body|"
    rf"function|method|stay|same|here|below))\b",
    re.IGNORECASE,
)
"""Said where lines go away; as comments beside code that stays they are harmless."""

_FEW_LINES = 2
"""In a function of no more lines three dots may be all of its body."""


def hidden_character(old: str, new: str) -> str:
    """What of the new text cannot be seen for what it is, in words; "" when all can, or was in the old text as often."""
    more = Counter(_HIDDEN.findall(new)) - Counter(_HIDDEN.findall(old))
    for joiner in _JOINERS.finditer(new):
        beside = new[max(0, joiner.start() - 1) : joiner.start()] + new[joiner.end() : joiner.end() + 1]
        if not any(ord(one) > 0x7F for one in beside) and old.count(joiner.group()) < new.count(joiner.group()):
            more[joiner.group()] += 1
    if more:
        return f"control, bidirectional or invisible characters (U+{ord(next(iter(more))):04X})"
    fresh = _words(new) - _words(old)
    mixed = next((one for one in sorted(fresh) if _is_mixed(one)), "")
    return f"a word of letters that only look like Latin ones ({mixed[:40]})" if mixed else ""


def _words(text: str) -> frozenset[str]:
    """The words that are not of ASCII letters alone."""
    return (
        frozenset()
        if text.isascii()
        else frozenset(one.group() for one in _WORD.finditer(text) if not one.group().isascii())
    )


def _is_mixed(word: str) -> bool:
    return any("a" <= one <= "z" or "A" <= one <= "Z" for one in word) and not _ALIKE.isdisjoint(word)


def elided(before: Sequence[str], lines: Sequence[str]) -> str:
    """A line that stands for code that the answer leaves out; "" when there is none."""
    known = {line.strip() for line in before}
    now = sum(1 for line in lines if line.strip())
    shorter = now <= sum(1 for line in before if line.strip())
    for line in (line.strip() for line in lines):
        dots = line in {"...", "…"} and now > _FEW_LINES
        if line not in known and (dots or _ELIDED.match(line) or (shorter and _ELIDED_WHERE_CODE_GOES.match(line))):
            return line
    return ""
