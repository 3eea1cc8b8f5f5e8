"""How near an answer comes to what stood there: exact match, first line, edit similarity, names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d]\w*")
_MOST = 4000
"""Characters of either text that are compared; a suggestion is never that long."""


@dataclass(frozen=True, slots=True)
class Score:
    """What an answer is worth. `similarity` and `identifiers` go from 0 to 1; without an answer all is 0."""

    exact: bool = False
    """The whole answer is what stood there, but for blanks at line ends."""
    first_line: bool = False
    """The first line of the answer is the first line of what stood there."""
    similarity: float = 0.0
    """1 - edit distance / length of the longer text."""
    identifiers: float = 0.0
    """F1 of the names in both, each as often as it occurs; 1 when neither holds any."""


def score(truth: str, answer: str) -> Score:
    """Compare an answer with the truth. Line ends do not matter, nor do blanks before them."""
    wanted, got = _plain(truth), _plain(answer)
    if not got.strip():
        return Score()
    return Score(
        exact=wanted == got,
        first_line=wanted.split("\n", 1)[0] == got.split("\n", 1)[0],
        similarity=similarity(wanted, got),
        identifiers=_names(wanted, got),
    )


def similarity(one: str, two: str) -> float:
    """1 - Levenshtein distance / length of the longer text; 1 for two empty texts."""
    one, two = one[:_MOST], two[:_MOST]
    longer = max(len(one), len(two))
    return 1 - distance(one, two) / longer if longer else 1.0


def distance(one: str, two: str) -> int:
    """Levenshtein distance, by bits: Hyyrö 2003, after Myers 1999 (J. ACM 46, 395-415). Takes len(two) steps."""
    if not one:
        return len(two)
    places: dict[str, int] = {}
    for at, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << at
    every, top = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, found = every, 0, len(one)
    for character in two:
        equal = places.get(character, 0)
        across = (((equal & up) + up) ^ up) | equal | down
        right_up, right_down = down | (every & ~(across | up)), up & across
        found += bool(right_up & top) - bool(right_down & top)
        right_up = (right_up << 1 | 1) & every
        right_down = right_down << 1 & every
        up, down = right_down | (every & ~(across | right_up)), right_up & across
    return found


def _names(wanted: str, got: str) -> float:
    one, two = Counter(_WORD.findall(wanted)), Counter(_WORD.findall(got))
    if not one and not two:
        return 1.0
    return 2 * (one & two).total() / (one.total() + two.total())


def _plain(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")
