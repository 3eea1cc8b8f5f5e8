"""Style and import contracts are tests like the others. Types take longer and are a step of their own in `.ci/run`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.mark.timeout(60)
def test_ruff_finds_nothing():
    done = run("-m", "ruff", "check", "--output-format", "concise", "server", "tests", "editors")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(60)
def test_ruff_would_format_nothing():
    done = run("-m", "ruff", "format", "--check", "server", "tests", "editors")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(60)
def test_import_contracts_hold():
    done = run("-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr
