"""Settings: every error at once, and what a workspace may and may not say."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.adapters.config_file import NOT_THERE
from caretwise.adapters.settings import ModelSettings, Settings, do_not_track
from caretwise.adapters.settings_load import load
from caretwise.adapters.settings_workspace import read_workspace_file, with_workspace

HOSTS = {"kimi": "api.moonshot.ai", "kimi-big": "api.moonshot.ai", "local": "localhost:8000"}
MINE = Settings(
    inline="kimi", fix="kimi", models={name: ModelSettings(model="m") for name in HOSTS}, ignore=("mine/**",)
)


def host_of(name: str) -> str:
    return HOSTS.get(name, "")


def config(tmp_path: Path, text: str, **environ: str):
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load({"CARETWISE_CONFIG": str(path), **environ})


def test_every_error_at_once_and_the_rest_is_used(tmp_path):
    loaded = config(
        tmp_path,
        'inline = "kimi"\ndebounce_ms = "soon"\ncontext_tokens = 5\ncache = 1\nignore = "x"\nnonsense = 1\nproxy = "a\\u0007"\n'
        '[models.kimi]\nmodel = "kimi-k2.6"\nbase_url = 7\ncolour = "red"\n[models]\nbare = 3\n'.replace(
            "[models]\nbare = 3\n", ""
        ),
    )
    told = {problem.key: problem.message for problem in loaded.problems}
    assert set(told) == {
        "debounce_ms",
        "context_tokens",
        "cache",
        "ignore",
        "nonsense",
        "proxy",
        "models.kimi.base_url",
        "models.kimi.colour",
        "inline",
    }
    assert "a whole number" in told["debounce_ms"]
    assert "from 100 to" in told["context_tokens"]
    assert "true or false" in told["cache"]
    assert "a list of texts" in told["ignore"]
    assert "known are" in told["nonsense"]
    assert "left out" in told["inline"]
    assert loaded.settings.inline == ""
    assert loaded.settings.debounce_ms == 60
    assert all(str(tmp_path) in str(problem) for problem in loaded.problems)


def test_a_whole_number_is_a_number(tmp_path):
    loaded = config(tmp_path, 'daily_cap_usd = 5\n[checkers.ruff]\npath = "/opt/ruff"\nseconds = 60\n')
    assert loaded.problems == ()
    assert (loaded.settings.daily_cap_usd, loaded.settings.checkers["ruff"].seconds) == (5.0, 60.0)
    assert [one.key for one in config(tmp_path, f"daily_cap_usd = {10**400}\n").problems] == ["daily_cap_usd"]


def test_a_model_with_a_mistake_is_asked_nowhere(tmp_path):
    mistaken = '[models.mine]\nmodel = "kimi-k2.6"\nendpoint = "moonshot"\nbase-url = "http://gpu-box:8000/v1"\n'
    loaded = config(tmp_path, 'inline = "mine"\n' + mistaken)
    assert "mine" not in loaded.settings.models
    assert [problem.key for problem in loaded.problems] == ["models.mine.base-url", "inline"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("inline = ", "not valid TOML"),
        ("a = [" * 3000, "not valid TOML"),
        ('inline = "nobody"', "there is no model 'nobody'"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, text, words):
    loaded = config(tmp_path, text)
    assert words in str(loaded.problems[0])
    assert loaded.settings.inline == ""


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in str(load({"CARETWISE_CONFIG": str(path)}).problems[0])


def test_three_variables_make_a_model(tmp_path):
    environ = {"CARETWISE_BASE_URL": "http://h/v1", "CARETWISE_MODEL": "kimi-k2.6", "CARETWISE_API_KEY": "k"}
    loaded = config(tmp_path, "", **environ)
    assert (loaded.settings.inline, loaded.settings.fix) == ("kimi-k2.6", "kimi-k2.6")
    assert loaded.settings.models["kimi-k2.6"].key_env == "CARETWISE_API_KEY"


def test_a_variable_may_choose_among_the_models_of_the_file(tmp_path):
    loaded = config(tmp_path, '[models.mine]\nmodel = "m"\nbase_url = "http://h/v1"\n', CARETWISE_MODEL="mine")
    assert loaded.settings.inline == "mine"
    assert loaded.settings.models["mine"].base_url == "http://h/v1"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"CARETWISE_BASE_URL": "http://h/v1"}, "CARETWISE_MODEL is missing: CARETWISE_BASE_URL"),
        ({"CARETWISE_ENDPOINT": "moonshot"}, "CARETWISE_MODEL is missing: CARETWISE_ENDPOINT"),
        ({"CARETWISE_BASE_URL": "http://h/v1", "CARETWISE_MODEL": " "}, "CARETWISE_MODEL is missing"),
        ({"CARETWISE_MODEL": "kimi-k2.6"}, "CARETWISE_BASE_URL is missing"),
        ({"CARETWISE_MODEL": "kimi-k2.6", "CARETWISE_ENDPOINT": "vllm"}, "CARETWISE_BASE_URL is missing"),
    ],
)
def test_half_a_model_in_the_environment_is_a_problem_and_sends_nothing(tmp_path, environ, words):
    file = 'inline = "mine"\nfix = "mine"\n[models.mine]\nmodel = "m"\nbase_url = "http://other/v1"\n'
    loaded = config(tmp_path, file, **environ)
    assert [problem.file for problem in loaded.problems] == ["environment"]
    assert words in loaded.problems[0].message
    assert (loaded.settings.inline, loaded.settings.fix) == ("", ""), "who names another host means it"
    assert set(loaded.settings.models) == {"mine"}


def test_an_endpoint_with_an_address_of_its_own_needs_none(tmp_path):
    loaded = config(tmp_path, "", CARETWISE_MODEL="kimi-k2.6", CARETWISE_ENDPOINT="moonshot")
    assert loaded.problems == ()
    assert loaded.settings.inline == "kimi-k2.6"
    assert loaded.environment_model == "kimi-k2.6"


def test_a_flag_wins_over_half_a_model_in_the_environment(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[models.mine]\nmodel = "m"\nbase_url = "http://h/v1"\n')
    loaded = load({"CARETWISE_CONFIG": str(path), "CARETWISE_BASE_URL": "http://g/v1"}, {"inline": "mine"})
    assert loaded.settings.inline == "mine"


def test_the_file_that_was_looked_for_is_known_in_any_case(tmp_path):
    path = tmp_path / "config.toml"
    absent = load({"CARETWISE_CONFIG": str(path)})
    assert (absent.looked_for, absent.unread, absent.config_file) == (path, NOT_THERE, None)
    path.write_text("")
    empty = load({"CARETWISE_CONFIG": str(path)})
    assert (empty.looked_for, empty.unread, empty.problems) == (path, "", ())
    path.write_text("inline = ")
    broken = load({"CARETWISE_CONFIG": str(path)})
    assert broken.looked_for == path
    assert "not valid TOML" in broken.unread
    assert len(broken.problems) == 1


@pytest.mark.parametrize("key_env", ["sk-abcdefghijklmnopqrstuvwx1234", "hf_" + "a1" * 20, "$KEY", "MY KEY", "1KEY"])
def test_a_key_in_place_of_a_variables_name_is_refused_and_not_repeated(tmp_path, key_env):
    loaded = config(tmp_path, f'[models.kimi]\nmodel = "m"\nkey_env = "{key_env}"\n')
    assert [problem.key for problem in loaded.problems] == ["models.kimi.key_env"]
    assert "NAME of an environment variable" in str(loaded.problems[0])
    assert key_env not in str(loaded.problems[0])
    assert loaded.settings.models["kimi"].key_env == ""


@pytest.mark.parametrize("key_env", ["", "MOONSHOT_API_KEY", "_k", "key2"])
def test_a_variables_name_is_taken(tmp_path, key_env):
    loaded = config(tmp_path, f'[models.kimi]\nmodel = "m"\nkey_env = "{key_env}"\n')
    assert loaded.problems == ()
    assert loaded.settings.models["kimi"].key_env == key_env


@pytest.mark.parametrize(
    "key",
    [
        "base_url",
        "models",
        "proxy",
        "ca_bundle",
        "debounce_ms",
        "automatic",
        "cache",
        "journal",
        "related_tokens",
        "zz",
    ],
)
def test_a_workspace_may_not_set(key):
    settings, problems = with_workspace(MINE, {key: "x"}, "here", host_of)
    assert settings == MINE
    assert "a workspace may not set this" in str(problems[0])


@pytest.mark.parametrize(
    ("start", "wanted", "allowed"),
    [
        ("kimi", "kimi-big", True),
        ("kimi", "", True),
        ("kimi", "local", False),
        ("", "kimi", False),
        ("kimi", "unknown", False),
    ],
)
def test_a_workspace_sends_code_nowhere_it_does_not_go_anyway(start, wanted, allowed):
    mine = Settings(inline=start, models=MINE.models)
    settings, problems = with_workspace(mine, {"inline": wanted}, "here", host_of)
    assert settings.inline == (wanted if allowed else start) or (wanted == "unknown" and settings.inline == "kimi")
    assert bool(problems) is not allowed


def test_a_workspace_adds_rules_and_lowers_limits_only():
    settings, _ = with_workspace(
        MINE, {"ignore": ["theirs"], "context_tokens": 200_000, "languages_off": ["sql"]}, "a", host_of
    )
    settings, _ = with_workspace(settings, {"ignore": ["more"], "context_tokens": 500}, "b", host_of)
    assert settings.ignore == ("mine/**", "theirs", "more")
    assert settings.context_tokens == 500
    assert settings.languages_off == ("sql",)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*HOSTS, "inline", "ignore", "models"]), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_nothing_that_an_editor_sends_raises_or_chooses_a_host(data):
    settings, _ = with_workspace(MINE, data, "here", host_of)
    assert settings.models == MINE.models
    assert host_of(settings.inline) in {"api.moonshot.ai", ""}
    assert settings.proxy == MINE.proxy


def test_a_hostile_workspace_file_costs_no_time(tmp_path):
    path = tmp_path / ".caretwise.toml"
    since = time.monotonic()
    for text in (".".join("a" * 7000) + "=1", "x = " + "[" * 12_000, "a=1\n" * 50_000):
        path.write_text(text)
        data, problems = read_workspace_file(tmp_path)
        assert data == {}
        assert problems
    assert time.monotonic() - since < 8


@pytest.mark.parametrize(("make", "words"), [(Path.mkdir, "it is a folder"), (os.mkfifo, "it is not a plain file")])
def test_a_configuration_that_is_no_file_is_said_at_once(tmp_path, make, words):
    path = tmp_path / "config.toml"
    make(path)
    found = load({"CARETWISE_CONFIG": str(path)})
    assert [str(problem) for problem in found.problems] == [f"{path}: the file cannot be read: {words}"]
    assert found.unread == words


def test_a_workspace_file_that_is_a_link_or_a_pipe_is_not_read(tmp_path):
    (tmp_path / "elsewhere").write_text('inline = "kimi"\n')
    (tmp_path / ".caretwise.toml").symlink_to(tmp_path / "elsewhere")
    assert read_workspace_file(tmp_path)[0] == {}
    (tmp_path / ".caretwise.toml").unlink()
    os.mkfifo(tmp_path / ".caretwise.toml")
    assert read_workspace_file(tmp_path)[0] == {}
    (tmp_path / ".caretwise.toml").unlink()
    assert read_workspace_file(tmp_path) == ({}, [])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('key_env = "A"\nkey_command = ["b"]', "one place"),
        ('key_command = ["b"]\nkey_keyring = "c/d"', "one place"),
        ('key_command = ["echo", "sk-abcdefghijklmnopqrstuvwx1234"]', "looks like a key"),
        ('key_command = "pass show x"', "a list of texts"),
        ('key_keyring = "service"', "service/user"),
    ],
)
def test_a_key_comes_from_one_place(tmp_path, table, words):
    loaded = config(tmp_path, f'inline = "a"\n[models.a]\nmodel = "m"\nbase_url = "http://h/v1"\n{table}\n')
    assert "a" not in loaded.settings.models
    assert any(words in str(problem) for problem in loaded.problems), loaded.problems
    assert not any("sk-abc" in str(problem) for problem in loaded.problems)
    assert loaded.settings.inline == ""


def test_a_host_that_is_none_is_left_out_of_own_hosts(tmp_path):
    loaded = config(tmp_path, 'own_hosts = ["gpu-box", "*", "http://x"]\n')
    assert loaded.settings.own_hosts == ("gpu-box",)
    assert len(loaded.problems) == 2


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("self_hosted_only = true", True),
        ('self_hosted_only = "no"', True),
        ("not TOML", True),
        ("", False),
        ("x = 1", False),
    ],
)
def test_self_hosted_only_is_taken_for_set_when_it_cannot_be_read(tmp_path, text, closed):
    assert config(tmp_path, text + "\n").settings.self_hosted_only is closed


MODELS = '[models.a]\nmodel = "m"\nbase_url = "http://127.0.0.1:1/v1"\n[models.b]\nmodel = "m"\nbase_url = "http://127.0.0.1:2/v1"\n'


@pytest.mark.parametrize("role", ["inline", "fix"])
def test_an_experiment_has_arms_with_weights_and_serves_its_role(tmp_path, role):
    file = tmp_path / "config.toml"
    file.write_text(MODELS + f'[experiment.x]\nrole = "{role}"\narms = {{ b = 3, a = 0.5 }}\n')
    loaded = load({"CARETWISE_CONFIG": str(file)})
    assert loaded.problems == ()
    assert dict(loaded.settings.experiment["x"].arms) == {"a": 0.5, "b": 3.0}
    assert getattr(loaded.settings, role) == "a"


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("arms = { a = 1 }", "two arms"),
        ("arms = { a = 1, c = 1 }", "no model 'c'"),
        ("arms = { a = 1, b = 0 }", "'b'"),
        ('role = "chat"\narms = { a = 1, b = 1 }', "role"),
        ("arms = { a = 1, b = 1 }\n[experiment.y]\narms = { a = 1, b = 2 }", "another experiment"),
    ],
)
def test_an_experiment_that_cannot_be_run_is_said_and_left_out(tmp_path, table, word):
    file = tmp_path / "config.toml"
    file.write_text(MODELS + f"[experiment.x]\n{table}\n")
    loaded = load({"CARETWISE_CONFIG": str(file)})
    assert [word in str(problem) for problem in loaded.problems] == [True]
    assert len(loaded.settings.experiment) == (1 if word == "another experiment" else 0)


@pytest.mark.parametrize("said", [{"CARETWISE_MODEL": "b"}, {}])
def test_who_names_a_model_takes_its_role_out_of_the_experiment(tmp_path, said):
    file = tmp_path / "config.toml"
    file.write_text('inline = "a"\n' + MODELS + "[experiment.x]\narms = { a = 1, b = 1 }\n")
    flags = {} if said else {"inline": "b"}
    loaded = load({"CARETWISE_CONFIG": str(file), **said}, flags)
    assert loaded.settings.inline == "b"
    assert loaded.settings.experiment == {}
    assert len(load({"CARETWISE_CONFIG": str(file)}).settings.experiment) == 1


@pytest.mark.parametrize(
    ("value", "off"),
    [
        (None, False),
        ("", False),
        ("0", False),
        ("false", False),
        ("No", False),
        ("1", True),
        ("true", True),
        (" YES ", True),
    ],
)
def test_do_not_track_is_meant_by_any_word_but_those_for_no(value, off):
    assert do_not_track({} if value is None else {"DO_NOT_TRACK": value}) is off
