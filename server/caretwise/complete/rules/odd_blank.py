"""One blank too many at the start. Without it users see `self. name`, `print (x)` or `to tal`.

Many tokenizers put the blank before a word into the word's own token, and models begin their answer with such a token.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._surroundings import LOOK, code_before, is_prose, line_before

_WORD_AT_END = re.compile(r"[^\W\d]\w*\Z")
_WORD = re.compile(r" ([^\W\d]\w*)")
_TIGHT = frozenset(".,;)]")
"""Signs before which no blank is written, whatever stands before."""

_APART = frozenset({"python", "javascript", "javascriptreact", "typescript", "typescriptreact", "rust"})
"""Languages in which two names never stand side by side: one of the two is a keyword, or they are one."""

_BEFORE_DOT = frozenset({"from", "import", "return", "yield", "else", "in", "and", "or", "not", "case"})
"""Keywords before what may begin with a dot: `from .models`, `return .5`."""
_WORDS_APART = frozenset(
    {"shellscript", "dockerfile", "makefile", "yaml", "powershell", "ruby", "sql", "haskell", "ocaml", "fsharp"}
)
"""Languages in which a sign that stands apart may be a word of its own (`pip install .`) or begin one."""

KEYWORDS = frozenset(
    word
    for line in (
        "and as assert async await break case class continue def del elif else except finally for from global if import in",
        "is lambda match nonlocal not or pass raise return try type while with yield True False None",
        "abstract any asserts catch const debugger declare default delete do enum export extends false function get",
        "implements infer instanceof interface keyof let namespace new null of override private protected public readonly",
        "satisfies set static super switch this throw true typeof undefined var void",
        "become box crate dyn extern fn impl loop mod move mut pub ref self struct trait union unsafe use where",
        "chan defer fallthrough func go goto map package range select",
        "boolean byte char double final float int long native short synchronized throws transient volatile",
    )
    for word in line.split()
)
"""Words of the languages above, of Go and of Java that stand beside a name or a bracket, with a blank between."""

_JAVA = (KEYWORDS | {"permits", "record", "sealed", "strictfp", "when"}) - {"get", "set", "type", "in", "is", "of"}
"""Words that stand before a name in Java; other types begin with a capital letter there."""

_NAME = re.compile(r"[^\W\d]\w*")


def odd_blank(draft: Draft, place: Place) -> Draft:
    """Take off a single blank at the start where the language has none, between a name and its brackets for instance."""
    text, before = draft.text, line_before(place)
    if text[:2] == "  " and text[2:3] not in {"", " ", "\t", "\n"} and before[-1:] in {"{", "=", ","}:
        return Draft(text[1:], draft.replaces)
    if text[:1] != " " or text[1:2] in {"", " ", "\t", "\n"} or not before.strip() or is_prose(place.language):
        return draft
    if before[-1] in " \t([.!~@" or (_is_odd(text, before, place) and not in_text(before, place)):
        return Draft(text[1:], draft.replaces)
    return draft


def _is_odd(text: str, before: str, place: Place) -> bool:
    follows = text[1]
    if place.language.id in _WORDS_APART:
        return follows == "," and text[2:3] in {" ", ""}
    word = _WORD_AT_END.search(before[-100:])
    if follows in _TIGHT and word is not None and word.group() in _BEFORE_DOT:
        return False
    if follows in _TIGHT:
        return follows != "." or text[2:3] != "."
    if follows == ":" and place.language.id == "python":
        return text[2:3] != "="
    if follows == ":" and place.language.id in _APART:
        return text[2:3] == " " and "?" not in before and before[-1].isalnum() and before.strip() != "default"
    if word is None or word.group() in KEYWORDS:
        return False
    if follows in "([":
        return True
    further = _WORD.match(text)
    if further is None or further.group(1) in KEYWORDS:
        return False
    return place.language.id in _APART or _is_one_word(word.group(), further.group(1), place)


def _is_one_word(left: str, right: str, place: Place) -> bool:
    """Whether the document has the two words as one, and the left one nowhere else; in Java, a type is no small word."""
    if place.language.id == "java" and left[0].islower():
        return left not in _JAVA
    around = place.prefix[-LOOK : -len(left)] + " " + place.suffix[:LOOK]
    words = set(_NAME.findall(around))
    return left not in words and left + right in words


def in_text(before: str, place: Place) -> bool:
    """Whether the cursor is in a string or a comment, where a blank means a blank."""
    comment = place.language.line_comment
    return (comment and comment in before) or bool(scan(code_before(place), place.language).quote)
