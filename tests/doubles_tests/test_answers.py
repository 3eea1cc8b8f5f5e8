"""Where the words of the doubles come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doubles.answers import PromptCache, ScriptedAnswers, continued, pieces_of, prompt_text, tokens_in, written

AREA = "def area(width, height):\n    return "


def chat(text: str) -> dict[str, object]:
    return {"messages": [{"role": "system", "content": "You complete code."}, {"role": "user", "content": text}]}


def fix(line: str, diagnostic: str) -> dict[str, object]:
    return chat(f"Answer with <<<<<<< SEARCH blocks.\n{AREA}\n\n{line}\n\n{diagnostic}")


SCENARIOS = [
    (chat(AREA), "```python\n    return width * height\n```"),
    ({"prompt": AREA, "suffix": "\n"}, "width * height"),
    (
        chat("export function area(width: number, height: number): number {\n  return "),
        "```typescript\n  return width * height;\n```",
    ),
    (fix("    return width * heigth", "Undefined name `heigth`"), "    return width * height\n>>>>>>> REPLACE\n"),
    (fix("    return width * heigth", "undefined name 'heigth'"), "    return width * height\n>>>>>>> REPLACE\n"),
    (fix("    return width * heigth", '"heigth" is not defined'), "    return width * height\n>>>>>>> REPLACE\n"),
    (fix("  return width * heigth;", "Cannot find name 'heigth'."), "\n  return width * height;\n>>>>>>> REPLACE\n"),
    (chat("something else"), ""),
]


@pytest.mark.parametrize(("body", "end"), SCENARIOS)
def test_the_editor_scenarios_have_their_answers(body: dict[str, object], end: str) -> None:
    answer = ScriptedAnswers.read()(body)
    assert answer.endswith(end)
    assert bool(answer) == bool(end)


@pytest.mark.parametrize("body", [body for body, end in SCENARIOS if end.endswith("REPLACE\n")])
def test_a_fix_is_one_sentence_and_one_block_that_fits_the_code(body: dict[str, object]) -> None:
    prose, _, block = ScriptedAnswers.read()(body).partition("<<<<<<< SEARCH\n")
    search, _, replace = block.removesuffix(">>>>>>> REPLACE\n").partition("=======\n")
    assert prose.endswith(".\n\n")
    assert search in prompt_text(body) + "\n"
    assert replace == search.replace("heigth", "height")


def test_the_first_rule_that_fits_wins(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    rules = [
        {"contains": ["a", "b"], "answer": "both"},
        {"contains": ["a"], "answer": "fim", "style": "fim"},
        {"contains": ["a"], "answer": "one"},
    ]
    path.write_text(json.dumps(rules), encoding="utf-8")
    answers = ScriptedAnswers.read(path)
    assert [answers(chat(text)) for text in ("b a", "a", "b")] == ["both", "one", ""]
    assert answers({"prompt": "a"}) == "fim"


@pytest.mark.parametrize("rule", [{"answer": "x"}, {"contains": "x", "answer": "y"}, {"contains": [], "anwser": "y"}])
def test_a_rule_with_a_mistake_is_refused(tmp_path: Path, rule: dict[str, object]) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps([rule]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"rule 1 of rules\.json"):
        ScriptedAnswers.read(path)


def test_content_parts_are_read_too() -> None:
    body = {"messages": [{"content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}, {"content": None}]}
    assert prompt_text(body) == "a\n"
    assert prompt_text({"prompt": "a", "suffix": "b"}) == "ab"
    assert prompt_text({}) == ""


@given(st.text())
def test_pieces_are_the_text(text: str) -> None:
    pieces = pieces_of(text)
    assert "".join(pieces) == text
    assert len(pieces) == tokens_in(text)
    assert all(1 <= len(piece) <= 4 for piece in pieces)


@given(st.text("ab", max_size=12), st.text("ab", max_size=12), st.text("c", max_size=3))
def test_a_continuation_is_an_end_of_the_answer(answer: str, prefill: str, tail: str) -> None:
    assert continued(prefill + tail, prefill) == tail
    rest = continued(answer, prefill)
    assert answer.endswith(rest)
    assert not prefill or prefill in answer or prefill.endswith(answer[: len(answer) - len(rest)])


@given(
    st.text("abc ", max_size=40), st.text("ab", max_size=20), st.integers(1, 20), st.lists(st.text("abc", max_size=2))
)
def test_what_is_written_keeps_to_limit_and_stops(answer: str, reasoning: str, limit: int, stops: list[str]) -> None:
    result = written(answer, reasoning, limit, stops)
    said = "".join(result.content)
    assert result.tokens <= limit
    assert answer.startswith(said)
    assert not any(stop and stop in said for stop in stops)
    assert result.finish_reason == ("stop" if result.tokens < limit else result.finish_reason)
    if result.finish_reason == "length":
        assert result.tokens == limit
    elif result.stopped_by is None:
        assert said == answer


@given(st.text("ab"), st.text("ab"))
def test_the_cache_counts_what_two_prompts_share(one: str, two: str) -> None:
    cache = PromptCache(block=1)
    assert cache.cached_tokens(one) == 0
    shared = next(
        (n for n, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]), min(len(one), len(two))
    )
    assert cache.cached_tokens(two) == shared // 4
