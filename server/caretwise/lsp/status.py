"""`caretwise/status`: how things stand, for a status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caretwise.engine.notices import Status
    from caretwise.lsp.server import CaretwiseServer


def send(server: CaretwiseServer, status: Status) -> None:
    """Tell the editor. Editors that do not know the notification ignore it."""
    params = {"kind": status.kind.value, "message": status.message, "model": status.model}
    if status.command:
        params["command"] = status.command
    server.protocol.notify("caretwise/status", params)
