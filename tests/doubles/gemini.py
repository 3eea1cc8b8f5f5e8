"""Answers as Gemini's OpenAI-compatible route does: errors in a list, thinking that cannot always be off, no separate end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .answers import Body, Written
from .chat_host import ChatHost, Host, Route
from .exchange import Received
from .refusal import Check, RefusedError, more_stops_than, no_messages, not_a_count
from .understood import names

_STATUS = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND"}
_LEVELS = ("none", "minimal", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Gemini:
    """One model: the least effort that it takes, and whether it takes sampling values."""

    least: str
    sampling: bool


MODELS = {
    # Vendor documentation: budget 0 by `none` in the 2.5 Flash family.
    "gemini-2.5-flash": Gemini("none", sampling=True),
    "gemini-2.5-flash-lite": Gemini("none", sampling=True),
    # Vendor documentation and reports: 3.x cannot be fully off; `minimal` for Flash, not from 3.7 on, `low` for Pro.
    "gemini-3.1-flash-lite": Gemini("minimal", sampling=True),
    "gemini-3.1-pro-preview": Gemini("low", sampling=True),
    # litellm's map marks sampling as unsupported for these.
    "gemini-3.5-flash-lite": Gemini("minimal", sampling=False),
    "gemini-3.6-flash": Gemini("minimal", sampling=False),
    "gemini-3.7-flash": Gemini("low", sampling=False),
    "gemini-3.8-flash": Gemini("low", sampling=False),
}

THOUGHT = {"none": 0, "minimal": 16, "low": 80}
"""Tokens that it thinks at an effort, at the most; more efforts think all they like. I: that they think a little is known."""


def _sampling(name: str) -> Check:
    def wrong(_: Any, body: Body) -> bool:
        model = MODELS.get(str(body.get("model")))
        return model is not None and not model.sampling

    return Check(name, wrong, f"{name} is not supported for this model.")


class GeminiCompat(ChatHost):
    """generativelanguage.googleapis.com/v1beta/openai."""

    host = Host(
        address="https://generativelanguage.googleapis.com/v1beta/openai",
        key_env="GEMINI_API_KEY",
        paths={("POST", "/v1beta/openai/chat/completions"): "chat", ("GET", "/v1beta/openai/models"): "models"},
        fields={
            "chat": names(
                "model messages stream stream_options max_tokens max_completion_tokens stop n "
                "temperature top_p reasoning_effort extra_body tools tool_choice response_format"
            )
        },
        # I: a field that the route's message type does not have cannot be decoded.
        unknown="refused",
        checks={
            "chat": (
                Check("messages", no_messages, "contents is not specified"),
                Check("stop", more_stops_than(5), "The number of stop sequences must be at most 5."),
                _sampling("temperature"),
                _sampling("top_p"),
                Check("max_tokens", not_a_count, "max_output_tokens must be positive."),
                Check("max_completion_tokens", not_a_count, "max_output_tokens must be positive."),
            )
        },
        reasoning_field="",
        last_carries="usage",
        cache_least=2048,  # litellm's map: implicit, 2,048 to 4,096 tokens
        cache_block=128,
        stops_most=5,
        sources=("ai.google.dev: OpenAI compatibility", "litellm 1.109.1"),
    )
    default_key = "gemini-test"
    default_models = tuple(MODELS)

    def error(self, refused: RefusedError) -> Any:
        status = _STATUS.get(refused.status, "UNKNOWN")
        return [{"error": {"code": refused.status, "message": refused.message, "status": status}}]

    def wrong_key(self, given: str) -> RefusedError:
        # Reports (continue 10290, openai-scala-client 109): 400, not 401.
        return RefusedError(400, "API key not valid. Please pass a valid API key.")

    def no_such_path(self, request: Received) -> RefusedError:
        return RefusedError(404, f"Requested entity was not found: {request.path}")

    def check_model(self, model: Any, route: Route) -> None:
        if model is None:
            raise RefusedError(400, "model is not specified")
        if str(model).removeprefix("models/") not in self.models:
            message = f"models/{model} is not found for API version v1main, or is not supported for generateContent."
            raise RefusedError(404, message)

    def unknown_field(self, name: str) -> RefusedError:
        return RefusedError(400, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')

    def thinks(self, body: Body, route: Route) -> bool:
        effort = body.get("reasoning_effort")
        if effort is None:
            return True
        least = MODELS.get(str(body.get("model")), MODELS["gemini-2.5-flash"]).least
        if effort not in _LEVELS:
            raise RefusedError(400, f"Invalid reasoning_effort: {effort}")
        if _LEVELS.index(effort) < _LEVELS.index(least):
            thinking = "Budget 0 is invalid. This model only works in thinking mode."
            raise RefusedError(
                400, thinking if effort == "none" else f"Thinking level {effort.upper()} is not supported."
            )
        return effort != "none"

    def thought(self, body: Body, route: Route) -> str:
        most = THOUGHT.get(str(body.get("reasoning_effort")))
        return self.reasoning if most is None else self.reasoning[: most * 4]

    def usage(self, read: int, cached: int, result: Written) -> dict[str, Any]:
        # Thoughts are missing from completion_tokens and show in the total only.
        told: dict[str, Any] = {
            "prompt_tokens": read,
            "completion_tokens": len(result.content),
            "total_tokens": read + result.tokens,
        }
        return told | ({"prompt_tokens_details": {"cached_tokens": cached}} if cached else {})

    def first(self) -> dict[str, Any] | None:
        return None

    def delta(self, name: str, piece: str) -> dict[str, Any]:
        return {"role": "assistant", name: piece}

    def last(self) -> dict[str, Any]:
        return {"role": "assistant"}
