"""The incoming half of the protocol: each message to its handler, one answer for each request, never a traceback.

What LSP itself asks for (the handshake, the documents) is in `protocol.py`, which also lists what is replaced inside pygls.
"""

from __future__ import annotations

import asyncio
import enum
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from caretwise.lsp import message as rpc
from caretwise.lsp.call import Call, begin_handler, run_handler, where
from caretwise.lsp.channel import Channel
from caretwise.lsp.frame import Broken
from caretwise.lsp.message import MessageId, Notification, Refusal, Request, Response
from caretwise.lsp.shape import MisfitError, structure_params

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


class Dispatcher(Channel):
    """Takes messages in. `stage` is how far the handshake has come.

    Methods that LSP does not define get their `params` as plain JSON.
    """

    _text_sync: dict[str, Callable[[Any], None]]
    """What is done of a notification at once, before any handler."""

    answer_at_once: dict[str, Callable[[Any], Any]]
    """Who is asked for a result, as plain JSON, before the handler is: None where it has to be waited for."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        self.stage = Stage.NEW
        self.answer_at_once = {}
        self._calls: dict[MessageId, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._spawned = 0
        self._held: asyncio.Task[None] | None = None
        super().__init__(server, converter)

    async def _exit(self) -> None:
        """The editor says `exit`."""
        raise NotImplementedError

    def _note_lost_change(self, method: str, params: Any) -> None:
        """A notification could not be acted on."""
        raise NotImplementedError

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

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing that `settled` would wait for."""
        return self.stage is not Stage.STARTING and self._held is None

    def hold(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work` and act on no further message before it has ended; answers go out meanwhile."""
        self._held = self._spawn(self._logged(work))

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.error("The session could not be opened: %s", where(error))  # noqa: TRY400 - a traceback may hold text

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
        if method_name in self.answer_at_once and self._answered_at_once(msg_id, method_name, structured):
            return
        call = self._calls[msg_id] = Call(msg_id, method_name)
        call.task = self._spawn(self._answer(call, handler, structured))

    def _answered_at_once(self, msg_id: MessageId, method: str, params: Any) -> bool:
        """Write the answer if nothing has to be waited for. After a fault the handler is asked, as if there were nothing."""
        try:
            result = self.answer_at_once[method](params)
            if result is None:
                return False
            body = self._to_json({"jsonrpc": "2.0", "id": msg_id, "result": result})
        except Exception as error:
            log.error("%s failed: %s", method, where(error))  # noqa: TRY400 - a traceback may hold document text
            return False
        self._write(body)
        return True

    async def _answer(self, call: Call, handler: Callable[..., Any], params: Any) -> None:
        self._ctx_msg_id.set(call.id)
        try:
            result = await run_handler(self._server, handler, (params,))
            body = self._to_json({"jsonrpc": "2.0", "id": call.id, "result": result})
        except asyncio.CancelledError:
            body = self._error_body(call.id, rpc.REQUEST_CANCELLED, "The request was cancelled.")
        except JsonRpcException as error:
            body = self._error_body(call.id, error.code, error.message)
        except RecursionError:  # nothing of ours is that deep; some params are handed back as they came
            body = self._error_body(call.id, rpc.INVALID_PARAMS, f"{call.method}: params are nested too deeply.")
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

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._spawned += 1
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Cancel every handler that still runs, but let `shutdown` be answered; waits a bounded time for them to end."""
        shutdown = {call.task for call in self._calls.values() if call.method == types.SHUTDOWN}
        tasks = {task for task in self._tasks if task is not asyncio.current_task()}
        for task in tasks - shutdown:
            task.cancel()
        for _ in range(2):
            if tasks:
                _, tasks = await asyncio.wait(tasks, timeout=HANDLER_END_SECONDS)
            for task in tasks:
                task.cancel()
