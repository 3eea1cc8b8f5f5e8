"""A model host as a table of facts: which paths, keys, models and fields it takes, what it refuses, how it streams.

Each host is a small file with its table (`Host`) and, where its ways are its own, a few methods. What nobody knows of a host
is not made up: a fact carries its source, and `I` marks what is inferred.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from .answers import Answerer, Body, PromptCache, ScriptedAnswers, Written, continued, prompt_text, tokens_in, written
from .exchange import Behaviour, Exchange, Received
from .moonshot import REASONING
from .pace import Pace, Timed
from .refusal import Check, RefusedError, check
from .understood import Understood, sampling_of, stops_of

Route = Literal["chat", "completions", "infill", "models"]
"""What a path leads to."""

LENGTHY = 1 << 20
"""Tokens that a host writes at the most when nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The facts of one host. Fields are those that it looks at; `unknown` says what happens to all others."""

    address: str
    """The address that its documentation gives as base URL."""
    key_env: str = ""
    """The environment variable that its documentation and most clients use."""
    paths: Mapping[tuple[str, str], Route]
    fields: Mapping[Route, frozenset[str]]
    unknown: Literal["ignored", "refused"] = "ignored"
    limits: tuple[str, ...] = ("max_completion_tokens", "max_tokens")
    """Fields that limit the answer; the first that is there counts."""
    checks: Mapping[Route, tuple[Check, ...]]
    reasoning_field: str = ""
    """Where a stream shows thinking; "" when it is never shown."""
    first_content: str | None = ""
    """`content` in the first delta."""
    last_carries: Literal["nothing", "usage"] = "nothing"
    """Whether the last chunk with a choice carries the usage; otherwise a chunk of its own without choices does."""
    usage_unasked: bool = False
    """Whether usage comes without `include_usage`."""
    cache_least: int = 0
    """Prompt tokens below which nothing is cached."""
    cache_block: int = 16
    keep_alive: bytes = b""
    """A comment that is sent while the request waits for its turn."""
    stops_most: int | None = None
    """Stop strings that it takes; None: no limit is known."""
    sources: tuple[str, ...] = field(default=())


class ChatHost(Behaviour):
    """Answers as `host` says. `understood` lists what it made of each request that it accepted."""

    host: ClassVar[Host]
    default_key: ClassVar[str | None] = None
    default_models: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        answerer: Answerer | None = None,
        *,
        pace: Pace | None = None,
        key: str | None = None,
        model: str | None = None,
        reasoning: str = REASONING,
    ) -> None:
        self.answerer = answerer or ScriptedAnswers.read()
        self.pace = pace or Timed()
        self.key = self.default_key if key is None else key
        self.models = self.default_models if model is None else (model,)
        self.reasoning = reasoning
        self.understood: list[Understood] = []
        self._cache = PromptCache(self.host.cache_block)
        self._numbers = itertools.count(1)

    # -- what a host may have ways of its own with -----------------------------------------------------------------

    def error(self, refused: RefusedError) -> Any:
        """The JSON of a refusal."""
        told = {"message": refused.message, "type": refused.kind, "param": refused.param, "code": refused.code}
        return {"error": told}

    def authorise(self, request: Received) -> None:
        """Raise when the key is not the right one."""
        if self.key is not None and request.bearer != self.key:
            raise self.wrong_key(request.bearer or "")

    def wrong_key(self, given: str) -> RefusedError:
        """The refusal of a key."""
        return RefusedError(401, f"Incorrect API key provided: {given}", code="invalid_api_key")

    def no_such_path(self, request: Received) -> RefusedError:
        """The refusal of a path."""
        return RefusedError(404, f"Invalid URL ({request.method} {request.path})")

    def check_model(self, model: Any, route: Route) -> None:
        """Raise when the model is not known here."""
        del route
        if model not in self.models:
            raise RefusedError(404, f"The model `{model}` does not exist", param="model", code="model_not_found")

    def unknown_field(self, name: str) -> RefusedError:
        """The refusal of a field that is not known, where unknown fields are refused."""
        return RefusedError(400, f"Unrecognized request argument supplied: {name}", param=name)

    def check_body(self, body: Body, route: Route) -> None:
        """Checks that are more than a field's value."""

    def thinks(self, body: Body, route: Route) -> bool:
        """Whether the model thinks before it answers `body`. Raises when the switch is not as the host wants it."""
        del body, route
        return False

    def thought(self, body: Body, route: Route) -> str:
        """What it thinks."""
        return self.reasoning if self.thinks(body, route) else ""

    def prefill(self, body: Body, route: Route) -> str:
        """The text that the answer goes on from; "" when a new turn is opened."""
        del body, route
        return ""

    def default_limit(self, route: Route) -> int:
        """Tokens when the request names no limit."""
        del route
        return LENGTHY

    def usage(self, read: int, cached: int, result: Written) -> dict[str, Any]:
        """The usage as this host reports it."""
        del cached
        return {"prompt_tokens": read, "completion_tokens": result.tokens, "total_tokens": read + result.tokens}

    def listed(self, model: str) -> dict[str, Any]:
        """One entry of the list of models."""
        return {"id": model, "object": "model", "created": 1_776_700_000, "owned_by": "system"}

    def head(self, model: str, route: Route) -> dict[str, Any]:
        """What every chunk begins with."""
        chat = route == "chat"
        return {
            "id": f"{'chatcmpl' if chat else 'cmpl'}-{next(self._numbers):024x}",
            "object": "chat.completion.chunk" if chat else "text_completion",
            "created": int(time.time()),
            "model": model,
        }

    def chunk(self, head: dict[str, Any], choices: list[dict[str, Any]], *, counted: bool) -> dict[str, Any]:
        """One chunk."""
        del counted
        return {**head, "choices": choices}

    def choice(self, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        """One choice of a chat's stream."""
        return {"index": 0, "delta": delta, "finish_reason": reason}

    # -- the walk of a request -------------------------------------------------------------------------------------

    async def answer(self, exchange: Exchange) -> None:
        try:
            await self._route(exchange)
        except RefusedError as refused:
            await exchange.respond_json(refused.status, self.error(refused))

    async def _route(self, exchange: Exchange) -> None:
        request = exchange.request
        route = self.host.paths.get((request.method, request.path))
        if route is None:
            raise self.no_such_path(request)
        self.authorise(request)
        if route == "models":
            await exchange.respond_json(200, {"object": "list", "data": [self.listed(m) for m in self.models]})
            return
        body = request.json
        if not isinstance(body, dict):
            raise RefusedError(400, "We could not parse the JSON body of your request.")
        self._checked(body, route)
        prompt = prompt_text(body)
        cached = self._cache.cached_tokens(prompt)
        cached = cached if cached >= self.host.cache_least else 0
        self.understood.append(self._understand(body, route, request.path, cached))
        result = self.result(body, route)
        await self.write(exchange, body, route, result, self.usage(tokens_in(prompt), cached, result))

    def _checked(self, body: Body, route: Route) -> None:
        if self.host.unknown == "refused":
            for name in body:
                if name not in self.host.fields[route]:
                    raise self.unknown_field(name)
        self.check_model(body.get("model"), route)
        needed = "messages" if route == "chat" else "input_prefix" if route == "infill" else "prompt"
        if needed not in body:
            raise RefusedError(400, f"Missing required parameter: '{needed}'.", param=needed)
        check(body, self.host.checks[route])
        self.check_body(body, route)
        self.thinks(body, route)

    def _understand(self, body: Body, route: Route, path: str, cached: int) -> Understood:
        looked_at = self.host.fields[route]
        return Understood(
            path=path,
            model=str(body.get("model") or ""),
            thinking=self.thinks(body, route),
            limit=next((body[name] for name in self.host.limits if name in body and name in looked_at), None),
            stops=stops_of(body) if "stop" in looked_at else (),
            sampling=sampling_of(body, looked_at),
            ignored=tuple(sorted(set(body) - looked_at)),
            cached=cached,
        )

    def result(self, body: Body, route: Route) -> Written:
        """What the model writes."""
        understood = self.understood[-1]
        limit = understood.limit or self.default_limit(route)
        answer = continued(self.answerer(body), self.prefill(body, route))
        return written(answer, self.thought(body, route), limit, understood.stops)

    async def write(self, exchange: Exchange, body: Body, route: Route, result: Written, usage: dict[str, Any]) -> None:
        """The answer, whole or as a stream."""
        head = self.head(str(body.get("model") or self.models[0]), route)
        if body.get("stream"):
            await self._stream(exchange, body, route, head, result, usage)
            return
        for index in range(result.tokens):
            await self.pace.before(index, exchange)
        text = "".join(result.content)
        choice: dict[str, Any] = {"index": 0, "finish_reason": result.finish_reason}
        if route == "chat":
            choice["message"] = {"role": "assistant", "content": text}
            if self.host.reasoning_field and result.reasoning:
                choice["message"][self.host.reasoning_field] = "".join(result.reasoning)
        else:
            choice["text"] = text
        whole = {**head, "object": head["object"].removesuffix(".chunk"), "choices": [choice], "usage": usage}
        await exchange.respond_json(200, whole)

    async def _stream(
        self,
        exchange: Exchange,
        body: Body,
        route: Route,
        head: dict[str, Any],
        result: Written,
        usage: dict[str, Any],
    ) -> None:
        options = body.get("stream_options")
        asked = isinstance(options, dict) and bool(options.get("include_usage"))
        counted = asked or self.host.usage_unasked
        await exchange.open_stream()
        if self.host.keep_alive:
            await exchange.send(self.host.keep_alive)
        pieces = [(self.host.reasoning_field, piece) for piece in result.reasoning]
        pieces += [("content", piece) for piece in result.content]
        if route == "chat" and (first := self.first()) is not None:
            await exchange.event(self.chunk(head, [self.choice(first, None)], counted=counted))
        for index, (name, piece) in enumerate(pieces):
            await self.pace.before(index, exchange)
            if not name:
                continue  # thinking that the host does not show
            choice = self.choice(self.delta(name, piece), None) if route == "chat" else self.text_choice(piece, None)
            await exchange.event(self.chunk(head, [choice], counted=counted))
        last = self.choice(self.last(), result.finish_reason)
        end = self.chunk(
            head, [last if route == "chat" else self.text_choice("", result.finish_reason)], counted=counted
        )
        if counted and self.host.last_carries == "usage":
            await exchange.event({**end, "usage": usage})
        else:
            await exchange.event(end)
            if counted:
                await exchange.event({**self.chunk(head, [], counted=counted), "usage": usage})
        await exchange.done()

    def first(self) -> dict[str, Any] | None:
        """The delta that a chat's stream begins with, if it has one of its own."""
        return {"role": "assistant", "content": self.host.first_content}

    def delta(self, name: str, piece: str) -> dict[str, Any]:
        """The delta that carries `piece` of the field `name`."""
        return {name: piece}

    def last(self) -> dict[str, Any]:
        """The delta of the chunk that says why the stream ends."""
        return {}

    def text_choice(self, piece: str, reason: str | None) -> dict[str, Any]:
        """One choice of a completion's stream."""
        return {"text": piece, "index": 0, "logprobs": None, "finish_reason": reason}
