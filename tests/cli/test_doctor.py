"""`caretwise doctor`: what it looked at, what is wrong, what was not tested, and what to do next."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.doubles.moonshot import Moonshot, RefusedError
from tests.doubles.vllm import Vllm
from tests.protocol.session import CLEAN, environment, model_environment

from caretwise.cli.doctor_command import command
from caretwise.cli.doctor_report import SCHEMA

KEY = "sk-moonshot-test"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config" / "caretwise" / "config.toml"


@pytest.fixture
def moonshot():
    with ModelDouble(behaviour("moonshot")) as double:
        yield double


def doctor(config: Path, *arguments: str, status: int | None = 0, requests: int = 0, **more: str) -> str:
    """What doctor prints for a user whose configuration is this file."""
    home = config.parents[2]
    clean: dict[str, str | None] = dict.fromkeys([name for name in environment(home) if name.startswith(CLEAN)])
    env = clean | environment(home, MY_KEY=KEY, **more)
    done = CliRunner().invoke(command, [*arguments, "--requests", str(requests)], env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert status is None or done.exit_code == status, done.output
    assert KEY not in done.output
    if "--json" in arguments:
        return done.stdout
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


def test_a_server_of_one_model_is_only_warned_about_when_its_id_is_another(config):
    with ModelDouble(behaviour("llamacpp", model="qwen2.5-coder-7b.gguf")) as double:
        write(
            config,
            f'inline = "local"\n[models.local]\nendpoint = "llamacpp"\nbase_url = "{double.base_url}"\n'
            'model = "qwen2.5-coder"\n',
        )
        out = doctor(config)
        warned = [line for line in out.splitlines() if line.startswith("WARN")]
        assert len(warned) == 1
        assert "'qwen2.5-coder'" in warned[0]
        assert "qwen2.5-coder-7b.gguf" in warned[0]
        checks = json.loads(doctor(config, "--json"))["checks"]
        assert [check["good"] for check in checks if check["warning"]] == [None]


def test_a_pasted_key_in_the_file_is_not_repeated(config):
    pasted = "sk-abcdefghijklmnopqrstuvwx1234"
    write(config, model("kimi", "http://127.0.0.1:9/v1").replace("MY_KEY", pasted))
    out = doctor(config, status=1)
    assert "NAME of an environment variable" in out
    assert pasted not in out


# -- what is measured ---------------------------------------------------------------------------------------------------


def test_the_request_is_shown_as_resolved_and_without_its_text(config, moonshot):
    write(config, 'inline = "kimi"\n' + model("kimi", moonshot.base_url))
    out = doctor(config)
    line = next(line for line in out.splitlines() if "sent to" in line)
    assert f"{moonshot.base_url}/chat/completions" in line
    assert "thinking={'type': 'disabled'}" in line
    assert "def area" not in line
    assert "inline: thinking: asked off, none came back" in out


def test_as_many_stop_strings_as_the_profile_says_are_tried(config):
    with ModelDouble(behaviour("vllm")) as double:
        write(config, f'inline = "own"\n[models.own]\nendpoint = "vllm"\nbase_url = "{double.base_url}"\n'
                      'model = "moonshotai/Kimi-K2.6"\n')  # fmt: skip
        out = doctor(config)
        assert "inline: 4 stop strings sent: taken, as the profile says" in out
        assert len(posts(double)[0]["stop"]) == 4


def test_the_price_is_said_before_anything_is_sent(config, moonshot):
    write(config, 'inline = "kimi"\nfix = "kimi"\n' + model("kimi", moonshot.base_url))
    out = doctor(config, requests=3)
    lines = out.splitlines()
    at = next(number for number, line in enumerate(lines) if "sends 5 requests" in line)
    assert at < next(number for number, line in enumerate(lines) if "sent to" in line)
    assert re.search(r"\$\d\.\d{4} at the most", lines[at])
    assert len(posts(moonshot)) == 5


def test_a_price_that_is_not_known_stays_unknown(config):
    with ModelDouble(behaviour("vllm")) as double:
        write(config, f'inline = "own"\n[models.own]\nendpoint = "vllm"\nbase_url = "{double.base_url}"\n'
                      'model = "moonshotai/Kimi-K2.6"\n')  # fmt: skip
        out = doctor(config, requests=2)
        found = json.loads(doctor(config, "--json", requests=2))["models"][0]
    assert "its price is not known" in out
    assert "price of 1,000 suggestions: not known" in out
    assert "$" not in out
    assert found["price"] is None
    assert found["per_1000_suggestions"] is None


def test_the_same_long_prompt_twice_shows_the_prefix_cache(config, moonshot):
    write(config, 'inline = "kimi"\n' + model("kimi", moonshot.base_url))
    out = doctor(config, requests=3)
    assert re.search(r"prefix cache: works, [\d,]{5} tokens came from it", out)
    assert re.search(r"p50 \d+ ms, p95 \d+ ms to the first content token \(3 requests\)", out)
    first, second, third = (body["messages"] for body in posts(moonshot)[1:])
    assert first == second != third
    again = posts(moonshot)
    doctor(config, requests=3)
    assert posts(moonshot)[5]["messages"] != again[1]["messages"], "another run finds nothing of this one in a cache"


def test_a_cache_that_does_not_help_and_one_that_is_not_spoken_of_are_told_apart(config):
    no_block = 1 << 20  # larger than any prompt: nothing is ever kept
    hosts = (
        (Vllm(cache_block=no_block, key=KEY, model="kimi-k2.6"), "vllm", "nothing came from it"),
        (Moonshot(cache_block=no_block), "moonshot", "does not say"),
    )
    for double, endpoint, said in hosts:
        with ModelDouble(double) as host:
            write(config, 'inline = "kimi"\n' + model("kimi", host.base_url).replace("moonshot", endpoint))
            assert said in next(line for line in doctor(config, requests=2).splitlines() if "prefix cache" in line)


def test_thinking_that_goes_on_is_a_fault(config):
    class Stubborn(Moonshot):
        async def _chat(self, exchange, body):
            await super()._chat(exchange, {**body, "thinking": {"type": "enabled"}, "max_completion_tokens": 4000})

    with ModelDouble(Stubborn()) as double:
        write(config, 'inline = "kimi"\n' + model("kimi", double.base_url))
        out = doctor(config, status=1)
        found = json.loads(doctor(config, "--json", status=1))["models"][0]["requests"][0]
    assert "the model still thinks although it was asked not to" in fails(out)[0]
    assert (found["thinking_asked"], found["thinking_seen"]) == ("off", True)


def test_a_parameter_that_is_refused_is_named(config):
    class Choosy(Moonshot):
        async def _chat(self, exchange, body):
            if "stream_options" in body:
                raise RefusedError(400, "invalid_request_error", "Unsupported parameter: stream_options")
            await super()._chat(exchange, body)

    with ModelDouble(Choosy()) as double:
        write(config, 'inline = "kimi"\n' + model("kimi", double.base_url))
        out = doctor(config, status=None)
    assert "refused the parameter stream_options" in out


def test_where_the_key_comes_from_is_said_and_that_the_editor_may_lack_it(config, moonshot):
    write(config, 'inline = "kimi"\n' + model("kimi", moonshot.base_url))
    assert "ok     key: MY_KEY found in this environment; an editor started elsewhere may lack it" in doctor(config)
    other = model("kimi", moonshot.base_url).replace(
        'key_env = "MY_KEY"', 'key_command = ["caretwise-no-such-program"]'
    )
    write(config, 'inline = "kimi"\n' + other)
    out = doctor(config, status=1)
    assert "key_command names 'caretwise-no-such-program'" in fails(out)[0]
    assert "inline: not tested without a key" in out


def test_the_way_is_said(config, moonshot):
    write(config, 'inline = "kimi"\n' + model("kimi", moonshot.base_url))
    assert "way: straight, no proxy; plain HTTP, not encrypted" in doctor(config)


# -- JSON ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("requests", [0, 2])
def test_the_json_is_as_its_schema_says(config, moonshot, requests):
    write(config, 'inline = "kimi"\nfix = "kimi"\n' + model("kimi", moonshot.base_url))
    found = json.loads(doctor(config, "--json", requests=requests))
    assert (found["schema"], found["ok"], found["models"][0]["key"]["found"]) == (1, True, True)
    assert flat(found) <= set(SCHEMA)
    if requests:
        free = {
            "models[].requests[].body",
            "configuration.problems[]",
            "models[].connection",
            "models[].timing",
            "models[].price",
        }
        assert set(SCHEMA) - flat(found) <= free, "a key that is promised is there"


def test_the_json_of_a_failure_has_the_same_shape_and_status_one(config):
    write(config, 'nonsense = 1\ninline = "kimi"\n' + model("kimi", "http://127.0.0.1:9/v1"))
    found = json.loads(doctor(config, "--json", status=1, requests=1))
    assert found["ok"] is False
    assert found["next"]
    assert flat(found) <= set(SCHEMA)
    assert found["models"][0]["requests"][0]["failure"] == "offline"
    assert any("nonsense" in one for one in found["configuration"]["problems"])


def test_the_schema_is_shown_by_help():
    shown = CliRunner().invoke(command, ["--help"]).output
    assert all(key in shown for key in SCHEMA)


def posts(double: ModelDouble) -> list:
    return [one.json for one in double.requests if one.method == "POST"]


def flat(value: object, at: str = "") -> set[str]:
    """The paths of all leaves; what is below a path of the schema that ends in a body is free."""
    if at == "models[].requests[].body":
        return {at}
    if isinstance(value, dict):
        return set().union(*(flat(one, f"{at}.{key}" if at else key) for key, one in value.items()))
    if isinstance(value, list):
        return set().union(*(flat(one, f"{at}[]") for one in value))
    return {at}


# -- on a terminal ------------------------------------------------------------------------------------------------------


def test_a_terminal_sees_colours_and_what_is_waited_for(config, moonshot):
    write(config, 'inline = "kimi"\n' + model("kimi", moonshot.base_url))
    env = environment(config.parents[2], MY_KEY=KEY, TERM="xterm")
    main, side = os.openpty()
    program = [sys.executable, "-P", "-m", "caretwise", "doctor", "--requests", "2"]
    process = subprocess.Popen(program, env=env, stdin=subprocess.DEVNULL, stdout=side, stderr=side)
    os.close(side)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a pseudo-terminal
        while part := os.read(main, 1 << 16):
            shown += part
    os.close(main)
    assert process.wait(30) == 0
    text = shown.decode()
    assert "\x1b[32mok" in text
    assert "timing kimi: 2 of 2 ..." in text
    assert KEY not in text
