"""What has been begun before the cursor (a word, a chain of names, a string, an operator), and what goes on from it."""

from __future__ import annotations

import re

from caretwise.complete.draft import Place
from caretwise.complete.rules._brackets import PAIRS, scan
from caretwise.complete.rules._expressions import (
    BETWEEN,
    BINARY,
    LINE,
    MEMBER,
    QUOTES,
    TOKEN,
    after,
    begun_in,
    is_again,
)
from caretwise.complete.rules._surroundings import LOOK, code_before, is_markup, is_prose, line_after
from caretwise.complete.rules.odd_blank import KEYWORDS

_NAME = re.compile(r"[^\W\d]\w*")
_DOUBLED_DIGITS = 2
_NUMBER = re.compile(r"(?<![\w.])\d[\w.]*")
_LAST = re.compile(r"(?<!\w)[^\W\d]\w*\Z")
_STATEMENT = re.compile(r"[ \t]*([^\W\d]\w+)[ \t]+[\w\"'(\[{-]")
_DUNDER = re.compile(r"__[^\W_]\w*__")
_STRING = re.compile(r"([\"'`])\w[^\"'`]*\1")
_SIGNS = re.compile(r"[-+*/%=<>!&|^?:]+")
_SIGNS_APART = re.compile(r"([-+*/%=<>!&|^?:]+)[ \t]+\Z")
_SIGNS_AGAIN = re.compile(r"([-+*/%=<>!&|^?:]+)[ \t]+(?=\S)")
_SIGIL = re.compile(r"(?<!\$)\$[{(]?\Z|#!?\[\Z")
"""What a name or an expression begins with in shells, in PHP and in the strings of others; an attribute of Rust."""
_TAG = re.compile(r"</?\Z")
_TWO = re.compile(r"[^\W\d]\w*[ \t]+[^\W\d]")
_DOUBLED = frozenset({"long"})
"""Keywords that may stand twice in a row."""

_BETWEEN_IN_PYTHON = BETWEEN | {"if", "else", "for"}
"""Words between two operands; behind an operand, the word that was begun is one of them."""

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
    line = before[-LINE:]
    for begun in begun_in(line):
        rest = after(begun.text, first)
        if rest is not None and is_again(begun, rest, place.language, line_after(place)):
            return rest
    if is_sum_again(first, before):
        return None
    for found in (_after_word, _after_keyword, _after_number, _after_string, _after_operator, _after_mark):
        rest = found(first, line, place)
        if rest is not None:
            return rest
    return None


def is_statement_again(first: str, before: str) -> bool:
    """Whether `first` begins with the line's first word, behind which a whole word or two stand: `return a‸`, `return b`."""
    begins, again = _STATEMENT.match(before[:LINE]), _NAME.match(first)
    return begins is not None and again is not None and begins.group(1) == again.group() and _after_operand(before)


def is_sum_again(first: str, before: str) -> bool:
    """Whether `first` begins with an operand and an operator as an expression of the line does: `n * n‸`, `n * m`."""
    written = tuple(TOKEN.findall(first[:LINE])[:2])
    if len(written) < 2 or written[1] not in BINARY or first[len(written[0]) :].startswith(MEMBER):
        return False
    return any(begun.is_operand and len(begun.tokens) > 2 and begun.tokens[:2] == written for begun in begun_in(before))


def is_expression_again(first: str, before: str) -> bool:
    """Whether `first` begins as an expression of the line does, and then goes another way: `width * 2‸`, `width * height`.

    Behind a whole operand no other can stand: put in there it would give `width * 2width * height`.
    """
    written = tuple(TOKEN.findall(first[:LINE])[:2])
    if len(written) < 2 or first[0] in " \t":
        return False
    if first[0] in QUOTES:
        return _is_string_again(first, before)
    if (first[0].isalnum() and written[1][0].isalnum()) or not any(map(str.isalnum, first[:LINE])):
        return False
    typed = _LAST.search(before[-100:])
    if not _after_operand(before) or (typed and written[1] in PAIRS and first.startswith(typed.group())):
        return False
    return any(begun.tokens[:2] == written for begun in begun_in(before) if len(begun.tokens) > 1 and begun.says)


