"""Whatever stands behind a key of the configuration: it is used, or it is a problem with the key's name."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.adapters.settings import CheckerSettings, ExperimentSettings, ModelSettings, Settings
from caretwise.adapters.settings_check import structure
from caretwise.adapters.settings_load import load

CLASSES = (Settings, ModelSettings, CheckerSettings, ExperimentSettings)
TOML = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["on", "off", "auto"])
    | st.just(dt.date(2026, 1, 2)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(("cls", "key"), [(cls, field.name) for cls in CLASSES for field in attrs.fields(cls)], ids=str)
@given(value=TOML)
def test_any_value_is_used_or_told(cls, key, value):
    made, problems = structure({key: value}, cls, "config.toml")
    assert all(problem.key.startswith(key) for problem in problems)
    if problems and not isinstance(value, dict):
        assert getattr(made, key) == getattr(cls(), key), "the default holds"


@pytest.mark.parametrize(
    ("name", "path", "key", "words"),
    [
        ("rufff", "/opt/ruff", "checkers.rufff", "no checker of this name is known; known are: cargo, eslint, go"),
        ("ruff", "ruff", "checkers.ruff.path", "expected an absolute path (/home/me/.local/bin/ruff, say), got 'ruff'"),
        ("mypy", "~/bin/mypy", "checkers.mypy.path", "got '~/bin/mypy'"),
        ("go", "", "checkers.go.path", "got ''"),
    ],
)
def test_a_checker_that_would_never_be_run_is_told(tmp_path, name, path, key, words):
    file = tmp_path / "config.toml"
    file.write_text(f'[checkers.{name}]\npath = "{path}"\n')
    [problem] = load({"CARETWISE_CONFIG": str(file)}).problems
    assert problem.key == key
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("daily_cap_usd = nan", "daily_cap_usd", "from 0 to"),
        ("daily_cap_usd = -5", "daily_cap_usd", "from 0 to"),
        ('fix_models = ["nobody"]', "fix_models", "there is no model 'nobody'"),
        ('[models.Embedded]\nmodel = "x"', "models.Embedded", "the name of the engine"),
    ],
)
def test_what_would_mean_nothing_is_told(tmp_path, text, key, words):
    file = tmp_path / "config.toml"
    file.write_text(text)
    loaded = load({"CARETWISE_CONFIG": str(file)})
    [problem] = loaded.problems
    assert problem.key == key
    assert words in problem.message
    assert (loaded.settings.daily_cap_usd, loaded.settings.fix_models, loaded.settings.models) == (0, (), {})


def test_a_model_of_the_environment_cannot_be_called_embedded(tmp_path):
    environ = {"CARETWISE_BASE_URL": "http://127.0.0.1:9/v1", "CARETWISE_MODEL": "Embedded"}
    loaded = load({"CARETWISE_CONFIG": str(tmp_path / "config.toml"), **environ})
    assert "CARETWISE_MODEL: 'Embedded' is the name of the engine" in loaded.problems[-1].message
    assert (loaded.settings.inline, loaded.settings.models) == ("", {})


def test_a_model_of_the_environment_may_be_asked_for_fixes_as_well(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('fix_models = ["kimi-k2.6"]')
    environ = {"CARETWISE_BASE_URL": "http://127.0.0.1:9/v1", "CARETWISE_MODEL": "kimi-k2.6"}
    loaded = load({"CARETWISE_CONFIG": str(file), **environ})
    assert (loaded.problems, loaded.settings.fix_models) == ((), ("kimi-k2.6",))


@pytest.mark.parametrize("key", ["comments", "strings", "prose"])
@pytest.mark.parametrize("value", ["sometimes", "", True, 1, ["on"]])
def test_a_word_that_is_none_of_the_possible_ones_is_told_with_these(key, value):
    made, [problem] = structure({key: value}, Settings, "config.toml")
    assert getattr(made, key) == "on"
    assert problem.key == key
    assert problem.message.startswith('expected "on", "manual" or "off", got ')
