"""Fill-in-the-middle hosts: `prompt` and `suffix` in, the missing text out."""

from __future__ import annotations

import itertools
import time
from typing import Any

from .answers import Answerer, Body, PromptCache, ScriptedAnswers, Written, prompt_text, tokens_in, written
from .exchange import Behaviour, Exchange
from .pace import Pace, Timed

DEFAULT_LIMIT = 4096
"""Completion tokens when the request names no limit."""


class Fim(Behaviour):
    """A generic `/v1/completions` with `suffix`, and `.text` in its choices."""

    path = "/v1/completions"
    """The one path that completes."""

    def __init__(
        self,
        answerer: Answerer | None = None,
        *,
        pace: Pace | None = None,
        key: str | None = None,
        model: str = "fim-model",
    ) -> None:
        self.answerer = answerer or ScriptedAnswers.read()
        self.pace = pace or Timed()
        self.key = key
        self.models = (model,)
        self._cache = PromptCache()
        self._numbers = itertools.count(1)

    async def answer(self, exchange: Exchange) -> None:
        request = exchange.request
        if self.key is not None and request.bearer != self.key:
            await exchange.respond_json(401, _error("Incorrect API key provided", "authentication_error"))
        elif request.method == "GET" and request.path == "/v1/models":
            listed = [{"id": model, "object": "model", "created": 0, "owned_by": "double"} for model in self.models]
            await exchange.respond_json(200, {"object": "list", "data": listed})
        elif request.method != "POST" or request.path != self.path:
            await exchange.respond_json(404, _error(f"no such path: {request.path}", "invalid_request_error"))
        elif refusal := self.refusal(request.json):
            await exchange.respond_json(*refusal)
        else:
            await self._write(exchange, request.json)

    def refusal(self, body: Any) -> tuple[int, dict[str, Any]] | None:
        """Status and JSON of the refusal of `body`, or None when it is accepted."""
        if not isinstance(body, dict) or not isinstance(body.get("prompt"), str):
            return 400, _error("prompt must be a string", "invalid_request_error")
        if not isinstance(body.get("suffix", ""), str | None):
            return 400, _error("suffix must be a string", "invalid_request_error")
        if body.get("model") not in self.models:
            return 404, _error(f"The model `{body.get('model')}` does not exist", "invalid_request_error")
        limit = body.get("max_tokens", 1)
        if not isinstance(limit, int) or limit < 1:
            return 400, _error("max_tokens must be an integer of at least 1", "invalid_request_error")
        return None

    def choice(self, piece: str, reason: str | None, *, stream: bool) -> dict[str, Any]:
        """One choice that carries `piece`."""
        del stream
        return {"text": piece, "index": 0, "logprobs": None, "finish_reason": reason}

    async def _write(self, exchange: Exchange, body: Body) -> None:
        stop = body.get("stop") or []
        limit = body.get("max_tokens", DEFAULT_LIMIT)
        result = written(self.answerer(body), "", limit, [stop] if isinstance(stop, str) else stop)
        usage = self._usage(prompt_text(body), result)
        head = {
            "id": f"cmpl-{next(self._numbers):016x}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": body["model"],
        }
        if body.get("stream"):
            await self._stream(exchange, body, head, result, usage)
            return
        for index in range(result.tokens):
            await self.pace.before(index, exchange)
        choice = self.choice("".join(result.content), result.finish_reason, stream=False)
        await exchange.respond_json(200, {**head, "choices": [choice], "usage": usage})

    async def _stream(
        self, exchange: Exchange, body: Body, head: dict[str, Any], result: Written, usage: dict[str, Any]
    ) -> None:
        await exchange.open_stream()
        for index, piece in enumerate(result.content):
            await self.pace.before(index, exchange)
            await exchange.event({**head, "choices": [self.choice(piece, None, stream=True)]})
        await exchange.event({**head, "choices": [self.choice("", result.finish_reason, stream=True)]})
        options = body.get("stream_options")
        if isinstance(options, dict) and options.get("include_usage"):
            await exchange.event({**head, "choices": [], "usage": usage})
        await exchange.done()

    def _usage(self, prompt: str, result: Written) -> dict[str, Any]:
        read, cached = tokens_in(prompt), self._cache.cached_tokens(prompt)
        return {
            "prompt_tokens": read,
            "completion_tokens": result.tokens,
            "total_tokens": read + result.tokens,
            "prompt_tokens_details": {"cached_tokens": cached},
        }


class Codestral(Fim):
    """Mistral's FIM host: its own path, chat-shaped choices, and 422 for a field that it does not know."""

    path = "/v1/fim/completions"
    fields = frozenset(
        [
            "model",
            "prompt",
            "suffix",
            "max_tokens",
            "min_tokens",
            "temperature",
            "top_p",
            "stop",
            "random_seed",
            "stream",
        ]
    )
    """All that a request may hold."""

    def __init__(
        self,
        answerer: Answerer | None = None,
        *,
        pace: Pace | None = None,
        key: str | None = "codestral-test",
        model: str = "codestral-latest",
    ) -> None:
        super().__init__(answerer, pace=pace, key=key, model=model)

    def refusal(self, body: Any) -> tuple[int, dict[str, Any]] | None:
        if isinstance(body, dict) and (unknown := sorted(set(body) - self.fields)):
            told = [
                {"type": "extra_forbidden", "loc": ["body", n], "msg": "Extra inputs are not permitted"}
                for n in unknown
            ]
            return 422, {"object": "error", "message": {"detail": told}, "type": "invalid_request_error", "code": None}
        return super().refusal(body)

    def choice(self, piece: str, reason: str | None, *, stream: bool) -> dict[str, Any]:
        kind = "delta" if stream else "message"
        return {"index": 0, kind: {"role": "assistant", "content": piece}, "finish_reason": reason}


def _error(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}
