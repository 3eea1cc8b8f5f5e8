"""Answers as Ollama does on its OpenAI routes: `suffix` where the model's template allows it, thinking on where it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .answers import Body, text_of
from .chat_host import ChatHost, Host, Route
from .exchange import Received
from .refusal import Check, RefusedError, no_messages
from .understood import names


@dataclass(frozen=True, slots=True)
class Local:
    """A model that was pulled: whether its template inserts, whether it thinks."""

    insert: bool
    thinks: bool


MODELS = {
    "qwen2.5-coder:7b": Local(insert=True, thinks=False),
    # ollama issue 12425: no insert; it thinks when nobody says otherwise.
    "qwen3:8b": Local(insert=False, thinks=True),
    # Imported by the user; no control tokens for inserting are known.
    "kimi-k2.6": Local(insert=False, thinks=True),
    "kimi-k2.7-code": Local(insert=False, thinks=True),
}
_COMMON = names("model stream stream_options max_tokens stop temperature top_p seed frequency_penalty presence_penalty")


class Ollama(ChatHost):
    """localhost:11434. It takes any key, or none."""

    host = Host(
        address="http://localhost:11434/v1",
        paths={
            ("POST", "/v1/chat/completions"): "chat",
            ("POST", "/v1/completions"): "completions",
            ("GET", "/v1/models"): "models",
        },
        # ollama, openai/openai.go: what is not in its types is dropped when the body is read.
        fields={
            "chat": _COMMON | {"messages", "reasoning_effort", "reasoning", "response_format", "tools"},
            "completions": _COMMON | {"prompt", "suffix", "echo", "logprobs"},
        },
        limits=("max_tokens",),
        checks={
            "chat": (Check("messages", no_messages, "[] is too short - 'messages'"),),
            "completions": (Check("prompt", lambda v, _: not isinstance(v, str), "prompt must be a string"),),
        },
        reasoning_field="reasoning",
        sources=("ollama repository, August 2026", "ollama issue 12425"),
    )
    default_models = tuple(MODELS)

    def __init__(self, *args: Any, null_reason: bool = False, **more: Any) -> None:
        """`null_reason`: as some versions do, it never says why a stream ended."""
        super().__init__(*args, **more)
        self.null_reason = null_reason

    def no_such_path(self, request: Received) -> RefusedError:
        return RefusedError(404, "404 page not found", kind="api_error")

    def check_model(self, model: Any, route: Route) -> None:
        if not model:
            raise RefusedError(400, "model is required", kind="api_error")
        if model not in self.models:
            # QAnything issue 555, in these words.
            raise RefusedError(404, f'model "{model}" not found, try pulling it first', kind="api_error")

    def check_body(self, body: Body, route: Route) -> None:
        if route == "completions" and body.get("suffix") and not MODELS[body["model"]].insert:
            raise RefusedError(
                400, f"registry.ollama.ai/library/{body['model']} does not support insert", kind="api_error"
            )

    def thinks(self, body: Body, route: Route) -> bool:
        effort = body.get("reasoning_effort")
        if route == "chat" and effort not in {None, "none", "low", "medium", "high"}:
            message = f'invalid reasoning value: "{effort}" (must be "high", "medium", "low", or "none")'
            raise RefusedError(400, message)
        # The completions route has no switch at all.
        return MODELS[str(body["model"])].thinks and not (route == "chat" and effort == "none")

    def thought(self, body: Body, route: Route) -> str:
        return self.reasoning if self.thinks(body, route) else ""

    def prefill(self, body: Body, route: Route) -> str:
        last = body["messages"][-1] if route == "chat" else {}
        return text_of(last.get("content")) if last.get("role") == "assistant" else ""

    def chunk(self, head: dict[str, Any], choices: list[dict[str, Any]], *, counted: bool) -> dict[str, Any]:
        return {**head, "system_fingerprint": "fp_ollama", "choices": choices}

    def choice(self, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        return super().choice(delta, None if self.null_reason else reason)

    def text_choice(self, piece: str, reason: str | None) -> dict[str, Any]:
        return super().text_choice(piece, None if self.null_reason else reason)

    def first(self) -> dict[str, Any] | None:
        return None

    def delta(self, name: str, piece: str) -> dict[str, Any]:
        # Every delta has the role; thinking comes with an empty content.
        return {"role": "assistant", "content": "", name: piece}

    def last(self) -> dict[str, Any]:
        return {"role": "assistant", "content": ""}
