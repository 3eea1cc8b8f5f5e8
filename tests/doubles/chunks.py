"""Right chunks of a stream, for faults to be wrong in one thing only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .answers import pieces_of
from .exchange import Received


def chunk(request: Received, delta: Any, reason: str | None = None) -> dict[str, Any]:
    """A chunk in the shape that `request` asked for: chat, or text on `/completions`.

    `delta` is text, or for a chat the whole delta as a mapping; a text stream shows the mapping's `content`.
    """
    choice: dict[str, Any] = {"index": 0, "finish_reason": reason}
    if "/chat/" in request.path or "/fim/" in request.path:
        choice["delta"] = delta if isinstance(delta, dict) else {"content": delta}
        kind = "chat.completion.chunk"
    else:
        choice["text"] = delta.get("content", "") if isinstance(delta, dict) else delta
        kind = "text_completion"
    model = request.json.get("model", "") if isinstance(request.json, dict) else ""
    return {"id": "chatcmpl-0", "object": kind, "created": 1_776_700_000, "model": model, "choices": [choice]}


def deltas(text: str) -> Iterator[tuple[str, str | None]]:
    """`text` in pieces, and the end."""
    for piece in pieces_of(text):
        yield piece, None
    yield "", "stop"
