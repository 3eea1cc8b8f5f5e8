"""`caretwise setup`: what it refuses before it asks anybody, and what it says about what it writes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.protocol.session import CLEAN, environment

from caretwise.cli.setup_command import command

KEY = "sk-moonshot-test"
HOST = ["--base-url", "http://127.0.0.1:9/v1", "--key-env", "MY_KEY"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def setup(config: Path, *flags: str, text: str = "") -> Result:
    """The command on a configuration file, in the environment of a user with an empty home."""
    env: dict[str, str | None] = dict.fromkeys([name for name in environment(config.parent) if name.startswith(CLEAN)])
    env |= environment(config.parent, CARETWISE_CONFIG=str(config), MY_KEY=KEY)
    done = CliRunner().invoke(command, flags, env=env, input=text)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def written(config: Path) -> dict:
    return tomllib.loads(config.read_text())


@pytest.mark.parametrize(
    "pasted",
    [
        "sk-abcdefghijklmnopqrstuvwx1234",
        "hf_abcdefghijklmnopqrstuvwxyz0123456789",
        "7f3e9a",
        "MY KEY",
        "$MY_KEY",
        "MY_KEY=x",
        "MY_KEY\n",
    ],
)
def test_a_pasted_key_is_no_variable_name_and_is_not_repeated(config, pasted):
    for flags, text in ((["--key-env", pasted], ""), ([], f"{pasted.strip()}\n")):
        if not flags and pasted.endswith("\n"):
            continue
        done = setup(config, "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--no-test", *flags, text=text)
        assert done.exit_code == 2
        assert "NAME of an environment variable" in done.stderr
        assert pasted.strip() not in done.stderr
        assert not config.exists()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://host/v1?api_key=hidden", "query string"),
        ("https://host/v1?", "query string"),
        ("https://host/v1#hidden", "fragment"),
        ("https://me:hidden@host/v1", "user name or password"),
        ("https://hidden@host/v1", "user name or password"),
        ("me:hidden@host/v1", "user name or password"),
        ("http://[hidden/v1", "no address"),
        ("http://host:99999/v1", "no address"),
        ("host/v1", "http://"),
        ("ftp://host/v1", "http://"),
    ],
)
def test_an_address_with_more_than_an_address_is_refused(config, address, words):
    done = setup(config, "--base-url", address, "--model", "m", "--key-env", "MY_KEY", "--no-test")
    assert done.exit_code == 2
    assert words in done.stderr
    assert "hidden" not in done.stderr
    assert not config.exists()


@pytest.mark.parametrize("route", ["/chat/completions", "/chat/completions/", "/completions", ""])
def test_the_route_at_the_end_of_an_address_is_cut_and_said(config, route):
    flags = ["--model", "kimi-k2.6", "--key-env", "MY_KEY", "--endpoint", "moonshot"]
    with ModelDouble(behaviour("moonshot")) as double:
        done = setup(config, "--base-url", double.base_url + route, *flags)
        assert done.exit_code == 0, done.output
        assert written(config)["models"]["kimi-k2-6"]["base_url"] == double.base_url
        assert double.requests[0].path == "/v1/chat/completions"
    assert (f"base_url is written as {double.base_url}" in done.output) is bool(route)


@pytest.mark.parametrize("flags", [["--name", "embedded"], ["--name", "Embedded"], ["--model", "embedded"]])
def test_the_name_of_the_embedded_engine_is_refused(config, flags):
    done = setup(config, *HOST, "--no-test", *([] if "--model" in flags else ["--model", "m"]), *flags)
    assert done.exit_code == 2
    assert "engine that answers without a model" in done.stderr
    assert not config.exists()


@pytest.mark.parametrize("flags", [["--name", "no name"], ["--name", "mine"], ["--name", "embedded"]])
def test_what_cannot_be_written_is_refused_before_the_host_is_asked(config, flags):
    config.write_text('[models.mine]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n')
    with ModelDouble(behaviour("moonshot")) as double:
        done = setup(config, "--base-url", double.base_url, "--model", "kimi-k2.6", "--key-env", "MY_KEY", *flags)
        assert done.exit_code == 2
        assert not double.requests


def test_a_model_that_always_thinks_is_set_up_for_fixes_only(config):
    config.write_text('inline = "mine"\nfix = "mine"\n[models.mine]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n')
    with ModelDouble(behaviour("moonshot", model="kimi-k3")) as double:
        flags = ["--endpoint", "moonshot", "--base-url", double.base_url, "--model", "kimi-k3", "--key-env", "MY_KEY"]
        done = setup(config, *flags)
        assert done.exit_code == 0, done.output
        assert double.requests[0].json["thinking"] == {"type": "enabled"}
    assert "cannot stop thinking" in done.output
    assert "fix: kimi-k3 (was mine)" in done.output
    assert "inline: stays mine" in done.output
    assert (written(config)["inline"], written(config)["fix"]) == ("mine", "kimi-k3")


def test_a_model_that_always_thinks_is_refused_for_inline(config):
    done = setup(config, *HOST, "--model", "kimi-k3", "--role", "inline", "--no-test")
    assert done.exit_code == 2
    assert "cannot stop thinking" in done.stderr
    assert not config.exists()


def test_without_another_model_the_embedded_engine_stays_for_ghost_text(config):
    done = setup(config, *HOST, "--model", "kimi-k3", "--no-test")
    assert "inline: stays with the embedded engine" in done.output
    assert "inline" not in written(config)


def test_a_host_that_only_fills_in_the_middle_is_set_up_for_ghost_text_only(config):
    fim = ["--endpoint", "openai-compatible-fim", "--no-test", "--model", "m", *HOST]
    assert setup(config, *fim, "--role", "fix").exit_code == 2
    done = setup(config, *fim)
    assert "no fixes" in done.output
    assert "fix" not in written(config)
    done = setup(config, *fim, "--model", "kimi-k3", "--name", "never")
    assert done.exit_code == 2
    assert "never" not in written(config)["models"]


def test_a_role_that_moves_is_said_and_one_that_is_new_is_named(config):
    done = setup(config, *HOST, "--model", "one", "--no-test")
    assert "inline: one\n" in done.output
    assert "(was" not in done.output
    done = setup(config, *HOST, "--model", "two", "--role", "fix", "--no-test")
    assert "fix: two (was one)" in done.output
    assert "inline" not in done.output
    assert (written(config)["inline"], written(config)["fix"]) == ("one", "two")
    assert config.read_text().startswith('fix = "two"\n\ninline = "one"\n\n[models.one]\n')


@pytest.mark.parametrize("old", ['  inline = "mine"\n', '"inline" = "mine"\n', '\ufeffinline = "mine"\n'])
def test_an_old_role_is_replaced_however_it_is_written(config, old):
    config.write_text(f'{old}# kept\n[models.mine]\nmodel = "m"\nbase_url = "http://h/v1"\n', encoding="utf-8")
    done = setup(config, *HOST, "--model", "two", "--no-test")
    assert done.exit_code == 0, done.output
    assert written(config)["inline"] == "two"
    assert "# kept" in config.read_text()


def test_a_file_that_cannot_be_read_or_has_faults_is_left_as_it_is(config):
    for content in (b"\xff\xfe", b"inline = ", b"nonsense = 1\n"):
        config.write_bytes(content)
        done = setup(config, *HOST, "--model", "m", "--no-test")
        assert done.exit_code == 1
        assert str(config) in done.stderr
        assert config.read_bytes() == content
    config.unlink()
    config.mkdir()
    done = setup(config, *HOST, "--model", "m", "--no-test")
    assert done.exit_code == 1
    assert "cannot be read" in done.stderr


def test_a_folder_that_cannot_be_made_is_said(config):
    config.write_text("")
    done = setup(config / "below" / "config.toml", *HOST, "--model", "m", "--no-test")
    assert done.exit_code == 1
    assert str(config) in done.stderr


def test_a_file_that_a_table_cannot_be_added_to_is_left_as_it_is(config):
    text = 'models = { mine = { model = "m", base_url = "http://h/v1" } }\n'
    config.write_text(text)
    done = setup(config, *HOST, "--model", "two", "--no-test")
    assert done.exit_code == 1
    assert "by hand" in done.stderr
    assert "[models.two]" in done.stderr
    assert config.read_text() == text
