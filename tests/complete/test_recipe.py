from __future__ import annotations

import pytest

from caretwise.complete.draft import Draft, Place
from caretwise.complete.recipe import AFTER_CACHE, BEFORE_CACHE, STYLES, Step, fit, unwrap
from caretwise.text.language import by_id


def place(prefix: str, suffix: str = "", language: str = "python", *, multiline: bool = True) -> Place:
    return Place(prefix, suffix, by_id(language), multiline, "    ")


def test_steps_tell_what_each_rule_did():
    result = unwrap("```python\n    return a + b\n```", place("def add(a, b):\n    return "), "snippet")
    assert result.draft == Draft("a + b")
    assert result.steps == (
        Step("fences", "```python\n    return a + b\n```", "    return a + b", ""),
        Step("echo", "    return a + b", "a + b", ""),
    )


def test_a_dropped_answer_says_which_rule_and_why():
    result = unwrap("<think>hm", place("x = "), "snippet")
    assert result.draft is None
    assert result.steps[-1] == Step(
        "thinking", "<think>hm", None, "the answer ended while the model was still thinking"
    )


def test_an_answer_that_needs_nothing_has_no_steps():
    assert unwrap("a + b", place("x = "), "fim").steps == ()
    assert fit("a + b", place("x = ")).steps == ()


def test_models_that_fill_in_the_middle_are_believed():
    here = place("total = total")
    assert unwrap("total + 1", here, "hole").draft == Draft(" + 1")
    assert unwrap("total + 1", here, "fim").draft == Draft("total + 1")
    sentence = "Here is the list:\nx"
    assert unwrap(sentence, place("print('''\n"), "fim").draft == Draft(sentence)
    assert unwrap(sentence, place("x = 1\n"), "snippet").draft == Draft("x")


def test_the_embedded_engine_writes_what_the_project_holds():
    text = "</think><|fim_middle|>```"
    assert unwrap(text, place("mark = '"), "local").draft == Draft(text)


def test_every_style_is_known_and_keeps_the_safety_rules():
    assert set(STYLES) == {"snippet", "hole", "search_replace", "fim", "infill", "raw_fim", "local"}
    for style, rules in STYLES.items():
        assert rules <= set(BEFORE_CACHE)
        result = unwrap("x = 1 # \u202e", place(""), style)
        assert result.draft is None
        assert "U+202E" in result.steps[-1].reason


def test_an_unknown_style_is_an_error_that_names_the_known_ones():
    with pytest.raises(ValueError, match="no prompt style 'chat'; there are snippet, hole"):
        unwrap("x", place(""), "chat")


def test_a_cached_answer_is_fitted_to_the_text_as_it_is_now():
    text = unwrap("```js\nconsole.log(total)\n```", place("console", "", "javascript"), "snippet").draft
    assert text == Draft(".log(total)")
    assert fit(text.text, place("console", "", "javascript")).draft == Draft(".log(total)")
    # The user has typed `.log(` and the editor has closed the bracket.
    assert fit("total)", place("console.log(", ")", "javascript")).draft == Draft("total")


def test_an_answer_that_is_still_being_written_is_unwrapped_as_far_as_it_goes():
    answer = "```python\n    for item in items:\n        total += item\n    return total\n```\nThis adds up."
    here = place("def total(items):\n    total = 0\n    ")
    seen = [unwrap(answer[:end], here, "snippet").draft for end in range(len(answer) + 1)]
    final = seen[-1]
    assert final == Draft("    for item in items:\n        total += item\n    return total")
    for draft in seen[len("```python\n") :]:
        assert draft is not None
        assert final.text.startswith(draft.text.rstrip("`").rstrip("\n")), draft


def test_one_line_is_one_line():
    result = fit("a\nb\nc", place("x = ", multiline=False))
    assert result.draft == Draft("a")


def test_the_tuples_hold_different_rules():
    assert not set(BEFORE_CACHE) & set(AFTER_CACHE)
