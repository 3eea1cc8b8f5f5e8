"""Start and end of a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from caretwise.adapters.project import path_of_uri
from caretwise.app import App, Surface
from caretwise.lsp import completion, configuration, status

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer


def register(server: CaretwiseServer) -> None:
    """Register the session's methods."""

    @server.feature(types.INITIALIZE)
    async def initialize(params: types.InitializeParams) -> None:
        server.folders = _folders(params)
        surface = Surface(tell=lambda sentence: _tell(server, sentence), show=lambda one: status.send(server, one))
        server.app = App(server.loaded, server.folders, surface, server.open_snapshots)
        completion.register_for(server, params.client_info)
        server.initialization_options = params.initialization_options
        # Before any request is let in: an ignore rule that comes late would be no rule.
        await configuration.read_workspace(server)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        if server.app is not None:
            server.app.start()

    @server.feature(types.SHUTDOWN)
    async def shutdown(*_: object) -> None:
        if server.app is not None:
            await server.app.close()


def _tell(server: CaretwiseServer, sentence: str) -> None:
    params = types.ShowMessageParams(type=types.MessageType.Warning, message=f"caretwise: {sentence}")
    server.window_show_message(params)


def _folders(params: types.InitializeParams) -> list[Path]:
    uris = [folder.uri for folder in params.workspace_folders or ()]
    if not uris and params.root_uri:
        uris = [params.root_uri]
    found = [path_of_uri(uri) for uri in uris]
    if not found and params.root_path:
        found = [Path(params.root_path)]
    return [path for path in found if path is not None]
