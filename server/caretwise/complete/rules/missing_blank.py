"""A blank that chat models leave out where they go on with the line. Without it users see `returnx` or `branches:[main]`.

They write what comes next, and trim it.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._expressions import BETWEEN
from caretwise.complete.rules._surroundings import LOOK, is_prose, line_before
from caretwise.complete.rules.odd_blank import KEYWORDS, in_text

_WORD_AT_END = re.compile(r"(?<![\w.$@-])[^\W\d]\w*\Z")
_NAME = re.compile(r"[^\W\d]\w*")
_KEY = re.compile(r"[ \t]*(?:- +)*(?:[\w./$-]+|\"[^\"]*\"|'[^']*'):\Z|[ \t]*-\Z")
"""What stands before a value in YAML: a key and its colon, or the mark of an item."""
_SQL = frozenset(
    word
    for line in (
        "select from where group order by inner left right full outer cross join on and or not in as insert into values",
        "update set delete create table alter drop index view distinct having limit offset union all case when then else",
        "with returning using between like is primary key references default unique",
    )
    for word in line.split()
)
_INSTRUCTIONS = frozenset({
    "FROM", "RUN", "CMD", "COPY", "ADD", "ENV", "ARG", "WORKDIR", "EXPOSE", "ENTRYPOINT", "USER", "VOLUME", "LABEL",
    "HEALTHCHECK", "SHELL", "ONBUILD",
})  # fmt: skip
_OPERANDS = frozenset({"self", "super", "this", "None", "True", "False", "true", "false", "null", "undefined", "type"})
"""Keywords that stand for something themselves: behind them goes on what is begun."""
_LEAST = 4
"""Letters of a keyword that is no beginning of a longer word, as `in` and `for` are."""


def missing_blank(draft: Draft, place: Place) -> Draft:
    """Put a blank between a whole word, or the colon of YAML, and what comes behind it."""
    before = line_before(place)
    text = draft.text
    if not text.strip() or text[0] in " \t\n" or not before or is_prose(place.language):
        return draft
    if place.language.id == "yaml":
        return Draft(" " + text, draft.replaces) if _KEY.fullmatch(before) else draft
    word = _WORD_AT_END.search(before[-100:])
    apart = word is not None and _is_apart(word.group(), text, place)
    if (apart or _is_between(before, text, place)) and not in_text(before, place):
        return Draft(" " + text, draft.replaces)
    return draft


def _is_between(before: str, text: str, place: Place) -> bool:
    """Whether the text begins with a word that stands between operands, and one of them is before the cursor."""
    first = _NAME.match(text)
    words = BETWEEN | ({"if", "else", "for"} if place.language.id == "python" else frozenset[str]())
    if first is None or first.group() not in words or text[first.end() :][:1] != " " or not place.language.grammar:
        return False
    word = _WORD_AT_END.search(before[-100:])
    if word is None:
        return before[-1].isdigit() or before[-1] in ")]}\"'"
    around = _NAME.findall(place.prefix[-LOOK : -len(word.group())] + " " + place.suffix[:LOOK])
    return word.group() not in KEYWORDS and word.group() in around and word.group() + first.group() not in around


def _is_apart(word: str, text: str, place: Place) -> bool:
    """Whether the word is whole and what comes next is another one, or a string or a number."""
    if place.language.id == "sql":
        whole = word.lower() in _SQL
    elif place.language.id == "dockerfile":
        return line_before(place) == word and word in _INSTRUCTIONS
    else:
        whole = bool(place.language.grammar) and word in KEYWORDS - _OPERANDS and len(word) >= _LEAST
    if not whole:
        return False
    further = _NAME.match(text)
    if further is None:
        return text[0].isdigit() or text[0] in "\"'"
    around = _NAME.findall(place.prefix[-LOOK : -len(word)] + " " + place.suffix[:LOOK])
    if word + further.group() in around:
        return False
    known = further.group() in around or further.group() in KEYWORDS
    return known or (place.language.id == "sql" and further.group().lower() in _SQL)
