"""Document synchronisation: the documents are up to date before these are called; here the engine hears of it.

Plain functions, but for what looks at the disk: they have done their work before the next message is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretwise.adapters.project import path_of_uri
from caretwise.lsp.fix_command import applied

if TYPE_CHECKING:
    from lsprotocol import types

    from caretwise.lsp.server import CaretwiseServer


def did_open(server: CaretwiseServer, params: types.DidOpenTextDocumentParams) -> None:
    """A document was opened."""
    read_anew(server, params.text_document.uri)


def did_save(server: CaretwiseServer, params: types.DidSaveTextDocumentParams) -> None:
    """A document was saved."""
    read_anew(server, params.text_document.uri)


def did_change(server: CaretwiseServer, params: types.DidChangeTextDocumentParams) -> None:
    """A document was changed."""
    uri = params.text_document.uri
    snapshot, before = server.documents.snapshot(uri), server.known.pop(uri, None)
    document = server.documents.get(uri)
    if server.app is not None and document is not None:
        server.app.edited(uri, document.take_changes(params.text_document.version))
    # When several changes have come in by now, the text between them is gone: no edit can be told from it.
    if server.app is not None and snapshot is not None and snapshot.version == params.text_document.version:
        edits = server.documents.last_change(uri)
        server.app.changed(before, edits, snapshot)
        if server.fixing.own is not None:
            server.fixing.own.changed(uri, edits)
        suggestion = server.fixing.appeared(snapshot)
        if suggestion:
            applied(server, suggestion)
        server.known[uri] = snapshot


def did_close(server: CaretwiseServer, params: types.DidCloseTextDocumentParams) -> None:
    """A document was closed."""
    server.known.pop(params.text_document.uri, None)
    server.fixing.closed(params.text_document.uri)
    if server.app is not None:
        server.app.closed(params.text_document.uri)


async def did_change_watched_files(server: CaretwiseServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Files were changed on disk: rules that were read may not hold any more."""
    if server.app is not None:
        # One look for each folder: another branch may bring thousands of files.
        paths = [path_of_uri(change.uri) for change in params.changes]
        folders = {path.parent if path is not None else None: path for path in paths}.values()
        project = server.app.outside.project
        await server.app.outside.gatherer.judge.ask(lambda: [project.invalidate(path) for path in folders])
        server.app.outside.gatherer.changed_on_disk(change.uri for change in params.changes)
        server.app.outside.embedded.changed_on_disk(path for path in paths if path is not None)


def read_anew(server: CaretwiseServer, uri: str) -> None:
    """The engine takes the document as it is now."""
    snapshot = server.documents.snapshot(uri)
    if server.app is not None and snapshot is not None:
        server.known[uri] = snapshot
        server.app.opened(snapshot)
