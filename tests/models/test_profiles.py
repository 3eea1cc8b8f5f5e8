"""The data files themselves: nothing that they say is lost, and each says when it was checked, where, and what it costs."""

import datetime as dt

import pytest

from caretwise.adapters.resources import catalog
from caretwise.models.catalog import ModelChoice
from caretwise.models.profile import Endpoint, Profile, Role
from caretwise.models.request import Ask, build
from caretwise.models.route import APIS, CHAT, FIM, INFILL, RAW_FIM

ENDPOINTS = sorted(catalog().endpoints.values(), key=lambda one: one.name)
FAMILIES = sorted(catalog().families.values(), key=lambda one: one.name)
ROUTES = [pytest.param(route, id=f"{one.name}-{api}") for one in ENDPOINTS for api, route in one.routes.items()]
LAYOUTS = [pytest.param(one, id=one.name) for one in FAMILIES if one.layout]
CHAT_ASK = (("user", "u"),)


def profile(model: str, endpoint: str = "", base_url: str = "", **more: str) -> Profile:
    found = catalog().resolve(ModelChoice("tested", model, base_url, endpoint, **more))
    assert isinstance(found, Profile), found
    return found


def body(made: Profile, role: Role, **more: object) -> dict:
    return build(made, Ask(role, messages=CHAT_ASK, prefix="p", suffix="s", **more)).body  # type: ignore[arg-type]


# -- what each file must say -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [*ENDPOINTS, *FAMILIES], ids=lambda one: f"{type(one).__name__}-{one.name}")
def test_each_file_says_when_and_where_it_was_checked(one):
    assert dt.date.fromisoformat(one.checked_on) >= dt.date(2026, 11, 1)
    assert len(one.source) > 10


def price_fault(one: Endpoint) -> str:
    if one.self_hosted or one.no_prices:
        return "prices beside a reason for none" if one.no_prices and one.prices else ""
    if not one.prices:
        return "no prices"
    for model, price in one.prices.items():
        if not {"input", "output"} <= set(price) <= {"input", "output", "cached"}:
            return f"{model}: {sorted(price)}"
        if not 0 < price.get("cached", price["input"] / 2) < price["input"] < price["output"]:
            return f"{model}: {dict(price)}"
    return ""


@pytest.mark.parametrize("one", ENDPOINTS, ids=lambda one: one.name)
def test_each_hosted_endpoint_has_prices(one):
    assert price_fault(one) == ""


@pytest.mark.parametrize("one", ENDPOINTS, ids=lambda one: one.name)
def test_each_endpoint_hangs_together(one):
    assert set(one.routes) <= set(APIS)
    assert set(one.inline) <= set(one.routes)
    assert one.inline
    # A route that not every model can take is followed by one that it can.
    assert one.inline[-1] in {CHAT, FIM}
    assert one.self_hosted or one.no_prices or one.key_needed
    assert not one.self_hosted or not one.key_needed


@pytest.mark.parametrize("route", ROUTES)
def test_no_rule_of_a_route_is_lost_to_its_allow_list(route):
    said = {*route.always, *route.thinking_on, *route.thinking_off, route.token_field, "model", "stream"}
    said |= {route.effort_field} - {""}
    assert said <= route.allowed
    assert ("stop" in route.allowed) == (route.stop_limit > 0)
    assert ("stream_options" in route.allowed) == route.usage_in_stream
    assert ("temperature" in route.allowed) == (route.sampling == "free")
    assert route.path.startswith("/")


@pytest.mark.parametrize("family", LAYOUTS)
def test_each_layout_lists_its_control_tokens(family):
    layout = family.layout
    marks = layout.fim + layout.file + layout.current + layout.before
    for hole in ("{prefix}", "{suffix}"):
        assert layout.fim.count(hole) == 1
    for mark in marks.replace("{", "\n").replace("}", "\n").split("\n"):
        text = mark.strip().removesuffix("project")
        if text[:1] in "<[" and text:
            assert layout.control_token([text]), text
    assert set(layout.stops) <= set(layout.tokens)


