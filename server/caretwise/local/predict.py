"""The embedded engine: learn documents, then complete at a cursor, or stay silent when unsure.

Nothing here knows a language's grammar. What is suggested stood somewhere in the project in a like place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from caretwise.local.decode import CONTEXT_CHARACTERS, THRESHOLD, cursor_at, decode
from caretwise.local.ngram import MAX_DOCUMENT_TOKENS, OPEN_WEIGHT, LeftOut, TokenModel
from caretwise.local.tokens import is_line_end, line_ends, tokenize
from caretwise.text.indent import unit
from caretwise.text.language import Language, same_family
from caretwise.text.snapshot import split_lines

MAX_DOCUMENT_CHARACTERS = MAX_DOCUMENT_TOKENS * 5
"""Code points that are read of one document (its start): a bound in time for `learn`."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Ghost text. `confidence` is from 0 to 1, as `decode.THRESHOLD` measures it; `tokens` is how many there are."""

    text: str
    confidence: float
    tokens: int


@dataclass(frozen=True, slots=True)
class _Learned:
    model: TokenModel
    tokens: int
    unit: str
    text: str = ""  # of an open document only: to find the line that is being edited
    line_tokens: tuple[int, ...] = ()  # of an open document only: the token that starts each line


class Embedded:
    """Completes from the documents it was given. Bounded: beyond the limits the document learned longest ago goes.

    Memory is about 14 bytes for each token kept, the vocabulary included. The same calls in the same order give the same
    answers. Not safe for use from two threads at once.
    """

    def __init__(self, *, max_documents: int = 2000, max_tokens: int = 3_000_000, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._max_documents = max_documents
        self._max_tokens = max_tokens
        self._families: list[tuple[Language, TokenModel]] = []
        self._learned: dict[str, _Learned] = {}
        self._tokens = 0

    @property
    def documents(self) -> int:
        """How many documents are learned."""
        return len(self._learned)

    @property
    def tokens(self) -> int:
        """How many tokens are kept, over all documents."""
        return self._tokens

    def learn(self, key: str, text: str, language: Language, *, open_document: bool = False) -> None:
        """Learn `text` in place of what was learned for `key`. An open document counts more and is dropped last.

        Of a long document the first `MAX_DOCUMENT_TOKENS` tokens are kept.
        """
        self.forget(key)
        kept = text[:MAX_DOCUMENT_CHARACTERS].replace("\r\n", "\n")
        step = unit(split_lines(kept))
        tokens = tokenize(kept, unit=step)
        model = self._model(language)
        count = model.replace_document(key, tokens, OPEN_WEIGHT if open_document else 1.0)
        if open_document:
            self._learned[key] = _Learned(model, count, step, kept, _line_tokens(tokens[:count]))
        else:
            self._learned[key] = _Learned(model, count, step)
        self._tokens += count
        self._drop_oldest()

    def forget(self, key: str) -> None:
        """Drop what was learned for `key`, if anything."""
        learned = self._learned.pop(key, None)
        if learned:
            self._tokens -= learned.tokens
            learned.model.forget(key)

    def complete(
        self, prefix: str, suffix: str, language: Language, *, key: str = "", multiline: bool = False
    ) -> Prediction | None:
        """What probably follows `prefix`, up to the end of the line (or of a small block); None when unsure.

        `key` is the document's own, when it was learned. Learned as an open document, its other lines are looked at
        first; learned as a closed one it is left out, because it may be a copy that holds the answer.
        """
        if suffix[:1].isidentifier() or suffix[:1].isdigit():
            return None  # inside a word
        line_end = "\r\n" if "\r\n" in prefix[-CONTEXT_CHARACTERS:] or "\r\n" in suffix[:CONTEXT_CHARACTERS] else "\n"
        before = prefix.replace("\r\n", "\n") if line_end == "\r\n" else prefix
        after = suffix.replace("\r\n", "\n") if line_end == "\r\n" else suffix
        learned = self._learned.get(key) if key else None
        cursor = cursor_at(before, after, learned.unit if learned else "")
        left_out = _left_out(key, learned, before, after)
        walk = partial(self._model(language).walk, own=key, left_out=left_out)
        ghost = decode(walk, cursor, multiline=multiline, threshold=self._threshold)
        return Prediction(ghost.text.replace("\n", line_end), ghost.confidence, ghost.tokens) if ghost else None

    def _model(self, language: Language) -> TokenModel:
        for known, model in self._families:
            if same_family(known, language):
                return model
        self._families.append((language, TokenModel()))
        return self._families[-1][1]

    def _drop_oldest(self) -> None:
        while len(self._learned) > max(1, self._max_documents) or (
            self._tokens > self._max_tokens and len(self._learned) > 1
        ):
            closed = (key for key, learned in self._learned.items() if not learned.line_tokens)
            self.forget(next(closed, next(iter(self._learned))))


def _line_tokens(tokens: Sequence[str]) -> tuple[int, ...]:
    """For each line the number of the token that starts it (a blank line has that of the line after it)."""
    starts = [0]
    for index, token in enumerate(tokens):
        if is_line_end(token):
            starts += [index + 1] * line_ends(token)
    return tuple(starts)


def _same_start(one: str, two: str) -> int:
    """Code points that both strings start with. By halving: comparing slices is fast, single characters are not."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _same_end(one: str, two: str) -> int:
    """Code points that both strings end with."""
    limit = min(len(one), len(two))
    return _same_start(one[len(one) - limit :][::-1], two[len(two) - limit :][::-1])


def _left_out(key: str, learned: _Learned | None, prefix: str, suffix: str) -> LeftOut | None:
    """The part of the own document that must not be looked at: it is what is being written now.

    Of an open document that is the lines that changed since it was learned, and the cursor's. Another line of the same
    text may answer; a copy of this very line would only say that it ends where the cursor is. Of a document longer than
    what is learned, all that follows the cursor is left out.
    """
    if learned is None:
        return None
    if not learned.line_tokens:
        return LeftOut(key)
    text, starts = learned.text, learned.line_tokens
    same_before = _same_start(text, prefix)
    same_after = _same_end(text[same_before:], suffix)
    first = text.count("\n", 0, same_before)
    last = first + text.count("\n", same_before, len(text) - same_after)
    if first >= len(starts):
        return None
    return LeftOut(key, starts[first], starts[last + 1] if last + 1 < len(starts) else -1)
