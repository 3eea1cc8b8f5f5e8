"""LSP over pygls: its features, types and capabilities, with our own handling of messages and documents.

What is replaced inside pygls 2.1 (`tests/lsp/test_pygls.py` fails when one of these changes there):

- `JsonRPCProtocol.structure_message`, `.handle_message`, `._handle_request`, `._handle_notification`,
  `._handle_cancel_notification` (`lsp/dispatch.py`), `._handle_response`, `._send_data`, `._send_response`,
  `.send_request`, `.notify` (`lsp/channel.py`)
- `LanguageServerProtocol._register_builtin_features` (extended: pygls' own handlers for text, notebooks and `exit` are
  taken out, because its workspace would keep the text), `.lsp_initialize` (extended), `.lsp_shutdown`,
  `.lsp_workspace__execute_command`

Used from its insides: `fm` (features, commands), `_converter`, `_serialize_message`, `_server`, `_shutdown`,
`_ctx_msg_id`, `writer`, `get_message_type`, `is_thread_function`, `_prepare_command_arguments`, `lsp_method`. The
pygls workspace holds the folders and never a text.

A handler is called after the documents know of every message before it, and runs to its first `await` before the next
message is looked at: a snapshot taken there is the text that the editor meant.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.protocol import lsp_method
from pygls.protocol.language_server import _prepare_command_arguments
from pygls.uris import to_fs_path

from caretwise.lsp.call import run_handler, where
from caretwise.lsp.convert import choose_encoding
from caretwise.lsp.dispatch import HANDLER_END_SECONDS, Dispatcher
from caretwise.lsp.document import Documents
from caretwise.lsp.parent import EditorProcess
from caretwise.lsp.shape import first_misfit
from caretwise.text.position import PositionEncoding

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

log = logging.getLogger("caretwise.lsp")


class CaretwiseProtocol(Dispatcher):
    """What LSP itself asks for: the handshake and the documents.

    `documents` are the open documents, `encoding` the column units agreed at `initialize`. `editor` is the process to
    watch. `on_exit` is called with the exit status when the editor says `exit`.
    """

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        # pygls logs whole messages at INFO.
        logging.getLogger("pygls").setLevel(logging.WARNING)
        self.documents = Documents()
        self.encoding = PositionEncoding.UTF16
        self.editor: EditorProcess | None = None
        self.on_exit: Callable[[int], None] | None = None
        self._text_sync = {
            types.TEXT_DOCUMENT_DID_OPEN: self._opened,
            types.TEXT_DOCUMENT_DID_CHANGE: self._changed,
            types.TEXT_DOCUMENT_DID_SAVE: self._saved,
            types.TEXT_DOCUMENT_DID_CLOSE: self._closed,
        }
        super().__init__(server, converter)

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()
        # Ours is in `fix_progress.py`; pygls' handler fails on a token that is neither text nor a number.
        for method in (*self._text_sync, *_NOTEBOOK_SYNC, types.WINDOW_WORK_DONE_PROGRESS_CANCEL, types.EXIT):
            self.fm.builtin_features.pop(method, None)

    def _note_lost_change(self, method: str, params: Any) -> None:
        """Our copy of a document is not the editor's any more: no answer is better than one for another text."""
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if method in (types.TEXT_DOCUMENT_DID_CHANGE, types.TEXT_DOCUMENT_DID_OPEN) and isinstance(uri, str):
            self.documents.lose(uri)

    # What LSP itself asks for

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Agree on columns and capabilities. Text arrives as incremental changes, with opening, closing and saving."""
        for name, uri in (("rootUri", params.root_uri), *_folder_uris(params)):
            _check_uri(name, uri)
        self.encoding = choose_encoding(params.capabilities)
        self.editor = EditorProcess.of(params.process_id)
        result = yield from super().lsp_initialize(params)
        result.capabilities.position_encoding = types.PositionEncodingKind(self.encoding.value)
        sync = result.capabilities.text_document_sync
        if not isinstance(sync, types.TextDocumentSyncOptions):
            sync = result.capabilities.text_document_sync = types.TextDocumentSyncOptions()
        sync.open_close = True
        sync.change = types.TextDocumentSyncKind.Incremental
        sync.save = types.SaveOptions(include_text=False)
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Cancel what is being answered or asked, then let the server's own handler clean up."""
        for call in list(self._calls.values()):
            if call.method != types.SHUTDOWN:
                self._cancel(call)
        self.forget_requests()
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield handler, args, None

    async def _exit(self) -> None:
        handler = self.fm.features.get(types.EXIT)
        if handler is not None:
            try:
                await asyncio.wait_for(run_handler(self._server, handler, (None,)), HANDLER_END_SECONDS)
            except Exception as error:
                log.error("exit failed: %s", where(error))  # noqa: TRY400 - a traceback may hold document text
        if self.on_exit is not None:
            self.on_exit(self.exit_status)

    @property
    def exit_status(self) -> int:
        """The process's exit status if the session ended now (LSP 3.17, "Exit Notification")."""
        return 0 if self._shutdown else 1

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self.documents.open(params.text_document)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        self.documents.change(params, self.encoding)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self.documents.save(params)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self.documents.close(params.text_document.uri)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Generator[Any, Any, Any]:
        """Call a command's handler with its arguments, each structured as its annotation says."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams("workspace/executeCommand: params.command names no command of this server.")
        try:
            args, kwargs = _prepare_command_arguments(handler, params, self._converter)
        except TypeError as error:
            raise JsonRpcInvalidParams(f"workspace/executeCommand: params.arguments: {error}.") from None
        except Exception as error:  # what a converter raises for foreign JSON is not documented
            sentence = first_misfit(error, ("arguments",)).sentence
            raise JsonRpcInvalidParams(f"workspace/executeCommand: {sentence}") from None
        result = yield handler, args, kwargs
        return result


_NOTEBOOK_SYNC = (
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)


def _folder_uris(params: types.InitializeParams) -> list[tuple[str, str]]:
    folders = params.workspace_folders or ()
    return [(f"workspaceFolders[{number}].uri", folder.uri) for number, folder in enumerate(folders)]


def _check_uri(name: str, uri: str | None) -> None:
    try:
        to_fs_path(uri or "")
    except ValueError:
        raise JsonRpcInvalidParams(f"initialize: params.{name} is not a URI.") from None