@pytest.mark.parametrize("family", [one for one in FAMILIES if one.fills_in], ids=lambda one: one.name)
def test_each_family_that_fills_in_names_a_temperature(family):
    # vLLM takes the model's own where none is sent, Ollama 1.0.
    assert 0 <= family.inline.sampling["temperature"] <= 0.2


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.name)
def test_each_family_says_only_what_there_is_to_say(family):
    for role in (family.inline, family.fix):
        assert role.thinking in {"", "on", "off", "lowest"}
        assert role.effort in {"", "none", "minimal", "low", "medium"}
        assert (role.effort == "none") == (role.thinking == "off")
        assert role.max_tokens >= (160 if not role.thinks else 256)
    assert family.inline.style in {"snippet", "hole"}
    assert family.fix.style == "search_replace"


# -- which model is which ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("kimi-k2.6", "kimi-k2.6"),
        ("moonshotai/Kimi-K2.6", "kimi-k2.6"),
        ("kimi-k2.7-code-highspeed", "kimi-k2.7"),
        ("kimi-k3.1-pro", "kimi-k3"),
        ("kimi-k3", "kimi-k3"),
        ("gpt-5.5", "gpt"),
        ("gpt-5.5-2026-04-23", "gpt"),
        ("gpt-5.5-pro", "gpt-pro"),
        ("openai/gpt-6-luna", "gpt"),
        ("gpt-5", "gpt-thinking"),
        ("gpt-5-mini", "gpt-thinking"),
        ("gpt-6.1-terra", "gpt"),
        ("gpt-6.1-sol", "gpt-thinking"),
        ("gpt-6-astra", "gpt-thinking"),
        ("claude-haiku-5-5", "claude"),
        ("claude-haiku-5-5-20261001", "claude"),
        ("claude-opus-5", "claude"),
        ("claude-opus-5-5", "claude-thinking"),
        ("claude-fable-5-1", "claude-thinking"),
        ("claude-haiku-4-5-20251001", "claude-4.5"),
        ("gemini-2.5-flash-lite", "gemini-2.5-flash"),
        ("gemini-3.5-flash-lite", "gemini-3-flash"),
        ("gemini-3.6-flash", "gemini-3-flash"),
        ("gemini-3.7-flash", "gemini"),
        ("gemini-3.8-flash", "gemini"),
        ("gemini-2.5-pro", "gemini"),
        ("deepseek-v4-pro", "deepseek"),
        ("deepseek-ai/deepseek-coder-6.7b-base", "deepseek-coder"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen-coder"),
        ("qwen2.5-coder:7b-base", "qwen-coder"),
        ("mystery", "chat"),
    ],
)
def test_families_of_models(model, family):
    assert catalog().family_of(model).name == family


@pytest.mark.parametrize(
    ("model", "context"),
    [("kimi-k2.6", 262_144), ("kimi-k2.7-code", 262_144), ("kimi-k3", 1_048_576), ("kimi-k3.1-pro", 1_048_576)],
)
def test_what_the_kimi_models_can_be_shown(model, context):
    found = catalog().resolve(ModelChoice("kimi", model, "https://api.moonshot.ai/v1", "moonshot"))
    assert isinstance(found, Profile)
    assert found.family.context == context
    assert found.price(), "a cap must know what they cost"


@pytest.mark.parametrize("model", ["kimi-k2.7-code", "kimi-k3", "gpt-6.1-sol", "claude-opus-5-5", "claude-fable-5-1"])
def test_models_that_cannot_stop_thinking_are_refused_for_ghost_text_with_the_reason(model):
    made = profile(model, "openrouter")
    assert "too late for ghost text" in made.cannot(Role.INLINE)
    assert made.cannot(Role.FIX) == ""


def test_a_model_that_no_route_of_ours_reaches_is_refused_for_both():
    made = profile("gpt-5.5-pro", "openai")
    assert all("Responses route only" in made.cannot(role) for role in Role)


