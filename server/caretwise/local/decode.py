"""From a cursor to ghost text: take the most probable token again and again, and know when to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caretwise.local.ngram import Guess, Walk
from caretwise.local.tokens import depth_after, detokenize, is_line_end, line_ends, tokenize, word_before
from caretwise.text.indent import leading, unit
from caretwise.text.snapshot import split_lines

THRESHOLD = 0.664
"""The least confidence that is shown: 0.996 before `agreement` when one document knows the ghost, 0.83 when two do.
Chosen on Werkzeug 3.1.9 (794 holes, tests/benchmarks/embedded_holes.py), where answered and right of the answered were
44 and 52 % at 0.4, 35 and 60 % at 0.6, 29 and 65 % at 0.65, 25 and 72 % at 0.664, 12 and 88 % at 0.7; checked on a
project of another kind (SymPy 1.14.0), where they are 18 and 50 %."""
MOST_TOKENS = 60
"""Tokens of a line that are tried before giving up."""
MOST_LINES = 12
"""Lines of a block."""
CONTEXT_CHARACTERS = 1_000
"""Code points before the cursor that are cut into tokens; far more than are compared."""

ONE_DOCUMENT = 0.5
"""How much less a ghost is trusted that few documents agree on: the factor is d / (d + this) for d documents, 0.67 for
one. Measured on the project the threshold was chosen on: right among the surest 20 % of the holes 80 %, without 75 %."""

_OPENERS = frozenset("([{")
_CLOSERS = frozenset(")]}")
_IDLE = frozenset(")]}>;,:'\"` \t\n")  # a ghost of nothing else is not worth a look


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is known about the place to complete at; line ends are `\\n`.

    `context`: the tokens before the word that is being typed; `word`: that word so far; `head`: the line up to the
    cursor; `rest`: the tokens behind the cursor in its line; `below`: the next line that is not blank, stripped;
    `unit`: the document's step of indentation.
    """

    context: tuple[str, ...]
    word: str
    head: str
    rest: tuple[str, ...]
    below: str
    unit: str

    @property
    def indent(self) -> str:
        """The indentation of the cursor's line."""
        return leading(self.head)


@dataclass(frozen=True, slots=True)
class Ghost:
    """Text to insert, how sure it is (the product of its tokens' probabilities times `agreement`), and their number."""

    text: str
    confidence: float
    tokens: int


def cursor_at(prefix: str, suffix: str, step: str = "") -> Cursor:
    """The cursor between `prefix` and `suffix`. `step` is the document's unit of indentation, if it is known."""
    tail = prefix[-CONTEXT_CHARACTERS:]
    if len(tail) < len(prefix) and "\n" in tail:
        tail = tail[tail.index("\n") + 1 :]
    word = word_before(tail)
    step = step or unit(split_lines(prefix[-20 * CONTEXT_CHARACTERS :]))
    context = tokenize(tail[: len(tail) - len(word)], unit=step)
    rest, _, following = suffix.partition("\n")
    rest = rest.strip(" \t")
    below = next((line.strip() for line in following[:CONTEXT_CHARACTERS].split("\n") if line.strip()), "")
    head = tail[tail.rfind("\n") + 1 :]
    return Cursor(tuple(context), word, head, tuple(tokenize(rest, unit=step, indent="")), below, step)


def decode(
    walk: Callable[[Sequence[str]], Walk],
    cursor: Cursor,
    *,
    multiline: bool = False,
    threshold: float = THRESHOLD,
) -> Ghost | None:
    """The ghost text at `cursor`; None when unsure, or when there is nothing worth showing.

    `walk` finds the places that match a context. One line ends at the line's end, or where the rest of the line behind
    the cursor is met; a block ends where its indentation does. What is not sure enough is cut back to whole lines.
    """
    path = _Path(walk, cursor)
    whole = 0  # tokens up to the last line end (or meeting point) that was sure
    confidence = 0.0
    for _ in range(MOST_TOKENS * (MOST_LINES if multiline else 1)):
        guess = path.next()
        if guess is None or path.confidence * guess.probability < threshold:
            break
        met = path.meets(guess.token)
        if _is_end(guess.token) and cursor.rest:
            break  # the line would end without what stands behind the cursor
        if _is_end(guess.token) or met:
            trusted = path.confidence * guess.probability * path.agreement(guess.token)
            if trusted < threshold:
                break
            whole, confidence = len(path.tokens), trusted
            if not multiline or met or path.block_ends(guess.token):
                break
        path.take(guess)
    text = _text(path.tokens[:whole], cursor)
    return Ghost(text, confidence, whole) if _is_worth_showing(text, cursor) else None


class _Path:
    """The tokens taken so far."""

    def __init__(self, walk: Callable[[Sequence[str]], Walk], cursor: Cursor) -> None:
        self.tokens: list[str] = []
        self.confidence = 1.0
        self._cursor = cursor
        self._here = walk(cursor.context)
        self._open_brackets = 0
        self._start_depth = len(cursor.indent)
        self._depth = self._start_depth
        self._lines = 0

    def next(self) -> Guess | None:
        """The most probable next token."""
        guesses = self._here.guesses("" if self.tokens else self._cursor.word)
        return guesses[0] if guesses else None

    def take(self, guess: Guess) -> None:
        """Go on with this token."""
        self.tokens.append(guess.token)
        self.confidence *= guess.probability
        self._open_brackets += (guess.token in _OPENERS) - (guess.token in _CLOSERS)
        if is_line_end(guess.token):
            self._lines += 1
            self._depth = depth_after(guess.token, self._depth, self._cursor.unit)
        self._here = self._here.follow(guess.token)

    def agreement(self, token: str) -> float:
        """What the number of documents that go on with `token` makes of the confidence (`ONE_DOCUMENT`)."""
        documents = self._here.documents(token)
        return documents / (documents + ONE_DOCUMENT)

    def meets(self, token: str) -> bool:
        """Whether the rest of the cursor's line goes on from here, so that the ghost must end."""
        rest = self._cursor.rest
        return bool(rest) and token == rest[0] and self._open_brackets <= 0 and bool(self.tokens)

    def block_ends(self, line_end: str) -> bool:
        """Whether the block that the ghost belongs to ends with this line end."""
        if line_end == "" or self._lines + 1 >= MOST_LINES:
            return True
        depth = depth_after(line_end, self._depth, self._cursor.unit)
        starts_line = not self._cursor.head.strip()
        if depth < self._start_depth or (depth == self._start_depth and line_ends(line_end) > 1):
            return True
        if starts_line or depth > self._start_depth:
            return False
        following = self._here.follow(line_end).guesses()
        return not following or following[0].token not in _CLOSERS


def _is_end(token: str) -> bool:
    return token == "" or is_line_end(token)


def _text(tokens: Sequence[str], cursor: Cursor) -> str:
    return detokenize(tokens, unit=cursor.unit, indent=cursor.indent)[len(cursor.word) :].rstrip()


def _is_worth_showing(text: str, cursor: Cursor) -> bool:
    if set(text) <= _IDLE or len(text) < 2:
        return False
    first_line = cursor.head + text.split("\n", 1)[0] + "".join(cursor.rest)
    return first_line.strip() != cursor.below
