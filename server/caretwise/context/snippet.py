"""A piece of another file (or of another part of this one) that may help, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CHARACTERS_PER_TOKEN = 3
"""Characters that count as one token when a budget is kept: on purpose low, so that a prompt is never too long."""

HERE = frozenset({"receiver", "call"})
"""Kinds that belong to the very place of the cursor; the others stay the same while somebody types in one region."""

_WORD = re.compile(r"[^\W\d]\w{2,}")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that snippets may be taken from. `path` is shown to the model: relative to the project, with `/`."""

    path: str
    text: str
    language_id: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of a source, from `first_line` on (counted from 0). `kind` says why it is here; high `score`s are good.

    `head` is the declaration of the class that the text is a member of, without indentation; snippets with the same path
    and head are shown below one such line.
    """

    path: str
    first_line: int
    text: str
    kind: str
    score: float
    head: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """What an index found for a place: what belongs to the place itself, and what to the region around it."""

    here: tuple[Snippet, ...] = ()
    around: tuple[Snippet, ...] = ()


def identifiers(text: str) -> frozenset[str]:
    """The names of three letters and more that occur in a text (a name in camelCase is one name)."""
    return frozenset(_WORD.findall(text))


def tokens(texts: Iterable[str]) -> int:
    """How many tokens the texts are estimated to be (rounded up)."""
    return -(-sum(map(len, texts)) // CHARACTERS_PER_TOKEN)
