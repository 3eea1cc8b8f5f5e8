"""A route: one of the ways in which a host can be asked, with every rule that the host has for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CHAT, FIM, RAW_FIM, INFILL = "chat", "fim", "raw_fim", "infill"

APIS = (CHAT, FIM, RAW_FIM, INFILL)
"""`chat`: messages. `fim`: `prompt` and `suffix`. `raw_fim`: a `prompt` with the model's own control tokens.
`infill`: llama.cpp's `input_prefix` and `input_suffix`."""

CHAT_STYLES = ("snippet", "hole", "search_replace")
"""Prompt styles that are sent over a chat route; the other styles are named like their route."""


@dataclass(frozen=True, slots=True)
class Route:
    """How one route of a host wants to be spoken to. `allowed` names every body field that may be sent there."""

    api: str
    """One of `APIS`."""
    path: str
    """Below the base URL."""
    allowed: frozenset[str]
    outside: bool = False
    """The path is not below the base URL's version (`/v1`) but beside it."""
    token_field: str = "max_tokens"
    token_limit: int = 0
    """The largest value that the host takes in `token_field`; 0: no limit is known."""
    window_tokens: int = 0
    """The most tokens around the cursor that the host heeds, as we estimate them; 0: no limit but the model's."""
    stop_limit: int = 0
    """How many stop strings may be sent; 0: none."""
    stop_bytes: int = 0
    """The longest stop string, in bytes of UTF-8; 0: no limit is known."""
    stop_blank: bool = True
    """Whether a stop string may consist of white space only."""
    sampling: str = "omit"
    """"free": the family's values are sent; "omit": none are."""
    usage_in_stream: bool = True
    """Whether `stream_options` asks for token counts."""
    always: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields that every request holds. The family's values win where both name one."""
    thinking_on: Mapping[str, Any] = field(default_factory=dict[str, Any])
    thinking_off: Mapping[str, Any] = field(default_factory=dict[str, Any])
    effort_field: str = ""
    """Where a family's `effort` is written; "" when the host has no such field."""


def api_of(style: str) -> str:
    """The kind of route that a prompt style needs; "" for a style that does not exist."""
    if style in CHAT_STYLES:
        return CHAT
    return style if style in APIS and style != CHAT else ""
