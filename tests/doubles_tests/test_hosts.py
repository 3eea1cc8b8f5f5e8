"""The doubles that are tables of facts: what each refuses, in whose words, what it ignores, and how it streams."""

from __future__ import annotations

from typing import Any

import pytest
from tests.doubles import ModelDouble
from tests.doubles.chat_host import ChatHost
from tests.doubles.claude import ClaudeCompat
from tests.doubles.client import Reply, ask
from tests.doubles.deepseek import DeepSeek
from tests.doubles.gemini import GeminiCompat
from tests.doubles.gpt import Gpt
from tests.doubles.llama import Llama
from tests.doubles.ollama import Ollama
from tests.doubles.recorded import RECORDINGS, Recording
from tests.doubles.sglang import SGLang

CHAT = "/v1/chat/completions"
GEMINI = "/v1beta/openai/chat/completions"
FIM = "/beta/completions"
HOSTS: dict[str, tuple[type[ChatHost], str, dict[str, Any]]] = {
    "gpt": (Gpt, CHAT, {"model": "gpt-5.5", "reasoning_effort": "none"}),
    "claude": (ClaudeCompat, CHAT, {"model": "claude-haiku-5-5", "thinking": {"type": "disabled"}}),
    "gemini": (GeminiCompat, GEMINI, {"model": "gemini-2.5-flash", "reasoning_effort": "none"}),
    "deepseek": (DeepSeek, "/chat/completions", {"model": "deepseek-v4-flash", "thinking": {"type": "disabled"}}),
    "sglang": (SGLang, CHAT, {"model": "moonshotai/Kimi-K2.6", "chat_template_kwargs": {"thinking": False}}),
    "llama": (Llama, CHAT, {"model": "any", "reasoning_effort": "none"}),
    "ollama": (Ollama, CHAT, {"model": "qwen3:8b", "reasoning_effort": "none"}),
}
SHOWN = {
    "deepseek": "reasoning_content",
    "sglang": "reasoning_content",
    "llama": "reasoning_content",
    "ollama": "reasoning",
}
HELLO = [{"role": "user", "content": "hello"}]
PREFILLED = [*HELLO, {"role": "assistant", "content": "x ="}]


def asked(host: ChatHost, path: str, body: dict[str, Any], *, key: str | None = None) -> Reply:
    """One request to a double that lives for it."""
    with ModelDouble(host) as double:
        return ask(double.origin, path, body, key=key if key is not None else host.key)


def said(reply: Reply) -> str:
    """The message of a refusal, in whichever shape the host has."""
    told = reply.json[0] if isinstance(reply.json, list) else reply.json
    error = told.get("error", told)
    return error if isinstance(error, str) else error["message"]


def chat(name: str, **more: Any) -> tuple[ChatHost, Reply]:
    """A chat with the named host; a field of None is left out."""
    kind, path, plain = HOSTS[name]
    host = kind(lambda _: "answer", reasoning="a long thought " * 40)
    body = {"messages": HELLO, **plain, **more}
    return host, asked(host, path, {name: value for name, value in body.items() if value is not None})


@pytest.mark.parametrize(
    ("name", "change", "status", "words"),
    [
        ("gpt", {"max_tokens": 5}, 400, "Use 'max_completion_tokens' instead"),
        ("gpt", {"stop": ["x"]}, 400, "'stop' is not supported"),
        ("gpt", {"temperature": 0.2, "reasoning_effort": None}, 400, "Only the default (1)"),
        ("gpt", {"reasoning_effort": "minimal"}, 400, "does not support 'minimal'"),
        ("gpt", {"model": "gpt-6.1-sol"}, 400, "does not support 'none'"),
        ("gpt", {"prediction": {"type": "content", "content": "x"}}, 400, "'prediction' is not supported"),
        ("gpt", {"thinking": {"type": "disabled"}}, 400, "Unrecognized request argument supplied: thinking"),
        ("gpt", {"model": "gpt-9"}, 404, "`gpt-9` does not exist"),
        ("claude", {"temperature": 0.2}, 400, "`temperature` is deprecated"),
        ("claude", {"top_p": 0.9}, 400, "`top_p` is deprecated"),
        ("claude", {"stop": ["\n"]}, 400, "each stop sequence must contain non-whitespace"),
        ("claude", {"messages": PREFILLED}, 400, "must end with a user message"),
        ("claude", {"model": "claude-opus-5-5"}, 400, "'disabled' is not supported"),
        ("claude", {"n": 2}, 400, "only 1"),
        ("claude", {"model": "claude-9"}, 404, "claude-9"),
        ("gemini", {"stop": list("abcdef")}, 400, "at most 5"),
        ("gemini", {"model": "gemini-3.8-flash"}, 400, "only works in thinking mode"),
        ("gemini", {"model": "gemini-3.8-flash", "reasoning_effort": "minimal"}, 400, "MINIMAL"),
        ("gemini", {"model": "gemini-3.6-flash", "reasoning_effort": "low", "temperature": 0.1}, 400, "temperature"),
        ("gemini", {"thinking": {"type": "disabled"}}, 400, 'Unknown name "thinking"'),
        ("gemini", {"model": "gemini-9"}, 404, "models/gemini-9 is not found"),
        ("deepseek", {"thinking": {"type": "off"}}, 400, "thinking"),
        ("deepseek", {"model": "deepseek-chat"}, 400, "Model Not Exist"),
        ("deepseek", {"messages": [*HELLO, {"role": "assistant", "content": "x", "prefix": True}]}, 400, "beta api"),
        ("sglang", {"messages": []}, 400, "cannot be empty"),
        ("llama", {"n": 2}, 400, "Only one completion choice"),
        ("llama", {"max_tokens": -5}, 400, "Value must be between -1"),
        (
            "llama",
            {"messages": [{"role": "user", "content": "x" * 40_000}]},
            400,
            "available context size (8192 tokens)",
        ),
        ("ollama", {"reasoning_effort": "minimal"}, 400, "invalid reasoning value"),
        ("ollama", {"model": "absent"}, 404, "not found, try pulling it first"),
    ],
)
def test_what_a_host_refuses_is_refused_in_its_words(
    name: str, change: dict[str, Any], status: int, words: str
) -> None:
    host, reply = chat(name, **change)
    assert (reply.status, words in said(reply)) == (status, True), reply.body
    assert not host.understood


