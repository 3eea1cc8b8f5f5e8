"""The embedded engine: learn documents, then complete at a cursor, or stay silent when unsure.

Nothing here knows a language's grammar. What is suggested stood somewhere in the project in a like place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from caretwise.local.confidence import THRESHOLD
from caretwise.local.decode import CONTEXT_CHARACTERS, Ghost, cursor_at, decode
from caretwise.local.document import CLOSED_LINES, OPEN_LINES, Lines
from caretwise.local.ngram import TokenModel
from caretwise.local.places import LeftOut
from caretwise.text.indent import unit
from caretwise.text.language import Language, same_family
from caretwise.text.snapshot import split_lines

MAX_DOCUMENT_LINES = 60_000
"""Lines that are learned of one document (its start)."""
FULL = 0.9
"""The part of the tokens' bound from which on there is room for open documents only."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Ghost text. `confidence` is how probably it is exactly right (`local/confidence.py`); `tokens` how many it has."""

    text: str
    confidence: float
    tokens: int


@dataclass(slots=True)
class _Learned:
    model: TokenModel
    tokens: int
    unit: str
    lines: Lines | None  # of an open document only


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it can be kept between sessions: its step of indentation and the tokens of its pieces, masked."""

    unit: str
    pieces: tuple[list[str], ...]


class Embedded:
    """Completes from the documents it was given. Bounded: beyond the limits the document learned longest ago goes.

    Secrets are masked in all that is learned. Memory is about 16 bytes for each token kept, the vocabulary included. The
    same calls in the same order give the same answers. Not safe for use from two threads at once.
    """

    def __init__(self, *, max_documents: int = 2100, max_tokens: int = 5_000_000, threshold: float = THRESHOLD) -> None:
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

    @property
    def full(self) -> bool:
        """Whether there is hardly room for one more document: learning it may cost one that was learned before."""
        return len(self._learned) >= self._max_documents or self._tokens >= FULL * self._max_tokens

    def __contains__(self, key: object) -> bool:
        """Whether the document is learned."""
        return key in self._learned

    def learn(self, key: str, text: str, language: Language, *, open_document: bool = False) -> Kept | None:
        """Learn `text` in place of what was learned for `key`. An open document can be edited and is dropped last.

        Returns what can be kept of it (`restore` takes that again); None for an open document.
        """
        lines = split_lines(text)[:MAX_DOCUMENT_LINES]
        step = unit(lines)
        if open_document:
            self._learn_open(key, lines, step, language)
            return None
        kept = Kept(step, tuple(Lines(lines, step, CLOSED_LINES).tokens()))
        self.restore(key, kept, language)
        return kept

    def restore(self, key: str, kept: Kept, language: Language) -> None:
        """Learn a document as it was learned before, in place of what was learned for `key`."""
        self._put(key, kept.pieces, language, kept.unit, None)

    def edit(self, key: str, lines: Sequence[str]) -> None:
        """An open document has these lines now (with their ends). Costs what changed; does nothing for another one."""
        learned = self._learned.get(key)
        if learned is None or learned.lines is None:
            return
        for change in learned.lines.edited(lines[:MAX_DOCUMENT_LINES]):
            grown = learned.model.edit_document(key, change.first, change.last, *change.tokens)
            learned.tokens += grown
            self._tokens += grown

    def close(self, key: str) -> bool:
        """A document is open no more: what was learned of it stays, but cannot be edited. Whether it was open."""
        learned = self._learned.get(key)
        if learned is None or learned.lines is None:
            return False
        learned.lines = None
        learned.model.close_document(key)
        return True

    def forget(self, key: str) -> None:
        """Drop what was learned for `key`, if anything."""
        learned = self._learned.pop(key, None)
        if learned:
            self._tokens -= learned.tokens
            learned.model.forget(key)

    def complete(
        self, prefix: str, suffix: str, language: Language, *, key: str = "", line: int = -1, multiline: bool = False
    ) -> Prediction | None:
        """What probably follows `prefix`, up to the end of the line (or of a small block); None when unsure.

        `key` is the document's own, when it was learned: as an open document its lines but the cursor's are looked at
        first; as a closed one it is left out, because it may be a copy that holds the answer. `line` is the cursor's line
        in the document (from 0), -1 where `prefix` begins where the document does; for a line that does not exist the own
        document is left out.
        """
        found = self.ghost(prefix, suffix, language, key, line, multiline=multiline)
        if found is None:
            return None
        crlf = "\r\n" in prefix[-CONTEXT_CHARACTERS:] or "\r\n" in suffix[:CONTEXT_CHARACTERS]
        return Prediction(found.text.replace("\n", "\r\n") if crlf else found.text, found.confidence, found.tokens)

    def ghost(
        self, prefix: str, suffix: str, language: Language, key: str, line: int, *, multiline: bool
    ) -> Ghost | None:
        """As `complete`, with the signs that the confidence is made of; lines end in `\\n`."""
        if suffix[:1].isidentifier() or suffix[:1].isdigit():
            return None  # inside a word
        before, after = prefix[-20 * CONTEXT_CHARACTERS :], suffix[: 4 * CONTEXT_CHARACTERS]
        learned = self._learned.get(key) if key else None
        cursor = cursor_at(before.replace("\r\n", "\n"), after.replace("\r\n", "\n"), learned.unit if learned else "")
        line = prefix.count("\n") if line == -1 else line
        left_out = _left_out(key, learned, line) if learned else None
        walk = partial(self._model(language).walk, own=key, left_out=left_out)
        return decode(walk, cursor, multiline=multiline, threshold=self._threshold)

    def _learn_open(self, key: str, lines: list[str], step: str, language: Language) -> None:
        old = self._learned.get(key)
        if old is not None and old.lines is not None and old.unit == step and old.model is self._model(language):
            self.edit(key, lines)
            return
        document = Lines(lines, step, OPEN_LINES)
        self._put(key, document.tokens(), language, step, document)

    def _put(
        self, key: str, pieces: Sequence[Sequence[str]], language: Language, step: str, lines: Lines | None
    ) -> None:
        model = self._model(language)
        old = self._learned.pop(key, None)
        if old is not None:
            self._tokens -= old.tokens
            if old.model is not model:
                old.model.forget(key)
        count = model.replace_document(key, *pieces, open_document=lines is not None)
        self._learned[key] = _Learned(model, count, step, lines)
        self._tokens += count
        self._drop_oldest()

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
            closed = (key for key, learned in self._learned.items() if learned.lines is None)
            self.forget(next(closed, next(iter(self._learned))))


def _left_out(key: str, learned: _Learned, line: int) -> LeftOut:
    """What must not be looked at of the own document: the cursor's line, or all of a closed one or where it is unknown.

    Another line of the same text may answer; a copy of this very line would only say that it ends where the cursor is.
    """
    if learned.lines is None or line < 0:
        return LeftOut(key)
    return LeftOut(key, *learned.lines.tokens_of(line))
