"""Answers as SGLang does with a Kimi model: flat errors, any model name, thinking switched by the chat template."""

from __future__ import annotations

from typing import Any

from .answers import Body, Written
from .chat_host import ChatHost, Host, Route
from .exchange import Received
from .refusal import Check, RefusedError, no_messages, not_a_count
from .understood import names

_OPENAI = names(
    "model stream stream_options max_tokens stop temperature top_p n seed logprobs "
    "presence_penalty frequency_penalty top_k min_p skip_special_tokens ignore_eos "
    "stop_regex"
)


class SGLang(ChatHost):
    """A self-hosted model behind SGLang. `template` says whether it was started with a completion template."""

    host = Host(
        address="http://localhost:30000/v1",
        key_env="SGLANG_API_KEY",
        paths={
            ("POST", "/v1/chat/completions"): "chat",
            ("POST", "/v1/completions"): "completions",
            ("GET", "/v1/models"): "models",
        },
        # sglang, entrypoints/openai/protocol.py: other fields are dropped when the body is read.
        fields={
            "chat": _OPENAI
            | {"messages", "max_completion_tokens", "chat_template_kwargs", "separate_reasoning", "stream_reasoning"}
            | {"continue_final_message", "reasoning_effort", "tools", "tool_choice", "response_format"},
            "completions": _OPENAI | {"prompt", "suffix", "echo"},
        },
        checks={
            "chat": (
                Check("messages", no_messages, "Messages cannot be empty.", kind="BadRequestError"),
                Check("max_tokens", not_a_count, "max_tokens must be positive", kind="BadRequestError"),
                Check(
                    "max_completion_tokens",
                    not_a_count,
                    "max_completion_tokens must be positive",
                    kind="BadRequestError",
                ),
            ),
            "completions": (Check("max_tokens", not_a_count, "max_tokens must be positive", kind="BadRequestError"),),
        },
        reasoning_field="reasoning_content",
        cache_block=1,
        sources=(
            "sglang: serving_base.py, usage_processor.py, code_completion_parser.py",
            "the model card's deployment guide",
        ),
    )
    default_models = ("moonshotai/Kimi-K2.6",)

    def __init__(
        self, *args: Any, cache_report: bool = True, template: bool = False, switch: str = "thinking", **more: Any
    ) -> None:
        """`switch` is what the model's chat template reads."""
        super().__init__(*args, **more)
        self.cache_report, self.template, self.switch = cache_report, template, switch

    def error(self, refused: RefusedError) -> Any:
        if refused.status == 401:
            return {"error": "Unauthorized"}
        told = {"object": "error", "message": refused.message, "type": refused.kind, "param": refused.param}
        return {**told, "code": refused.status}

    def no_such_path(self, request: Received) -> RefusedError:
        return RefusedError(404, "Not Found", kind="NotFoundError")

    def check_model(self, model: Any, route: Route) -> None:
        """Any name is taken (serving_base.py looks at none); one must be there."""
        if not isinstance(model, str):
            raise RefusedError(400, "model: Field required", kind="BadRequestError", param="model")

    def thinks(self, body: Body, route: Route) -> bool:
        if route != "chat":
            return False
        switch = body.get("chat_template_kwargs") or {}
        if not isinstance(switch, dict):
            raise RefusedError(400, "chat_template_kwargs: Input should be a valid dictionary", kind="BadRequestError")
        return bool(self.reasoning) and switch.get(self.switch, True) is not False

    def result(self, body: Body, route: Route) -> Written:
        # Without a completion template the suffix is dropped: the model goes on from the prompt alone.
        seen = body if route == "chat" or self.template else {**body, "suffix": None}
        return super().result(seen, route)

    def usage(self, read: int, cached: int, result: Written) -> dict[str, Any]:
        details = {"cached_tokens": cached} if cached and self.cache_report else None
        told = {**super().usage(read, cached, result), "prompt_tokens_details": details}
        return {**told, "reasoning_tokens": len(result.reasoning), "completion_tokens_details": None}

    def choice(self, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        told = {"role": None, "content": None, "reasoning_content": None, "tool_calls": None} | delta
        return {"index": 0, "delta": told, "logprobs": None, "finish_reason": reason, "matched_stop": None}

    def chunk(self, head: dict[str, Any], choices: list[dict[str, Any]], *, counted: bool) -> dict[str, Any]:
        return {**head, "choices": choices, "usage": None}