@pytest.mark.parametrize(
    ("base_url", "endpoint"),
    [
        ("https://api.moonshot.cn/v1", "moonshot"),
        ("https://API.OpenAI.com/v1", "openai"),
        ("https://ours.openai.azure.com/openai/v1", "azure"),
        ("https://openai.azure.com.evil.example/v1", "openai-compatible"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://127.0.0.1:9931", "llamacpp"),
        ("http://localhost:1234/v1", "lmstudio"),
        ("http://localhost:8000/v1", "openai-compatible"),
        ("http://elsewhere:11434/v1", "openai-compatible"),
    ],
)
def test_endpoints_known_by_their_address(base_url, endpoint):
    assert catalog().endpoint_of(base_url).name == endpoint


def test_hosts_of_one_endpoint_may_take_different_keys():
    assert profile("codestral-latest", "codestral").key_env == "CODESTRAL_API_KEY"
    assert profile("codestral-latest", "", "https://api.mistral.ai/v1").key_env == "MISTRAL_API_KEY"
    assert profile("codestral-latest", "", "https://api.mistral.ai/v1", key_env="MINE").key_env == "MINE"


# -- routes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "base_url", "inline", "fix"),
    [
        ("deepseek", "", "https://api.deepseek.com/beta/completions", "https://api.deepseek.com/chat/completions"),
        ("deepseek", "https://api.deepseek.com/beta", "https://api.deepseek.com/beta/completions", "https://api.deepseek.com/chat/completions"),
        ("deepseek", "https://api.deepseek.com/v1/", "https://api.deepseek.com/beta/completions", "https://api.deepseek.com/chat/completions"),
        ("llamacpp", "", "http://localhost:9931/infill", "http://localhost:9931/v1/chat/completions"),
        ("llamacpp", "https://box/llama/v1", "https://box/llama/infill", "https://box/llama/v1/chat/completions"),
        ("ollama", "", "http://localhost:11434/v1/completions", "http://localhost:11434/v1/chat/completions"),
    ],
)  # fmt: skip
def test_one_endpoint_serves_the_roles_by_different_routes(endpoint, base_url, inline, fix):
    made = profile("deepseek-flash", endpoint, base_url)
    assert build(made, Ask(Role.INLINE)).address == inline
    assert build(made, Ask(Role.FIX)).address == fix


@pytest.mark.parametrize(
    ("model", "endpoint", "style"),
    [
        ("Qwen/Qwen2.5-Coder-7B", "vllm", "raw_fim"),
        ("moonshotai/Kimi-K2.6", "vllm", "snippet"),
        ("our-own", "vllm", "snippet"),
        ("our-own", "llamacpp", "infill"),
        ("kimi-k2.6", "llamacpp", "snippet"),
        ("our-own", "ollama", "fim"),
        ("our-own", "lmstudio", "snippet"),
    ],
)
def test_ghost_text_takes_the_first_route_that_the_model_can(model, endpoint, style):
    assert profile(model, endpoint, "http://localhost:8000/v1").style_for(Role.INLINE) == style


def test_the_user_may_choose_the_style_and_with_it_the_route():
    made = profile("Qwen/Qwen2.5-Coder-7B", "vllm", "http://localhost:8000/v1", style="hole")
    assert (made.style_for(Role.INLINE), made.route(Role.INLINE).api) == ("hole", CHAT)
    assert made.style_for(Role.FIX) == "search_replace"
    assert profile("any", "llamacpp", style="snippet").route(Role.INLINE).api == CHAT
    assert profile("any", "llamacpp", style="infill").route(Role.INLINE).api == INFILL
    assert profile("q", "vllm", "http://h/v1", style="raw_fim", family="qwen-coder").route(Role.INLINE).api == RAW_FIM


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (ModelChoice("m", "x", "http://h/v1", "vllm", style="nonsense"), "one of these would be: snippet, hole, fim"),
        (ModelChoice("m", "x", "http://h/v1", "vllm", style="infill"), "'vllm' does not have (chat, raw_fim)"),
        (ModelChoice("m", "x", "http://h/v1", "vllm", style="raw_fim"), "set family"),
    ],
)
def test_a_style_that_cannot_be_is_said(choice, words):
    found = catalog().resolve(choice)
    assert isinstance(found, str)
    assert words in found


