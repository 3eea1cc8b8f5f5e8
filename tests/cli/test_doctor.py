"""`caretwise doctor`: what it looked at, what is wrong, what was not tested, and what to do next."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.protocol.session import CLEAN, environment, model_environment

from caretwise.cli.doctor_command import command

KEY = "sk-moonshot-test"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config" / "caretwise" / "config.toml"


@pytest.fixture
def moonshot():
    with ModelDouble(behaviour("moonshot")) as double:
        yield double


def doctor(config: Path, *arguments: str, status: int = 0, requests: int = 0, **more: str) -> str:
    """What doctor prints for a user whose configuration is this file."""
    home = config.parents[2]
    clean: dict[str, str | None] = dict.fromkeys([name for name in environment(home) if name.startswith(CLEAN)])
    env = clean | environment(home, MY_KEY=KEY, **more)
    done = CliRunner().invoke(command, [*arguments, "--requests", str(requests)], env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == status, done.output
    assert KEY not in done.output
    last = done.output.splitlines()[-1]
    assert last.startswith("Next: "), "the last line says what to do"
    assert done.output.count("Next: ") == 1
    return done.output


def write(config: Path, text: str | bytes) -> None:
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_bytes(text if isinstance(text, bytes) else text.encode())


def model(name: str, base_url: str, model_id: str = "kimi-k2.6") -> str:
    return (
        f'[models.{name}]\nendpoint = "moonshot"\nbase_url = "{base_url}"\nmodel = "{model_id}"\nkey_env = "MY_KEY"\n'
    )


def fails(out: str) -> list[str]:
    return [line for line in out.splitlines() if line.startswith("FAIL")]


def next_step(out: str) -> str:
    return out.splitlines()[-1]


def test_an_absent_file_is_named_and_is_no_fault(config):
    out = doctor(config)
    assert f"configuration {config}: not there" in out
    assert fails(out) == []
    assert "inline: not configured" in out
    assert "fix: not configured" in out
    assert "caretwise setup" in next_step(out)


def test_an_absent_file_that_was_asked_for_is_a_fault(config):
    out = doctor(config, status=1, CARETWISE_CONFIG=str(config))
    assert len(fails(out)) == 1
    assert f"configuration {config}: not there" in fails(out)[0]
    assert "CARETWISE_CONFIG" in fails(out)[0]


@pytest.mark.parametrize(
    ("content", "why"), [("inline = ", "not valid TOML"), (b"\xff\xfe", "not UTF-8"), ("#" * (1 << 20) + "\n", "1 MiB")]
)
def test_a_file_that_cannot_be_read_is_named_once_with_the_reason(config, content, why):
    write(config, content)
    out = doctor(config, status=1)
    assert f"FAIL configuration {config}: cannot be read: " in out
    assert why in fails(out)[0]
    assert len(fails(out)) == 1
    assert "not there" not in out
    assert "no config.toml" not in out
    assert "ok " not in out, "nothing is well while the file is not read"
    assert str(config) in next_step(out)


def test_a_folder_in_place_of_the_file_is_said(config):
    config.mkdir(parents=True)
    assert f"configuration {config}: cannot be read: " in doctor(config, status=1)


def test_the_problems_of_a_file_are_counted_and_listed(config):
    write(config, 'nonsense = 1\ndebounce_ms = "soon"\n[models.half]\nmodel = "m"\n')
    out = doctor(config, status=1)
    assert f"configuration {config}: 3 problems" in out
    assert len(fails(out)) == 3
    write(config, "nonsense = 1\n")
    assert f"configuration {config}: 1 problem\n" in doctor(config, status=1)


def test_a_file_without_faults_is_ok_even_when_it_is_empty(config):
    write(config, "")
    assert f"ok   configuration {config}: 0 problems" in doctor(config)


def test_half_a_model_in_the_environment_is_a_problem_of_the_environment(config):
    write(config, "automatic = true\n")
    for more in ({"CARETWISE_BASE_URL": "http://127.0.0.1:9/v1"}, {"CARETWISE_MODEL": "kimi-k2.6"}):
        out = doctor(config, status=1, **more)
        assert f"configuration {config}: 0 problems" in out
        assert len(fails(out)) == 1
        assert fails(out)[0].startswith("FAIL environment: CARETWISE_")
        assert "CARETWISE_" in next_step(out)


def test_a_fault_of_the_environments_model_is_not_blamed_on_the_file(config):
    write(config, "automatic = true\n")
    out = doctor(config, status=1, CARETWISE_MODEL="m", CARETWISE_ENDPOINT="nowhere")
    assert f"configuration {config}: 0 problems" in out
    assert "FAIL environment: models.m: endpoint 'nowhere' is not known" in out


def test_a_model_that_always_thinks_fails_for_inline_with_the_reason(config):
    with ModelDouble(behaviour("moonshot", model="kimi-k3")) as double:
        write(config, 'inline = "k3"\nfix = "k3"\n' + model("k3", double.base_url, "kimi-k3"))
        out = doctor(config, status=1)
        assert [one.json["thinking"] for one in double.requests if one.json] == [{"type": "enabled"}]
    assert len(fails(out)) == 1
    assert re.match(r"FAIL +inline: .*cannot stop thinking", fails(out)[0])
    assert "fix: answers" in out
    assert "inline" in next_step(out)
    assert str(config) in next_step(out)


def test_roles_that_are_not_configured_are_not_tested(config):
    with ModelDouble(behaviour("moonshot", model="kimi-k3")) as double:
        write(config, 'fix = "k3"\n' + model("k3", double.base_url, "kimi-k3"))
        out = doctor(config)
        assert len([one for one in double.requests if one.method == "POST"]) == 1
    assert fails(out) == []
    assert "inline: not configured: the embedded engine answers" in out
    assert "fix: answers" in out
    assert "cannot stop thinking" not in out


def test_each_model_is_tested_in_its_own_role_only(config, moonshot):
    write(config, 'inline = "a"\nfix = "b"\n' + model("a", moonshot.base_url) + model("b", moonshot.base_url))
    out = doctor(config)
    assert len([one for one in moonshot.requests if one.method == "POST"]) == 2
    assert out.count("inline: answers") == 1
    assert out.count("fix: answers") == 1
    assert out.count("inline: not configured for b, not tested") == 1
    assert out.count("fix: not configured for a, not tested") == 1
    assert "caretwise try" in next_step(out)


def test_a_model_that_nothing_uses_is_said_to_be_unused(config, moonshot):
    write(config, model("spare", moonshot.base_url))
    out = doctor(config)
    assert not [one for one in moonshot.requests if one.method == "POST"]
    assert "inline: not configured for spare, not tested" in out
    assert 'inline = "spare"' in next_step(out)


def test_a_role_that_names_no_model_is_said_once(config):
    write(config, 'inline = "nobody"\n')
    out = doctor(config, status=1)
    assert len(fails(out)) == 1
    assert "there is no model 'nobody'" in out
    assert "inline: not configured" not in out
    assert "inline: until that is corrected, the embedded engine answers" in out


def test_a_faulty_model_is_not_said_to_be_absent(config):
    write(config, 'inline = "half"\n[models.half]\nmodel = "m"\n')
    out = doctor(config, "half", status=1)
    assert "there is no model" not in out
    assert "base_url is missing" in out
    out = doctor(config, "nobody", status=1)
    assert "there is no model 'nobody'; configured: half" in out


def test_the_next_step_names_what_failed(config, moonshot):
    kept = model("kimi", moonshot.base_url).replace("MY_KEY", "ABSENT")
    write(config, 'inline = "kimi"\n' + kept)
    out = doctor(config, status=1)
    assert "set ABSENT" in next_step(out)
    assert len(fails(out)) == 1, "what follows from a missing key is not a fault of its own"
    write(config, 'inline = "kimi"\n' + model("kimi", "http://127.0.0.1:9/v1"))
    assert f"[models.kimi] in {config}" in next_step(doctor(config, status=1))
    bad = model_environment(moonshot.base_url, key="sk-wrong-1234567890")
    assert "CARETWISE_" in next_step(doctor(config, status=1, **bad))


def test_a_pasted_key_in_the_file_is_not_repeated(config):
    pasted = "sk-abcdefghijklmnopqrstuvwx1234"
    write(config, model("kimi", "http://127.0.0.1:9/v1").replace("MY_KEY", pasted))
    out = doctor(config, status=1)
    assert "NAME of an environment variable" in out
    assert pasted not in out
