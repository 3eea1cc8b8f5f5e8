"""A suggestion that may be on screen, and what one edit of the document did to it.

Everything is told by comparing the text between two tracked places with the suggestion: how an editor cuts an insertion
into edits differs from editor to editor, what stands there afterwards does not.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field

from caretwise.measure.tracked import Change, advanced, between, plain
from caretwise.text.edit import common_prefix
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import without_end

_CLOSERS = frozenset(")]}>\"'` \t\n;,")
"""What editors put behind the cursor by themselves, with the white space of a line that they open."""

_OPENERS = frozenset("([{<\"'`")
_LONGEST_PAIR = 6  # three quotes, and three again
_CLOSING_TAG = re.compile(r">?</[\w:.-]+>")
_MEMBER = (".", "::", "->", "?.", "@")
LEAST_PART = 3
"""Code points that a part must have to be taken for accepted on the text's word alone: fewer may be fast typing."""


class Manner(enum.Enum):
    """How a part of a suggestion came into the document, as far as one edit tells."""

    TYPED = enum.auto()
    MENU = enum.auto()
    PART = enum.auto()
    WHOLE = enum.auto()


class Effect(enum.Enum):
    """What an edit did to a suggestion."""

    NONE = enum.auto()
    GREW = enum.auto()
    SHRANK = enum.auto()
    TORN = enum.auto()


class Mark(enum.IntEnum):
    """How a code point of a suggestion came into the document, once that is settled."""

    TYPED = 1
    ACCEPTED = 2
    FOREIGN = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """Code points typed and accepted, and the line ends among the latter."""

    typed: int = 0
    accepted: int = 0
    breaks: int = 0


