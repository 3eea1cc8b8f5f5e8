"""Every fault by name: `fault("cut")`. One double breaks one thing, always in the same way."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Self

from .broken_answers import BIDI, ESCAPES, TOOL_CALLS, Bytes, ChoicesNull, Deltas, InStreamError, LoneSurrogate, Status
from .broken_transport import (
    Body,
    Cut,
    Endless,
    EndlessComments,
    GzipBomb,
    Hang,
    HeadersDrip,
    HugeLine,
    NotSse,
    Page,
    SlowDrip,
)
from .exchange import Behaviour
from .redirects import Redirect307, RedirectLoop

FAULTS: dict[str, Callable[[], Behaviour]] = {
    "hang": Hang,
    "slow_drip": SlowDrip,
    "headers_drip": HeadersDrip,
    "endless": Endless,
    "endless_comments": EndlessComments,
    "cut": Cut,
    "cut_chunked": lambda: Cut(chunked=True),
    "html": Page,
    "html_502": lambda: Page(502),
    "not_sse": NotSse,
    "json_array": lambda: Body(b'[{"error":{"code":500,"message":"internal"}}]', "application/json"),
    "half_json": lambda: Body(b'{"id":"chatcmpl-0","choices":[{"mess', "text/event-stream"),
    "huge_line": HugeLine,
    "gzip_bomb": GzipBomb,
    "bad_json": lambda: Bytes(b'data: {"id":"chatcmpl-0","choices":[{"delta"\n\n'),
    "bad_utf8": lambda: Bytes(b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"},"text":"\xff"}]}\n\n'),
    "in_stream_error": InStreamError,
    "choices_null": ChoicesNull,
    "redirect_307": Redirect307,
    "redirect_loop": RedirectLoop,
    "401": lambda: Status(401, "invalid_api_key", "Incorrect API key provided: KEY."),
    "402": lambda: Status(402, "insufficient_balance", "Insufficient Balance"),
    "403": lambda: Status(403, "permission_denied", "The key KEY may not use this model."),
    "404": lambda: Status(404, "model_not_found", "The model does not exist or you do not have access to it."),
    "429": lambda: Status(429, "rate_limit_exceeded", "Rate limit reached for requests.", retry_after=7),
    "500": lambda: Status(500, "server_error", "The server had an error while processing your request."),
    "503": lambda: Status(503, "service_unavailable", "The engine is currently overloaded, please try again later."),
    "reasoning_only": lambda: Deltas(
        [{"role": "assistant", "content": ""}, *({"reasoning_content": f"thought {n}. "} for n in range(5))], "length"
    ),
    "null_content": lambda: Deltas([{"role": "assistant", "content": None}, {"content": None}]),
    "content_filter": lambda: Deltas([{"role": "assistant", "content": ""}], "content_filter"),
    "tool_calls": lambda: Deltas(TOOL_CALLS, "tool_calls"),
    "list_content": lambda: Deltas([{"content": [{"type": "text", "text": "width * height"}]}]),
    "bidi": lambda: Deltas([BIDI]),
    "escape_characters": lambda: Deltas([ESCAPES]),
    "lone_surrogate": LoneSurrogate,
}
"""Faults that a `ModelDouble` can play. `refuse` needs none that listens: see `ClosedPort`."""


def fault(name: str) -> Behaviour:
    """A new behaviour for the fault `name`. Raises KeyError for another name."""
    return FAULTS[name]()


class ClosedPort:
    """The fault `refuse`: an address that refuses connections for as long as the `with` block runs.

    The port is bound but nobody listens, so that no other program can take it meanwhile.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
