"""The language server: its state, and the registration of what stands in the files beside this one.

One file per method: `inline_completion.py`, `completion.py`, `code_action.py`, `command.py`, `configuration.py`,
`status.py`; `synchronisation.py` for the documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pygls.lsp.server import LanguageServer

from caretwise import __version__
from caretwise.adapters.settings import Loaded
from caretwise.app import App
from caretwise.lsp import (
    code_action,
    command,
    completion,
    configuration,
    inline_completion,
    lifecycle,
    status,
    synchronisation,
)
from caretwise.lsp.document import Documents
from caretwise.lsp.protocol import CaretwiseProtocol
from caretwise.text.position import PositionEncoding
from caretwise.text.snapshot import Snapshot


class CaretwiseServer(LanguageServer):
    """One session with one editor."""

    protocol: CaretwiseProtocol  # pyright: ignore[reportIncompatibleVariableOverride] - pygls types its own class here

    def __init__(self, loaded: Loaded) -> None:
        """`loaded` are the user's settings; the app is made when the editor says which folders are open."""
        super().__init__("caretwise", __version__, protocol_cls=CaretwiseProtocol, max_workers=4)
        self.loaded = loaded
        self.app: App | None = None
        self.folders: list[Path] = []
        self.initialization_options: object = None
        for module in (
            lifecycle,
            synchronisation,
            inline_completion,
            completion,
            code_action,
            command,
            configuration,
            status,
        ):
            module.register(self)

    @property
    def documents(self) -> Documents:
        """The open documents."""
        return self.protocol.documents

    @property
    def encoding(self) -> PositionEncoding:
        """The column units agreed with the editor."""
        return self.protocol.encoding

    def open_snapshots(self) -> Iterable[Snapshot]:
        """The open documents as they are now, newest first."""
        found = (self.documents.snapshot(uri) for uri in reversed(self.documents.uris()))
        return [snapshot for snapshot in found if snapshot is not None]
