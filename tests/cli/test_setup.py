"""`caretwise setup`: what it refuses before it asks anybody, and what it says about what it writes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.protocol.session import CLEAN, environment

from caretwise.adapters import local_servers as local
from caretwise.adapters.resources import catalog
from caretwise.cli import setup_choice
from caretwise.cli.setup_command import SCHEMA, command

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
def test_a_pasted_key_is_no_variable_name_and_is_not_repeated(config, pasted, monkeypatch):
    monkeypatch.setattr(setup_choice, "at_terminal", lambda: True)
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


@pytest.mark.parametrize(
    ("pasted", "endpoint", "model", "kept"),
    [
        ("http://127.0.0.1:9931/infill", "llamacpp", "qwen2.5-coder", "http://127.0.0.1:9931"),
        (
            "https://codestral.mistral.ai/v1/fim/completions",
            "codestral",
            "codestral-2508",
            "https://codestral.mistral.ai/v1",
        ),
        ("https://api.deepseek.com/beta/completions", "deepseek", "deepseek-chat", "https://api.deepseek.com/beta"),
    ],
)
def test_routes_that_fill_in_the_middle_are_cut_too(config, pasted, endpoint, model, kept):
    flags = ["--name", "m", "--model", model, "--key-env", "MY_KEY", "--endpoint", endpoint, "--no-test"]
    done = setup(config, "--base-url", pasted, *flags)
    assert done.exit_code == 0, done.output
    assert written(config)["models"]["m"]["base_url"] == kept


def test_where_ids_are_the_users_own_the_family_is_asked_for(config, monkeypatch):
    flags = ["--base-url", "https://us.openai.azure.com/openai/v1", "--key-env", "MY_KEY", "--no-test"]
    done = setup(config, *flags, "--model", "our-deployment")
    assert done.exit_code == 2
    assert "--family is missing" in done.stderr
    assert "kimi-k2.6" in done.stderr
    assert not config.exists()
    assert setup(config, *flags, "--model", "gpt-5.5").exit_code == 0, "an id that tells needs no family"
    assert setup(config, *flags, "--model", "one", "--family", "gpt").exit_code == 0
    assert setup(config, *flags, "--model", "two", "--family", "gtp").exit_code == 2
    monkeypatch.setattr(setup_choice, "at_terminal", lambda: True)
    asked = setup(config, *flags, "--model", "our-deployment", text="gpt\n")
    assert asked.exit_code == 0, asked.output
    models = written(config)["models"]
    assert {name: table.get("family") for name, table in models.items()} == {
        "gpt-5-5": None,
        "one": "gpt",
        "our-deployment": "gpt",
    }


def test_servers_that_are_found_are_spoken_to_by_endpoints_that_exist():
    assert set(setup_choice._ENDPOINTS.values()) <= catalog().endpoints.keys()


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


# -- on a terminal ------------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch):
    """Somebody to ask, and no server on this machine unless a test adds its port."""
    monkeypatch.setattr(setup_choice, "at_terminal", lambda: True)
    monkeypatch.setattr(local, "PORTS", ())
    return monkeypatch


def test_a_server_on_this_machine_is_found_and_offered_first(config, terminal):
    with ModelDouble(behaviour("vllm")) as double:
        terminal.setattr(local, "PORTS", (double.port,))
        done = setup(config, text="1\n\n\ny\n")
        assert done.exit_code == 0, done.output
        assert f"1  vLLM at {double.base_url} (moonshotai/Kimi-K2.6)" in done.output
        methods = [one.method for one in double.requests]
    assert methods == ["GET", "POST"], "the list of models, then the test that was agreed to"
    table = written(config)["models"]["kimi-k2-6"]
    assert table == {"endpoint": "vllm", "base_url": double.base_url, "model": "moonshotai/Kimi-K2.6"} | (
        {"key_env": table["key_env"]} if "key_env" in table else {}
    )


def test_nothing_is_sent_before_the_user_says_so(config, terminal):
    with ModelDouble(behaviour("moonshot")) as double:
        answers = ["--name", "kimi", "--key-env", "MY_KEY", "--endpoint", "moonshot", "--base-url", double.base_url]
        done = setup(config, *answers, "--model", "kimi-k2.6", text="n\n")
        assert done.exit_code == 0, done.output
        assert "Send one tiny request (no code of yours) to 127.0.0.1" in done.output
        assert double.connections == 0
        assert "kimi" in written(config)["models"], "it is written all the same: untested, as the user wants"
        assert setup(config, *answers[2:], "--name", "two", "--model", "kimi-k2.6", text="y\n").exit_code == 0
        assert len(double.requests) == 1


def test_kimi_at_an_address_is_a_choice(config, terminal):
    with ModelDouble(behaviour("moonshot")) as double:
        done = setup(config, "--key-env", "MY_KEY", text=f"1\n{double.base_url}\n\nn\n")
        assert done.exit_code == 0, done.output
        assert "1  Kimi K2.6 at an address" in done.output
        assert double.connections == 0
    assert written(config)["models"]["kimi-k2-6"]["model"] == "kimi-k2.6"


def test_an_answer_that_is_none_is_asked_for_again_at_once(config, terminal):
    with ModelDouble(behaviour("moonshot")) as double:
        bare = double.base_url.removeprefix("http://")
        done = setup(config, "--key-env", "MY_KEY", text=f"{bare}\n9\n1\n{bare}\n{double.base_url}\n\nn\n")
        assert done.exit_code == 0, done.output
    assert done.output.count("type a number from 0 to 4") == 2
    assert "it would begin with http://" in done.output
    assert "--base-url" not in done.output, "nobody wrote a flag"
    assert written(config)["models"]["kimi-k2-6"]["base_url"] == double.base_url


@pytest.mark.parametrize("asked", [True, False])
def test_a_server_of_ones_own_is_known_by_what_it_says_of_its_models(config, terminal, asked):
    terminal.setattr(setup_choice, "at_terminal", lambda: asked)
    with ModelDouble(behaviour("vllm")) as double:
        address = double.base_url
        flags = [] if asked else ["--base-url", address, "--model", "moonshotai/Kimi-K2.6"]
        done = setup(config, *flags, text=f"1\n{address}\nmoonshotai/Kimi-K2.6\n\ny\n" if asked else "")
        assert done.exit_code == 0, done.output
        assert 'says that it is vLLM: endpoint = "vllm"' in done.output
        assert [one.method for one in double.requests] == ["GET", "POST"]
        assert double.requests[1].json["chat_template_kwargs"]["thinking"] is False
    [table] = written(config)["models"].values()
    assert table["endpoint"] == "vllm"


def test_a_list_that_names_no_server_or_several_changes_nothing():
    named = setup_choice.endpoint_named
    assert named(["vllm", "vllm"]) == "vllm"
    assert named(["library", "LLAMACPP"]) == named(["me", ""]) == named([]) == ""


def test_staying_without_a_model_writes_nothing(config, terminal):
    done = setup(config, text="0\n")
    assert done.exit_code == 0
    assert "embedded engine" in done.output
    assert not config.exists()


def test_a_real_terminal_is_asked(config):
    env = environment(config.parent, CARETWISE_CONFIG=str(config), TERM="xterm")
    main, side = os.openpty()
    program = [sys.executable, "-P", "-m", "caretwise", "setup"]
    process = subprocess.Popen(program, env=env, stdin=side, stdout=side, stderr=side)
    os.close(side)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a pseudo-terminal
        while part := os.read(main, 1 << 16):
            shown += part
            if shown.endswith((b"Which: ", b"Which [1]: ")):
                os.write(main, b"0\n")
    os.close(main)
    assert process.wait(30) == 0
    assert b"Looking for model servers on this machine" in shown
    assert not config.exists()


@pytest.mark.parametrize("flags", [[], ["--model", "m"], ["--base-url", "http://127.0.0.1:9/v1"]])
def test_without_a_terminal_what_is_missing_is_named(config, flags):
    done = setup(config, *flags)
    assert done.exit_code == 2
    assert "is missing, and there is no terminal to ask on" in done.stderr
    assert not config.exists()


# -- servers on this machine --------------------------------------------------------------------------------------------


def found_at(*ports: int) -> list[local.LocalServer]:
    return asyncio.run(local.local_servers(ports))


def test_only_what_answers_like_a_model_host_is_found():
    with (
        ModelDouble(behaviour("vllm")) as one,
        ModelDouble(behaviour("html")) as two,
        ModelDouble(behaviour("hang")) as three,
    ):
        since = time.monotonic()
        assert found_at(three.port, two.port, one.port, 9) == [
            local.LocalServer("vLLM", one.base_url, ("moonshotai/Kimi-K2.6",))
        ]
        assert time.monotonic() - since < 8
        assert all(request.bearer is None for request in one.requests)


def test_a_port_that_takes_connections_and_says_nothing_is_given_up_soon():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        since = time.monotonic()
        assert found_at(silent.getsockname()[1]) == []
        assert time.monotonic() - since < 8


# -- JSON, keys, self_hosted_only ---------------------------------------------------------------------------------------


def test_json_says_what_was_written(config):
    config.write_text('fix = "mine"\n[models.mine]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n')
    with ModelDouble(behaviour("moonshot")) as double:
        done = setup(config, "--base-url", double.base_url, "--endpoint", "moonshot", "--model", "kimi-k2.6",
                     "--key-env", "MY_KEY", "--role", "inline", "--json")  # fmt: skip
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (found["ok"], found["tested"], found["model"]) == (True, True, "kimi-k2-6")
    assert found["roles"] == {"inline": "kimi-k2-6", "fix": "mine"}
    assert found["file"] == str(config)
    assert keys(found) == set(SCHEMA)


def test_json_says_what_went_wrong(config):
    for flags, status in ((["--model", "m"], 2), ([*HOST, "--model", "kimi-k2.6"], 1)):
        done = setup(config, *flags, "--json")
        found = json.loads(done.stdout)
        assert done.exit_code == status
        assert found["ok"] is False
        assert found["error"]
        assert keys(found) | {"said[]"} == set(SCHEMA)
        assert not config.exists()


def keys(found: dict) -> set[str]:
    return {
        f"{key}.{inner}" if isinstance(value, dict) else f"{key}[]" if isinstance(value, list) else key
        for key, value in found.items()
        for inner in (value if isinstance(value, dict) else [""])
    }


def test_the_schema_is_shown_by_help(config):
    shown = setup(config, "--help").output
    assert all(key in shown for key in SCHEMA)


def test_a_key_may_come_from_a_command_or_the_keyring(config):
    with ModelDouble(behaviour("moonshot")) as double:
        flags = ["--base-url", double.base_url, "--endpoint", "moonshot", "--model", "kimi-k2.6"]
        program = f"{sys.executable} -c 'print(\"{KEY}\".lower())'".replace(KEY, "SK-MOONSHOT-TEST")
        done = setup(config, *flags, "--key-command", program)
        assert done.exit_code == 0, done.output
        assert double.requests[-1].bearer == KEY
    assert written(config)["models"]["kimi-k2-6"]["key_command"][0] == sys.executable
    done = setup(config, *flags, "--name", "two", "--key-keyring", "caretwise/moonshot", "--no-test")
    assert done.exit_code == 0, done.output
    assert written(config)["models"]["two"]["key_keyring"] == "caretwise/moonshot"
    done = setup(config, *flags, "--name", "three", "--key-keyring", "a/b", "--key-env", "MY_KEY", "--no-test")
    assert done.exit_code == 2
    assert "one place" in done.stderr


def test_self_hosted_only_is_kept_to(config):
    config.write_text('self_hosted_only = true\nown_hosts = ["gpu-box"]\n')
    refused = setup(config, "--endpoint", "moonshot", "--model", "kimi-k2.6", "--key-env", "MY_KEY")
    assert refused.exit_code == 2
    assert "self_hosted_only is set" in refused.stderr
    done = setup(config, "--base-url", "http://gpu-box:8000/v1", "--model", "m", "--key-env", "MY_KEY", "--no-test")
    assert done.exit_code == 0, done.output
    assert written(config)["self_hosted_only"] is True
