"""`textDocument/inlineCompletion`: ghost text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from caretwise.complete.trigger import Trigger
from caretwise.engine.offer import Ask, Offer, Selected
from caretwise.lsp import convert
from caretwise.text.language import identify

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer
    from caretwise.text.snapshot import Snapshot


async def inline_completion(server: CaretwiseServer, params: types.InlineCompletionParams) -> dict[str, Any]:
    """The suggestion for a place, up to three when the user asked for them, or an empty list; as plain JSON."""
    # The snapshot is taken before the first await: later the document may be another.
    snapshot = server.documents.snapshot(params.text_document.uri)
    if server.app is None or snapshot is None:
        return {"items": []}
    found = await server.app.suggester.several(_ask(server, snapshot, params))
    return {"items": [item(server, snapshot, one) for one in found]}


def at_once(server: CaretwiseServer, params: types.InlineCompletionParams) -> dict[str, Any] | None:
    """The same, of what was answered lately; None where anything has to be waited for."""
    snapshot = server.documents.snapshot(params.text_document.uri)
    if server.app is None or snapshot is None:
        return None
    found = server.app.suggester.at_once(_ask(server, snapshot, params))
    if found is None:
        return None
    return {"items": [item(server, snapshot, found)] if isinstance(found, Offer) else []}


def _ask(server: CaretwiseServer, snapshot: Snapshot, params: types.InlineCompletionParams) -> Ask:
    context = params.context
    invoked = context.trigger_kind is types.InlineCompletionTriggerKind.Invoked
    selected = context.selected_completion_info
    return ask_at(
        server,
        snapshot,
        params.position,
        Trigger.INVOKED if invoked else Trigger.AUTOMATIC,
        Selected(convert.to_range(snapshot, selected.range, server.encoding), selected.text) if selected else None,
    )


def ask_at(
    server: CaretwiseServer,
    snapshot: Snapshot,
    position: types.Position,
    trigger: Trigger,
    selected: Selected | None = None,
) -> Ask:
    """The engine's question for a place in a document."""
    assert server.app is not None, "the session is initialized before any request is handled"
    path = server.app.outside.gatherer.relative(snapshot.uri)
    language = identify(snapshot.language_id, path)
    at = convert.to_position(snapshot, position, server.encoding)
    return Ask(snapshot, at, language, path, trigger, selected)


def with_line_ends(snapshot: Snapshot, text: str) -> str:
    """The text with the document's own line ends."""
    return text.replace("\n", snapshot.line_end)


def item(server: CaretwiseServer, snapshot: Snapshot, offer: Offer) -> dict[str, Any]:
    """The item for an offer: always with a range, and with the command that tells us of its acceptance.

    As plain JSON: at every key one is written, and lsprotocol's types take longer to be made and taken apart again.
    """
    return {
        "insertText": with_line_ends(snapshot, offer.ghost.text),
        "range": convert.plain_range(snapshot, offer.ghost.range, server.encoding),
        "command": {"title": "Accepted", "command": "caretwise.accept", "arguments": [offer.id, "full"]},
    }
