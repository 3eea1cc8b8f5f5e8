"""Isolation over the real server and the real commands: who is connected to, and what is sent along."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.protocol.session import KEY, environment, model_environment, range_of, session

pytestmark = pytest.mark.timeout(120)

CODE = "def area(width, height):\n    return "
HOSTED = """\
self_hosted_only = true
inline = "hosted"
fix = "hosted"
[models.hosted]
endpoint = "moonshot"
model = "kimi-k2.6"
key_env = "MY_KEY"
"""

# Put where every Python of this environment finds it, this notes each connection and each look-up of a name.
WATCH = """\
import os, sys
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        found = args[0] if event == "socket.getaddrinfo" else args[-1]
        if not isinstance(found, str) or event != "socket.connect":
            with open(os.environ["WATCHED"], "a") as file:
                file.write(f"{event} {found!r}\\n")
sys.addaudithook(watch)
"""


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    folder = tmp_path / "watch"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH)
    return folder / "connections"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text(CODE)
    return folder


def environ(home: Path, watched: Path, config: str = "", **more: str) -> dict[str, str]:
    if config:
        (home / "config.toml").write_text(config)
        more["CARETWISE_CONFIG"] = str(home / "config.toml")
    return environment(home, PYTHONPATH=str(watched.parent), WATCHED=str(watched), MY_KEY=KEY, **more)


def connections(watched: Path) -> list[str]:
    return watched.read_text().splitlines() if watched.exists() else []


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "caretwise", *arguments]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )


async def use(env: dict[str, str], project: Path) -> list[str]:
    """A session that asks for ghost text and a fix; gives what the user was told."""
    async with session(project, env) as one:
        one.open("a.py", CODE)
        await one.ghost("a.py", 1, 11, invoked=True)
        problem = types.Diagnostic(range=range_of(1, 4, 10), message="missing value", source="test")
        for action in await one.actions("a.py", problem):
            await one.resolve(action)
        return one.messages


async def test_nothing_is_even_tried_beyond_ones_own_hosts(tmp_path, project, watched):
    env = environ(tmp_path, watched, HOSTED)
    told = await use(env, project)
    assert any("self_hosted_only" in one and "api.moonshot.ai" in one for one in told)
    for arguments in (
        ("doctor",),
        ("doctor", "hosted", "--json"),
        ("complete", f"{project / 'a.py'}:2:12"),
        ("fix", str(project / "a.py")),
        ("setup", "--base-url", "https://api.moonshot.ai/v1", "--model", "kimi-k2.6", "--name", "new"),
        ("setup", "--endpoint", "moonshot", "--model", "kimi-k2.6", "--name", "new", "--json"),
    ):
        done = run(env, *arguments)
        assert KEY not in done.stdout + done.stderr
        if arguments[0] in {"doctor", "setup"}:
            assert done.returncode != 0, arguments
            assert "self_hosted_only is set, and api.moonshot.ai" in done.stdout + done.stderr, arguments
    assert connections(watched) == []
    assert "new" not in (tmp_path / "config.toml").read_text()


async def test_ones_own_host_is_connected_to_and_no_other(tmp_path, project, watched):
    with ModelDouble(behaviour("moonshot")) as double:
        config = HOSTED + f'base_url = "{double.base_url}"\n'
        env = environ(tmp_path, watched, config, HTTPS_PROXY="http://proxy.example:3128")
        await use(env, project)
        assert run(env, "doctor", "--requests", "0").returncode == 0
        assert {one.method for one in double.requests} == {"GET", "POST"}
        seen = {line for line in connections(watched) if line.startswith("socket.connect ")}
        assert seen == {f"socket.connect ('127.0.0.1', {double.port})"}, "and the watching works"
        assert "proxy.example" not in watched.read_text()


def test_a_proxy_elsewhere_is_a_connection_elsewhere(tmp_path, watched):
    config = 'own_hosts = ["gpu-box.test"]\n' + HOSTED + 'base_url = "http://gpu-box.test:8000/v1"\n'
    done = run(environ(tmp_path, watched, config, HTTP_PROXY="http://proxy.example:3128"), "doctor")
    assert done.returncode == 1
    assert "proxy http://proxy.example:3128" in done.stdout
    assert connections(watched) == []


@pytest.mark.parametrize("broken", ['self_hosted_only = "yes"', "self_hosted_only = true\nthis is no TOML"])
def test_a_setting_that_cannot_be_read_counts_as_set(tmp_path, watched, broken):
    env = environ(tmp_path, watched, broken + "\n", CARETWISE_MODEL="kimi-k2.6", CARETWISE_ENDPOINT="moonshot")
    done = run(env | {"CARETWISE_API_KEY": KEY}, "doctor", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["models"] == []
    assert connections(watched) == []


async def test_nothing_of_openais_variables_reaches_another_host(tmp_path, project):
    secrets = {
        "OPENAI_API_KEY": "sk-openai-1111111111111111",
        "OPENAI_ORG_ID": "org-2222222222",
        "OPENAI_PROJECT_ID": "proj_3333333333",
        "OPENAI_ADMIN_KEY": "sk-admin-4444444444444444",
        "OPENAI_WEBHOOK_SECRET": "whsec-5555555555",
        "OPENAI_CUSTOM_HEADERS": "X-Secret: 6666666666",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "AZURE_OPENAI_API_KEY": "az-7777777777",
    }
    with ModelDouble(behaviour("moonshot")) as double:
        env = environment(tmp_path, **model_environment(double.base_url), **secrets)
        await use(env, project)
        assert run(env, "doctor", "--requests", "0").returncode == 0
        assert double.requests
        for one in double.requests:
            sent = f"{dict(one.headers)} {one.path} {one.query} {one.body!r}"
            assert not [name for name, value in secrets.items() if value in sent or value.rpartition(" ")[2] in sent]
            assert not [name for name in one.headers if name.startswith("openai-") or name == "x-secret"]


async def test_a_workspace_cannot_name_a_command_or_switch_hosts(tmp_path, project):
    ran = tmp_path / "ran"
    stolen = f'key_command = ["{sys.executable}", "-c", "open({str(ran)!r}, chr(97))"]\n'
    with ModelDouble(behaviour("moonshot")) as double, ModelDouble(behaviour("moonshot")) as theirs:
        (project / ".caretwise.toml").write_text(
            f'self_hosted_only = false\nown_hosts = ["*.evil.example"]\n[models.kimi]\nbase_url = "{theirs.base_url}"\n{stolen}'
        )
        config = f'self_hosted_only = true\ninline = "kimi"\n[models.kimi]\nbase_url = "{double.base_url}"\n'
        (tmp_path / "config.toml").write_text(
            config + 'endpoint = "moonshot"\nmodel = "kimi-k2.6"\nkey_env = "MY_KEY"\n'
        )
        env = environment(tmp_path, CARETWISE_CONFIG=str(tmp_path / "config.toml"), MY_KEY=KEY)
        told = await use(env, project)
        assert double.requests
        assert theirs.connections == 0
    assert not ran.exists()
    refused = next(one for one in told if ".caretwise.toml" in one)
    assert all(key in refused for key in ("models", "self_hosted_only", "own_hosts"))


async def test_a_key_command_serves_the_real_server(tmp_path, project):
    with ModelDouble(behaviour("moonshot")) as double:
        command = json.dumps([sys.executable, "-c", f"print({KEY!r})"])
        config = f'inline = "kimi"\n[models.kimi]\nendpoint = "moonshot"\nmodel = "kimi-k2.6"\nbase_url = "{double.base_url}"\n'
        (tmp_path / "config.toml").write_text(f"{config}key_command = {command}\n")
        env = environment(tmp_path, CARETWISE_CONFIG=str(tmp_path / "config.toml"))
        async with session(project, env) as one:
            one.open("a.py", CODE)
            item = await one.ghost("a.py", 1, 11, invoked=True)
            assert item is not None
            assert "width * height" in str(item.insert_text)
        assert {request.bearer for request in double.requests} == {KEY}
        done = run(env, "doctor", "--requests", "0")
        assert done.returncode == 0, done.stdout
        assert "key_command" in done.stdout
        assert KEY not in done.stdout + done.stderr
