"""The commands as a user runs them: a process, its output, its exit status."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.protocol.session import environment, model_environment

BROKEN = "def area(width, height):\r\n    return width * heigth\r\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "a.py").write_text("def area(width, height):\n    return ")
    (folder / "b.py").write_bytes(BROKEN.encode())
    return folder


@pytest.fixture
def moonshot():
    with ModelDouble(behaviour("moonshot")) as double:
        yield double


def run(*arguments: str, cwd: Path, env: dict[str, str], status: int = 0, text: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "caretwise", *arguments],
        cwd=cwd, env={**env, "NO_COLOR": "1"}, capture_output=True, text=True, input=text, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.timeout(150)
def test_try_without_any_setup_shows_typing_ghost_text_acceptance_and_a_table(home):
    out = run("try", cwd=home, env=environment(home))
    assert "No model is configured: the embedded engine answers" in out
    assert "⟦" in out
    assert "Tab" in out
    assert "embedded (no model)" in out
    rows = [line for line in out.splitlines() if line.startswith("embedded (no model)")]
    assert int(rows[0].split()[5]) >= 1, "at least one suggestion was accepted"
    assert "\x1b[" not in out
    assert not (home / "state").exists(), "a demonstration does not count as use"


@pytest.mark.timeout(150)
def test_try_on_a_project_of_ones_own_with_a_model(home, project, moonshot):
    before = {path: path.read_bytes() for path in project.rglob("*.py")}
    out = run("try", "--path", str(project), cwd=home, env=environment(home, **model_environment(moonshot.base_url)))
    assert "code of this project is sent there" in out
    assert {path: path.read_bytes() for path in project.rglob("*.py")} == before


def test_complete_shows_the_suggestion_in_its_place(home, project, moonshot):
    env = environment(home, **model_environment(moonshot.base_url))
    assert (
        run("complete", "a.py:2", cwd=project, env=env)
        == "def area(width, height):\n    return ⟦width * height⟧  kimi-k2.6\n"
    )
    found = json.loads(run("complete", "a.py:2:12", "--json", cwd=project, env=env))
    assert (found["text"], found["origin"], found["line"], found["column"]) == ("width * height", "disk", 2, 12)


def test_tabs_stay_tabs_and_a_case_is_printed_as_it_is_written(home, project, moonshot):
    (project / "t.py").write_text("if True:\n\tpass\n\ndef area(width, height):\n    return ")
    env = environment(home, **model_environment(moonshot.base_url))
    assert "\tpass\n\ndef area(width, height):\n    return ⟦" in run("complete", "t.py:5", cwd=project, env=env)
    printed = run("capture", "t.py:5", cwd=project, env=env)
    assert "\n\tpass\n" in printed
    run("capture", "t.py:5", "--output", "t.case", cwd=project, env=env)
    assert printed == (project / "t.case").read_text()


def test_explain_tells_the_whole_story(home, project, moonshot):
    out = run(
        "complete", "a.py:2", "--explain", cwd=project, env=environment(home, **model_environment(moonshot.base_url))
    )
    for words in (
        "Stages",
        " ms  model",
        "POST http",
        '"thinking": {"type": "disabled"}',
        "Prompt, as sent",
        "Answer, as it came",
        "fences",
    ):
        assert words in out
    assert "sk-moonshot-test" not in out


def test_a_place_that_does_not_exist_is_said(home, project):
    assert run("complete", "nothing.py:1", cwd=project, env=environment(home), status=2) == ""
    assert run("complete", "a.py:0", cwd=project, env=environment(home), status=2) == ""


def test_fix_prints_a_diff_and_writes_only_when_told(home, project, moonshot):
    env = environment(home, **model_environment(moonshot.base_url))
    path = project / "b.py"
    path.chmod(0o640)
    out = run("fix", "b.py:2", "--message", "undefined name 'heigth'", cwd=project, env=env)
    assert "-    return width * heigth\n+    return width * height\n" in out
    assert path.read_bytes() == BROKEN.encode()
    run("fix", "b.py:2", "--message", "undefined name 'heigth'", "--apply", cwd=project, env=env)
    assert path.read_bytes() == BROKEN.replace("heigth", "height").encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_fix_without_a_model_or_a_problem(home, project):
    out = run("fix", "b.py:2", "--message", "undefined name 'heigth'", cwd=project, env=environment(home), status=1)
    assert "no model is configured for fixes" in out
    run("fix", "b.py", cwd=project, env=environment(home), status=2)


def test_fix_refuses_a_denied_file(home, project, moonshot):
    (project / ".env").write_text("A=1\n")
    env = environment(home, **model_environment(moonshot.base_url))
    out = json.loads(run("fix", ".env:1", "--message", "anything", "--json", cwd=project, env=env, status=1))
    assert out["code"] == "denied"
    assert not moonshot.requests


def test_doctor_says_that_all_is_well(home, project, moonshot):
    out = run("doctor", cwd=project, env=environment(home, **model_environment(moonshot.base_url)))
    assert "inline: answers" in out
    assert "suggests 'width * height" in out
    assert "fix: answers" in out
    assert "FAIL" not in out
    assert "sk-moonshot-test" not in out


def test_doctor_says_what_is_wrong(home, project, moonshot):
    env = environment(home, **model_environment(moonshot.base_url, key="sk-wrong-1234567890"))
    out = run("doctor", cwd=project, env=env, status=1)
    assert "refused the key" in out
    assert "sk-wrong" not in out
    missing = environment(home, CARETWISE_CONFIG=str(home / "nowhere.toml"))
    assert "does not exist" in run("doctor", cwd=project, env=missing, status=1)


def test_setup_tests_the_answer_and_writes_a_configuration_without_a_key(home, project, moonshot):
    env = environment(home, MY_KEY="sk-moonshot-test")
    flags = ["--endpoint", "moonshot", "--base-url", moonshot.base_url, "--model", "kimi-k2.6", "--key-env", "MY_KEY"]
    out = run("setup", *flags, "--name", "kimi", cwd=project, env=env)
    assert "It answers." in out
    config = next((home / "config").rglob("config.toml"))
    assert "sk-moonshot" not in config.read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert '"kimi"' in config.read_text()
    assert "⟦width * height⟧  kimi" in run("complete", "a.py:2", cwd=project, env=env)
    run("setup", *flags, "--name", "kimi", cwd=project, env=env, status=2)
    run("setup", *flags, "--name", "second", "--role", "fix", cwd=project, env=env)
    known = json.loads(run("models", "--json", cwd=project, env=env))["models"]
    assert [one["name"] for one in known] == ["kimi", "second"]


def test_setup_names_what_is_missing_where_there_is_nobody_to_ask(home, project):
    run("setup", "--no-test", cwd=project, env=environment(home), text="http://127.0.0.1:9/v1\n", status=2)
    assert not list(home.rglob("config.toml"))


def test_setup_writes_nothing_when_the_model_does_not_answer(home, project, moonshot):
    flags = ["--endpoint", "moonshot", "--base-url", moonshot.base_url, "--model", "kimi-k2.6", "--key-env", "NOT_SET"]
    run("setup", *flags, cwd=project, env=environment(home), status=1)
    assert not list((home).rglob("config.toml"))


def test_report_with_nothing_in_it(home, project):
    assert "nothing to report yet" in run("report", cwd=project, env=environment(home))
    assert json.loads(run("report", "--json", cwd=project, env=environment(home)))["schema"] == 1


def test_models_lists_what_is_known(home, project):
    out = run("models", cwd=project, env=environment(home))
    assert "moonshot" in out
    assert "kimi-k2.6" in out
    assert "the embedded engine answers" in out


def test_help_names_every_command(home):
    out = run("--help", cwd=home, env=environment(home))
    for name in ("serve", "try", "complete", "fix", "doctor", "setup", "report", "models"):
        assert f"  {name} " in out
        assert run(name, "--help", cwd=home, env=environment(home))


def test_control_characters_do_not_reach_the_terminal(home, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\ny = \x1b]52;c;AAAA\x07\n")
    out = run("complete", "a.py:2", cwd=folder, env=environment(home), status=1)
    assert "\x1b" not in out


def test_a_module_in_the_working_directory_is_not_imported(home, tmp_path):
    folder = tmp_path / "trap"
    folder.mkdir()
    (folder / "click.py").write_text("raise SystemExit('the folder was imported from')\n")
    (folder / "json.py").write_text("raise SystemExit('the folder was imported from')\n")
    console = Path(sys.executable).with_name("caretwise" + (".exe" if os.name == "nt" else ""))
    done = subprocess.run(
        [console, "models"], cwd=folder, env=environment(home), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
