"""Request bodies: exactly what each profile sends, and nothing that it does not name."""

import pytest

from caretwise.adapters.resources import catalog
from caretwise.models.catalog import ModelChoice
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build

CHAT = (("system", "s"), ("user", "u"))
MESSAGES = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]


def profile(model: str, base_url: str = "", endpoint: str = "") -> Profile:
    found = catalog().resolve(ModelChoice("tested", model, base_url, endpoint))
    assert isinstance(found, Profile), found
    return found


def body(made: Profile, role: Role, **more: object) -> dict[str, object]:
    return build(made, Ask(role, messages=CHAT, prefix="p", suffix="s", **more)).body  # type: ignore[arg-type]


def test_kimi_at_moonshot_inline():
    assert body(profile("kimi-k2.6", endpoint="moonshot"), Role.INLINE, max_tokens=64) == {
        "model": "kimi-k2.6",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "thinking": {"type": "disabled"},
        "max_completion_tokens": 64,
    }


def test_kimi_at_moonshot_fix():
    assert body(profile("kimi-k2.6", "https://api.moonshot.cn/v1"), Role.FIX) == {
        "model": "kimi-k2.6",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "thinking": {"type": "enabled"},
        "max_completion_tokens": 16384,
    }


def test_kimi_on_vllm_inline():
    assert body(
        profile("moonshotai/Kimi-K2.6", "http://gpu-box:8000/v1", "vllm"), Role.INLINE, stops=("a", "b", "c", "d", "e")
    ) == {
        "model": "moonshotai/Kimi-K2.6",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "chat_template_kwargs": {"thinking": False, "enable_thinking": False},
        "temperature": 0.6,
        "top_p": 0.95,
        "max_tokens": 192,
        "stop": ["a", "b", "c", "d"],
    }


def test_kimi_on_vllm_fix():
    assert body(profile("moonshotai/Kimi-K2.6", "http://gpu-box:8000/v1", "vllm"), Role.FIX) == {
        "model": "moonshotai/Kimi-K2.6",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "chat_template_kwargs": {"thinking": True, "enable_thinking": True},
        "temperature": 1.0,
        "top_p": 0.95,
        "max_tokens": 16384,
    }


def test_a_model_served_under_a_name_of_its_own():
    unnamed = body(profile("our-model", "http://gpu-box:8000/v1", "vllm"), Role.INLINE)
    assert unnamed["chat_template_kwargs"] == {"thinking": False, "enable_thinking": False}
    choice = ModelChoice("tested", "our-model", "http://gpu-box:8000/v1", "vllm", family="kimi-k2.6")
    named = catalog().resolve(choice)
    assert isinstance(named, Profile)
    assert body(named, Role.FIX)["chat_template_kwargs"] == {"thinking": True, "enable_thinking": True}


def test_any_chat_host():
    assert body(profile("some-model", "https://models.example/v1"), Role.INLINE, stops=("a",)) == {
        "model": "some-model",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 192,
    }


def test_any_fill_in_the_middle_host():
    assert body(profile("coder", "http://localhost:8000/v1", "openai-compatible-fim"), Role.INLINE, max_tokens=48) == {
        "model": "coder",
        "prompt": "p",
        "suffix": "s",
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.1,
        "max_tokens": 48,
    }


@pytest.mark.parametrize("name", sorted(catalog().endpoints))
@pytest.mark.parametrize("model", ["kimi-k2.6", "anything"])
@pytest.mark.parametrize("role", list(Role))
def test_nothing_is_sent_that_the_endpoint_does_not_name(name, model, role):
    made = profile(model, "http://localhost:8000/v1", name)
    sent = body(made, role, stops=("x",))
    assert set(sent) <= made.route(role).allowed
    assert "model" in sent
    assert made.route(role).token_field in sent


def test_a_request_cannot_change_its_profile():
    made = profile("kimi-k2.6", endpoint="moonshot")
    first = build(made, Ask(Role.INLINE, messages=CHAT))
    first.body["thinking"]["type"] = "enabled"
    assert build(made, Ask(Role.INLINE, messages=CHAT)).body["thinking"] == {"type": "disabled"}


def test_a_stop_string_too_long_for_the_host_is_left_out():
    sent = body(profile("kimi-k2.6", endpoint="moonshot"), Role.INLINE, stops=("é" * 17, "ok"))
    assert sent["stop"] == ["ok"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (ModelChoice("m", "kimi-k2.6", "", "moonshoot"), "one of these would be"),
        (ModelChoice("m", "kimi-k2.6", "http://localhost/v1", family="kimi"), "one of these would be: chat, claude"),
        (ModelChoice("m", "kimi-k2.6"), "base_url is missing"),
        (ModelChoice("m", "", "http://localhost/v1"), "model is missing"),
        (ModelChoice("m", "x", "localhost:8000"), "http:// or https://"),
        (ModelChoice("m", "x", "file:///etc/passwd"), "http:// or https://"),
        (ModelChoice("m", "x", "http://user:secret@host/v1"), "environment variable"),
        (ModelChoice("m", "x", "http://[::1/v1"), "no address"),
        (ModelChoice("m", "x", "http://host:99999/v1"), "no address"),
        (ModelChoice("m", "x", "https://host/v1?key=secret"), "query string"),
    ],
)
def test_what_is_wrong_is_said(choice, words):
    found = catalog().resolve(choice)
    assert isinstance(found, str)
    assert words in found
    assert "secret" not in found


def test_a_kimi_that_cannot_stop_thinking_is_refused_for_inline():
    made = profile("kimi-k3", endpoint="moonshot")
    assert "cannot stop thinking" in made.cannot(Role.INLINE)
    assert made.cannot(Role.FIX) == ""


def test_a_fill_in_the_middle_host_writes_no_fixes():
    assert profile("coder", "http://localhost:1/v1", "openai-compatible-fim").cannot(Role.FIX)


def test_every_profile_says_when_and_where_it_was_checked():
    for one in (*catalog().endpoints.values(), *catalog().families.values()):
        assert one.checked_on
        assert one.source
