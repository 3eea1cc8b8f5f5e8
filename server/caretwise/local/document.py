"""An open or closed document as lines, cut into pieces of which an edit replaces only those that it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.context.privacy import mask
from caretwise.local.difference import Span, difference, differences
from caretwise.local.tokens import tokenize
from caretwise.text.snapshot import split_lines

OPEN_LINES = 50
"""Lines of a piece of an open document: what one edit learns anew, less than 1 ms."""
NEAR_PIECES = 4
"""Changes within so many pieces are taken for one."""
CLOSED_LINES = 1_000
"""Lines of a piece of a closed document."""
MASK_AT_ONCE = 500
"""Lines that are looked at for secrets by one call of the regular expression engine, which keeps other threads waiting."""
MASK_LINES = 210
"""Lines around a change that are looked at for secrets; as many as a private key of 16,384 bits takes."""
LONG_LINE = 4_000
"""Code points of a line; a longer one was not written by hand and is not learned."""
MAX_PIECE_CHARACTERS = 300_000
"""Code points that are read of one piece (its start): a bound in time."""

_KEY_MARK = "PRIVATE KEY"
_CLOSERS = frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Change:
    """Pieces `first` up to but not including `last` become pieces of so many lines and with these tokens."""

    first: int
    last: int
    sizes: tuple[int, ...]
    tokens: tuple[list[str], ...]


class Lines:
    """A document's lines (with their ends), the same with secrets masked, and how many lines each piece has."""

    __slots__ = ("_masked", "_piece_lines", "_raw", "sizes", "unit")

    def __init__(self, lines: Sequence[str], unit: str, piece_lines: int) -> None:
        """`unit` is the document's step of indentation; `piece_lines` about how many lines a piece has."""
        self._raw = tuple(lines)
        self._masked = _masked(self._raw)
        self._piece_lines = piece_lines
        self.unit = unit
        self.sizes = tuple(_cut(self._raw, piece_lines))

    def tokens(self) -> list[list[str]]:
        """The tokens of each piece."""
        return self._tokens(0, self.sizes)

    def edited(self, lines: Sequence[str]) -> tuple[Change, ...]:
        """Take the text as it is now; which pieces became which, the last ones first. Nothing when nothing changed."""
        new = tuple(lines)
        changes = tuple([self._edited(span, new) for span in reversed(self._spans(new))])
        self._raw = new  # where nothing changed too, the same objects: the next comparison is fast
        return changes

    def _spans(self, new: tuple[str, ...]) -> list[Span]:
        """What changed, first to last, so that no piece is touched by two spans."""
        whole = difference(self._raw, new)
        if whole is None:
            return []
        near = whole.old_end - whole.old_start <= NEAR_PIECES * self._piece_lines
        if near or any(_KEY_MARK in line for line in new):  # the lines of a key are looked at together
            return [whole]
        spans: list[Span] = []
        for span in differences(self._raw, new, whole):
            if spans and self._touched(spans[-1])[1] >= self._touched(span)[0]:
                spans[-1] = Span(spans[-1].old_start, span.old_end, spans[-1].new_start, span.new_end)
            else:
                spans.append(span)
        return spans

    def _touched(self, span: Span) -> tuple[int, int]:
        """The numbers of the first and the last piece that a span touches."""
        return self.piece_of(span.old_start)[0], self.piece_of(max(span.old_start, span.old_end - 1))[0]

    def _edited(self, span: Span, new: tuple[str, ...]) -> Change:
        """Take in one span, when those behind it are in."""
        first, start = self.piece_of(span.old_start)
        last, last_start = self.piece_of(max(span.old_start, span.old_end - 1))
        grown = (span.new_end - span.new_start) - (span.old_end - span.old_start)
        shift = span.new_start - span.old_start
        end = last_start + self.sizes[last] + grown + shift
        self._mask_again(new, span)
        sizes = tuple(_cut(new[start + shift : end], self._piece_lines))
        self.sizes = self.sizes[:first] + sizes + self.sizes[last + 1 :]
        return Change(first, last + 1, sizes, tuple(self._tokens(start, sizes)))

    def _mask_again(self, new: tuple[str, ...], span: Span) -> None:
        """Mask what changed, with what stands around it."""
        wide = new[max(0, span.new_start - MASK_LINES) : span.new_end + MASK_LINES]
        around = MASK_LINES if any(_KEY_MARK in line for line in wide) else 1
        above, below = min(around, span.new_start), min(around, len(new) - span.new_end)
        hidden = _masked(new[span.new_start - above : span.new_end + below])
        self._masked = (*self._masked[: span.old_start - above], *hidden, *self._masked[span.old_end + below :])

    def piece_of(self, line: int) -> tuple[int, int]:
        """The number of the piece that holds a line, and its first line. Past the end it is the last piece."""
        start = 0
        for number, size in enumerate(self.sizes):
            if line < start + size:
                return number, start
            start += size
        return len(self.sizes) - 1, start - self.sizes[-1]

    def tokens_of(self, line: int) -> tuple[int, int, int]:
        """The tokens of one line: the number of its piece, the first of them in it, and the one behind the last.

        What ends a line is one of them: behind the last line the document's end.
        """
        number, start = self.piece_of(line)
        before = _tokenized(self._masked[start:line], self.unit)
        end = len(_tokenized(self._masked[start : line + 1], self.unit))
        return number, len(before), end + (line >= len(self._masked) - 1)

    def _tokens(self, start: int, sizes: Sequence[int]) -> list[list[str]]:
        found: list[list[str]] = []
        for size in sizes:
            found.append(_tokenized(self._masked[start : start + size], self.unit))
            start += size
        return found


def _tokenized(lines: Sequence[str], unit: str) -> list[str]:
    text = "".join(lines)[:MAX_PIECE_CHARACTERS]
    return tokenize(text.replace("\r\n", "\n"), unit=unit)


def _masked(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines with secrets masked; masking keeps lengths and line ends, so there are as many of them."""
    lines = [line if len(line) <= LONG_LINE else "\n" * line.endswith(("\n", "\r")) for line in lines]
    # A line of a private key is known by the marks around it; all other secrets stand in one line.
    step = len(lines) if any(_KEY_MARK in line for line in lines) else MASK_AT_ONCE
    masked: list[str] = []
    for start in range(0, len(lines), max(1, step)):
        masked += _masked_at_once(lines[start : start + step])
    return tuple(masked)


def _masked_at_once(lines: Sequence[str]) -> list[str]:
    text = "".join(lines)
    hidden = mask(text).text
    if hidden == text:
        return list(lines)
    masked = split_lines(hidden)
    if lines[-1].endswith(("\n", "\r")):
        masked.pop()  # what follows the last line end
    if len(masked) != len(lines):
        return ["\n"] * len(lines)  # better nothing than a secret
    return [old if old == new else new for old, new in zip(lines, masked, strict=True)]


def _cut(lines: Sequence[str], size: int) -> list[int]:
    """How many lines each piece has: about `size`, up to twice that, where a line stands at the left margin."""
    sizes: list[int] = []
    start = 0
    while len(lines) - start > 2 * size:
        cut = next((at for at in range(start + size, start + 2 * size) if _at_margin(lines[at])), start + 2 * size)
        sizes.append(cut - start)
        start = cut
    sizes.append(len(lines) - start)
    return sizes


def _at_margin(line: str) -> bool:
    return not line[0].isspace() and line[0] not in _CLOSERS
