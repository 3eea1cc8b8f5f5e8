"""Answers as api.deepseek.com does: chat that thinks unless told not to, and fill-in-the-middle on the beta address alone."""

from __future__ import annotations

from typing import Any

from .answers import Body, Written, text_of
from .chat_host import ChatHost, Host, Route
from .exchange import Exchange, Received
from .refusal import Check, RefusedError, more_stops_than, no_messages, not_a_count
from .understood import names

FIM_LIMIT = 4096
"""Most tokens of a fill-in-the-middle answer (vendor documentation: 4k)."""


class DeepSeek(ChatHost):
    """Chat at /chat/completions (also under /v1 and /beta), fill-in-the-middle at /beta/completions."""

    host = Host(
        address="https://api.deepseek.com",
        key_env="DEEPSEEK_API_KEY",
        paths={
            ("POST", "/chat/completions"): "chat",
            ("POST", "/v1/chat/completions"): "chat",
            ("POST", "/beta/chat/completions"): "chat",
            ("POST", "/beta/completions"): "completions",
            ("GET", "/models"): "models",
            ("GET", "/v1/models"): "models",
            ("GET", "/beta/models"): "models",
        },
        fields={
            "chat": names(
                "model messages stream stream_options max_tokens stop temperature top_p thinking "
                "reasoning_effort logprobs top_logprobs frequency_penalty presence_penalty "
                "response_format tools tool_choice"
            ),
            # Vendor documentation of the FIM route; non-thinking only, so there is no switch.
            "completions": names(
                "model prompt suffix stream stream_options max_tokens stop temperature top_p echo "
                "logprobs frequency_penalty presence_penalty"
            ),
        },
        limits=("max_tokens",),
        checks={
            "chat": (
                Check("messages", no_messages, "Empty input messages"),
                Check("stop", more_stops_than(16), "Invalid stop: at most 16 sequences"),
                Check("max_tokens", not_a_count, "Invalid max_tokens value"),
                Check(
                    "temperature",
                    lambda v, _: not 0 <= v <= 2,
                    "Invalid temperature value, the valid range is [0, 2.0]",
                ),
            ),
            "completions": (
                Check("prompt", lambda v, _: not isinstance(v, str), "Invalid prompt"),
                Check("suffix", lambda v, _: not isinstance(v, str), "Invalid suffix"),
                Check("stop", more_stops_than(16), "Invalid stop: at most 16 sequences"),
                Check(
                    "max_tokens",
                    lambda v, body: not_a_count(v, body) or v > FIM_LIMIT,
                    f"Invalid max_tokens value, the valid range of max_tokens is [1, {FIM_LIMIT}]",
                ),
                Check(
                    "temperature",
                    lambda v, _: not 0 <= v <= 2,
                    "Invalid temperature value, the valid range is [0, 2.0]",
                ),
            ),
        },
        reasoning_field="reasoning_content",
        cache_block=64,
        # I: comments while the request is queued.
        keep_alive=b": keep-alive\n\n",
        stops_most=16,
        sources=("api-docs.deepseek.com", "litellm issue 10403 (the shape of errors)"),
    )
    default_key = "sk-deepseek-test"
    default_models = ("deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro")

    def error(self, refused: RefusedError) -> Any:
        # litellm issue 10403: `code` is the general one, `type` the telling one.
        told = {"message": refused.message, "type": refused.kind, "param": None, "code": "invalid_request_error"}
        return {"error": told}

    def wrong_key(self, given: str) -> RefusedError:
        if not given:
            return RefusedError(
                401, "Authentication Fails (auth header format should be Bearer sk-...)", kind="authentication_error"
            )
        message = f"Authentication Fails, Your api key: ****{given[-4:]} is invalid"
        return RefusedError(401, message, kind="authentication_error")

    def no_such_path(self, request: Received) -> RefusedError:
        if request.path in {"/completions", "/v1/completions"}:
            message = (
                'completions api is only available when using beta api (set base_url="https://api.deepseek.com/beta")'
            )
            return RefusedError(400, message)
        return RefusedError(404, "Not Found")

    def check_model(self, model: Any, route: Route) -> None:
        if model not in self.models:
            # I: 400, not 404.
            raise RefusedError(400, "Model Not Exist")

    def check_body(self, body: Body, route: Route) -> None:
        # Vendor documentation: the prefix of a chat belongs to the beta address; `answer` notes which one it was.
        if route == "chat" and body["messages"][-1].get("prefix") is True and not self._beta:
            raise RefusedError(400, "prefix is only available when using beta api")

    async def answer(self, exchange: Exchange) -> None:
        self._beta = exchange.request.path.startswith("/beta/")
        await super().answer(exchange)

    def thinks(self, body: Body, route: Route) -> bool:
        if route == "completions":
            return False
        thinking = body.get("thinking")
        if thinking is None:
            return True
        if not isinstance(thinking, dict) or thinking.get("type") not in {"enabled", "disabled"}:
            raise RefusedError(400, "Invalid thinking type")
        return thinking["type"] == "enabled"

    def prefill(self, body: Body, route: Route) -> str:
        last = body["messages"][-1] if route == "chat" else {}
        return text_of(last.get("content")) if last.get("prefix") is True else ""

    def default_limit(self, route: Route) -> int:
        return FIM_LIMIT if route == "completions" else super().default_limit(route)

    def usage(self, read: int, cached: int, result: Written) -> dict[str, Any]:
        told = super().usage(read, cached, result)
        told |= {"prompt_cache_hit_tokens": cached, "prompt_cache_miss_tokens": read - cached}
        thought = {"completion_tokens_details": {"reasoning_tokens": len(result.reasoning)}} if result.reasoning else {}
        return told | thought

    def first(self) -> dict[str, Any]:
        return {"role": "assistant", "content": "", "reasoning_content": ""}

    def last(self) -> dict[str, Any]:
        return {"content": ""}
