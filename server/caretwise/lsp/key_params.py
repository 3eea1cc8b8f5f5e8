"""The params of the two messages that come with every key, read by hand in their usual form.

A converter that can read everything goes through a hundred times as much code for them, and at a key none of that is in the
processor's cache. What is unusual in any way is None here: the converter reads it, or says what is wrong
(`tests/lsp/test_key_params.py` holds that both read the same).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types

LARGEST = 2**31 - 1
"""LSP's largest integer (3.17, "Base Types"); larger columns and lines are taken as this one."""

_TRIGGERS = {kind.value: kind for kind in types.InlineCompletionTriggerKind}


def read(method: str, params: Any) -> Any:
    """`params` as lsprotocol's type for `method`; None where the converter has to look at them."""
    reader = _READERS.get(method)
    try:
        return reader(params) if reader is not None else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _did_change(params: Any) -> types.DidChangeTextDocumentParams | None:
    document, changes = params["textDocument"], params["contentChanges"]
    uri, version = document["uri"], document["version"]
    if type(uri) is not str or type(version) is not int or abs(version) > LARGEST or type(changes) is not list:
        return None
    read_changes = [_change(change) for change in changes]
    if None in read_changes:
        return None
    return types.DidChangeTextDocumentParams(
        text_document=types.VersionedTextDocumentIdentifier(version=version, uri=uri),
        content_changes=read_changes,  # pyright: ignore[reportArgumentType] - none of them is None
    )


def _change(change: dict[str, Any]) -> types.TextDocumentContentChangePartial | None:
    span, text = change["range"], change["text"]
    start = _position(span["start"])
    end = start if span["start"] == span["end"] else _position(span["end"])
    if type(text) is not str or start is None or end is None:
        return None
    return types.TextDocumentContentChangePartial(range=types.Range(start=start, end=end), text=text)


def _position(value: dict[str, Any]) -> types.Position | None:
    line, character = value["line"], value["character"]
    if type(line) is int and type(character) is int and 0 <= line <= LARGEST and 0 <= character <= LARGEST:
        return types.Position(line=line, character=character)
    return None


def _inline_completion(params: Any) -> types.InlineCompletionParams | None:
    if len(params) != 3 or len(params["context"]) != 1:
        return None
    uri, position = params["textDocument"]["uri"], _position(params["position"])
    trigger = params["context"]["triggerKind"]
    if type(uri) is not str or position is None or type(trigger) is not int:
        return None
    return types.InlineCompletionParams(
        context=types.InlineCompletionContext(trigger_kind=_TRIGGERS[trigger]),
        text_document=types.TextDocumentIdentifier(uri=uri),
        position=position,
    )


_READERS: dict[str, Callable[[Any], Any]] = {
    types.TEXT_DOCUMENT_DID_CHANGE: _did_change,
    types.TEXT_DOCUMENT_INLINE_COMPLETION: _inline_completion,
}
