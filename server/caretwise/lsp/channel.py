"""The outgoing half of the protocol: answers, notifications, and requests to the editor."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.protocol import LanguageServerProtocol

from caretwise.lsp import message as rpc
from caretwise.lsp.frame import frame
from caretwise.lsp.message import MessageId
from caretwise.lsp.shape import MisfitError, make_strict, structure, structure_result

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

T = TypeVar("T")

log = logging.getLogger("caretwise.lsp")


class Channel(LanguageServerProtocol):
    """Writes messages. No message text is logged, and nothing blocks: the writer takes bytes and returns."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        self._asked: dict[MessageId, tuple[str, Future[Any]]] = {}
        self._ids = iter(range(1, 2**31))
        make_strict(converter)
        super().__init__(server, converter)
        self._encoder = json.JSONEncoder(default=self._serialize_message, allow_nan=False)

    def structure(self, value: Any, kind: type[T]) -> T:
        """Plain JSON as one of lsprotocol's types, strictly. Raises MisfitError with the first fault."""
        return structure(self._converter, value, kind)

    def unstructure(self, value: Any) -> Any:
        """One of lsprotocol's values as plain JSON."""
        return self._converter.unstructure(value)

    def _to_json(self, data: Any) -> bytes:
        """Raises ValueError or TypeError for what JSON cannot say. Characters above ASCII, lone surrogates among
        them, are written as escapes, so that any text can be sent.
        """
        return self._encoder.encode(data).encode("ascii")

    def _error_body(self, msg_id: MessageId | None, code: int, reason: str) -> bytes:
        return self._to_json({"jsonrpc": "2.0", "id": msg_id, "error": {"code": code, "message": reason}})

    def _send_error(self, msg_id: MessageId | None, code: int, reason: str) -> None:
        self._write(self._error_body(msg_id, code, reason))

    def _send_response(self, msg_id: MessageId, result: Any = None, error: Any = None) -> None:
        content = {"result": result} if error is None else {"error": error}
        self._send_data({"jsonrpc": "2.0", "id": msg_id, **content})

    def _send_data(self, data: Any) -> None:
        self._write(self._to_json(data))

    def _write(self, body: bytes) -> None:
        if self.writer is not None:
            self.writer.write(frame(body))

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification. Raises ValueError or TypeError when `params` cannot be written as JSON."""
        self._send_data(self._outgoing(method, params))

    def _outgoing(self, method: str, params: Any) -> dict[str, Any]:
        content: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        return content if params is None else {**content, "params": params}

    def send_request(
        self,
        method: str,
        params: Any = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: MessageId | None = None,
    ) -> Future[Any]:
        """Send a request to the editor. The future has the result in lsprotocol's type, or a JsonRpcException.

        Cancelling it (or waiting with a time limit) forgets the request; a late answer is dropped. `callback` is
        called with the result when there is one. Raises ValueError or TypeError when `params` are not JSON.
        """
        request_id = f"caretwise-{next(self._ids)}" if msg_id is None else msg_id
        body = self._to_json({**self._outgoing(method, params), "id": request_id})
        future: Future[Any] = Future()
        if callback is not None:
            future.add_done_callback(lambda done: _call_back(callback, done))
        self._asked[request_id] = (method, future)
        future.add_done_callback(lambda _: self._asked.pop(request_id, None))
        self._write(body)
        return future

    def _handle_response(self, msg_id: MessageId, result: Any = None, error: Any = None) -> None:
        method, future = self._asked.pop(msg_id, ("", None))
        # The second check: a request that was cancelled meanwhile takes no result.
        if future is None or not future.set_running_or_notify_cancel():
            return
        if error is not None:
            future.set_exception(_editor_error(error))
            return
        try:
            future.set_result(structure_result(self._converter, method, result))
        except MisfitError as misfit:
            log.warning("The answer to %s cannot be read: %s", method, misfit.sentence)
            future.set_exception(JsonRpcInternalError(f"The editor's answer to {method} cannot be read."))

    def waits_for(self, msg_id: MessageId) -> bool:
        """Whether the editor still owes an answer to the request with this id."""
        return msg_id in self._asked

    def forget_requests(self) -> None:
        """Cancel all requests that the editor has not answered."""
        for _, future in list(self._asked.values()):
            future.cancel()


def _call_back(callback: Callable[[Any], None], done: Future[Any]) -> None:
    if not done.cancelled() and done.exception() is None:
        callback(done.result())


def _editor_error(error: Any) -> JsonRpcException:
    fields: dict[str, Any] = error if isinstance(error, dict) else {}
    code, text = fields.get("code"), fields.get("message")
    return JsonRpcException(
        text if isinstance(text, str) else "The editor refused the request.",
        code if isinstance(code, int) else rpc.INTERNAL_ERROR,
    )
