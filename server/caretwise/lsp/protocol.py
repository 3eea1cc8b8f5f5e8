"""LSP over pygls: its features, types and capabilities, with our own handling of messages and documents.

What is replaced inside pygls 2.1 (`tests/lsp/test_pygls.py` fails when one of these changes there):

- `JsonRPCProtocol.structure_message`, `.handle_message`, `._handle_request`, `._handle_notification`,
  `._handle_cancel_notification`; in `lsp/channel.py`: `._handle_response`, `._send_data`, `._send_response`,
  `.send_request`, `.notify`
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
import enum
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import lsp_method
from pygls.protocol.language_server import _prepare_command_arguments
from pygls.uris import to_fs_path

from caretwise.lsp import message as rpc
from caretwise.lsp.call import Call, begin_handler, run_handler, where
from caretwise.lsp.channel import Channel
from caretwise.lsp.convert import choose_encoding
from caretwise.lsp.document import Documents
from caretwise.lsp.frame import Broken
from caretwise.lsp.message import MessageId, Notification, Refusal, Request, Response
from caretwise.lsp.parent import EditorProcess
from caretwise.lsp.shape import MisfitError, first_misfit, structure_params
from caretwise.text.position import PositionEncoding

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

log = logging.getLogger("caretwise.lsp")

HANDLER_END_SECONDS = 2.0
"""How long a handler of `exit`, or one that was cancelled, may take before the process ends without it."""


START_SECONDS = 10.0
"""How long messages wait for the handler of `initialize` before they are refused."""


class Stage(enum.Enum):
    """How far the handshake has come."""

    NEW = "before initialize"
    STARTING = "initialize is being answered"
    RUNNING = "initialized"


class CaretwiseProtocol(Channel):
    """One answer for each request, never a traceback, no document text in the log.

    `documents` are the open documents, `encoding` the column units agreed at `initialize`. Methods that LSP does not
    define get their `params` as plain JSON. `editor` is the process to watch. `on_exit` is called with the exit status
    when the editor says `exit`.
    """

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        # pygls logs whole messages at INFO.
        logging.getLogger("pygls").setLevel(logging.WARNING)
        self.documents = Documents()
        self.encoding = PositionEncoding.UTF16
        self.stage = Stage.NEW
        self.editor: EditorProcess | None = None
        self.on_exit: Callable[[int], None] | None = None
        self._calls: dict[MessageId, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._spawned = 0
        self._held: asyncio.Task[None] | None = None
        self._text_sync: dict[str, Callable[[Any], None]] = {
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

    async def settled(self) -> None:
        """Wait, a bounded time, while `initialize` is being answered: an editor may send more without waiting.

        And while the work of `hold` runs.
        """
        tasks = [call.task for call in self._calls.values() if call.method == types.INITIALIZE and call.task]
        if self.stage is Stage.STARTING and tasks:
            await asyncio.wait(tasks, timeout=START_SECONDS)
        if self._held is not None:
            await asyncio.wait([self._held], timeout=START_SECONDS)
            self._held = None

    def hold(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work` and act on no further message before it has ended; answers go out meanwhile."""
        self._held = self._spawn(self._logged(work))

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.error("The session could not be opened: %s", where(error))  # noqa: TRY400 - a traceback may hold text

    # Messages in

    def receive(self, body: bytes | Broken) -> bool:
        """Act on one message body, or on bytes that the frame reader could not make sense of. Never raises.

        Returns whether a handler has been given to the loop, which has its first step before the next message.
        """
        tasks = self._spawned
        self._receive(body)
        return self._spawned != tasks

    def _receive(self, body: bytes | Broken) -> None:
        if isinstance(body, Broken):
            log.warning("Broken input: %s.", body.reason)
            if body.header:
                self._send_error(None, rpc.PARSE_ERROR, f"The message has no usable header: {body.reason}.")
            return
        try:
            self.handle_message(rpc.decode(body))
        except Exception as error:  # a fault of ours costs this message, not the session
            log.error("A message could not be handled: %s", where(error))  # noqa: TRY400 - a traceback may hold text

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Leave JSON as it is; params are structured once the method is known."""
        return data

    def handle_message(self, message: Any) -> None:
        """Act on one message: decoded JSON, or what `message.decode` made of it."""
        if not isinstance(message, (Request, Notification, Response, Refusal)):
            message = rpc.classify(message)
        if isinstance(message, Request):
            self._handle_request(message.id, message.method, message.params)
        elif isinstance(message, Notification):
            self._handle_notification(message.method, message.params)
        elif isinstance(message, Response):
            if not message.is_whole and not self.waits_for(message.id):
                self._send_error(message.id, rpc.INVALID_REQUEST, "method is missing.")
                return
            self._handle_response(message.id, message.result, message.error)
        elif message.answer:
            self._send_error(message.id, message.code, message.reason)
        else:
            log.warning("Dropped a message: %s", message.reason)

    def _refusal(self, msg_id: MessageId, method: str) -> str:
        if msg_id in self._calls:
            return "A request with this id is still being answered."
        if self._shutdown:
            return "The server is shutting down."
        if method == types.INITIALIZE and self.stage is not Stage.NEW:
            return "initialize was sent before."
        return ""

    def _handle_request(self, msg_id: MessageId, method_name: str, params: Any) -> None:
        if reason := self._refusal(msg_id, method_name):
            self._send_error(msg_id, rpc.INVALID_REQUEST, reason)
            return
        if method_name != types.INITIALIZE and self.stage is not Stage.RUNNING:
            self._send_error(msg_id, rpc.NOT_INITIALIZED, "The server waits for initialize.")
            return
        handler = self.fm.builtin_features.get(method_name) or self.fm.features.get(method_name)
        if handler is None or method_name == types.EXIT:
            self._send_error(msg_id, rpc.METHOD_NOT_FOUND, f"caretwise does not answer {method_name[:100]}.")
            return
        try:
            structured = structure_params(self._converter, method_name, params)
        except MisfitError as misfit:
            self._send_error(msg_id, rpc.INVALID_PARAMS, f"{method_name}: {misfit.sentence}")
            return
        if method_name == types.INITIALIZE:
            self.stage = Stage.STARTING
        elif method_name == types.SHUTDOWN:
            self._shutdown = True
        call = self._calls[msg_id] = Call(msg_id, method_name)
        call.task = self._spawn(self._answer(call, handler, structured))

    async def _answer(self, call: Call, handler: Callable[..., Any], params: Any) -> None:
        self._ctx_msg_id.set(call.id)
        try:
            result = await run_handler(self._server, handler, (params,))
            body = self._to_json({"jsonrpc": "2.0", "id": call.id, "result": result})
        except asyncio.CancelledError:
            body = self._error_body(call.id, rpc.REQUEST_CANCELLED, "The request was cancelled.")
        except JsonRpcException as error:
            body = self._error_body(call.id, error.code, error.message)
        except Exception as error:
            log.error("%s failed: %s", call.method, where(error))  # noqa: TRY400 - a traceback may hold document text
            sentence = f"caretwise could not answer {call.method} ({type(error).__name__}). The session goes on."
            body = self._error_body(call.id, rpc.INTERNAL_ERROR, sentence)
        else:
            if call.method == types.INITIALIZE:
                self.stage = Stage.RUNNING
        if call.method == types.INITIALIZE and self.stage is Stage.STARTING:
            self.stage = Stage.NEW
        self._finish(call, body)

    def _finish(self, call: Call, body: bytes) -> None:
        """Send the answer, unless the request has had one; forget the request."""
        if call.answered:
            return
        call.answered = True
        if self._calls.get(call.id) is call:
            del self._calls[call.id]
        self._write(body)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        call = self._calls.get(msg_id) if rpc.is_id(msg_id) else None
        # The handshake is not given up half-way; an editor that wants to leave sends `exit`.
        if call is not None and call.method not in (types.INITIALIZE, types.SHUTDOWN):
            self._cancel(call)

    def _cancel(self, call: Call) -> None:
        self._finish(call, self._error_body(call.id, rpc.REQUEST_CANCELLED, "The request was cancelled."))
        if call.task is not None:
            call.task.cancel()

    def _handle_notification(self, method_name: str, params: Any) -> None:
        if method_name == types.EXIT:
            self._spawn(self._exit())
            return
        if method_name == types.CANCEL_REQUEST:
            self._handle_cancel_notification(params.get("id") if isinstance(params, dict) else None)
            return
        sync = self._text_sync.get(method_name)
        handler = self.fm.builtin_features.get(method_name) or self.fm.features.get(method_name)
        if self.stage is Stage.NEW or self._shutdown or not (sync or handler):
            return
        try:
            structured = structure_params(self._converter, method_name, params)
        except MisfitError as misfit:
            log.warning("Dropped %s: %s", method_name, misfit.sentence)
            self._note_lost_change(method_name, params)
            return
        if sync:
            # At once and not in the task: the next message may ask for the text.
            try:
                sync(structured)
            except Exception as error:
                log.error("%s failed: %s", method_name, where(error))  # noqa: TRY400 - a traceback may hold document text
                self._note_lost_change(method_name, params)
        if handler:
            self._begin_notification(method_name, handler, structured)

    def _begin_notification(self, method: str, handler: Any, params: Any) -> None:
        """A plain function has done its work before the next message is looked at; anything else goes on as a task."""
        try:
            begun = begin_handler(self._server, handler, (params,))
        except Exception as error:
            log.error("%s failed: %s", method, where(error))  # noqa: TRY400 - a traceback may hold document text
            return
        if inspect.isawaitable(begun):
            self._spawn(self._end_notification(method, begun))

    async def _end_notification(self, method: str, begun: Awaitable[Any]) -> None:
        try:
            await begun
        except Exception as error:
            log.error("%s failed: %s", method, where(error))  # noqa: TRY400 - a traceback may hold document text

    def _note_lost_change(self, method: str, params: Any) -> None:
        """Our copy of a document is not the editor's any more: no answer is better than one for another text."""
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if method in (types.TEXT_DOCUMENT_DID_CHANGE, types.TEXT_DOCUMENT_DID_OPEN) and isinstance(uri, str):
            self.documents.lose(uri)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._spawned += 1
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

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

    async def stop(self) -> None:
        """Cancel every handler that still runs and wait a bounded time for them to end."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=HANDLER_END_SECONDS)

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
