"""Document synchronisation: the documents are up to date before these are called; here the engine hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from caretwise.adapters.project import path_of_uri

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer
    from caretwise.text.snapshot import Snapshot


def register(server: CaretwiseServer) -> None:
    """Register the notifications about documents and files."""
    known: dict[str, Snapshot] = {}

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: types.DidOpenTextDocumentParams) -> None:
        _opened(server, known, params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def did_save(params: types.DidSaveTextDocumentParams) -> None:
        _opened(server, known, params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        snapshot, before = server.documents.snapshot(uri), known.pop(uri, None)
        # When several changes have come in by now, the text between them is gone: no edit can be told from it.
        if server.app is not None and snapshot is not None and snapshot.version == params.text_document.version:
            server.app.changed(before, server.documents.last_change(uri), snapshot)
            known[uri] = snapshot

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(params: types.DidCloseTextDocumentParams) -> None:
        known.pop(params.text_document.uri, None)
        if server.app is not None:
            server.app.closed(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        if server.app is not None:
            for change in params.changes:
                server.app.outside.project.invalidate(path_of_uri(change.uri))


def _opened(server: CaretwiseServer, known: dict[str, Snapshot], uri: str) -> None:
    snapshot = server.documents.snapshot(uri)
    if server.app is not None and snapshot is not None:
        known[uri] = snapshot
        server.app.opened(snapshot)
