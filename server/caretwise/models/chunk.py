"""Reading what a host streams back: one decoded JSON event in, one `Piece` out. Nothing here trusts a type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

_MOST_TOKENS = 100_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the host counted them; None is unknown, which is not the same as 0."""

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a stream. `reasoning` counts characters of thinking: the text itself is of no use to us."""

    text: str = ""
    reasoning: int = 0
    finish: str = ""
    usage: Usage | None = None
    model: str = ""


def read(event: object, reasoning_fields: Sequence[str]) -> Piece | None:
    """The piece in an event of a chat, completion or infill stream; None for an event that holds nothing of use."""
    if not isinstance(event, dict):
        return None
    data = cast("dict[str, Any]", event)
    if "choices" not in data and "content" in data:
        return _infill(data)
    choice = _first(data.get("choices"))
    usage = _usage(data.get("usage")) or _usage(choice.get("usage"))
    delta = _object(choice.get("delta")) or _object(choice.get("message"))
    text = choice.get("text") if isinstance(choice.get("text"), str) else delta.get("content")
    thought = next((delta[name] for name in reasoning_fields if isinstance(delta.get(name), str)), "")
    finish = choice.get("finish_reason")
    piece = Piece(
        text=_text(text),
        reasoning=len(thought),
        finish=finish if isinstance(finish, str) else "",
        usage=usage,
        model=data["model"] if isinstance(data.get("model"), str) else "",
    )
    return piece if piece != Piece(model=piece.model) or choice else None


_STOP_TYPES = {"eos": "stop", "word": "stop", "limit": "length"}
"""llama.cpp's words for why it stopped, in OpenAI's."""


def _infill(data: dict[str, Any]) -> Piece:
    """An event of llama.cpp's `/infill`: its text stands at the top, and its counts come with the last one."""
    ended = data.get("stop") is True
    kind = data.get("stop_type")
    prompt, cached = _count(data.get("tokens_evaluated")), _count(_object(data.get("timings")).get("cache_n"))
    if cached is None:
        # In some versions this is what the server holds now, with what it wrote: more than the prompt is no answer.
        held = _count(data.get("tokens_cached"))
        cached = held if held is not None and prompt is not None and held <= prompt else None
    usage = Usage(prompt=prompt, completion=_count(data.get("tokens_predicted")), cached=cached)
    return Piece(
        text=_text(data["content"]),
        finish=_STOP_TYPES.get(kind, "") if ended and isinstance(kind, str) else "",
        usage=usage if ended and usage != Usage() else None,
        model=data["model"] if isinstance(data.get("model"), str) else "",
    )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        # Some hosts stream a list of parts; only those that are text may reach a document.
        parts = [_object(part) for part in cast("list[object]", content)]
        return "".join(
            part["text"] for part in parts if part.get("type") == "text" and isinstance(part.get("text"), str)
        )
    return ""


def _first(choices: object) -> dict[str, Any]:
    """The first choice. One is asked for; where a host writes more, the others' text is not of the same answer."""
    entries = map(_object, cast("list[object]", choices)) if isinstance(choices, list) else ()
    first = (one for one in entries if not _is_further(one.get("index")))
    return next(first, None) or {}


def _is_further(index: object) -> bool:
    return isinstance(index, int) and index > 0


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _usage(value: object) -> Usage | None:
    data = _object(value)
    if not data:
        return None
    cached = _count(_object(data.get("prompt_tokens_details")).get("cached_tokens"))
    for name in ("cached_tokens", "prompt_cache_hit_tokens"):
        cached = _count(data.get(name)) if cached is None else cached
    return Usage(
        prompt=_count(data.get("prompt_tokens")),
        completion=_count(data.get("completion_tokens")),
        cached=cached,
        reasoning=_count(_object(data.get("completion_tokens_details")).get("reasoning_tokens")),
    )


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None