def _is_string_again(first: str, before: str) -> bool:
    """Whether the cursor is behind a string, and `first` is another one that begins alike: `"abc"‸`, `"abcd"`."""
    quote = first[0]
    if not before.endswith(quote) or before.count(quote) % 2 or before[-2:-1] == quote or first[1:2] == quote:
        return False
    string = before[before.rfind(quote, 0, -1) :]
    return first[1:2] == string[1:2]


def makes_dunder(typed: str, text: str) -> bool:
    """Whether underscores that are typed and the name that `text` begins with are a name such as `__init__`."""
    word = _NAME.match(text)
    return not typed.strip("_") and word is not None and _DUNDER.fullmatch(typed + word.group()) is not None


def _after_operand(before: str) -> bool:
    """Whether the cursor is directly behind a name, a number or a closing bracket."""
    word = _LAST.search(before[-100:])
    return (
        before[-1:].isalnum() or before[-1:] in {"_", ")", "]", "}"} if word is None else word.group() not in KEYWORDS
    )


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


def _after_number(first: str, line: str, place: Place) -> str | None:
    """The digits that are missing of a number: `12‸` and `125`."""
    begun = [match for match in _NUMBER.finditer(line) if match.end() == len(line)]
    again = _NUMBER.match(first)
    if not begun or again is None or not again.group().startswith(begun[0].group()):
        return None
    if first.strip() == begun[0].group() and len(first.strip()) <= _DOUBLED_DIGITS:
        return None  # `20‸` and `20` may well be 2020
    joined = begun[0].group() + again.group()
    around = place.prefix[-LOOK : -len(begun[0].group())] + " " + place.suffix[:LOOK]
    return None if joined in _NUMBER.findall(around) else first[len(begun[0].group()) :]


def _after_keyword(first: str, line: str, place: Place) -> str | None:
    """What follows a word and a blank that are written again, though not with the line: `x = new ‸`, `f(ctx ‸`."""
    begun, again = _LAST.search(line.rstrip(" \t")), _NAME.match(first)
    if begun is None or again is None or line[-1] not in " \t" or begun.group() != again.group():
        return None
    known = begun.group() in KEYWORDS or (_TWO.match(first) and not is_prose(place.language))
    return first[again.end() :].lstrip(" \t") if known and begun.group() not in _DOUBLED else None


def _after_mark(first: str, line: str, place: Place) -> str | None:
    """What follows the signs that a name begins with, or a tag: `$`, `${`, `</`."""
    begun = _SIGIL.search(line) or (_TAG.search(line) if is_markup(place.language) else None)
    return first[len(begun.group()) :] if begun and first.startswith(begun.group()) and len(first) > 1 else None


def _stands_between(word: str, first: str) -> bool:
    return word in _BETWEEN_IN_PYTHON and first[len(word) : len(word) + 1] in {" ", ""}


def _is_operand(left: str, word: str, place: Place) -> bool:
    """Whether a whole operand is what stands at the cursor, by what is left of it."""
    if word not in (_BETWEEN_IN_PYTHON if place.language.id == "python" else BETWEEN):
        return False
    left = left.rstrip()
    if not left:
        return word in BETWEEN
    name = _LAST.search(left)
    return name.group() in KEYWORDS if name else not left[-1].isalnum() and left[-1] not in ")]}\"'"


def _after_string(first: str, line: str, place: Place) -> str | None:
    if place.language.id == "python" and first[:3] in {'"' * 3, "'" * 3}:
        count = len(line) - len(line.rstrip(first[0]))
        return first[count:] if count in {1, 2} and line[:-count].count(first[0]) % 2 == 0 else None
    quote = scan(code_before(place), place.language).quote if first[0] in "\"'`" else ""
    if quote != first[0] or quote not in line:
        return None
    begun = line[line.rindex(quote) :]
    again = first.startswith(begun) if len(begun) > 1 else _STRING.match(first)
    return first[len(begun) :] if again else None


def _after_operator(first: str, line: str, place: Place) -> str | None:
    apart, written = _SIGNS_APART.search(line), _SIGNS_AGAIN.match(first)
    if apart and written and apart.group(1) == written.group(1) and not is_prose(place.language):
        return first[written.end() :]
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
