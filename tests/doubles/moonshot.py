"""Answers as api.moonshot.ai does for kimi-k2.6: fixed sampling, thinking unless switched off, partial mode, no FIM."""

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
from .pace import Pace, Timed
from .understood import Understood, names, sampling_of

REASONING = "The cursor stands inside a function. I look at its name and parameters, then write what is missing."
"""What it thinks before every answer, unless told otherwise; 25 tokens."""

DEFAULT_LIMIT = 32_768
"""Completion tokens when the request names no limit."""

MAX_STOPS = 5
MAX_STOP_BYTES = 32

FIELDS = names(
    "model messages stream stream_options max_completion_tokens max_tokens stop thinking "
    "n temperature top_p presence_penalty frequency_penalty tools tool_choice "
    "response_format prompt_cache_key"
)
"""Fields that it looks at (platform.kimi.ai, kimi-cli); others are ignored."""

ALWAYS_THINKING = ("kimi-k2.7", "kimi-k3")
"""Beginnings of the names of models that refuse to switch thinking off (reports of October 2026)."""


class RefusedError(Exception):
    """A request that the host answers with an error."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message


def _invalid(message: str) -> RefusedError:
    return RefusedError(400, "invalid_request_error", message)


class Moonshot(Behaviour):
    """kimi-k2.6 on Moonshot's own host."""

    def __init__(
        self,
        answerer: Answerer | None = None,
        *,
        pace: Pace | None = None,
        key: str = "sk-moonshot-test",
        model: str = "kimi-k2.6",
        reasoning: str = REASONING,
        context: int = 262_144,
        cache_block: int = 16,
    ) -> None:
        self.answerer = answerer or ScriptedAnswers.read()
        self.pace = pace or Timed()
        self.key = key
        self.models = (model,)
        self.reasoning = reasoning
        self.context = context
        self._cache = PromptCache(cache_block)
        self._numbers = itertools.count(1)
        self.understood: list[Understood] = []
        """What it made of each request that it accepted."""

    async def answer(self, exchange: Exchange) -> None:
        try:
            await self._route(exchange)
        except RefusedError as refused:
            error = {"message": refused.message, "type": refused.kind}
            await exchange.respond_json(refused.status, {"error": error})

    async def _route(self, exchange: Exchange) -> None:
        request = exchange.request
        if (request.method, request.path) not in {("POST", "/v1/chat/completions"), ("GET", "/v1/models")}:
            await exchange.respond_json(404, _no_such_url(request.method, request.path, dict(request.headers)))
            return
        if request.bearer != self.key:
            # Real hosts repeat the key they were given; whoever shows this message to a person must not show the key.
            given = request.bearer or "no key"
            message = f"Invalid Authentication: incorrect API key provided: {given}"
            raise RefusedError(401, "invalid_authentication_error", message)
        if request.method == "GET":
            await exchange.respond_json(200, {"object": "list", "data": [self._listed(m) for m in self.models]})
            return
        if not isinstance(request.json, dict):
            raise _invalid("Invalid request: the body is not a JSON object")
        await self._chat(exchange, request.json)

    def _listed(self, model: str) -> dict[str, Any]:
        return {
            "id": model,
            "object": "model",
            "created": 1_776_700_000,
            "owned_by": "moonshot",
            "context_length": self.context,
        }

    async def _chat(self, exchange: Exchange, body: Body) -> None:
        model = body.get("model")
        if model not in self.models:
            message = f"Not found the model {model} or Permission denied"
            raise RefusedError(404, "resource_not_found_error", message)
        thinking = _thinks(body)
        prompt = _checked(body, thinking=thinking, context=self.context)
        limit = body.get("max_completion_tokens", body.get("max_tokens", DEFAULT_LIMIT))
        answer = continued(self.answerer(body), _prefill(body))
        result = written(answer, self.reasoning if thinking else "", limit, _stops(body))
        cached = self._cache.cached_tokens(prompt)
        self.understood.append(_understood(body, exchange.request.path, thinking=thinking, cached=cached))
        usage = _usage(tokens_in(prompt), cached, result)
        head = {"id": f"chatcmpl-{next(self._numbers):024x}", "created": int(time.time()), "model": model}
        if body.get("stream"):
            await self._stream(exchange, body, head, result, usage)
        else:
            await self._whole(exchange, head, result, usage)

    async def _whole(self, exchange: Exchange, head: dict[str, Any], result: Written, usage: dict[str, Any]) -> None:
        for index in range(result.tokens):
            await self.pace.before(index, exchange)
        message = {"role": "assistant", "content": "".join(result.content)}
        if result.reasoning:
            message["reasoning_content"] = "".join(result.reasoning)
        choice = {"index": 0, "message": message, "finish_reason": result.finish_reason}
        await exchange.respond_json(200, {**head, "object": "chat.completion", "choices": [choice], "usage": usage})

    async def _stream(
        self, exchange: Exchange, body: Body, head: dict[str, Any], result: Written, usage: dict[str, Any]
    ) -> None:
        head = {**head, "object": "chat.completion.chunk", "system_fingerprint": "fpv0_double"}

        async def chunk(delta: dict[str, Any], reason: str | None = None, **more: Any) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": reason, **more}
            await exchange.event({**head, "choices": [choice]})

        await exchange.open_stream()
        await chunk({"role": "assistant", "content": ""})
        deltas = [{"reasoning_content": piece} for piece in result.reasoning]
        deltas += [{"content": piece} for piece in result.content]
        for index, delta in enumerate(deltas):
            await self.pace.before(index, exchange)
            await chunk(delta)
        options = body.get("stream_options")
        if isinstance(options, dict) and options.get("include_usage"):
            await chunk({}, result.finish_reason)
            await exchange.event({**head, "choices": [], "usage": usage})
        else:
            await chunk({}, result.finish_reason, usage=usage)
        await exchange.done()


