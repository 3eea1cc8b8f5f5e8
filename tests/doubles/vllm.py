"""Answers in the shapes of vLLM 0.32 with a Kimi model and the `kimi_k2` reasoning parser, with text from a script.

The shapes are those of the recordings in fixtures/answers/vllm-dsv3-kimi; a test holds the two together.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

from .answers import (
    Answerer,
    Body,
    PromptCache,
    ScriptedAnswers,
    Written,
    continued,
    prompt_text,
    text_of,
    tokens_in,
    written,
)
from .exchange import Behaviour, Exchange
from .moonshot import REASONING
from .pace import Pace, Timed
from .understood import Understood, names, sampling_of
from .vllm_checks import RefusedError, checked

FINGERPRINT = "vllm-0.32.0-c1c90fc6"
CACHE_BLOCK = 128
"""Tokens per block of the prefix cache, as measured on a CPU."""

FIELDS = names(
    "model messages prompt stream stream_options max_completion_tokens max_tokens stop n "
    "seed temperature top_p top_k min_p presence_penalty frequency_penalty logprobs "
    "top_logprobs chat_template_kwargs continue_final_message add_generation_prompt "
    "skip_special_tokens echo priority include_reasoning ignore_eos tools tool_choice "
    "response_format prompt_logprobs"
)
"""Fields that it looks at, of both routes. Measured: others are ignored, `thinking` and `prompt_cache_key` among them."""


class Vllm(Behaviour):
    """A self-hosted model behind vLLM. Without `key` any key, or none, is accepted."""

    def __init__(
        self,
        answerer: Answerer | None = None,
        *,
        pace: Pace | None = None,
        key: str | None = None,
        model: str = "moonshotai/Kimi-K2.6",
        reasoning: str = REASONING,
        context: int = 262_144,
        cache_block: int = CACHE_BLOCK,
        switch: str = "thinking",
    ) -> None:
        """`switch` is what the model's template reads: Kimi's and DeepSeek's `thinking`, Qwen's `enable_thinking`."""
        self.answerer = answerer or ScriptedAnswers.read()
        self.pace = pace or Timed()
        self.key = key
        self.models = (model,)
        self.reasoning = reasoning
        self.context = context
        self.switch = switch
        self._cache = PromptCache(cache_block)
        self._numbers = itertools.count(1)
        self.understood: list[Understood] = []
        """What it made of each request that it accepted."""

    async def answer(self, exchange: Exchange) -> None:
        request = exchange.request
        if self.key is not None and request.bearer != self.key:
            await exchange.respond_json(401, {"error": "Unauthorized"})
        elif request.path == "/v1/models" and request.method == "GET":
            await exchange.respond_json(200, {"object": "list", "data": [self._listed(m) for m in self.models]})
        elif request.path not in {"/v1/chat/completions", "/v1/completions"}:
            await exchange.respond_json(404, {"detail": "Not Found"})
        elif request.method != "POST":
            await exchange.respond_json(405, {"detail": "Method Not Allowed"})
        else:
            try:
                chat = request.path == "/v1/chat/completions"
                stops = checked(request.json, chat=chat, models=self.models, context=self.context)
            except RefusedError as refused:
                await exchange.respond_json(refused.status, {"error": refused.error})
                return
            await self._write(exchange, request.json, chat=chat, stops=stops)

    def _listed(self, model: str) -> dict[str, Any]:
        return {
            "id": model,
            "object": "model",
            "created": 1_776_700_000,
            "owned_by": "vllm",
            "root": model,
            "parent": None,
            "max_model_len": self.context,
        }

    async def _write(self, exchange: Exchange, body: Body, *, chat: bool, stops: list[str]) -> None:
        thinking = chat and bool(self.reasoning) and _thinks(body, self.switch)
        result = _result(self.answerer(body), self.reasoning if thinking else "", body, stops, self.context)
        cached = self._cache.cached_tokens(prompt_text(body))
        self.understood.append(_understood(body, exchange.request.path, thinking=thinking, stops=stops, cached=cached))
        usage = _usage(tokens_in(prompt_text(body)), cached, result, chat=chat, stream=bool(body.get("stream")))
        prefix, kind = ("chatcmpl", "chat.completion") if chat else ("cmpl", "text_completion")
        head = {
            "id": f"{prefix}-{next(self._numbers):016x}",
            "object": kind,
            "created": int(time.time()),
            "model": body.get("model") or self.models[0],
        }
        if body.get("stream"):
            await self._stream(exchange, body, head, result, usage, chat=chat)
            return
        for index in range(result.tokens):
            await self.pace.before(index, exchange)
        await exchange.respond_json(200, _whole(head, result, usage, chat=chat))

    async def _stream(
        self,
        exchange: Exchange,
        body: Body,
        head: dict[str, Any],
        result: Written,
        usage: dict[str, Any],
        *,
        chat: bool,
    ) -> None:
        await exchange.open_stream()
        if chat:
            head = {**head, "object": "chat.completion.chunk"}
            first = {"index": 0, "delta": {"role": "assistant", "content": ""}, **_NO_LOGPROBS, "finish_reason": None}
            await exchange.event({**head, "choices": [first], "prompt_token_ids": None, "prompt_text": None})
        options = body.get("stream_options")
        counted = isinstance(options, dict) and bool(options.get("include_usage"))
        choices = _chat_choices(result) if chat else _text_choices(result)
        last = len(choices) - 1
        for index, choice in enumerate(choices):
            if index < result.tokens:
                await self.pace.before(index, exchange)
            ended = {"system_fingerprint": FINGERPRINT} if index == last and not counted else {}
            await exchange.event({**head, "choices": [choice], **ended})
        if counted:
            await exchange.event({**head, "choices": [], "usage": usage, "system_fingerprint": FINGERPRINT})
        await exchange.done()


_NO_LOGPROBS: dict[str, Any] = {"logprobs": None}


def _understood(body: Body, path: str, *, thinking: bool, stops: list[str], cached: int) -> Understood:
    return Understood(
        path=path,
        model=str(body.get("model") or ""),
        thinking=thinking,
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
        stops=tuple(stops),
        sampling=sampling_of(body, FIELDS),
        ignored=tuple(sorted(set(body) - FIELDS)),
        cached=cached,
    )


def _thinks(body: Body, switch: str) -> bool:
    return (body.get("chat_template_kwargs") or {}).get(switch, True) is not False


def _usage(read: int, cached: int, result: Written, *, chat: bool, stream: bool) -> dict[str, Any]:
    details: dict[str, Any] = {"cached_tokens": cached}
    if chat or not stream:
        details["created_cache_tokens"] = 0 if chat else None
    if not stream:
        details["multimodal_tokens"] = None
    usage: dict[str, Any] = {
        "prompt_tokens": read,
        "total_tokens": read + result.tokens,
        "completion_tokens": result.tokens,
        "prompt_tokens_details": details,
    }
    if chat or not stream:
        usage["completion_tokens_details"] = {"reasoning_tokens": len(result.reasoning)} if chat else None
    return usage


def _result(answer: str, reasoning: str, body: Body, stops: list[str], context: int) -> Written:
    """What is written, and where: with thinking on, a continued message lands in the reasoning, as measured."""
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or context
    if body.get("continue_final_message"):
        rest = continued(answer, text_of(body["messages"][-1].get("content")))
        result = written(rest, "", limit, stops)
        return Written(result.content, (), result.finish_reason, result.stopped_by) if reasoning else result
    return written(answer, reasoning, limit, stops)


def _whole(head: dict[str, Any], result: Written, usage: dict[str, Any], *, chat: bool) -> dict[str, Any]:
    text, thought = "".join(result.content), "".join(result.reasoning)
    end = {"finish_reason": result.finish_reason, "stop_reason": result.stopped_by, "token_ids": None}
    if chat:
        message = {
            "role": "assistant",
            # Nothing said after thinking is null, not an empty string.
            "content": None if thought and not text else text,
            "refusal": None,
            "annotations": None,
            "audio": None,
            "function_call": None,
            "reasoning": thought or None,
        }
        choice = {"index": 0, "message": message, **_NO_LOGPROBS, **end, "routed_experts": None}
    else:
        choice = {"index": 0, "text": text, **_NO_LOGPROBS, **end, "prompt_logprobs": None, "prompt_token_ids": None}
        choice |= {"routed_experts": None}
    more = {"kv_transfer_params": None, "ec_transfer_params": None, "metrics": None}
    if chat:
        more = {"prompt_logprobs": None, "prompt_token_ids": None, "prompt_text": None, **more}
    named = {"service_tier": None, "system_fingerprint": FINGERPRINT}
    return {**head, "choices": [choice], **named, "usage": usage, **more}


def _chat_choices(result: Written) -> list[dict[str, Any]]:
    deltas: list[dict[str, str]] = [{"reasoning": piece} for piece in result.reasoning]
    deltas += [{"content": piece} for piece in result.content]
    if result.finish_reason == "stop" or not deltas:
        deltas.append({})  # the end-of-text token brings no text
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": delta, **_NO_LOGPROBS, "finish_reason": None, "token_ids": None} for delta in deltas
    ]
    end = {"finish_reason": result.finish_reason, "stop_reason": result.stopped_by, "token_ids": None}
    choices[-1] = {"index": 0, "delta": deltas[-1], **_NO_LOGPROBS, **end}
    return choices


def _text_choices(result: Written) -> list[dict[str, Any]]:
    texts = list(result.content)
    if result.finish_reason == "stop" or not texts:
        texts.append("")
    more = {"stop_reason": None, "prompt_token_ids": None, "token_ids": None}
    choices: list[dict[str, Any]] = [
        {"index": 0, "text": text, **_NO_LOGPROBS, "finish_reason": None, **more} for text in texts
    ]
    choices[-1] |= {"finish_reason": result.finish_reason, "stop_reason": result.stopped_by}
    return choices
