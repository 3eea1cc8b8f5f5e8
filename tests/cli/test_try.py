"""`caretwise try` where the configuration or the model is at fault: said at the top, and by the exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour
from tests.protocol.session import environment, model_environment

CODE = """\
def total(prices, rates):
    result = 0
    for price, rate in zip(prices, rates):
        if price > result:
            result = result + price * rate
        result = result + price * rate
    return result * len(prices)
"""

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.py").write_text(CODE)
    return folder


def run(home: Path, *arguments: str, status: int, **environ: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "caretwise", "try", *arguments],
        cwd=home, env=environment(home, NO_COLOR="1", **environ), capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


def line_of(lines: list[str], words: str) -> int:
    found = [number for number, line in enumerate(lines) if words in line]
    assert len(found) == 1, (words, lines)
    return found[0]


def test_a_model_that_answers_with_nothing_at_all_is_said(tmp_path, project):
    with ModelDouble(behaviour("null_content")) as double:
        lines = run(tmp_path, "--path", str(project), status=0, **model_environment(double.base_url))
    line_of(lines, "answered with nothing at all")
    assert not any("really stood there" in line for line in lines)


@pytest.mark.parametrize("more", [{}, {"DO_NOT_TRACK": "1"}])
def test_a_failure_stands_above_the_session(tmp_path, project, more):
    with ModelDouble(behaviour("401")) as double:
        lines = run(tmp_path, "--path", str(project), status=1, **model_environment(double.base_url), **more)
        assert len(double.requests) == 1, "nobody asks a host again that has refused the key"
    assert line_of(lines, "refused the key") < 4
    line_of(lines, "kimi-k2.6 could not work")


def test_faults_of_the_configuration_stand_at_the_top(tmp_path, project):
    config = tmp_path / "config.toml"
    config.write_text(
        'inline = "kimi"\ndebounce_ms = "soon"\n[models.kimi]\nmodel = "kimi-k2.6"\nendpoint = "nowhere"\n'
    )
    lines = run(tmp_path, "--path", str(project), status=1, CARETWISE_CONFIG=str(config))
    assert line_of(lines, "debounce_ms") < 5
    assert line_of(lines, "models.kimi") < 5
    assert not any("No model is configured" in line for line in lines)
    line_of(lines, "kimi could not work")


def test_a_model_that_cannot_write_ghost_text_is_said_at_the_top(tmp_path, project):
    with ModelDouble(behaviour("moonshot")) as double:
        env = model_environment(double.base_url, model="kimi-k3")
        lines = run(tmp_path, "--path", str(project), status=1, **env)
    assert line_of(lines, "kimi-k3 could not work") >= 0
    assert any("thinking" in line or "think" in line for line in lines[:4])


def test_an_unimportant_fault_is_said_and_the_embedded_engine_still_works(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('debounce_ms = "soon"\n')
    lines = run(tmp_path, status=0, CARETWISE_CONFIG=str(config))
    assert line_of(lines, "debounce_ms") < 3
    assert any("embedded (no model)" in line for line in lines)
