"""JSON-RPC 2.0 messages: from the bytes of a body to a request, a notification, a response or a refusal.

Only the envelope is looked at here; `params` and `result` stay plain JSON (see `shape`).
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any, NoReturn, TypeGuard

MessageId = int | str

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800

_KINDS = {dict: "an object", list: "an array", str: "text", bool: "true or false", int: "a number",
          float: "a number", type(None): "null"}  # fmt: skip


def kind_of(value: Any) -> str:
    """What a JSON value is, in words, without its content."""
    return _KINDS.get(type(value), "something else")


@dataclass(frozen=True, slots=True)
class Request:
    """A message that wants one answer."""

    id: MessageId
    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that wants none."""

    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Response:
    """The editor's answer to a request of ours; `error` is None when it succeeded.

    `is_whole` is false when neither result nor error was there: some clients leave out a result that is null.
    """

    id: MessageId
    result: Any
    error: Any
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that cannot be acted on: the error code and plain sentence to answer, under `id` (null when unknown).

    `answer` is false where nobody waits for an answer (a broken notification): it is logged and dropped.
    """

    code: int
    reason: str
    id: MessageId | None = None
    answer: bool = True


Message = Request | Notification | Response | Refusal


def decode(body: bytes) -> Message:
    """Read one message body. Never raises; whatever is wrong becomes a `Refusal`."""
    try:
        value = _JSON.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        return Refusal(PARSE_ERROR, "The message is not UTF-8.")
    except RecursionError:
        return Refusal(PARSE_ERROR, "The message is nested too deeply.")
    except ValueError:
        return Refusal(PARSE_ERROR, "The message is not JSON.")
    return classify(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    """A number beyond the largest becomes that: there is no infinity in JSON to send back."""
    return max(-sys.float_info.max, min(float(digits), sys.float_info.max))


_JSON = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def is_id(value: Any) -> TypeGuard[MessageId]:
    """Whether a value may be a request id: a whole number or a text (LSP 3.17)."""
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def classify(value: Any) -> Message:
    """Tell requests, notifications and responses apart in decoded JSON."""
    if isinstance(value, list):
        return Refusal(INVALID_REQUEST, "LSP has no batches: send each message in a frame of its own.")
    if not isinstance(value, dict):
        return Refusal(INVALID_REQUEST, f"A message must be an object, not {kind_of(value)}.")
    if "method" not in value:
        return _response(value)
    if "id" in value and not is_id(value["id"]):
        return Refusal(INVALID_REQUEST, f"id must be a whole number or text, not {kind_of(value['id'])}.")
    wants_answer, request_id = "id" in value, value.get("id")
    method = value["method"]
    if not isinstance(method, str):
        return Refusal(INVALID_REQUEST, f"method must be text, not {kind_of(method)}.", request_id, wants_answer)
    if value.get("jsonrpc") != "2.0":
        return Refusal(INVALID_REQUEST, 'jsonrpc must be "2.0".', request_id, wants_answer)
    if is_id(request_id):
        return Request(request_id, method, value.get("params"))
    return Notification(method, value.get("params"))


def _response(value: dict[str, Any]) -> Message:
    reply_id = value.get("id")
    whole = "result" in value or "error" in value
    if is_id(reply_id) and (whole or set(value) <= {"id", "jsonrpc"}):
        return Response(reply_id, value.get("result"), value.get("error"), whole)
    if whole:
        # An error with id null says that the editor could not read something of ours. There is nobody to tell.
        return Refusal(INVALID_REQUEST, "A response must have the id of a request.", answer=False)
    return Refusal(INVALID_REQUEST, "method is missing.", reply_id if is_id(reply_id) else None)
