"""The document as it is kept, against one long string."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st
from lsprotocol import types
from tests.fuzz.pieces import text
from tests.fuzz.target import Target

from caretwise.lsp.document import Documents
from caretwise.text.edit import apply_edits, difference, replace_range
from caretwise.text.position import PositionEncoding
from caretwise.text.snapshot import Snapshot, split_lines

_URI = "file:///a.py"
_numbers = st.integers(0, 12) | st.just(2**31 - 1)
_place = st.tuples(_numbers, _numbers).map(list)
_change = st.fixed_dictionaries({"start": _place, "end": _place, "text": text}) | st.fixed_dictionaries({"text": text})


def _units(character: str, encoding: str) -> int:
    codec, size = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    return len(character.encode(codec, "surrogatepass")) // size


def _offset(whole: str, place: list[int], encoding: str) -> int:
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", whole))]
    line, column = place
    if line >= len(starts):
        return len(whole)
    at = starts[line]
    while at < len(whole) and whole[at] not in "\r\n" and column >= _units(whole[at], encoding):
        column -= _units(whole[at], encoding)
        at += 1
    return at


def _event(change: dict[str, Any]) -> types.TextDocumentContentChangeEvent:
    if "start" not in change:
        return types.TextDocumentContentChangeWholeDocument(text=change["text"])
    span = types.Range(start=types.Position(*change["start"]), end=types.Position(*change["end"]))
    return types.TextDocumentContentChangePartial(range=span, text=change["text"])


def documents(value: Any) -> None:
    """The same text as the editor's after each change, and edits that lead from one to the next."""
    encoding, whole = value["encoding"], value["text"]
    kept = Documents()
    kept.open(types.TextDocumentItem(uri=_URI, language_id="python", version=1, text=whole))
    for version, change in enumerate(value["changes"], start=2):
        if "start" in change:
            low, high = sorted((_offset(whole, change["start"], encoding), _offset(whole, change["end"], encoding)))
            whole = whole[:low] + change["text"] + whole[high:]
        else:
            whole = change["text"]
        before = kept.snapshot(_URI)
        assert before is not None
        document = types.VersionedTextDocumentIdentifier(uri=_URI, version=version)
        kept.change(types.DidChangeTextDocumentParams(document, [_event(change)]), PositionEncoding(encoding))
        after = kept.snapshot(_URI)
        assert after is not None
        assert after.text == whole
        assert list(after.lines) == split_lines(whole)
        lines = list(before.lines)
        for edit in kept.last_change(_URI):
            replace_range(lines, edit.range, edit.new_text)
        assert "".join(lines) == whole


def differences(value: Any) -> None:
    """Small edits between two texts lead from the one to the other."""
    old = Snapshot("file:///a", "python", 1, tuple(split_lines(value["old"])))
    assert apply_edits(old, difference(old, value["new"])).text == value["new"]


TARGETS = [
    Target(
        "documents",
        st.fixed_dictionaries(
            {
                "encoding": st.sampled_from([one.value for one in PositionEncoding]),
                "text": text,
                "changes": st.lists(_change, max_size=8),
            }
        ),
        documents,
    ),
    Target("differences", st.fixed_dictionaries({"old": text, "new": text}), differences),
]
