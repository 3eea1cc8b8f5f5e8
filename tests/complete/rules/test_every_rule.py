"""What holds for every rule: no exception, the same result when applied again, time in proportion, one rule per module."""

from __future__ import annotations

import inspect
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caretwise.complete.rules
from caretwise.complete.draft import Draft, Drop, Place, Rule
from caretwise.complete.recipe import AFTER_CACHE, BEFORE_CACHE, STYLES, fit, unwrap
from caretwise.complete.rules.too_long import MOST
from caretwise.text.language import by_id

RULES = BEFORE_CACHE + AFTER_CACHE
LANGUAGES = ["python", "typescript", "javascriptreact", "go", "rust", "java", "yaml", "markdown", "plaintext", "ruby"]

# Pieces that rules look for; random characters alone would hardly ever meet them.
PIECES = [
    "```", "```python\n", "\n```\n", "~~~", "<think>", "</think>", "◁/think▷", "<completion>", "</completion>", "<hole/>",
    "<<<<<<< SEARCH\n", "\n=======\n", "\n>>>>>>> REPLACE", "<|fim_middle|>", "<|endoftext|>", "</s>", "[SUFFIX]",
    "Here is the code:\n", "Sure!\n", "\n\nThis adds one.", "return ", "return x", "x = 1", "foo(", "a, b", ")", "]", "}",
    "{", "(", "[", ":", ";", '"', "'", "`", '"""', "//", "#", "/*", "*/", "\n", "\n\n", "    ", "  ", "\t", " ", "\r\n",
    "&lt;", "&amp;", "  1 | ", "2 | x", '{"code": "', '"}', "\u200b", "\u00a0", "# ... existing code ...\n", "```diff\n", "+ x\n",
    "@@ -1 +1 @@\n", "[CURSOR]", "<result>\n", "[MIDDLE]", "<|im_start|>assistant\n", "### Code\n\n", "1. Do it.\n\n",
    "def f():", "if x:", "else:", "case 1:", "é", "👍🏽", "\u200d", "\ufeff", "‸", "\\", "-", "=", ".", ",", " * ", "aaaa",
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=14).map("".join)
places = st.builds(
    Place,
    prefix=texts,
    suffix=texts,
    language=st.sampled_from(LANGUAGES).map(by_id),
    multiline=st.booleans(),
    indent_unit=st.sampled_from(["    ", "  ", "\t"]),
)


def name_of(rule: Rule) -> str:
    return rule.__name__


@pytest.mark.parametrize("rule", RULES, ids=name_of)
@given(text=texts, place=places)
@settings(max_examples=40)
def test_a_rule_raises_for_no_input_and_changes_nothing_the_second_time(rule: Rule, text: str, place: Place):
    once = rule(Draft(text), place)
    if isinstance(once, Drop):
        assert once.reason
        assert "\n" not in once.reason
        return
    assert 0 <= once.replaces <= len(place.suffix)
    assert rule(once, place) == once


@pytest.mark.parametrize("rule", RULES, ids=name_of)
@given(text=texts, other=texts, place=places)
@settings(max_examples=20)
def test_a_repeated_answer_is_no_trap_either(rule: Rule, text: str, other: str, place: Place):
    once = rule(Draft(text * 3 + other + text * 3), place)
    if isinstance(once, Draft):
        assert rule(once, place) == once


LONG = {
    "one letter": "a" * 100_000,
    "one line again": "    total += price * 2\n" * 4_500,
    "different lines": "".join(f"    value_{n} = compute({n}, [{n}, {n}])\n" for n in range(2_500)),
    "blanks": " " * 100_000,
    "line breaks": "\n" * 100_000,
    "blanks and breaks": " \n" * 50_000,
    "open brackets": "([{" * 33_000,
    "closers": ")]}" * 33_000,
    "quotes": "\"'`" * 33_000,
    "backticks": "`" * 100_000,
    "fences": "```\n" * 25_000,
    "fence and word": "```a" * 25_000,
    "tags": "<completion></completion>" * 4_000,
    "thoughts": "<think></think>" * 6_000,
    "tokens": "<|fim_middle|>" * 7_000,
    "end tokens": "</s>" * 25_000,
    "searches": "<<<<<<< SEARCH\n" * 6_000,
    "sentences": "This is a sentence about the code.\n\n" * 2_800,
    "talk": "Here is the completed code:\n" * 3_600,
    "rest again": " + 1" * 25_000,
    "backslashes": "\\" * 100_000,
    "tabs": "\tx\n" * 33_000,
    "colons": "if x:\n" * 16_000,
    "comments": "// a\n/* b */\n" * 8_000,
}
PLACES = {
    "code": Place("def f(x):\n    y = g(\n        x, ", " + 1)\n    return y\n", by_id("python"), True, "    "),
    "blank": Place("function f() {\n  ", "\n}\n" + "  x();\n" * 200, by_id("typescript"), True, "  "),
    "large": Place("x = [\n" * 20_000 + "  ", "]\n" * 20_000, by_id("javascript"), True, "\t"),
}


MANY = 5 * MOST
"""Code points; no rule but the first few is ever given more than `MOST`."""

QUICK = 0.25
"""Seconds of processor time under which nothing needs to be compared."""


def cost(rule: Rule, text: str, place: Place, times: int) -> float:
    """The least processor time, in seconds, that this thread needs for the rule."""
    found: list[float] = []
    for _ in range(times):
        start = time.thread_time()
        rule(Draft(text), place)
        found.append(time.thread_time() - start)
    return min(found)


@pytest.mark.parametrize("kind", LONG)
def test_four_times_the_text_takes_about_four_times_as_long(kind: str):
    # A rule that is quadratic in its text takes sixteen times as long. Other work on the machine slows both alike.
    text = LONG[kind][:MANY]
    for name, place in PLACES.items():
        for rule in RULES:
            if cost(rule, text, place, 1) > QUICK:
                whole, quarter = cost(rule, text, place, 2), cost(rule, text[: len(text) // 4], place, 3)
                assert whole < 9 * quarter, (rule.__name__, name, whole, quarter)


@given(answer=texts, place=places, style=st.sampled_from(sorted(STYLES)))
@settings(max_examples=150)
def test_the_whole_recipe_gives_a_ghost_or_a_reason(answer: str, place: Place, style: str):
    first = unwrap(answer, place, style)
    assert first == unwrap(answer, place, style)
    if first.draft is None:
        assert first.steps[-1].after is None
        return
    result = fit(first.draft.text, place)
    if result.draft is None:
        assert result.steps[-1].reason
        return
    assert result.draft.text.strip()
    assert "\r" not in result.draft.text
    rest = place.suffix.split("\n")[0].split("\r")[0]
    assert result.draft.replaces <= len(rest)
    if not place.multiline:
        assert len([line for line in result.draft.text.split("\n") if line.strip()]) == 1


@given(answer=texts, place=places)
@settings(max_examples=80)
def test_what_the_draft_replaces_is_in_the_draft(answer: str, place: Place):
    draft = fit(answer, place).draft
    if draft is not None and draft.replaces:
        characters = iter(draft.text)
        assert all(character in characters for character in place.suffix[: draft.replaces])


def test_one_rule_one_module_of_its_name_that_says_what_it_saves_users_from():
    folder = Path(inspect.getfile(caretwise.complete.rules)).parent
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert modules == {rule.__name__ for rule in RULES}
    assert len(set(RULES)) == len(RULES)
    for name in modules:
        module = __import__(f"caretwise.complete.rules.{name}", fromlist=[name])
        assert "Without " in (module.__doc__ or ""), name