@pytest.mark.parametrize("name", HOSTS)
def test_the_plain_request_is_understood_without_thinking(name: str) -> None:
    host, reply = chat(name, stream=True)
    (understood,) = host.understood
    assert reply.text() == "answer"
    assert (understood.thinking, understood.limit, understood.ignored) == (False, None, ())


@pytest.mark.parametrize(
    ("name", "status"),
    [("gpt", 401), ("claude", 401), ("gemini", 400), ("deepseek", 401), ("sglang", 401), ("llama", 401)],
)
def test_a_wrong_key_is_refused(name: str, status: int) -> None:
    kind, path, plain = HOSTS[name]
    host = kind(lambda _: "answer", key="sk-the-right-key")
    reply = asked(host, path, {"messages": HELLO, **plain}, key="sk-the-wrong-key")
    assert reply.status == status
    assert said(reply)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("claude", "reasoning_effort"),
        ("claude", "response_format"),
        ("deepseek", "chat_template_kwargs"),
        ("sglang", "thinking"),
        ("llama", "thinking"),
        ("ollama", "chat_template_kwargs"),
    ],
)
def test_what_a_host_ignores_is_ignored_and_noted(name: str, field: str) -> None:
    host, reply = chat(name, **{field: {"type": "disabled"}})
    assert reply.status == 200
    assert host.understood[0].ignored == (field,)


@pytest.mark.parametrize("name", HOSTS)
def test_without_the_switch_a_small_limit_goes_into_thoughts(name: str) -> None:
    """The trap that looks like "no suggestion": content empty, finish reason `length`, the full bill."""
    kind, _, plain = HOSTS[name]
    limit = "max_completion_tokens" if kind is Gpt else "max_tokens"
    switch = next(field for field in ("thinking", "reasoning_effort", "chat_template_kwargs") if field in plain)
    host, reply = chat(name, stream=True, **{switch: None, limit: 20})
    assert host.understood[0].thinking
    assert reply.text() == ""
    assert [event["choices"][0]["finish_reason"] for event in reply.events if event["choices"]][-1] == "length"
    assert bool(name in SHOWN and reply.text(SHOWN[name])) == (name in SHOWN)


@pytest.mark.parametrize(
    ("name", "cached"),
    [
        ("gpt", ("prompt_tokens_details", "cached_tokens")),
        ("gemini", ("prompt_tokens_details", "cached_tokens")),
        ("deepseek", ("prompt_cache_hit_tokens",)),
        ("sglang", ("prompt_tokens_details", "cached_tokens")),
        ("llama", ("prompt_tokens_details", "cached_tokens")),
        ("claude", ()),
        ("ollama", ()),
    ],
)
def test_usage_and_cached_tokens_stand_in_the_hosts_place(name: str, cached: tuple[str, ...]) -> None:
    kind, path, plain = HOSTS[name]
    host = kind(lambda _: "answer")
    long = [{"role": "user", "content": "x = 1\n" * 2000}]
    body = {"messages": long, **plain, "stream": True, "stream_options": {"include_usage": True}}
    with ModelDouble(Llama(lambda _: "answer", context=262_144) if kind is Llama else host) as double:
        ask(double.origin, path, body, key=host.key)
        last = ask(double.origin, path, body, key=host.key).events[-1]
    assert bool(last["choices"]) == (name == "gemini")
    usage: Any = last["usage"]
    assert usage["prompt_tokens"] == 3000
    for step in cached:
        usage = usage[step]
    assert not cached or usage > 2000
    assert cached or "cached" not in str(usage)