def _usage(read: int, cached: int, result: Written) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "prompt_tokens": read,
        "completion_tokens": result.tokens,
        "total_tokens": read + result.tokens,
    }
    return usage | ({"cached_tokens": cached, "prompt_tokens_details": {"cached_tokens": cached}} if cached else {})


def _understood(body: Body, path: str, *, thinking: bool, cached: int) -> Understood:
    return Understood(
        path=path,
        model=str(body["model"]),
        thinking=thinking,
        limit=body.get("max_completion_tokens", body.get("max_tokens")),
        stops=tuple(_stops(body)),
        sampling=sampling_of(body, FIELDS),
        ignored=tuple(sorted(set(body) - FIELDS)),
        cached=cached,
    )


def _thinks(body: Body) -> bool:
    thinking = body.get("thinking")
    if thinking is None:
        return True
    if not isinstance(thinking, dict) or thinking.get("type") not in {"enabled", "disabled"}:
        raise _invalid("invalid thinking: type must be enabled or disabled")
    if thinking["type"] == "disabled" and str(body.get("model")).startswith(ALWAYS_THINKING):
        raise _invalid("invalid thinking: only enabled is allowed for this model")
    return thinking["type"] == "enabled"


def _checked(body: Body, *, thinking: bool, context: int) -> str:
    """The prompt's text, after every check that the host makes."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise _invalid("Invalid request: messages must not be empty")
    fixed = {"temperature": 1 if thinking else 0.6, "top_p": 0.95, "n": 1}
    fixed |= {"presence_penalty": 0, "frequency_penalty": 0}
    for name, allowed in fixed.items():
        if body.get(name) is not None and body[name] != allowed:
            raise _invalid(f"invalid {name}: only {allowed} is allowed for this model")
    if body.get("tool_choice") == "required":
        raise _invalid("tool_choice 'required' is not supported by this model")
    for name in ("max_completion_tokens", "max_tokens"):
        limit = body.get(name, 1)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise _invalid(f"invalid {name}: must be an integer of at least 1")
    _stops(body)
    prompt = prompt_text(body)
    if tokens_in(prompt) > context:
        requested = tokens_in(prompt)
        raise _invalid(f"Invalid request: Your request exceeded model token limit: {context} (requested: {requested})")
    return prompt


def _stops(body: Body) -> list[str]:
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(item, str) for item in stops):
        raise _invalid("invalid stop: must be a string or a list of strings")
    if len(stops) > MAX_STOPS:
        raise _invalid(f"invalid stop: at most {MAX_STOPS} stop sequences are allowed, got {len(stops)}")
    if any(len(item.encode("utf-8", "surrogatepass")) > MAX_STOP_BYTES for item in stops):
        raise _invalid(f"invalid stop: a stop sequence has at most {MAX_STOP_BYTES} bytes")
    return stops


def _prefill(body: Body) -> str:
    """The text that the answer goes on from: partial mode, else nothing (a new turn is opened)."""
    last = body["messages"][-1]
    partial = last.get("role") == "assistant" and last.get("partial") is True
    return text_of(last.get("content")) if partial else ""


def _no_such_url(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "code": 5,
        "error": "url.not_found",
        "message": "没找到对象",
        "method": method,
        "scode": "0x5",
        "status": False,
        "ua": headers.get("user-agent", ""),
        "url": path,
    }
