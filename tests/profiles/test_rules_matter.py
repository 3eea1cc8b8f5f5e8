"""Every rule in a profile's data is there for a reason: without it the end-to-end walk fails.

    python -m pytest tests/profiles/test_rules_matter.py -q -s --every-rule

prints the table: file and rule, the profile that failed without it, and what the engine or the host then said. The rules
whose absence no walk can show are listed in `NO_EFFECT` with the reason; the walk must pass without them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tests.profiles.rules import FOR_PEOPLE, Rule, all_rules, changes_nothing
from tests.profiles.walk import walk

NO_EFFECT: dict[str, tuple[str, ...]] = {
    "hosts that have a field for it are asked through it; these have none": (
        "families/claude inline.effort",
        "families/claude fix.effort",
        "families/claude-thinking fix.effort",
        "families/deepseek inline.effort",
        "families/deepseek fix.effort",
        "families/kimi-k2.6 inline.effort",
        "families/kimi-k2.6 fix.effort",
        "families/kimi-k2.7 fix.effort",
        "families/kimi-k3 fix.effort",
    ),
    "the endpoint says the same, for models that no family knows": (
        "families/gpt fix.effort",
        "families/gpt-thinking fix.effort",
        "families/chat inline.thinking",
        "families/chat inline.effort",
        "families/chat inline.sampling.temperature",
    ),
    "the limit that holds without it would do as well": (
        "families/chat inline.max_tokens",
        "families/chat fix.max_tokens",
        "families/claude inline.max_tokens",
        "families/claude-4.5 inline.max_tokens",
        "families/deepseek inline.max_tokens",
        "families/gemini-2.5-flash inline.max_tokens",
        "families/gpt inline.max_tokens",
        "families/kimi-k2.6 inline.max_tokens",
        "families/qwen-coder inline.max_tokens",
        "families/qwen-coder fix.max_tokens",
    ),
    "the hosts of these models have no other route that one could take": (
        "families/claude* fills_in",
        "families/gemini* fills_in",
        "families/gpt* fills_in",
    ),
    "refused for ghost text before a route is chosen": ("families/kimi-k2.7 fills_in", "families/kimi-k3 fills_in"),
    "the host does so when nothing is said": (
        "endpoints/llamacpp routes.infill.allowed[cache_prompt]",
        "endpoints/llamacpp routes.infill.always.cache_prompt",
        "endpoints/moonshot routes.chat.allowed[stream_options]",
        "endpoints/sglang routes.chat.thinking.on.chat_template_kwargs.*",
        "endpoints/vllm routes.chat.thinking.on.chat_template_kwargs.*",
    ),
    "for templates of models that are no part of the walk; tests/protocol/test_session.py has one": (
        "endpoints/sglang routes.chat.thinking.off.chat_template_kwargs.enable_thinking",
        "endpoints/vllm routes.chat.thinking.off.chat_template_kwargs.enable_thinking",
    ),
    "for documents longer than those of the walk; tests/engine/test_control_tokens.py asks in one": (
        "endpoints/llamacpp routes.infill.window_tokens",
    ),
    "the allow-list keeps it away as well": ("endpoints/llamacpp routes.infill.usage_in_stream",),
    "the name of the field in other versions of the server": (
        "endpoints/ollama reasoning_fields[reasoning_content]",
        "endpoints/sglang reasoning_fields[reasoning]",
        "endpoints/vllm reasoning_fields[reasoning_content]",
    ),
    "its models fill in; a style that the user names finds the route without the list": (
        "endpoints/deepseek inline[chat]",
    ),
    "the host also answers below /v1 and /beta": ("endpoints/deepseek routes.chat.outside",),
    "beyond the four stop strings that are sent; for hosts that take more": (
        "families/qwen-coder layout.stops[<|repo_name|>]",
        "families/qwen-coder layout.stops[<|fim_prefix|>]",
        "families/qwen-coder layout.stops[<|fim_suffix|>]",
        "families/qwen-coder layout.stops[<|fim_middle|>]",
    ),
}
"""Rules whose absence no walk can see, by the reason. The walks must pass without them."""

_table: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Print what was found, when all is done."""
    yield
    wide = max((len(rule) for rule, _, _ in _table), default=0)
    middle = max((len(name) for _, name, _ in _table), default=0)
    print("\nNot walked: " + "; ".join(f"{name}, {why}" for name, why in FOR_PEOPLE.items()))
    print("\n".join(f"{rule:<{wide}}  {name:<{middle}}  {said}" for rule, name, said in sorted(_table)))


def reason_for_none(rule: Rule) -> str:
    """Why the absence of `rule` has no effect that a walk could see; "" when it must have one."""
    return next((why for why, rules in NO_EFFECT.items() if any(_fits(str(rule), one) for one in rules)), "")


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


async def _without(rule: Rule, root: Path) -> tuple[str, str]:
    """The profile that fails without `rule` and what was said; two empty strings when none fails."""
    try:
        changed = rule.catalog()
    except (KeyError, TypeError) as error:
        return "all of it", f"the file cannot be read: {type(error).__name__}: {error}"
    if changes_nothing(rule, changed):
        return "", "it says what holds without it"
    for number, case in enumerate(rule.cases()):
        place = root / str(number)
        place.mkdir()
        if said := await walk(case, changed, place):
            return case.name, said
    return "", ""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every day one rule in four (it costs the time of the whole suite otherwise); all of them by the command above."""
    if "rule" in metafunc.fixturenames:
        step = 1 if metafunc.config.getoption("--every-rule") else 4
        metafunc.parametrize("rule", all_rules()[::step], ids=str)


async def test_a_profile_without_one_of_its_rules_fails(rule: Rule, tmp_path: Path) -> None:
    why = reason_for_none(rule)
    name, said = await _without(rule, tmp_path)
    _table.append((str(rule), name or "-", said if name else f"no effect: {why or said}"))
    if why:
        assert not name, f"{rule} is listed as without effect, but: {said}"
    else:
        assert said, f"nothing fails without {rule}"


def test_every_line_of_the_list_is_used() -> None:
    listed = {pattern for patterns in NO_EFFECT.values() for pattern in patterns}
    assert listed == {pattern for pattern in listed for rule in all_rules() if _fits(str(rule), pattern)}
