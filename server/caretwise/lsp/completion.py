"""`textDocument/completion`: the same suggestions as entries of the menu, only for editors that draw no ghost text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from caretwise.complete.trigger import Trigger
from caretwise.engine.offer import Offer
from caretwise.lsp import convert
from caretwise.lsp.inline_completion import ask_at, with_line_ends

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer


async def completion(server: CaretwiseServer, params: types.CompletionParams) -> types.CompletionList:
    """The suggestion for a place as the only entry, or an empty list."""
    snapshot = server.documents.snapshot(params.text_document.uri)
    if server.app is None or snapshot is None:
        return types.CompletionList(is_incomplete=False, items=[])
    # "Invoked" is what editors say of every letter that is typed; asking by hand cannot be told from it.
    ask = ask_at(server, snapshot, params.position, Trigger.AUTOMATIC)
    found = await server.app.suggester.suggest(ask)
    if not isinstance(found, Offer):
        return types.CompletionList(is_incomplete=True, items=[])
    ghost = found.ghost
    entry = types.CompletionItem(
        label=ghost.text.split("\n", 1)[0].strip() or "suggestion",
        detail=found.facts.model,
        kind=types.CompletionItemKind.Snippet,
        documentation=ghost.text,
        filter_text=snapshot.before(ask.position).lstrip() or None,
        text_edit=types.TextEdit(
            range=convert.from_range(snapshot, ghost.range, server.encoding),
            new_text=with_line_ends(snapshot, ghost.text),
        ),
        command=types.Command(title="Accepted", command="caretwise.accept", arguments=[found.id, "full"]),
    )
    return types.CompletionList(is_incomplete=True, items=[entry])
