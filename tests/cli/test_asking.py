"""`complete` and `fix` where a model fails, hangs or is applied: said once, counted once."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.protocol.session import environment, model_environment

from caretwise.adapters.journal import read_events
from caretwise.cli import main
from caretwise.engine import fix, model_walk
from caretwise.measure.event import Kind

BROKEN = "def area(width, height):\n    return width * heigth\n"
FIX = ("fix", "b.py:2", "--message", "undefined name 'heigth'")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, which is the working directory, in the home of a user who has configured nothing."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "a.py").write_text("def area(width, height):\n    return ")
    (folder / "b.py").write_text(BROKEN)
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name not in environment(tmp_path)]:
        monkeypatch.delenv(name)
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    return folder


def run(*arguments: str, double: ModelDouble | None = None, status: int = 0) -> Result:
    done = CliRunner().invoke(main, arguments, env=model_environment(double.base_url) if double else {})
    assert done.exit_code == status, done.output
    return done


def kinds(folder: Path) -> list[tuple[Kind, str, str]]:
    return [(event.kind, event.role, event.reason) for event in read_events(folder.parent / "state")]


@pytest.mark.parametrize("arguments", [("complete", "a.py:2"), FIX])
def test_a_failure_is_said_once_and_ends_in_one_full_stop(place, arguments):
    with ModelDouble(behaviour("500")) as double:
        done = run(*arguments, double=double, status=1)
    assert done.output.count("has a problem of its own (500)") == 1
    assert "has a problem of its own (500).\n" in done.stdout
    assert ".." not in done.output


def test_a_refused_file_is_said_once(place):
    (place / ".env").write_text("A=1\n")
    done = run("complete", ".env:1", status=1)
    assert done.output.count("No suggestion") == 1


@pytest.mark.parametrize("name", ["500", "moonshot"])
def test_explain_says_once_that_there_is_no_suggestion(place, name):
    (place / "c.py").write_text("nothing_is_known_of_this = ")
    with ModelDouble(behaviour(name)) as double:
        done = run("complete", "c.py:1", "--explain", double=double, status=1)
    assert done.output.count("No suggestion") == 1
    assert "Stages" in done.stdout


@pytest.mark.parametrize("command", ["complete", "fix"])
def test_a_place_behind_the_end_is_refused_before_anything_is_asked(place, command):
    with ModelDouble(behaviour("moonshot")) as double:
        assert "a.py has 2 lines" in run(command, "a.py:99", double=double, status=2).output
        assert "line 2 has 11 characters" in run(command, "a.py:2:40", double=double, status=2).output
        assert not double.requests


def test_a_fix_that_is_applied_is_counted_as_applied(place):
    with ModelDouble(behaviour("moonshot")) as double:
        run(*FIX, double=double)
        assert Kind.FIX_APPLIED not in [kind for kind, _, _ in kinds(place)]
        run(*FIX, "--apply", double=double)
    assert (place / "b.py").read_text() == BROKEN.replace("heigth", "height")
    row = json.loads(run("report", "--json").stdout)["models"][0]
    assert (row["role"], row["offered"], row["applied"]) == ("fix", 2, 1)


def test_a_fix_that_cannot_be_written_is_not_counted_as_applied(place, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("caretwise.cli.fix_run.write_text", full)
    with ModelDouble(behaviour("moonshot")) as double:
        done = run(*FIX, "--apply", double=double, status=1)
    assert "No space left on device" in done.stderr
    assert "+    return width * height" in done.stdout
    assert Kind.FIX_APPLIED not in [kind for kind, _, _ in kinds(place)]


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(place):
    def edit(_: object) -> None:
        (place / "b.py").write_text("x = 1\n")

    with ModelDouble(behaviour("moonshot"), on_request=edit) as double:
        done = run(*FIX, "--apply", double=double, status=1)
    assert "has changed since it was read" in done.stderr
    assert (place / "b.py").read_text() == "x = 1\n"
    assert Kind.FIX_APPLIED not in [kind for kind, _, _ in kinds(place)]


def test_the_help_says_what_counts(place):
    assert "counts as offered" in " ".join(run("fix", "--help").output.split())


def test_what_fix_prints_is_a_patch(place):
    subprocess.run(["git", "init", "-q"], cwd=place, timeout=30, check=True)
    (place / "b.py").write_bytes(BROKEN.replace("\n", "\r\n").encode())
    with ModelDouble(behaviour("moonshot")) as double:
        done = run(*FIX, double=double)
        other = json.loads(run(*FIX, "--json", double=double).stdout)["fix"].encode()
    assert "in region: passed\n  parses: passed\n" in done.stderr
    assert done.stdout_bytes == other
    command = ("git", "apply", "-")
    subprocess.run(command, cwd=place, input=done.stdout_bytes, timeout=30, check=True)
    assert (place / "b.py").read_bytes() == BROKEN.replace("heigth", "height").replace("\n", "\r\n").encode()


def test_a_deadline_is_a_failure_in_the_journal(place, monkeypatch):
    monkeypatch.setattr(model_walk, "INVOKED_SECONDS", 3.0)
    with ModelDouble(behaviour("hang")) as double:
        done = run("complete", "a.py:2", double=double, status=1)
    assert "took longer than" in done.stdout
    assert (Kind.FAILED, "inline", "timeout") in kinds(place)
    assert Kind.SUPPRESSED not in [kind for kind, _, _ in kinds(place)]


def test_a_fix_that_takes_too_long_is_a_failure_in_the_journal(place, monkeypatch):
    monkeypatch.setattr(fix, "FIX_SECONDS", 3.0)
    with ModelDouble(behaviour("hang")) as double:
        done = run(*FIX, double=double, status=1)
    assert "took longer than" in done.stdout
    assert (Kind.FAILED, "fix", "timeout") in kinds(place)


@pytest.mark.parametrize("arguments", [("complete", "a.py:2"), FIX])
def test_on_a_terminal_it_says_that_it_waits_and_for_whom(place, arguments):
    ours, theirs = pty.openpty()
    with ModelDouble(behaviour("hang")) as double:
        running = subprocess.Popen(
            [sys.executable, "-P", "-m", "caretwise", *arguments],
            env={**os.environ, **model_environment(double.base_url)}, stdout=subprocess.PIPE, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        try:
            with os.fdopen(ours, encoding="utf-8") as terminal:
                said = terminal.readline()
            assert "waiting for kimi-k2.6" in said
            assert f"127.0.0.1:{double.port}" in said
        finally:
            running.kill()
            running.communicate(timeout=10)


def test_elsewhere_nothing_is_said_of_waiting(place, monkeypatch):
    monkeypatch.setattr(model_walk, "INVOKED_SECONDS", 3.0)
    with ModelDouble(behaviour("hang")) as double:
        assert "waiting" not in run("complete", "a.py:2", double=double, status=1).output
