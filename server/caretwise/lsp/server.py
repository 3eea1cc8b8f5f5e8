"""The language server: its state, and which file beside this one answers what.

A handler's file is imported when its method is first called, or in the background after `initialize` is answered
(`opening.py`): until then nothing but the protocol is there, so that an editor waits for no more than that.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from caretwise import __version__
from caretwise.lsp.document import Documents
from caretwise.lsp.fix_session import FixSession
from caretwise.lsp.protocol import CaretwiseProtocol
from caretwise.text.position import PositionEncoding
from caretwise.text.snapshot import Snapshot

if TYPE_CHECKING:
    from caretwise.app import App

_METHODS: dict[str, tuple[str, Any]] = {
    types.INITIALIZE: ("lifecycle.initialize", None),
    types.INITIALIZED: ("lifecycle.initialized", None),
    types.SHUTDOWN: ("lifecycle.shutdown", None),
    types.TEXT_DOCUMENT_DID_OPEN: ("synchronisation.did_open", None),
    types.TEXT_DOCUMENT_DID_SAVE: ("synchronisation.did_save", None),
    types.TEXT_DOCUMENT_DID_CHANGE: ("synchronisation.did_change", None),
    types.TEXT_DOCUMENT_DID_CLOSE: ("synchronisation.did_close", None),
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: ("synchronisation.did_change_watched_files", None),
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: ("configuration.did_change_configuration", None),
    # pygls advertises inline completion only when it is given options.
    types.TEXT_DOCUMENT_INLINE_COMPLETION: ("inline_completion.inline_completion", types.InlineCompletionOptions()),
    types.TEXT_DOCUMENT_CODE_ACTION: (
        "code_action.code_action",
        types.CodeActionOptions(
            code_action_kinds=[types.CodeActionKind.QuickFix, "source.caretwise"], resolve_provider=True
        ),
    ),
    types.CODE_ACTION_RESOLVE: ("code_action.resolve", None),
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: ("fix_progress.cancel", None),
    "caretwise/didShow": ("command.did_show", None),
    "textDocument/didShowCompletion": ("command.did_show", None),
    "caretwise/didPartiallyAccept": ("command.did_partially_accept", None),
    "textDocument/didPartiallyAcceptCompletion": ("command.did_partially_accept", None),
    "caretwise/didDismiss": ("command.did_dismiss", None),
}
"""Where each method is answered (file and function), and what is advertised of it."""

_MENU = {types.TEXT_DOCUMENT_COMPLETION: ("completion.completion", types.CompletionOptions())}
"""The same for editors that draw no ghost text."""

_COMMANDS = {
    "caretwise.accept": "command.accept",
    "caretwise.pause": "command.pause",
    "caretwise.explainLast": "command.explain_last",
    "caretwise.capture": "command.capture",
    "caretwise.report": "command.report",
    "caretwise.retry": "command.retry",
    "caretwise.doctor": "command.doctor",
    "caretwise.fix": "fix_command.fix",
    "caretwise.findBugs": "fix_command.find_bugs",
    "caretwise.dismiss": "fix_command.dismiss",
    "caretwise.fixTest": "fix_test.fix_test",
}

HANDLER_FILES = tuple(sorted({place.partition(".")[0] for place, _ in (*_METHODS.values(), *_MENU.values())}))
"""The files that handlers are in."""


class CaretwiseServer(LanguageServer):
    """One session with one editor."""

    protocol: CaretwiseProtocol  # pyright: ignore[reportIncompatibleVariableOverride] - pygls types its own class here

    def __init__(self) -> None:
        """The app is made when the editor has said which folders are open."""
        super().__init__("caretwise", __version__, protocol_cls=CaretwiseProtocol, max_workers=4)
        self.app: App | None = None
        self.known: dict[str, Snapshot] = {}
        """Each document as the engine last heard of it."""
        self.initialized = False
        """Whether the editor has said so."""
        self.fixing = FixSession()
        """What is remembered of fixes."""
        for method, (place, options) in _METHODS.items():
            self.feature(method, options)(self._handler(place))
        for command, place in _COMMANDS.items():
            self.command(command)(self._handler(place))

        at_once = self._handler("inline_completion.at_once")
        self.protocol.answer_at_once[types.TEXT_DOCUMENT_INLINE_COMPLETION] = at_once

    def offer_menu_entries(self) -> None:
        """Answer `textDocument/completion` too, in this session."""
        for method, (place, options) in _MENU.items():
            if method not in self.protocol.fm.features:
                self.feature(method, options)(self._handler(place))

    def _handler(self, place: str) -> Callable[..., Any]:
        file, _, name = place.partition(".")

        @functools.cache
        def function() -> Callable[..., Any]:
            return getattr(importlib.import_module(f"caretwise.lsp.{file}"), name)

        def handle(*arguments: Any) -> Any:
            return function()(self, *arguments)

        handle.__name__ = name
        return handle

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