def test_deepseek_fills_in_on_its_beta_address_alone() -> None:
    body = {"model": "deepseek-v4-flash", "prompt": "a", "suffix": "b"}
    host = DeepSeek(lambda _: "answer")
    with ModelDouble(host) as double:
        assert "beta" in said(ask(double.origin, "/completions", body, key=host.key))
        assert ask(double.origin, FIM, body, key=host.key).json["choices"][0]["text"] == "answer"
        refused = ask(double.origin, FIM, {**body, "max_tokens": 5000}, key=host.key)
        assert (refused.status, "[1, 4096]" in said(refused)) == (400, True)
        streamed = ask(double.origin, FIM, {**body, "stream": True}, key=host.key)
    assert streamed.body.startswith(b": keep-alive\n\n")
    assert streamed.done


def test_ollama_inserts_where_the_template_can() -> None:
    body = {"prompt": "a", "suffix": "b", "stream": True}
    with ModelDouble(Ollama(lambda _: "answer")) as double:
        refused = ask(double.origin, "/v1/completions", {**body, "model": "qwen3:8b"})
        assert (refused.status, "does not support insert" in said(refused)) == (400, True)
        assert ask(double.origin, "/v1/completions", {**body, "model": "qwen2.5-coder:7b"}).text() == "answer"


def test_sglang_takes_any_model_name_and_a_suffix_in_silence() -> None:
    """The suffix reaches the model only where the server was started with a completion template."""
    for template, seen in ((False, "suffix None"), (True, "suffix b")):
        host = SGLang(lambda body: f"suffix {body.get('suffix')}", template=template)
        reply = asked(host, "/v1/completions", {"model": "any", "prompt": "a", "suffix": "b"})
        assert reply.json["choices"][0]["text"] == seen


REAL = {path.stem: Recording.read(path) for path in (RECORDINGS / "llama-server-smollm2").glob("*.txt")}
"""llama.cpp's OpenAI routes as recorded; its own route is as documented."""


@pytest.mark.parametrize(
    "name",
    ["chat_stream", "chat_stream_usage", "chat_nothink_stream", "completion_stream", "completion_stream_usage"],
)
def test_streams_of_llama_have_the_recorded_shape(name: str) -> None:
    real = REAL[name]
    assert real.request
    mine = asked(Llama(lambda _: "abcd" * 12, thinking=False), f"/v1{real.path}", real.request)
    wanted = Reply(200, {}, real.body)
    assert (shape(mine.events[0]), shape(mine.events[-1])) == (shape(wanted.events[0]), shape(wanted.events[-1]))
    assert [shape(e) for e in mine.events[1:3]] == [shape(e) for e in wanted.events[1:3]]
    assert mine.events[0]["choices"] == [{**wanted.events[0]["choices"][0], **_text(mine)}]
    assert mine.done


@pytest.mark.parametrize("name", ["stop5", "suffix", "wrong_model"])
def test_what_llamas_server_did_not_mind_is_taken(name: str) -> None:
    real = REAL[name]
    assert real.request
    assert asked(Llama(lambda _: "abcd"), f"/v1{real.path}", real.request).status == real.status == 200


def test_a_bad_limit_for_llama_is_refused_as_recorded() -> None:
    real = REAL["bad_stream"]
    assert real.request
    reply = asked(Llama(), f"/v1{real.path}", real.request)
    assert (reply.status, reply.json) == (real.status, Reply(400, {}, real.body).json)


def test_infill_streams_in_its_own_shape_and_without_a_closing_mark() -> None:
    body = {"input_prefix": "def ", "input_suffix": "\n", "n_predict": 2, "stream": True}
    reply = asked(Llama(lambda _: "abcd" * 3), "/infill", body)
    assert [event["content"] for event in reply.events] == ["abcd", "abcd", ""]
    last = reply.events[-1]
    assert (last["stop"], last["stop_type"], last["tokens_predicted"], reply.done) == (True, "limit", 2, False)


def test_infill_needs_tokens_and_both_sides() -> None:
    assert asked(Llama(infill=False), "/infill", {"input_prefix": "a", "input_suffix": ""}).status == 501
    assert asked(Llama(), "/infill", {"input_prefix": "a"}).status == 400
    assert asked(Llama(), "/v1/infill", {"input_prefix": "a", "input_suffix": ""}).status == 404


def test_llamas_connection_is_dropped_after_each_stream() -> None:
    with ModelDouble(Llama(lambda _: "a")) as double:
        reply = ask(double.origin, "/infill", {"input_prefix": "a", "input_suffix": "", "stream": True})
        assert reply.headers["keep-alive"] == "timeout=5, max=100"
        double.wait_until(lambda one: one.open_connections == 0)


def shape(value: Any) -> Any:
    """Names and nesting, without the values; lists by the shape of their items."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else None


def _text(reply: Reply) -> dict[str, Any]:
    """The text of the first choice, where it is a completion's."""
    first = reply.events[0]["choices"][0]
    return {"text": first["text"]} if "text" in first else {}
