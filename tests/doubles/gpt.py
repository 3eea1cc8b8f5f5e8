"""Answers as api.openai.com does for GPT-5.5 and newer small GPTs: no stop, no sampling while it thinks, hidden thoughts."""

from __future__ import annotations

from typing import Any

from .answers import Body, Written
from .chat_host import ChatHost, Host, Route
from .exchange import Received
from .refusal import Check, RefusedError, always, no_messages, not_a_count, other_than
from .understood import names

_EFFORTS = ("none", "low", "medium", "high", "xhigh")
EFFORTS: dict[str, tuple[str, ...]] = {
    # litellm 1.109.1's model map: gpt-5.5 knows no `minimal`; `max` is for another route.
    "gpt-5.5": _EFFORTS,
    "gpt-5.6": _EFFORTS,
    "gpt-5.6-luna": _EFFORTS,
    "gpt-6-luna": _EFFORTS,
    # The same map: these have no `none`.
    "gpt-6.1-sol": _EFFORTS[1:],
    "gpt-6-astra": _EFFORTS[1:],
}
"""Values of `reasoning_effort` by model. Without one 5.5 and 5.6 think (the map; for the others it is inferred)."""

DEFAULT_EFFORT = "medium"


def _unsupported(name: str, advice: str = "") -> Check:
    message = f"Unsupported parameter: '{name}' is not supported with this model.{advice}"
    return Check(name, always, message, code="unsupported_parameter")


def _thinking(body: Body) -> bool:
    return body.get("reasoning_effort", DEFAULT_EFFORT) != "none"


def _only_default(name: str) -> Check:
    message = f"Unsupported value: '{name}' does not support {{value}} with this model. Only the default (1) value is supported."
    return Check(name, lambda value, body: value != 1 and _thinking(body), message, code="unsupported_value")


class Gpt(ChatHost):
    """OpenAI's own host."""

    host = Host(
        address="https://api.openai.com/v1",
        key_env="OPENAI_API_KEY",
        paths={("POST", "/v1/chat/completions"): "chat", ("GET", "/v1/models"): "models"},
        fields={
            "chat": names(
                "model messages stream stream_options max_completion_tokens max_tokens stop n "
                "temperature top_p logprobs top_logprobs logit_bias presence_penalty prediction "
                "frequency_penalty reasoning_effort verbosity prompt_cache_key prompt_cache_options "
                "service_tier response_format tools tool_choice user store metadata seed"
            )
        },
        # I: its other routes answer so.
        unknown="refused",
        limits=("max_completion_tokens",),
        checks={
            "chat": (
                Check(
                    "messages", no_messages, "Invalid type for 'messages': expected an array with at least one message."
                ),
                # Reports by many clients, in these words: smolagents 1671, Flowise 5046 (stop), 5060 (max_tokens).
                _unsupported("max_tokens", " Use 'max_completion_tokens' instead."),
                _unsupported("stop"),
                # litellm's list of what the whole gpt-5 and gpt-6 family does not take.
                _unsupported("logit_bias"),
                _unsupported("presence_penalty"),
                _unsupported("frequency_penalty"),
                _unsupported("prediction"),
                # litellm: only with the effort `none`.
                _only_default("temperature"),
                _only_default("top_p"),
                Check("logprobs", lambda v, body: bool(v) and _thinking(body), _unsupported("logprobs").message),
                Check(
                    "max_completion_tokens",
                    not_a_count,
                    "Invalid 'max_completion_tokens': integer below minimum value.",
                ),
                Check(
                    "verbosity", other_than("low", "medium", "high"), "Invalid value: '{value}'.", code="invalid_value"
                ),
            )
        },
        reasoning_field="",  # chat completions never show it
        cache_least=1024,  # vendor documentation: prefixes of at least 1,024 tokens, in steps of 128
        cache_block=128,
        stops_most=0,
        sources=("litellm 1.109.1", "issue threads of clients", "openai 3.54.0"),
    )
    default_key = "sk-openai-test"
    default_models = tuple(EFFORTS)

    def wrong_key(self, given: str) -> RefusedError:
        shown = f"{given[:8]}{'*' * 8}{given[-4:]}" if len(given) > 12 else given
        message = f"Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com/account/api-keys."
        return RefusedError(401, message, code="invalid_api_key")

    def no_such_path(self, request: Received) -> RefusedError:
        return RefusedError(404, f"Invalid URL ({request.method} {request.path})")

    def check_model(self, model: Any, route: Route) -> None:
        if model is None:
            raise RefusedError(400, "you must provide a model parameter")
        if model not in self.models:
            message = f"The model `{model}` does not exist or you do not have access to it."
            raise RefusedError(404, message, code="model_not_found")

    def check_body(self, body: Body, route: Route) -> None:
        if body.get("stream_options") is not None and not body.get("stream"):
            message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            raise RefusedError(400, message, param="stream_options")

    def thinks(self, body: Body, route: Route) -> bool:
        effort, known = body.get("reasoning_effort"), EFFORTS.get(str(body.get("model")), _EFFORTS)
        if effort is not None and effort not in known:
            listed = ", ".join(f"'{one}'" for one in known)
            message = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model. Supported values are: {listed}."
            raise RefusedError(400, message, param="reasoning_effort", code="unsupported_value")
        return _thinking(body)

    def usage(self, read: int, cached: int, result: Written) -> dict[str, Any]:
        return {
            **super().usage(read, cached, result),
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": len(result.reasoning),
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def chunk(self, head: dict[str, Any], choices: list[dict[str, Any]], *, counted: bool) -> dict[str, Any]:
        more: dict[str, Any] = {"service_tier": "default", "system_fingerprint": None}
        return {**head, **more, "choices": choices, **({"usage": None} if counted else {})}

    def first(self) -> dict[str, Any]:
        return {"role": "assistant", "content": "", "refusal": None}
