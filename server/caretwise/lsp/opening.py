"""Opens a session after `initialize` is answered: imports the engine, reads the settings, makes the app.

No further message is let in before it has ended, so that a handler never sees half a session and no ignore rule comes late.
"""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from caretwise.adapters.project import path_of_uri
from caretwise.adapters.settings import Loaded
from caretwise.adapters.settings_load import load
from caretwise.app import App, Surface
from caretwise.lsp import configuration, lifecycle, status, synchronisation
from caretwise.lsp.server import HANDLER_FILES

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer


async def open_session(server: CaretwiseServer, params: types.InitializeParams) -> None:
    """Make the app for the folders that the editor has open."""
    loaded = await asyncio.to_thread(_prepare)
    folders = _folders(params)
    surface = Surface(tell=lambda sentence: _tell(server, sentence), show=lambda one: status.send(server, one))
    editor = params.client_info.name if params.client_info is not None else ""
    server.app = App(loaded, folders, surface, server.open_snapshots, editor=editor)
    await configuration.read_workspace(server, folders, params.initialization_options)
    if server.initialized:
        # It took longer than messages are held back for: what came meanwhile has found no engine.
        lifecycle.begin(server)
        for snapshot in server.open_snapshots():
            synchronisation.read_anew(server, snapshot.uri)


def _prepare() -> Loaded:
    for file in HANDLER_FILES:
        importlib.import_module(f"caretwise.lsp.{file}")
    return load()


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
