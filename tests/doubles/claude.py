"""Answers as Anthropic's OpenAI-compatible route does: much is ignored, sampling and prefill are refused, thoughts hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .answers import Body, text_of
from .chat_host import ChatHost, Host, Route
from .exchange import Received
from .refusal import Check, RefusedError, no_messages, not_a_count, other_than
from .understood import names, stops_of


@dataclass(frozen=True, slots=True)
class Claude:
    """One model: the types of `thinking` that it takes, whether it thinks without one, and what newer ones refuse."""

    types: tuple[str, ...]
    thinks: bool = True
    free_sampling: bool = False
    prefill: bool = False


MODELS = {
    # Vendor documentation: 5.x thinks by default; off with `disabled` on haiku-5-5.
    "claude-haiku-5-5": Claude(("adaptive", "disabled")),
    # Vendor documentation: `between_tools` instead of `disabled`: without tools, none.
    "claude-sonnet-5-5": Claude(("adaptive", "between_tools")),
    # Vendor documentation: always on.
    "claude-opus-5-5": Claude(("adaptive",)),
    "claude-fable-5-1": Claude(("adaptive",)),
    # Vendor documentation: sampling is refused from Opus 4.7 on, prefill from 4.6 on.
    "claude-haiku-4-5": Claude(("enabled", "disabled"), thinks=False, free_sampling=True, prefill=True),
}


def _fixed_sampling(body: Body) -> bool:
    model = MODELS.get(str(body.get("model")))
    return model is not None and not model.free_sampling


def _no_sampling(name: str, allowed: tuple[float, ...]) -> Check:
    message = f"`{name}` is deprecated for this model."
    return Check(name, lambda value, body: _fixed_sampling(body) and value not in allowed, message)


class ClaudeCompat(ChatHost):
    """api.anthropic.com/v1 with the OpenAI wire."""

    host = Host(
        address="https://api.anthropic.com/v1",
        key_env="ANTHROPIC_API_KEY",
        paths={("POST", "/v1/chat/completions"): "chat", ("GET", "/v1/models"): "models"},
        # Vendor documentation of the compatible route; what is not here is ignored without a word, `reasoning_effort`
        # and `response_format` among it.
        fields={
            "chat": names(
                "model messages stream stream_options max_tokens max_completion_tokens stop n "
                "temperature top_p top_k thinking tools tool_choice parallel_tool_calls"
            )
        },
        checks={
            "chat": (
                Check("messages", no_messages, "messages: at least one message is required"),
                Check("n", other_than(1), "n: only 1 is supported"),
                _no_sampling("temperature", (1,)),
                _no_sampling("top_p", ()),
                _no_sampling("top_k", ()),
                # litellm issue 3286, in these words.
                Check(
                    "stop",
                    lambda _, body: any(not stop.strip() for stop in stops_of(body)),
                    "stop_sequences: each stop sequence must contain non-whitespace",
                ),
                Check("max_tokens", not_a_count, "max_tokens: must be greater than or equal to 1"),
                Check("max_completion_tokens", not_a_count, "max_tokens: must be greater than or equal to 1"),
            )
        },
        reasoning_field="",  # vendor documentation: reasoning text is not returned on this route
        sources=("platform.claude.com: OpenAI SDK page, migration guides", "litellm issue 3286"),
    )
    default_key = "sk-ant-test"
    default_models = tuple(MODELS)

    def wrong_key(self, given: str) -> RefusedError:
        # I: the native error in the shape of the compatible route.
        return RefusedError(401, "invalid x-api-key", kind="authentication_error", code="authentication_error")

    def no_such_path(self, request: Received) -> RefusedError:
        return RefusedError(404, "Not found", kind="not_found_error", code="not_found_error")

    def check_model(self, model: Any, route: Route) -> None:
        if model is None:
            raise RefusedError(400, "model: Field required")
        if model not in self.models:
            raise RefusedError(404, f"model: {model}", kind="not_found_error", code="not_found_error")

    def check_body(self, body: Body, route: Route) -> None:
        if body["messages"][-1].get("role") == "assistant" and not self._model(body).prefill:
            message = (
                "This model does not support assistant message prefill. The conversation must end with a user message."
            )
            raise RefusedError(400, message)

    def thinks(self, body: Body, route: Route) -> bool:
        thinking, model = body.get("thinking"), self._model(body)
        if thinking is None:
            return model.thinks
        kind = thinking.get("type") if isinstance(thinking, dict) else thinking
        if kind not in model.types:
            message = f"thinking.type: '{kind}' is not supported for this model; supported: {', '.join(model.types)}"
            raise RefusedError(400, message, param="thinking")
        return kind in {"adaptive", "enabled"}

    def prefill(self, body: Body, route: Route) -> str:
        last = body["messages"][-1]
        return text_of(last.get("content")) if last.get("role") == "assistant" else ""

    def _model(self, body: Body) -> Claude:
        return MODELS.get(str(body.get("model")), MODELS["claude-haiku-5-5"])