@dataclass(slots=True, eq=False)
class Candidate:
    """A suggestion that was offered. `text` is all of it (`\\n` line ends), `matched` how much the document holds."""

    id: str
    uri: str
    text: str
    start: Position
    replaces: int
    offered_at: float
    asked_at: float
    tail: Position = field(init=False)
    """Where the text behind the cursor begins that was there when it was offered."""
    matched: int = 0
    skip: int = 0
    """Code points of it that stood before `start` when it was last offered."""
    item_at: int = 0
    """Code points that were in the document when the item now on screen was sent."""
    menu: str = ""
    """The entry that was selected in the completion menu when it was asked for."""
    shown_at: float | None = None
    hidden_at: float | None = None
    torn: Range | None = None
    """Where the text stands that took its place."""
    beside: bool = False
    """It was sent along with another one, and the user may turn to it."""
    put_in: str | None = None
    """What the editor put in where it has changed the indents of the whole text."""
    over: tuple[float, str] | None = None
    """When and why it was over, while the editor may still say that it was accepted."""
    done: bool = False
    noted: dict[str, int] = field(default_factory=dict[str, int])
    """Accepted code points that were noted, by how they are known."""
    earlier: Tally = field(default_factory=Tally)
    """Of texts that it had before (the user went back, and it begins earlier)."""
    marks: bytearray = field(init=False)
    """For each code point how it came in: 0 not at all or not known yet, else a `Mark`."""

    def __post_init__(self) -> None:
        self.tail = self.start
        self.marks = bytearray(len(self.text))

    @property
    def left(self) -> str:
        """What the document does not hold yet."""
        return self.text[self.matched :]

    @property
    def typed(self) -> int:
        """Code points of its beginning that the user typed."""
        return self.earlier.typed + self.marks.count(Mark.TYPED)

    @property
    def accepted(self) -> int:
        """Code points that the editor inserted of it."""
        return self.earlier.accepted + self.marks.count(Mark.ACCEPTED)

    @property
    def accepted_lines(self) -> int:
        """Lines of these."""
        pairs = zip(self.text, self.marks, strict=True)
        return 1 + self.earlier.breaks + sum(char == "\n" and mark == Mark.ACCEPTED for char, mark in pairs)

    def hide(self, at: float) -> None:
        """It is not on screen any more."""
        if self.hidden_at is None:
            self.hidden_at = at

    def mark(self, low: int, high: int, how: Mark) -> None:
        """Say how a part came in; the first word on it holds, but for the editor's that it accepted it."""
        for at in range(low, high):
            if not self.marks[at] or how is Mark.ACCEPTED:
                self.marks[at] = how

    def announced(self, low: int, high: int) -> bool:
        """Whether the editor has said already that it inserted this part."""
        return low < high and all(self.marks[at] == Mark.ACCEPTED for at in range(low, high))

    def go_on(self, text: str, position: Position, replaces: int) -> None:
        """It was offered again: with what is left of it, or, when the user went back, with more."""
        matched = len(self.text) - len(text)
        if not self.text.endswith(text):
            breaks = self.accepted_lines - 1
            self.earlier = Tally(self.typed, self.accepted, breaks)
            self.text, self.marks, self.matched, self.skip = text, bytearray(len(text)), 0, 0
            self.start = self.tail = position
        elif matched != self.matched or self.span(matched).start != position:
            self.matched = self.skip = matched
            self.start = self.tail = position
        self.replaces, self.item_at, self.hidden_at = replaces, self.matched, None

    def takes(self, change: Change) -> Effect:
        """Follow an edit."""
        old = between(change.before, Range(self.start, self.tail))
        edit = change.smallest
        if edit.range.end.line < self.start.line:
            lines = len(change.after) - len(change.before)
            self.start, self.tail = _down(self.start, lines), _down(self.tail, lines)
            return Effect.NONE
        below = edit.range.start.line > self.tail.line
        if below and not 0 < len(change.after) - len(change.before) == self.left.count("\n"):
            return Effect.NONE
        found = self._region(change)
        if found is None:
            if edit.range.start > self.tail:
                return Effect.NONE
            self.torn = Range(edit.range.start, advanced(edit.range.start, edit.new_text))
            return Effect.TORN
        tail, region = found
        if below and region != self.text[self.skip :]:
            return Effect.NONE  # only a whole insertion looks as if it were made below, where the same lines follow
        if region == plain(old) and tail == self.tail:
            return Effect.NONE
        self.tail = tail
        self.torn = Range(self.start, tail)
        return self._read(region)

    def _read(self, region: str) -> Effect:
        now = self.skip + common_prefix(region, self.text[self.skip :])
        rest = region[now - self.skip :]
        if not self.matched and _same_but_indents(region, self.text[self.skip :]):
            self.put_in = region
            now, rest = len(self.text), ""
        if not _CLOSERS.issuperset(rest):
            return Effect.TORN
        before, self.matched = self.matched, now
        if now == before:
            return Effect.NONE
        return Effect.GREW if now > before else Effect.SHRANK

    def _region(self, change: Change) -> tuple[Position, str] | None:
        """The text that stands since it was offered, and where it ends; None when the text around has changed."""
        head = without_end(change.before[self.start.line])[: self.start.character]
        tail = without_end(change.before[self.tail.line])[self.tail.character :]
        line = self.tail.line + len(change.after) - len(change.before)
        if not self.start.line <= line < len(change.after):
            return None
        if not without_end(change.after[self.start.line]).startswith(head):
            return None
        last = without_end(change.after[line])
        text = self.text[self.skip :]
        best: tuple[int, Position, str] | None = None
        for kept in dict.fromkeys((tail, tail[self.replaces :])):
            column = len(last) - len(kept)
            end = Position(line, column)
            if not last.endswith(kept) or end < self.start:
                continue
            region = plain(between(change.after, Range(self.start, end)))
            complete = self.replaces and region + tail[: self.replaces] == text and kept == tail
            match = len(text) if complete else common_prefix(region, text)
            if best is None or match > best[0]:
                best = (match, end, text if complete else region)
        return best[1:] if best is not None else None

    def whole(self) -> bool:
        """Whether the document holds all of it."""
        return self.matched == len(self.text)

    def manner(self, before: int, change: Change, inserted: str, *, exact: bool) -> Manner:
        """How the part from `before` on came in, as `inserted`, the last of it by `change`.

        `exact`: the editor sends edits as they were made, not as it found them.
        """
        part = self.text[before : self.matched]
        if is_typing(part, inserted):
            return Manner.TYPED
        raw = plain(change.edit.new_text)
        if self.menu and raw and (raw == self.menu or self.menu.endswith(part)):
            return Manner.MENU
        if self.whole():
            return Manner.WHOLE
        if self._is_word_of_menu(part, before, change, exact=exact):
            return Manner.MENU
        # Each key of an exact editor is an edit of its own; an input method's word is one too.
        least = 2 if exact and part.isascii() else LEAST_PART
        return Manner.PART if len(part) >= least else Manner.TYPED

    def _is_word_of_menu(self, part: str, before: int, change: Change, *, exact: bool) -> bool:
        name = part.removesuffix("(")
        if not name.isidentifier() or self.left[:1].isidentifier():
            return False
        head = without_end(change.before[self.start.line])[: self.start.character]
        ahead = (head + self.text[self.skip : before]).rpartition("\n")[2]
        if ahead.endswith(_MEMBER):
            return True
        in_word = ahead[-1:].isidentifier() or ahead[-1:].isdigit()
        return in_word and not (exact and change.edit.range.is_empty)

    def span(self, before: int) -> Range:
        """Where the part from `before` on stands now."""
        if self.put_in is not None:
            return Range(self.start, self.tail)
        start = advanced(self.start, self.text[self.skip : before])
        return Range(start, advanced(start, self.text[before : self.matched]))


def _same_but_indents(one: str, two: str) -> bool:
    """Whether two texts of several lines differ in the white space at their lines' edges only."""
    if one.count("\n") != two.count("\n") or "\n" not in two:
        return False
    return [line.strip() for line in one.split("\n")] == [line.strip() for line in two.split("\n")]


def is_typing(part: str, inserted: str) -> bool:
    """One key, with what an editor adds to it: an indent, a closer, a closing tag."""
    if len(inserted) <= 1:
        return True
    if len(part) <= 1 or not part[1:].strip(" \t\n"):
        return part[:1].isspace() or len(part.strip()) <= 1
    if _CLOSING_TAG.fullmatch(inserted):
        return True
    core = inserted.rstrip(")]}>\"'`")
    return inserted[:1] in _OPENERS and len(core) <= 1 and len(inserted) <= _LONGEST_PAIR


def _down(at: Position, lines: int) -> Position:
    return Position(at.line + lines, at.character)
