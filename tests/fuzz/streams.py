"""What a host streams: events with wrong types, and bytes that are cut, odd, huge or no events at all, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

from hypothesis import strategies as st
from tests.doubles import Behaviour, Exchange, ModelDouble
from tests.fuzz.pieces import cut, json_values, text
from tests.fuzz.target import Target, as_bytes

from caretwise.adapters import ports
from caretwise.adapters.endpoint import MOST_CHARACTERS, OpenAIEndpoint
from caretwise.adapters.resources import catalog
from caretwise.models.catalog import ModelChoice
from caretwise.models.chunk import Piece, read
from caretwise.models.failure import Failure, of_status
from caretwise.models.layout import Extra
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build
from caretwise.models.route import RAW_FIM

_usage = json_values | st.dictionaries(
    st.sampled_from(
        ["prompt_tokens", "completion_tokens", "cached_tokens", "prompt_tokens_details", "completion_tokens_details"]
    ),
    json_values | st.dictionaries(st.sampled_from(["cached_tokens", "reasoning_tokens"]), json_values),
)
_delta = json_values | st.fixed_dictionaries(
    {}, optional={"content": text | json_values | st.lists(json_values | st.fixed_dictionaries({"type": st.just("text"), "text": json_values})),
                  "reasoning_content": json_values, "reasoning": json_values, "tool_calls": json_values},
)  # fmt: skip
_choice = json_values | st.fixed_dictionaries(
    {}, optional={"delta": _delta, "message": _delta, "text": text | json_values, "finish_reason": st.sampled_from(["stop", "length", None]) | json_values,
                  "index": json_values, "usage": _usage},
)  # fmt: skip
_event = json_values | st.fixed_dictionaries(
    {"choices": json_values | st.lists(_choice, max_size=3)},
    optional={"usage": _usage, "model": json_values, "error": json_values, "id": json_values},
)


def events(value: Any) -> None:
    """Any JSON is a piece with the right types, or nothing."""
    piece = read(value, ("reasoning_content", "reasoning"))
    if piece is None:
        return
    assert isinstance(piece, Piece)
    assert isinstance(piece.text, str) and isinstance(piece.finish, str) and isinstance(piece.model, str)
    assert type(piece.reasoning) is int
    for count in (
        (piece.usage.prompt, piece.usage.completion, piece.usage.cached, piece.usage.reasoning) if piece.usage else ()
    ):
        assert count is None or (type(count) is int and count >= 0)


def _content(delta: str, finish: str | None = None) -> str:
    return json.dumps({"choices": [{"delta": {"content": delta}, "finish_reason": finish}]})


_RIGHT = [
    _content("a"),
    _content("b\nc"),
    _content("", "stop"),
    "[DONE]",
    '{"choices": [], "usage": {"prompt_tokens": 3}}',
]
_data = (
    st.sampled_from(_RIGHT)
    | _event.map(json.dumps)
    | st.text(max_size=6)
    | st.integers(1, 60_000).map(lambda n: _content("x" * n))
)
_line = (
    st.tuples(st.sampled_from(["data: ", "data:", "data", ": ", "event: ", "event: error", "id: 1", "retry: x", "Data: ", "\ufeffdata: "]), _data).map("".join)
    | st.sampled_from(["", ":", "event: thread.x", "data: {", "data: }"])
)  # fmt: skip
_end = st.sampled_from(["\n", "\n\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\r\r", "\n\r"])
_sse = st.lists(st.tuples(_line, _end).map("".join), max_size=12).map(
    lambda lines: "".join(lines).encode("utf-8", "surrogatepass").decode("latin-1")
)


class _Played(Behaviour):
    """Sends what it is told, in the pieces it is told."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.chunked = True

    async def answer(self, exchange: Exchange) -> None:
        await exchange.open_stream(chunked=self.chunked)
        for piece in self.pieces:
            await exchange.send(piece)
            # Each piece in a packet of its own, as far as the loop can see to it.
            await asyncio.sleep(0)
        await exchange.finish()


class Host:
    """One host, one client, one loop, for as long as the process runs."""

    def __init__(self) -> None:
        self._played = _Played()
        double = ModelDouble(self._played).start()
        found = catalog().resolve(ModelChoice("tested", "kimi-k2.6", double.base_url, "moonshot"))
        assert isinstance(found, Profile)
        self.profile = found
        self._request = build(found, Ask(Role.INLINE, messages=(("user", "x"),)))
        self._runner = asyncio.Runner()
        self._adapter = OpenAIEndpoint(lambda _: "sk-moonshot-test")

    def ask(self, pieces: list[bytes], *, chunked: bool) -> ports.Exchange:
        """What the adapter makes of a stream."""
        self._played.pieces, self._played.chunked = pieces, chunked
        return self._runner.run(self._adapter.exchange(self._request, lambda _: False, seconds=8))


@cache
def host() -> Host:
    """The host, started when it is first wanted."""
    return Host()


