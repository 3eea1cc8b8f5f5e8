"""What has been begun before the cursor (a word, a chain of names, a string, an operator), and what goes on from it."""

from __future__ import annotations

import re

from caretwise.complete.draft import Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._surroundings import LOOK, code_before
from caretwise.complete.rules.odd_blank import KEYWORDS

_LINE = 300
"""Code points of the cursor's line that are looked at."""

_STARTS = 40
"""Words of the line at which an expression may begin."""

_NAME = re.compile(r"[^\W\d]\w*")
_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|[^\w\s]")
_LAST = re.compile(r"(?<!\w)[^\W\d]\w*\Z")
_START = re.compile(r"(?<![\w.])[^\W\d]")
_STATEMENT = re.compile(r"[ \t]*([^\W\d]\w+)[ \t]+[\w\"'(\[{-]")
_DUNDER = re.compile(r"__[^\W_]\w*__")
_STRING = re.compile(r"([\"'`])\w[^\"'`]*\1")
_SIGNS = re.compile(r"[-+*/%=<>!&|^?:]+")
_MEMBER = (".", "::", "->")

_BETWEEN = frozenset({"in", "is", "as", "of", "and", "or", "instanceof"})
"""Words between two operands; behind an operand, the word that was begun is one of them."""

_BETWEEN_IN_PYTHON = _BETWEEN | {"if", "else", "for"}

_SHARED = {"==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "<<=", ">>="}
_OPERATORS = {
    "python": _SHARED | {"**", "**=", "//", "//=", "->", ":="},
    "rust": _SHARED | {"&&", "||", "->", "=>", "::", "**"},
    "java": _SHARED | {"&&", "||", "->", "::", "++", "--", "//", ">>>"},
    "go": _SHARED | {"&&", "||", "<-", ":=", "++", "--", "&^", "//"},
}
_ECMA = _SHARED | {"===", "!==", "**", "**=", ">>>", "&&", "||", "??", "&&=", "||=", "=>", "++", "--", "//"}


def after_begun(first: str, before: str, place: Place) -> str | None:
    """What goes on at the cursor when `first` begins once more what stands unfinished before it; None when it does not.

    A word that only says what comes after a whole operand (`for i‸` and `in range(3)`) gets the blank that it needs.
    """
    if not first or is_statement_again(first, before):
        return None
    line = before[-_LINE:]
    for start in _starts(line):
        if first.startswith(line[start:]):
            return first[len(line) - start :]
    for found in (_after_word, _after_string, _after_operator):
        rest = found(first, line, place)
        if rest is not None:
            return rest
    return None


def is_statement_again(first: str, before: str) -> bool:
    """Whether `first` begins with the line's first word, behind which a whole word or two stand: `return a‸`, `return b`."""
    begins, again = _STATEMENT.match(before[:_LINE]), _NAME.match(first)
    return begins is not None and again is not None and begins.group(1) == again.group() and _after_operand(before)


def is_expression_again(first: str, before: str) -> bool:
    """Whether `first` begins as an expression of the line does, and then goes another way: `width * 2‸`, `width * height`.

    Behind a whole operand no other can stand: put in there it would give `width * 2width * height`.
    """
    if _NAME.match(first) is None or not _after_operand(before):
        return False
    line = before[-_LINE:]
    written = _TOKEN.findall(first[:_LINE])[:2]
    if len(written) < 2 or written[1][0].isalnum() or written[1] in {"(", "[", "{"}:
        return False
    return any(_TOKEN.findall(line[start:])[:2] == written for start in _starts(line))


def makes_dunder(typed: str, text: str) -> bool:
    """Whether underscores that are typed and the name that `text` begins with are a name such as `__init__`."""
    word = _NAME.match(text)
    return not typed.strip("_") and word is not None and _DUNDER.fullmatch(typed + word.group()) is not None


def _after_operand(before: str) -> bool:
    """Whether the cursor is directly behind a name, a number or a closing bracket."""
    word = _LAST.search(before[-100:])
    return before[-1:].isalnum() or before[-1:] in {"_", ")", "]"} if word is None else word.group() not in KEYWORDS


def _starts(line: str) -> list[int]:
    """Where in the line an expression of more than one sign or word may begin that the cursor is directly behind."""
    if not (line[-1:].isalnum() or line.endswith(("_", ")", "]", *_MEMBER))):
        return []
    starts = [match.start() for match in _START.finditer(line)][-_STARTS:]
    return [start for start in starts if len(_TOKEN.findall(line[start:])) > 1]


def _after_word(first: str, line: str, place: Place) -> str | None:
    begun, again = _LAST.search(line), _NAME.match(first)
    if begun is None or again is None or not again.group().startswith(begun.group()):
        return None
    typed, word = begun.group(), again.group()
    if typed != word and _stands_between(word, first) and _is_operand(line[: begun.start()], word, place):
        return " " + first
    joined = typed + word
    if makes_dunder(typed, word):
        return None
    around = place.prefix[-LOOK : -len(typed)] + " " + place.suffix[:LOOK]
    return None if joined in _NAME.findall(around) else first[len(typed) :]


def _stands_between(word: str, first: str) -> bool:
    return word in _BETWEEN_IN_PYTHON and first[len(word) : len(word) + 1] in {" ", ""}


def _is_operand(left: str, word: str, place: Place) -> bool:
    """Whether a whole operand is what stands at the cursor, by what is left of it."""
    if word not in (_BETWEEN_IN_PYTHON if place.language.id == "python" else _BETWEEN):
        return False
    left = left.rstrip()
    if not left:
        return word in _BETWEEN
    name = _LAST.search(left)
    return name.group() in KEYWORDS if name else not left[-1].isalnum() and left[-1] not in ")]}\"'"


def _after_string(first: str, line: str, place: Place) -> str | None:
    quote = scan(code_before(place), place.language).quote if first[0] in "\"'`" else ""
    if quote != first[0] or quote not in line:
        return None
    begun = line[line.rindex(quote) :]
    again = first.startswith(begun) if len(begun) > 1 else _STRING.match(first)
    return first[len(begun) :] if again else None


def _after_operator(first: str, line: str, place: Place) -> str | None:
    begun = _SIGNS.search(line[-4:])
    again = _SIGNS.match(first)
    if begun is None or again is None or begun.end() != len(line[-4:]):
        return None
    typed, signs = begun.group(), again.group()
    language = place.language.id
    known = _ECMA if language.startswith(("javascript", "typescript")) else _OPERATORS.get(language, frozenset[str]())
    if signs in known and signs.startswith(typed) and typed + signs not in known:
        return first[len(typed) :]
    return None