# -- rules that are easily lost ----------------------------------------------------------------------------------------


def test_a_model_that_thinks_a_little_has_room_for_it():
    assert body(profile("gemini-3.5-flash-lite", "gemini"), Role.INLINE, max_tokens=64)["max_tokens"] == 256
    assert body(profile("gemini-2.5-flash-lite", "gemini"), Role.INLINE, max_tokens=64)["max_tokens"] == 64


@pytest.mark.parametrize(
    ("model", "endpoint", "inline", "fix"),
    [
        ("kimi-k2.6", "moonshot", False, True),
        ("kimi-k2.6", "vllm", False, True),
        ("claude-haiku-5-5", "anthropic", False, True),  # left to think: no field says so
        ("claude-haiku-4-5", "anthropic", None, None),
        ("gemini-3.8-flash", "gemini", True, True),
        ("gpt-5.5", "openrouter", False, True),
        ("deepseek-flash", "deepseek", None, True),  # the route that fills in has no switch
        ("kimi-k2.6", "openai-compatible", None, None),
        ("kimi-k2.6", "ollama", None, None),
    ],
)
def test_whether_the_model_thinks_is_known_of_each_request(model, endpoint, inline, fix):
    made = profile(model, endpoint, "http://localhost:8000/v1")
    assert [build(made, Ask(role, messages=CHAT_ASK)).thinking for role in Role] == [inline, fix]


def test_temperature_goes_where_it_is_taken_and_nowhere_else():
    assert body(profile("gemini-2.5-flash", "gemini"), Role.INLINE)["temperature"] == 0.1
    assert "temperature" not in body(profile("gemini-3.8-flash", "gemini"), Role.INLINE)
    assert "temperature" not in body(profile("claude-haiku-5-5", "anthropic"), Role.INLINE)
    assert "temperature" not in body(profile("gpt-5.5", "openai"), Role.INLINE)
    # Ollama answers a request without one at 1.0, whatever the family says.
    for model in ("claude-haiku-5-5", "deepseek-v4-pro", "mystery"):
        assert all("temperature" in body(profile(model, "ollama"), role) for role in Role)


def test_stop_strings_go_where_they_are_taken():
    stops = ("\n\n", "</completion>", "c", "d", "e", "f")
    assert "stop" not in body(profile("gpt-5.5", "openai"), Role.INLINE, stops=stops)
    assert body(profile("claude-haiku-5-5", "anthropic"), Role.INLINE, stops=stops)["stop"] == list(stops[1:5])
    assert body(profile("kimi-k2.6", "moonshot"), Role.INLINE, stops=stops)["stop"] == list(stops[:5])


def test_a_limit_above_the_hosts_is_lowered():
    made = catalog().resolve(ModelChoice("m", "deepseek-flash", endpoint="deepseek", max_tokens={"inline": 9000}))
    assert isinstance(made, Profile)
    assert body(made, Role.INLINE)["max_tokens"] == 4096


@pytest.mark.parametrize(
    ("model", "endpoint", "price"),
    [
        ("kimi-k2.6", "moonshot", {"input": 0.95, "output": 4.0, "cached": 0.16}),
        ("gpt-5.6-luna", "openai", {"input": 0.2, "output": 1.2, "cached": 0.02}),
        ("gpt-5.6", "openai", {"input": 4.0, "output": 20.0}),
        ("kimi-k2.6", "openrouter", {}),
    ],
)
def test_prices(model, endpoint, price):
    assert dict(profile(model, endpoint).price()) == price
