"""Start and end of a session."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from lsprotocol import types

from caretwise.adapters.config_file import completion_choice
from caretwise.lsp import collector

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer

WITHOUT_GHOST_TEXT = frozenset({"helix", "eglot", "kate", "zed"})
"""Names (case-folded) that editors without inline completion give themselves; seen in their sources in 2026."""


CHOICE_SECONDS = 0.5
"""How long the answer to `initialize` waits at most for the user's file to be read, in seconds."""


async def initialize(server: CaretwiseServer, params: types.InitializeParams) -> None:
    """What the answer depends on is done here; everything else while the editor reads it."""
    if await _wants_menu_entries(params):
        server.offer_menu_entries()
    server.protocol.hold(_open(server, params))


async def _wants_menu_entries(params: types.InitializeParams) -> bool:
    """As the user's `completion` says; else only an editor known to draw no ghost text: nobody should get both.

    Editors that cannot be told of a capability later are many, so that it stands in the answer for all.
    """
    try:
        chosen = await asyncio.wait_for(asyncio.to_thread(completion_choice), CHOICE_SECONDS)
    except (OSError, RuntimeError, TimeoutError):  # a disk that does not answer, no home
        chosen = "auto"
    name = params.client_info.name.lower() if params.client_info is not None else ""
    return chosen == "on" or (chosen == "auto" and name in WITHOUT_GHOST_TEXT)


async def _open(server: CaretwiseServer, params: types.InitializeParams) -> None:
    try:
        opening = await asyncio.to_thread(importlib.import_module, "caretwise.lsp.opening")
        await opening.open_session(server, params)
    finally:
        collector.begin()


async def initialized(server: CaretwiseServer, _: types.InitializedParams) -> None:
    """The editor is ready: begin the work of the background."""
    server.initialized = True
    begin(server)


def begin(server: CaretwiseServer) -> None:
    """Begin it, once the session is open too."""
    if server.app is not None:
        server.app.start()
        _watch_files(server)


def _watch_files(server: CaretwiseServer) -> None:
    """Ask the editor to tell of files that somebody else changes; one that cannot be asked is not, and none is waited for."""
    workspace = server.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace is not None else None
    if watched is None or not watched.dynamic_registration:
        return
    # All files: ignore rules lie in any folder, and what is no code costs the index one look at its name.
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers=[types.FileSystemWatcher(glob_pattern="**/*")])
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    registration = types.Registration(id="caretwise.files", method=method, register_options=options)
    server.client_register_capability(types.RegistrationParams(registrations=[registration]))


async def shutdown(server: CaretwiseServer, *_: object) -> None:
    """End everything but the connection."""
    if server.app is not None:
        await server.app.close()