def streams(value: Any) -> None:
    """An exchange with text or a failure in plain words; the same however the bytes were cut."""
    data = as_bytes(value["data"])
    whole = host().ask([data] if data else [], chunked=value["chunked"])
    parts = host().ask(cut(data, value["cuts"]), chunked=value["chunked"])
    for found in (whole, parts):
        assert isinstance(found.text, str)
        assert len(found.text) <= MOST_CHARACTERS + 2**22
        if found.failure is not None:
            assert found.failure.kind.value not in {"internal", "timeout"}, found.failure
            assert "\n" not in found.failure.sentence
    assert (whole.text, whole.finish, whole.usage) == (parts.text, parts.finish, parts.usage)
    assert (whole.failure and whole.failure.kind) == (parts.failure and parts.failure.kind)


_MODELS = [
    "kimi-k2.6",
    "qwen2.5-coder-7b",
    "codestral-latest",
    "deepseek-coder-6.7b",
    "claude-opus-5",
    "gpt-5.5",
    "nobody/knows-it",
]
_TOKENS = sorted({token for family in catalog().families.values() if family.layout for token in family.layout.tokens})
# Halves of control tokens: put side by side by a layout they must not become whole ones.
_halves = st.sampled_from(
    [half for token in _TOKENS for half in (token, token[: len(token) // 2], token[len(token) // 2 :])]
)
_written = text | st.lists(_halves | text, max_size=3).map("".join)
_asks = st.fixed_dictionaries(
    {
        "endpoint": st.sampled_from(sorted(catalog().endpoints)),
        "model": st.sampled_from(_MODELS),
        "style": st.sampled_from(["", "snippet", "hole", "raw_fim"]),
        "role": st.sampled_from([one.value for one in Role]),
        "messages": st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), text).map(list), max_size=3),
        "prefix": _written,
        "suffix": _written,
        "extras": st.lists(st.tuples(_written, _written).map(list), max_size=2),
        "stops": st.lists(text, max_size=6),
        "max_tokens": st.none() | st.integers(-5, 10**9),
    }
)


def _ask_of(value: Any, *, empty: bool = False) -> Ask:
    def said(words: str) -> str:
        return "x" if empty else words

    return Ask(
        Role(value["role"]),
        tuple((role, words) for role, words in value["messages"]),
        said(value["prefix"]),
        said(value["suffix"]),
        tuple(Extra(said(path), said(words)) for path, words in value["extras"]),
        stops=tuple(value["stops"]),
        max_tokens=value["max_tokens"],
    )


def requests(value: Any) -> None:
    """A body that is JSON, holds what the route names and nothing else, and keeps the host's limits; or a refusal."""
    choice = ModelChoice("tested", value["model"], "http://127.0.0.1:9/v1", value["endpoint"], style=value["style"])
    found = catalog().resolve(choice)
    if not isinstance(found, Profile):
        assert found
        return
    request, route = build(found, _ask_of(value)), found.route(Role(value["role"]))
    assert request == build(found, _ask_of(value))
    if request.refused:
        assert not request.body
        return
    json.dumps(request.body)
    assert set(request.body) <= route.allowed
    assert len(request.body.get("stop", ())) <= route.stop_limit
    if route.api == RAW_FIM and found.family.layout is not None:
        # The user's text adds no order to those of the layout itself.
        bare = build(found, _ask_of(value, empty=True)).body["prompt"]
        for token in found.family.layout.tokens:
            assert request.body["prompt"].count(token) == bare.count(token), f"{token!r} was made of halves"


def refusals(value: Any) -> None:
    """Any status with any body is a failure in one sentence that repeats nothing of it."""
    wait, sent = value.get("wait"), value.get("sent", [])
    failure = of_status(value["status"], value["body"], host_profile(), wait, sent)
    assert isinstance(failure, Failure)
    assert failure.refused_field in {"", *sent, *host_profile().endpoint.allowed}
    assert wait is None or failure.retry_after is None or 0 <= failure.retry_after <= max(0, wait)
    assert "\n" not in failure.sentence
    assert "zebra" not in failure.sentence


@cache
def host_profile() -> Profile:
    """A profile that nobody is asked with."""
    found = catalog().resolve(ModelChoice("tested", "kimi-k2.6", "http://127.0.0.1:9/v1", "moonshot"))
    assert isinstance(found, Profile)
    return found


_error = st.dictionaries(
    st.sampled_from(["message", "type", "param", "code", "error"]),
    json_values | st.sampled_from(["zebra context length", "zebra", "max_tokens", "zebra\nstop"]),
)
TARGETS = [
    Target("events", _event, events),
    Target(
        "streams",
        st.fixed_dictionaries(
            {"data": _sse, "cuts": st.lists(st.integers(0, 600), max_size=12), "chunked": st.booleans()}
        ),
        streams,
        8,
    ),
    Target("requests", _asks, requests),
    Target(
        "refusals",
        st.fixed_dictionaries(
            {
                "status": st.integers(100, 999) | st.sampled_from([400, 401, 402, 403, 404, 413, 422, 429, 503]),
                "body": _error | st.fixed_dictionaries({"error": _error}) | json_values,
                "wait": st.none() | st.floats(0, 1e12),
                "sent": st.lists(st.sampled_from(["stop", "model", "temperature", "top_k"]) | text, max_size=4),
            }
        ),
        refusals,
    ),
]
