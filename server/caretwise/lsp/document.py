"""The documents that are open in the editor, exactly as the editor has them.

Nothing is read from disk. An edit costs the lines that it touches, whatever the length of the document; a snapshot
is taken at most once for each version.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from lsprotocol import types

from caretwise.lsp.convert import range_in
from caretwise.measure.tracked import Change
from caretwise.text.edit import TextEdit, joined, replacement, smallest_edit
from caretwise.text.lines import Lines
from caretwise.text.position import Position, PositionEncoding, Range
from caretwise.text.snapshot import Snapshot, split_lines, without_end

_MOST_CHANGES = 2_000
"""Edits that wait to be taken, at most."""


@dataclass(slots=True)
class Document:
    """An open document. `lines` have the form of `split_lines`; `version` is the editor's number for this text.

    `last_change` holds the edits of the last change in code points, in the order in which they were made: each range
    refers to the text as the edits before it left it. `in_step` is false when a change was lost, so that `lines` may
    differ from what the editor shows; the next full text sets it right.
    """

    uri: str
    language_id: str
    version: int
    lines: Lines
    last_change: tuple[TextEdit, ...] = ()
    in_step: bool = True
    changes: deque[tuple[int, Change]] = field(
        default_factory=functools.partial(deque[tuple[int, Change]], maxlen=_MOST_CHANGES), repr=False
    )
    """The edits of late, each with the version it led to, until they are taken."""
    _fresh: list[Change] = field(default_factory=list[Change], repr=False)
    """Those of a notification that is not applied as a whole yet."""
    _snapshot: Snapshot | None = field(default=None, repr=False)

    @classmethod
    def of(cls, item: types.TextDocumentItem) -> Document:
        """The document that `textDocument/didOpen` brings."""
        return cls(item.uri, item.language_id, item.version, Lines(split_lines(item.text)))

    def snapshot(self) -> Snapshot:
        """The text as it is now, immutable. The same object is returned until the next change."""
        if self._snapshot is None:
            self._snapshot = Snapshot(self.uri, self.language_id, self.version, self.lines)
        return self._snapshot

    def change(
        self, changes: Sequence[types.TextDocumentContentChangeEvent], version: int, encoding: PositionEncoding
    ) -> None:
        """Apply the changes of one `textDocument/didChange`, in order; columns in units of `encoding`."""
        edits: list[TextEdit] = []
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                if self.in_step:
                    edits.append(self._edit(change, encoding))
            else:
                edits.extend(self.replace_text(change.text))
        self.last_change = tuple(edits)
        self.changes += [(version, change) for change in self._fresh]
        self._fresh.clear()
        self.version = version
        self._snapshot = None

    def take_changes(self, version: int) -> list[Change]:
        """The edits up to a version that were not taken yet, in order, each with the lines before and after it."""
        taken: list[Change] = []
        while self.changes and self.changes[0][0] <= version:
            taken.append(self.changes.popleft()[1])
        return taken

    def replace_text(self, text: str) -> list[TextEdit]:
        """Take `text` as the whole document. Returns the edit that this amounts to (none when nothing differs)."""
        lines = split_lines(text)
        edits = difference_of_lines(list(self.lines), lines)
        before, self.lines = self.lines, Lines(lines)
        self.in_step, self._snapshot = True, None
        self._fresh.extend(Change(edit, before, self.lines) for edit in edits)
        return edits

    def _edit(self, change: types.TextDocumentContentChangePartial, encoding: PositionEncoding) -> TextEdit:
        span = range_in(self.lines, change.range, encoding)
        before, edit = self.lines, joined(self.lines, TextEdit(span, change.text))
        self.lines = before.replaced(*replacement(before, edit.range, edit.new_text))
        self._fresh.append(Change(edit, before, self.lines))
        return edit


class Documents:
    """The open documents by URI. Two spellings of a URI that differ in percent-encoding only are the same document."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}

    def open(self, item: types.TextDocumentItem) -> Document:
        """`textDocument/didOpen`: from now on the editor owns the text. Opening again replaces it."""
        document = self._open[unquote(item.uri)] = Document.of(item)
        return document

    def change(self, params: types.DidChangeTextDocumentParams, encoding: PositionEncoding) -> Document | None:
        """`textDocument/didChange`, incremental or full; None when the document is not open."""
        document = self.get(params.text_document.uri)
        if document is not None:
            document.change(params.content_changes, params.text_document.version, encoding)
        return document

    def save(self, params: types.DidSaveTextDocumentParams) -> Document | None:
        """`textDocument/didSave`: when the editor sends the text along, it is what counts."""
        document = self.get(params.text_document.uri)
        if document is not None and params.text is not None:
            document.replace_text(params.text)
        return document

    def close(self, uri: str) -> Document | None:
        """`textDocument/didClose`: forget the document; it is returned, or None when it was not open."""
        return self._open.pop(unquote(uri), None)

    def lose(self, uri: str) -> None:
        """A change of this document could not be read: it has no snapshot until its full text comes again."""
        document = self.get(uri)
        if document is not None:
            document.in_step = False

    def get(self, uri: str) -> Document | None:
        """The open document, also when it is out of step."""
        return self._open.get(unquote(uri))

    def snapshot(self, uri: str) -> Snapshot | None:
        """The text as it is now; None when the document is not open or out of step with the editor."""
        document = self.get(uri)
        return document.snapshot() if document is not None and document.in_step else None

    def last_change(self, uri: str) -> tuple[TextEdit, ...]:
        """The edits of the last `didChange` (see `Document.last_change`); empty after opening."""
        document = self.get(uri)
        return document.last_change if document is not None else ()

    def uris(self) -> list[str]:
        """The URIs of all open documents, as the editor wrote them, oldest first."""
        return [document.uri for document in self._open.values()]

    def __len__(self) -> int:
        """How many documents are open."""
        return len(self._open)


def difference_of_lines(old: Sequence[str], new: Sequence[str]) -> list[TextEdit]:
    """The one edit that turns `old` into `new`, in whole lines, or within one line when only that line differs."""
    if list(old) == list(new):
        return []
    limit = min(len(old), len(new))
    head = 0
    while head < limit and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < limit - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    was, now = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(was) == len(now) == 1 and _end_of(was[0]) == _end_of(now[0]):
        start, end, text = smallest_edit(without_end(was[0]), without_end(now[0]))
        return [TextEdit(Range(Position(head, start), Position(head, end)), text)]
    stop = Position(len(old) - tail, 0) if tail else Position(len(old) - 1, len(old[-1]))
    return [TextEdit(Range(Position(head, 0), stop), "".join(now))]


def _end_of(line: str) -> str:
    return line[len(without_end(line)) :]
