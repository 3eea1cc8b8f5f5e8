"""Prompts with control tokens: exactly the model's layout, and never out of a text that holds one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.adapters.resources import catalog
from caretwise.models.catalog import ModelChoice
from caretwise.models.layout import Extra, Layout
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, Request, build

RAW = {
    "qwen-coder",
    "starcoder2",
    "deepseek-coder",
    "codellama",
    "codegemma",
    "codestral",
    "seed-coder",
    "granite-code",
}
EXTRAS = (Extra("b.py", "B"), Extra("c.py", "C"))


def layout(family: str) -> Layout:
    found = catalog().families[family].layout
    assert found is not None
    return found


def raw(family: str, **ask: object) -> Request:
    choice = ModelChoice("tested", "any", "http://localhost:8000/v1", "vllm", family=family)
    profile = catalog().resolve(choice)
    assert isinstance(profile, Profile), profile
    return build(profile, Ask(Role.INLINE, **{"prefix": "P", "suffix": "S", "path": "a.py", **ask}))


@pytest.mark.parametrize(
    ("family", "alone"),
    [
        ("qwen-coder", "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>"),
        ("codegemma", "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>"),
        ("starcoder2", "<fim_prefix>P<fim_suffix>S<fim_middle>"),
        ("granite-code", "<fim_prefix>P<fim_suffix>S<fim_middle>"),
        ("codellama", "<PRE> P <SUF>S <MID>"),
        ("deepseek-coder", "<\uff5cfim\u2581begin\uff5c>P<\uff5cfim\u2581hole\uff5c>S<\uff5cfim\u2581end\uff5c>"),
        ("codestral", "[SUFFIX]S[PREFIX]P"),
        ("seed-coder", "<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>"),
    ],
)
def test_one_file(family, alone):
    assert raw(family).body["prompt"] == alone


def test_every_layout_is_tested():
    assert {name for name, family in catalog().families.items() if family.layout} == RAW


@pytest.mark.parametrize(
    ("family", "several"),
    [
        (
            "qwen-coder",
            "<|repo_name|>project\n<|file_sep|>b.py\nB\n<|file_sep|>c.py\nC\n<|file_sep|>a.py\n<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
        ),
        ("codegemma", "B<|file_separator|>C<|file_separator|><|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>"),
        ("starcoder2", "B<file_sep>C<file_sep><fim_prefix>P<fim_suffix>S<fim_middle>"),
        ("codestral", "[SUFFIX]S[PREFIX]+++++ b.py\nB\n+++++ c.py\nC\n+++++ a.py\nP"),
        ("codellama", "<PRE> # b.py\n# B\n# c.py\n# C\nP <SUF>S <MID>"),
    ],
)
def test_other_files(family, several):
    assert raw(family, extras=EXTRAS).body["prompt"] == several


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(sorted(RAW)))
def test_what_is_filled_in_stays_as_it_is(prefix, suffix, family):
    for before, after in ((prefix, suffix), ("{suffix}" + prefix, "{prefix}{text}" + suffix)):
        rendered = layout(family).render(before, after, (), path="{text}", comment="#")
        start, first, middle, second, end = re.split(r"(\{(?:prefix|suffix)\})", layout(family).fim)
        texts = {"{prefix}": before, "{suffix}": after}
        assert rendered == start + texts[first] + middle + texts[second] + end


@pytest.mark.parametrize("family", sorted(RAW))
@pytest.mark.parametrize("where", ["prefix", "suffix", "snippet", "snippet path", "path"])
def test_a_text_with_a_control_token_is_refused(family, where):
    for token in layout(family).tokens:
        held = f"x = '{token}'"
        places = {
            "prefix": {"prefix": held},
            "suffix": {"suffix": held},
            "snippet": {"extras": (Extra("b.py", "B"), Extra("c.py", held))},
            "snippet path": {"extras": (Extra(held, "B"),)},
            "path": {"path": held},
        }
        request = raw(family, **places[where])
        assert repr(token) in request.refused
        assert "nothing was sent" in request.refused
        assert request.body == {}


def test_elsewhere_such_a_text_is_text():
    held = "<|fim_prefix|>"
    for endpoint, style in (("llamacpp", ""), ("ollama", ""), ("vllm", "snippet")):
        choice = ModelChoice("t", "qwen2.5-coder", "http://localhost:8000/v1", endpoint, style=style)
        profile = catalog().resolve(choice)
        assert isinstance(profile, Profile)
        made = build(profile, Ask(Role.INLINE, messages=(("user", held),), prefix=held, suffix=held))
        assert made.refused == ""
        assert held in str(made.body)
    assert raw("starcoder2", prefix=held).refused == ""


def test_stop_strings_of_the_layout_are_sent_as_many_as_the_host_takes():
    sent = raw("qwen-coder").body
    assert sent["stop"] == ["<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|im_end|>"]
    assert sent["skip_special_tokens"] is False
    assert sent["temperature"] == 0.1
    assert "suffix" not in sent
