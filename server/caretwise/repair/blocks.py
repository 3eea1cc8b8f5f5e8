"""Search/replace blocks: reading them out of an answer, and finding the place that each of them means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.repair.imports import only_imports, statements, with_imports
from caretwise.repair.indentation import as_in_file, keeping
from caretwise.repair.verification import Refusal
from caretwise.text.edit import runs
from caretwise.text.language import PLAIN, Language

_SEARCH = re.compile(r"[ \t]*(<{5,9}) ?(?:SEARCH|ORIGINAL)\b:?[ \t]*(\S*)[ \t]*", re.IGNORECASE)
_REPLACE = re.compile(r"[ \t]*>{5,9} ?(?:REPLACE|UPDATED)\b:?[ \t]*", re.IGNORECASE)
_DIVIDER = re.compile(r"={5,9}")


@dataclass(frozen=True, slots=True)
class Block:
    """What to look for and what to put there, in lines without ends.

    `at` is for what searches for nothing: the line of the document, as it was, before which it is known to belong.
    """

    search: tuple[str, ...]
    replace: tuple[str, ...]
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of a document (without ends), of which `first` to `last` (included) may be changed."""

    lines: tuple[str, ...]
    first: int
    last: int
    language: Language = PLAIN

    @property
    def inside(self) -> tuple[str, ...]:
        """The lines that may be changed."""
        return self.lines[self.first : self.last + 1]

    def changed(self, at: int, count: int, lines: Sequence[str]) -> Part | Refusal:
        """The part with `count` lines from `at` on replaced.

        Refused when lines outside of it come out changed, but for imports above that it needs.
        """
        low, high = at, at + count
        new = list(lines)
        while low < self.first and new and low < high and self.lines[low] == new[0]:
            low, new = low + 1, new[1:]
        while high > max(low, self.last + 1) and new and self.lines[high - 1] == new[-1]:
            high, new = high - 1, new[:-1]
        grown = len(new) - (high - low)
        start = self._start(low, high, new)
        if high <= self.last + 1 and start is not None:
            found = Part((*self.lines[:low], *new, *self.lines[high:]), start, self.last + grown, self.language)
            if low >= self.first or only_imports(self.lines, self.first, found.lines, start, self.language):
                return found
        line = (low if low < self.first else max(low, self.last + 1)) + 1
        return Refusal("outside_region", f"the fix touches line {line}, outside the part that may be changed")

    def _start(self, low: int, high: int, new: Sequence[str]) -> int | None:
        """Where the part begins once its lines from `low` to `high` are `new`; None when that cannot be told."""
        if low >= self.first:
            return self.first
        if high <= self.first:
            return self.first + len(new) - (high - low)
        edge = self.first - low
        equal = (run for run in runs(self.lines[low:high], new) if run.equal and run.low <= edge <= run.high)
        return next((low + run.new_low + edge - run.low for run in equal), None)

    def with_imports(self, new: Sequence[str]) -> Part | Refusal:
        """The part with imports put where the file has its own. Refused where that cannot be told."""
        found = with_imports(self.lines, self.first, new, self.language)
        if found is None:
            return Refusal("outside_region", "the fix needs an import, and where imports go in this file is not known")
        return self.changed(found[0], 0, found[1])


def parse_blocks(answer: str) -> list[Block] | Refusal:
    """The search/replace blocks of an answer, wherever they stand in it; an empty list when it has none."""
    blocks: list[Block] = []
    inside: list[str] | None = None
    signs = 0
    for line in answer.split("\n"):
        opening = _SEARCH.fullmatch(line)
        if opening:
            inside, signs = [], len(opening.group(1))
        elif inside is not None and _REPLACE.fullmatch(line):
            block = _block(inside, signs)
            if isinstance(block, Refusal):
                return block
            blocks.append(block)
            inside = None
        elif inside is not None:
            inside.append(line)
    if inside is not None:
        return Refusal("block_cut", "the answer ends in the middle of a block")
    return blocks


