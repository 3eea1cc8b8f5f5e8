"""From a cursor to ghost text: take the most probable token again and again, and know when to stop."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caretwise.local.confidence import THRESHOLD, Signs, confidence
from caretwise.local.ngram import Guess, Walk
from caretwise.local.tokens import depth_after, detokenize, is_line_end, line_ends, tokenize, word_before
from caretwise.text.indent import leading, unit
from caretwise.text.snapshot import split_lines

MOST_TOKENS = 60
"""Tokens of a line that are tried before giving up."""
MOST_LINES = 12
"""Lines of a block."""
CONTEXT_CHARACTERS = 1_000
"""Code points before the cursor that are cut into tokens; far more than are compared."""

LEAST = 0.02
"""A ghost whose tokens' probabilities multiply to less is given up before it is whole."""

_OPENERS = frozenset("([{")
_CLOSERS = frozenset(")]}")
_STATEMENT_ENDS = frozenset(":;")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_IDLE = frozenset(")]}>;,:'\"` \t\n")  # a ghost of nothing else is not worth a look


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is known about the place to complete at; line ends are `\\n`.

    `context`: the tokens before the word that is being typed; `word`: that word so far; `head`: the line up to the
    cursor; `rest`: the tokens behind the cursor in its line; `line_end`: the token that ends that line (it tells the next
    line's indentation), `""` when nothing follows; `below`: the next line that is not blank, stripped; `unit`: the
    document's step of indentation.
    """

    context: tuple[str, ...]
    word: str
    head: str
    rest: tuple[str, ...]
    line_end: str
    below: str
    unit: str

    @property
    def indent(self) -> str:
        """The indentation of the cursor's line."""
        return leading(self.head)


@dataclass(frozen=True, slots=True)
class Ghost:
    """Text to insert, how sure it is (`confidence` of the `signs` of the least sure line), and how many tokens it has."""

    text: str
    confidence: float
    tokens: int
    signs: Signs


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
    ends = tokenize("\n" + following[:CONTEXT_CHARACTERS], unit=step, indent=leading(head)) if below else [""]
    return Cursor(tuple(context), word, head, tuple(tokenize(rest, unit=step, indent="")), ends[0], below, step)


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
    sure = confident = 1.0
    whole, signs = 0, None  # tokens up to the last line end (or meeting point) that was sure
    for _ in range(MOST_TOKENS * (MOST_LINES if multiline else 1)):
        guess = path.next()
        if guess is None or path.probability * guess.probability < LEAST:
            break
        met = path.meets(guess.token)
        if _is_end(guess.token) and cursor.rest:
            break  # the line would end without what stands behind the cursor
        if _is_end(guess.token) or met:
            if path.tokens:  # a block may begin with the end of the cursor's line
                now = path.signs(guess, met=met)
                sure = min(sure, confidence(now))
                if sure < threshold:
                    break
                whole, signs, confident = len(path.tokens), now, sure
            if not multiline or met or path.block_ends(guess.token):
                break
        path.take(guess)
    text = _text(path.tokens[:whole], cursor)
    if signs is None or not _is_worth_showing(text, cursor):
        return None
    return Ghost(text, confident, whole, signs)


class _Path:
    """The tokens taken so far."""

    def __init__(self, walk: Callable[[Sequence[str]], Walk], cursor: Cursor) -> None:
        self.tokens: list[str] = []
        self.probability = 1.0
        self._least = 1.0
        self._match = 0
        self._line_start = 0
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
        if len(self.tokens) == self._line_start:
            self._match = guess.order
        self.tokens.append(guess.token)
        self.probability *= guess.probability
        self._least = min(self._least, guess.probability)
        self._open_brackets += (guess.token in _OPENERS) - (guess.token in _CLOSERS)
        if is_line_end(guess.token):
            self._lines += 1
            self._line_start = len(self.tokens)
            self._depth = depth_after(guess.token, self._depth, self._cursor.unit)
        self._here = self._here.follow(guess.token)

    def signs(self, guess: Guess, *, met: bool) -> Signs:
        """The signs of the ghost that ends before `guess`: a line end, or where the rest of the line is `met`.

        Of a block those of its last line; its probabilities are those of all lines.
        """
        behind = self._here.evidence(guess.token)
        first_line = self._cursor.line_end if not self._lines else ""
        fits = 0 if met or not first_line else 1 if guess.token == first_line else -1
        line = self.tokens[self._line_start :]
        return Signs(
            probability=self.probability * guess.probability,
            least=min(self._least, guess.probability),
            match=self._match,
            documents=behind.documents,
            places=behind.places,
            nearest=behind.nearest,
            tokens=len(line),
            characters=sum(map(len, line)),
            typed=len(self._cursor.word),
            fits=fits,
        )

    def meets(self, token: str) -> bool:
        """Whether the rest of the cursor's line goes on from here, so that the ghost must end; brackets must agree."""
        rest = self._cursor.rest
        met = bool(rest) and token == rest[0] and self._open_brackets <= 0 and bool(self.tokens)
        return met and brackets_agree(self._cursor.head, self.tokens, rest)

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


def brackets_agree(head: str, ghost: Sequence[str], rest: Sequence[str]) -> bool:
    """Whether the brackets of a line stay in order with the ghost between `head` and `rest`.

    It must close none that the rest closes already, leave none of its own open, and close those of the head when the rest
    ends the statement. A line may open brackets that a later one closes, and close some of earlier ones.
    """
    code = _STRING.sub("", head)
    closed, left = _loose(code, rest)
    now_closed, now_left = _loose([*code, *ghost], rest)
    return now_closed <= closed and now_left <= (0 if rest[-1] in _STATEMENT_ENDS else left)


def _loose(before: Sequence[str], rest: Sequence[str]) -> tuple[int, int]:
    """How many brackets are closed and not opened, and how many are opened in `before` and not closed."""
    opened: list[int] = []
    closed = 0
    for index, token in enumerate([*before, *rest]):
        if token in _OPENERS:
            opened.append(index)
        elif token in _CLOSERS and opened:
            opened.pop()
        elif token in _CLOSERS:
            closed += 1
    return closed, sum(index < len(before) for index in opened)


def _is_end(token: str) -> bool:
    return token == "" or is_line_end(token)


def _text(tokens: Sequence[str], cursor: Cursor) -> str:
    return detokenize(tokens, unit=cursor.unit, indent=cursor.indent)[len(cursor.word) :].rstrip()


def _is_worth_showing(text: str, cursor: Cursor) -> bool:
    if set(text) <= _IDLE or len(text) < 2:
        return False
    first_line = cursor.head + text.split("\n", 1)[0] + "".join(cursor.rest)
    return first_line.strip() != cursor.below
