"""What a workspace may say: initialization options, `workspace/didChangeConfiguration`, `.caretwise.toml`.

All three are the opened folder's words as far as we can tell, so all three may set harmless keys only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caretwise.adapters.settings_workspace import read_workspace_file

if TYPE_CHECKING:
    from lsprotocol import types

    from caretwise.lsp.server import CaretwiseServer


async def did_change_configuration(server: CaretwiseServer, params: types.DidChangeConfigurationParams) -> None:
    """The editor's settings for this workspace have changed."""
    _apply(server, params.settings, "workspace/didChangeConfiguration")


async def read_workspace(server: CaretwiseServer, folders: Sequence[Path], options: object) -> None:
    """Apply what the workspace brought along when it was opened."""
    _apply(server, options, "initializationOptions")
    for folder in folders:
        data, problems = await asyncio.to_thread(read_workspace_file, folder)
        if server.app is None:
            return
        if problems:
            server.app.say_of_workspace(str(folder / ".caretwise.toml"), problems)
        if data:
            server.app.apply_workspace(data, str(folder / ".caretwise.toml"))


def _apply(server: CaretwiseServer, settings: Any, source: str) -> None:
    """Only an object under the key `caretwise`, or initialization options themselves, are meant for us."""
    if not isinstance(settings, dict):
        settings = getattr(settings, "__dict__", None) or (settings._asdict() if hasattr(settings, "_asdict") else None)
    if not isinstance(settings, dict):
        return
    ours = settings.get("caretwise", settings if source == "initializationOptions" else None)
    if isinstance(ours, dict) and ours and server.app is not None:
        server.app.apply_workspace(ours, source)