def _block(lines: Sequence[str], signs: int) -> Block | Refusal:
    """Split a block at its divider: as many signs as its first line has, else five to nine. A second one may be text of
    the file.
    """
    dividers = [number for number, line in enumerate(lines) if line.strip() == "=" * signs]
    dividers = dividers or [number for number, line in enumerate(lines) if _DIVIDER.fullmatch(line.strip())]
    if len(dividers) != 1:
        what = "no divider" if not dividers else "more than one line that may be the divider"
        return Refusal("ambiguous_block", f"a block has {what} between what to search and what to replace")
    return Block(tuple(lines[: dividers[0]]), tuple(lines[dividers[0] + 1 :]))


def apply_blocks(part: Part, blocks: Sequence[Block]) -> Part | Refusal:
    """The part after all blocks; each must occur exactly once in what may be changed, or reach into it."""
    known = sorted((one for one in blocks if one.at is not None), key=lambda one: one.at or 0, reverse=True)
    # The last one first, and all of them before the others: their places are those of the document as it was.
    for block in (*known, *(one for one in blocks if one.at is None)):
        found = _applied(part, block)
        if isinstance(found, Refusal):
            return found
        part = found
    return part


def _applied(part: Part, block: Block) -> Part | Refusal:
    if not any(line.strip() for line in block.search):
        found = [line for lines, _ in statements(block.replace, part.language) for line in lines]
        bare = [line for line in block.replace if line.strip()]
        if found == bare:
            return part.with_imports(found)
        if block.at is None:
            return Refusal("empty_search", "a block searches for nothing")
        return part.changed(block.at, 0, block.replace)
    size = len(block.search)
    for same in (str.rstrip, str.strip):
        wanted = [same(line) for line in block.search]
        places = _places(part, [same(line) for line in part.lines], wanted)
        inside = [at for at in places if part.first <= at and at + size <= part.last + 1]
        if len(inside) > 1:
            return Refusal(
                "ambiguous", f"a block's search text occurs {len(inside)} times in the part that may be changed"
            )
        if inside:
            return _written(part, inside[0], block)
        reaching = [at for at in places if at <= part.last and at + size > part.first]
        if len(reaching) == 1:
            return _written(part, reaching[0], block)
        if places:
            return _written(part, places[0], block)
    return Refusal("not_found", "a block's search text does not occur in the part that may be changed")


def _written(part: Part, at: int, block: Block) -> Part | Refusal:
    found = part.lines[at : at + len(block.search)]
    lines = as_in_file(block.replace, block.search, found)
    if lines is None:
        return Refusal("indentation", "a block's search text is indented in another way than the file")
    searched = as_in_file(block.search, block.search, found)
    if any(said != said.rstrip() and have == have.rstrip() for said, have in zip(block.search, found, strict=True)):
        # Blanks that the model puts behind the file's own lines are no part of what it writes either.
        lines = [line.rstrip() for line in lines]
    return part.changed(at, len(found), keeping(found, searched or block.search, lines))


_MOST_PLACES = 20
"""Places at which a search text is looked for; a second one inside the part is too many already."""


def _places(part: Part, lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """The first lines of the places where `wanted` stands: those that reach into the part, else one elsewhere.

    Looked for in joined text: comparing lists of lines takes quadratic time where many lines are the same.
    """
    first = max(0, part.first - len(wanted) + 1)
    near = _found(lines[first : part.last + len(wanted)], wanted)
    return [first + at for at in near] or _found(lines, wanted)[:1]


def _found(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    text, needle = "\n".join(("", *lines, "")), "\n".join(("", *wanted, ""))
    places: list[int] = []
    at = line = done = 0
    while len(places) < _MOST_PLACES and (at := text.find(needle, at)) >= 0:
        line += text.count("\n", done, at)
        places.append(line)
        done, at = at, at + 1
    return places
