"""Answers as llama.cpp's server does: `/infill` outside `/v1`, chat with `content: null` first, and a connection that drops.

The shapes of the OpenAI routes are those of the recordings in fixtures/answers/llama-server-smollm2; a test holds the two
together. Those of `/infill` are the documented ones of the server's own completion route.
"""

from __future__ import annotations

import time
from typing import Any

from .answers import Body, Written, prompt_text, text_of, tokens_in
from .chat_host import ChatHost, Host, Route
from .exchange import SSE, Exchange, Received
from .refusal import Check, RefusedError, no_messages, other_than
from .understood import names

_OPTIONS = names(
    "model stream stop temperature top_p top_k min_p seed n_predict max_tokens n_probs "
    "cache_prompt id_slot t_max_predict_ms n_indent samplers n_cache_reuse"
)
_LIMITS = tuple(
    Check(
        name,
        lambda value, _: value < -1,
        f"Field '{name}': Value must be between -1 <= value <= 2147483647, but got {{value}}",
    )
    for name in ("max_tokens", "n_predict")
)


class Llama(ChatHost):
    """llama-server with one model: `infill` when it has fill-in-the-middle tokens, `thinking` when it thinks."""

    host = Host(
        # The default port since 2026; it was 8080.
        address="http://localhost:9931",
        key_env="LLAMA_API_KEY",
        paths={
            ("POST", "/infill"): "infill",
            ("POST", "/v1/chat/completions"): "chat",
            ("POST", "/chat/completions"): "chat",
            ("POST", "/v1/completions"): "completions",
            ("GET", "/v1/models"): "models",
            ("GET", "/models"): "models",
        },
        fields={
            # The server's README.
            "infill": _OPTIONS | {"input_prefix", "input_suffix", "input_extra", "prompt"},
            "chat": _OPTIONS
            | {"messages", "stream_options", "max_completion_tokens", "reasoning_effort", "chat_template_kwargs", "n"}
            | {
                "continue_final_message",
                "add_generation_prompt",
                "logprobs",
                "tools",
                "tool_choice",
                "response_format",
            },
            # Measured on b11434: `suffix` is ignored without a word.
            "completions": _OPTIONS | {"prompt", "stream_options", "logprobs", "n"},
        },
        limits=("n_predict", "max_completion_tokens", "max_tokens"),
        checks={
            "infill": (
                *_LIMITS,
                Check("input_prefix", lambda v, _: not isinstance(v, str), '"input_prefix" must be a string'),
                Check("input_suffix", lambda v, _: not isinstance(v, str), '"input_suffix" must be a string'),
                Check(
                    "input_extra",
                    lambda v, _: not _files(v),
                    '"input_extra" must be an array of {"filename": string, "text": string}',
                ),
            ),
            "chat": (
                *_LIMITS,
                Check("messages", no_messages, "'messages' must be a non-empty array"),
                Check("n", other_than(1), "Only one completion choice is allowed"),
            ),
            "completions": (*_LIMITS, Check("n", other_than(1), "Only one completion choice is allowed")),
        },
        reasoning_field="reasoning_content",
        first_content=None,
        cache_block=1,
        sources=("recorded from b11434", "the server's README"),
    )
    default_models = ("qwen2.5-coder-7b",)

    def __init__(
        self, *args: Any, infill: bool = True, thinking: bool = True, context: int = 8192, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.infill, self.thinking, self.context = infill, thinking, context
        self._counted: tuple[int, int] = (0, 0)

    def error(self, refused: RefusedError) -> Any:
        more = refused.code if isinstance(refused.code, dict) else {}
        return {"error": {"code": refused.status, "message": refused.message, "type": refused.kind, **more}}

    def wrong_key(self, given: str) -> RefusedError:
        return RefusedError(401, "Invalid API Key", kind="authentication_error")

    def no_such_path(self, request: Received) -> RefusedError:
        return RefusedError(404, "File Not Found", kind="not_found_error")

    def check_model(self, model: Any, route: Route) -> None:
        """Recorded: any name is taken, or none."""

    def check_body(self, body: Body, route: Route) -> None:
        if route == "infill":
            if not self.infill:
                message = "Infill is not supported by this model: missing FIM tokens"
                raise RefusedError(501, message, kind="not_supported_error")
            if "input_suffix" not in body:
                raise RefusedError(400, '"input_suffix" is required')
        both = body.get("continue_final_message") and body.get("add_generation_prompt")
        if both:
            raise RefusedError(400, "Cannot set both add_generation_prompt and continue_final_message to true.")
        read = tokens_in(prompt_text(body))
        if read > self.context:
            told = (
                f"request ({read} tokens) exceeds the available context size ({self.context} tokens), try increasing it"
            )
            sizes = {"n_prompt_tokens": read, "n_ctx": self.context}
            raise RefusedError(400, told, kind="exceed_context_size_error", code=sizes)

    def thinks(self, body: Body, route: Route) -> bool:
        switch = body.get("chat_template_kwargs") or {}
        off = body.get("reasoning_effort") == "none" or switch.get("enable_thinking") is False
        return route == "chat" and self.thinking and not off

    def prefill(self, body: Body, route: Route) -> str:
        last = body["messages"][-1] if route == "chat" else {}
        return text_of(last.get("content")) if last.get("role") == "assistant" else ""

    def usage(self, read: int, cached: int, result: Written) -> dict[str, Any]:
        self._counted = (read, cached)
        return {
            "completion_tokens": result.tokens,
            "prompt_tokens": read,
            "total_tokens": read + result.tokens,
            "prompt_tokens_details": {"cached_tokens": cached},
        }

    async def write(self, exchange: Exchange, body: Body, route: Route, result: Written, usage: dict[str, Any]) -> None:
        if not body.get("stream"):
            whole = _content(result, self.models[0], self._timings(result)) if route == "infill" else None
            if whole is not None:
                await exchange.respond_json(200, whole)
            else:
                await super().write(exchange, body, route, result, usage)
            return
        # Measured: it announces keep-alive and drops the connection after each stream.
        exchange.close = True
        await exchange.open_stream({**SSE, "server": "llama.cpp", "keep-alive": "timeout=5, max=100"})
        if route == "infill":
            await self._infill(exchange, result)
        else:
            await self._openai(exchange, body, route, result, usage)

    async def _infill(self, exchange: Exchange, result: Written) -> None:
        for index, piece in enumerate(result.content):
            await self.pace.before(index, exchange)
            counts = {"tokens_predicted": index + 1, "tokens_evaluated": self._counted[0]}
            await exchange.event({"index": 0, "content": piece, "tokens": [0], "stop": False, "id_slot": -1, **counts})
        end = {**_content(result, self.models[0], self._timings(result)), "content": "", "tokens": []}
        # Without an OpenAI route there is no closing mark either.
        await exchange.event(end)
        await exchange.finish()

    async def _openai(
        self, exchange: Exchange, body: Body, route: Route, result: Written, usage: dict[str, Any]
    ) -> None:
        chat = route == "chat"
        name = "chat.completion.chunk" if chat else "text_completion"
        head = {"created": int(time.time()), "id": f"chatcmpl-{next(self._numbers):032x}"}
        head |= {"model": str(body.get("model") or self.models[0]), "system_fingerprint": "b0-unknown", "object": name}

        async def event(choices: list[dict[str, Any]], **more: Any) -> None:
            await exchange.event({"choices": choices, **head, **more})

        def choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
            if not chat:
                return self.text_choice(str(delta.get("content", "")), reason)
            return {"finish_reason": reason, "index": 0, "delta": delta}

        if chat:
            await event([choice({"role": "assistant", "content": None})])
        pieces = [("reasoning_content", one) for one in result.reasoning] + [("content", one) for one in result.content]
        for index, (field, piece) in enumerate(pieces):
            await self.pace.before(index, exchange)
            await event([choice({field: piece})])
        options = body.get("stream_options") or {}
        timings, last = self._timings(result), [choice({}, result.finish_reason)]
        if not chat:
            # Recorded: a completion's last chunk with a choice carries the usage, asked for or not.
            await event(last, usage=usage, timings=timings)
        elif options.get("include_usage"):
            await event(last)
            await event([], usage=usage, timings=timings)
        else:
            await event(last, timings=timings)
        await exchange.done()

    def _timings(self, result: Written) -> dict[str, Any]:
        read, cached = self._counted
        times = ("prompt_ms", "prompt_per_token_ms", "prompt_per_second")
        more = ("predicted_ms", "predicted_per_token_ms", "predicted_per_second")
        counts: dict[str, Any] = {"cache_n": cached, "prompt_n": read - cached, **dict.fromkeys(times, 1.0)}
        return {**counts, "predicted_n": result.tokens, **dict.fromkeys(more, 1.0)}


def _files(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and isinstance(one.get("filename"), str) and isinstance(one.get("text"), str)
        for one in value
    )


def _content(result: Written, model: str, timings: dict[str, Any]) -> dict[str, Any]:
    """The last event of the server's own route, or its whole answer."""
    evaluated = timings["cache_n"] + timings["prompt_n"]
    kind = "word" if result.stopped_by else "limit" if result.finish_reason == "length" else "eos"
    return {
        "index": 0,
        "content": "".join(result.content),
        "tokens": [],
        "id_slot": 0,
        "stop": True,
        "model": model,
        "tokens_predicted": result.tokens,
        "tokens_evaluated": evaluated,
        "has_new_line": any("\n" in piece for piece in result.content),
        "truncated": False,
        "stop_type": kind,
        "stopping_word": result.stopped_by or "",
        # All that its cache holds now, not what it reused: that is `timings.cache_n`.
        "tokens_cached": evaluated + result.tokens,
        "timings": timings,
    }
