"""How a command ends when the user or the machine ends it: Ctrl-C, a full disk, a reader that has gone, wrong places."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.doubles import ModelDouble, Stepped
from tests.doubles.moonshot import Moonshot
from tests.protocol.session import environment, model_environment

from caretwise.cli import INTERRUPTED, main
from caretwise.cli.colour import refused

CARETWISE = [sys.executable, "-P", "-m", "caretwise"]
TAKES_THE_TERMINAL = "import fcntl, os, signal, sys, termios; signal.signal(signal.SIGINT, signal.SIG_DFL); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
"""A program that makes standard input its controlling terminal, from which Ctrl-C comes, and becomes Python.

Whoever runs the tests in the background may have it ignored.
"""

CODE = "def total(prices, rates):\n    return sum(price * rate for price, rate in zip(prices, rates))\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text(CODE)
    return folder


def interrupted(home: Path, env: dict[str, str], *arguments: str, when: Callable[[str], object]) -> tuple[int, str]:
    """Run on a terminal, press Ctrl-C when `when` holds of the output so far; the exit status and the whole output.

    It is pressed again after a while, as people do: Python may miss it in the moment before it waits for a line.
    """
    terminal, inner = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKES_THE_TERMINAL, *CARETWISE[1:], *arguments],
        cwd=home, env=env, stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
    )  # fmt: skip
    os.close(inner)
    shown, press_at, until = b"", 0.0, time.monotonic() + 60
    with contextlib.suppress(OSError):  # how Linux says that the other side of a terminal is closed
        while time.monotonic() < until:
            if select.select([terminal], [], [], 0.02)[0]:
                shown += os.read(terminal, 65536)
            if time.monotonic() > press_at and when(shown.decode(errors="replace")):
                os.write(terminal, b"\x03")
                press_at = time.monotonic() + 5
    os.close(terminal)
    try:
        return process.wait(10), shown.decode(errors="replace")
    finally:
        process.kill()


def test_ctrl_c_ends_a_session_of_try_without_a_trace(tmp_path, project):
    pace = Stepped()
    with ModelDouble(Moonshot(pace=pace)) as double:
        env = environment(tmp_path, **model_environment(double.base_url))
        status, shown = interrupted(tmp_path, env, "try", "--path", str(project), when=lambda _: double.requests)
    assert status == INTERRUPTED == 128 + signal.SIGINT
    assert "Traceback" not in shown
    assert "Error" not in shown


def test_ctrl_c_at_a_question_is_not_a_no(tmp_path):
    status, shown = interrupted(tmp_path, environment(tmp_path), "log", "purge", when=lambda shown: "[y/N]" in shown)
    assert status == INTERRUPTED
    assert "deleted" not in shown
    assert shown.endswith("\x1b[?25h\r\n"), "a bar may have hidden the cursor"


def test_who_wants_no_colour_gets_none_and_sees_what_is_suggested(tmp_path, project):
    (project / "b.py").write_text("def area(width, height):\n    return ")
    with ModelDouble(Moonshot()) as double:
        env = environment(tmp_path, **model_environment(double.base_url), NO_COLOR="1")
        _, shown = interrupted(tmp_path, env, "complete", str(project / "b.py"), when=lambda _: False)
    assert "return ⟦width * height⟧" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("no_colour", "term", "wanted"), [("1", "xterm", True), ("", "dumb", True), ("", "xterm", False), ("", None, False)]
)
def test_who_refuses_colour(monkeypatch, no_colour, term, wanted):
    monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setenv("TERM", term) if term else monkeypatch.delenv("TERM", raising=False)
    assert refused() is wanted


def test_a_full_disk_is_said_in_a_sentence(tmp_path):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*CARETWISE, "--help"], env=environment(tmp_path), stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Error: the output cannot be written: No space left on device\n"


def test_an_encoding_without_our_marks_ends_no_command(tmp_path, project):
    (project / "b.py").write_text("def area(width, height):\n    return ")
    with ModelDouble(Moonshot()) as double:
        env = environment(tmp_path, **model_environment(double.base_url), PYTHONIOENCODING="cp1252")
        done = subprocess.run(
            [*CARETWISE, "complete", str(project / "b.py")], env=env, capture_output=True, timeout=50, check=False
        )
    assert done.returncode == 0, done.stderr
    assert b"return ?width * height?" in done.stdout


def test_a_reader_that_has_gone_is_no_error(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*CARETWISE, "log", "export"], env=environment(tmp_path), stdout=writing, stderr=subprocess.PIPE, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    os.close(writing)
    assert "rror" not in done.stderr


def run(tmp_path: Path, *arguments: str, status: int) -> str:
    done = CliRunner().invoke(main, arguments, env={**environment(tmp_path), "COLUMNS": "200"})
    assert done.exit_code == status, done.output
    return done.output


def test_files_that_cannot_be_written_are_named(tmp_path):
    nowhere = str(tmp_path / "nowhere" / "file")
    for command in (["report", "--html", nowhere], ["log", "export", "--out", nowhere]):
        assert f"Error: {nowhere} cannot be written: No such file or directory\n" in run(tmp_path, *command, status=1)


def test_a_file_without_events_is_not_taken_for_a_journal_without_use(tmp_path, project):
    assert "a.py holds no events: none of its 2 lines is one." in run(
        tmp_path, "report", str(project / "a.py"), status=1
    )


def test_an_address_that_cannot_be_listened_on_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        assert f"{where} cannot be listened on: " in run(tmp_path, "serve", "--tcp", where, status=1)
    assert "is not HOST:PORT" in run(tmp_path, "serve", "--tcp", "127.0.0.1:65536", status=2)


def test_a_model_that_there_is_not_is_wrong_use(tmp_path, project):
    for command in (["complete", str(project / "a.py")], ["fix", str(project / "a.py:1"), "--message", "x"]):
        out = run(tmp_path, *command, "--model", "nobody", status=2)
        assert "there is no model 'nobody'; there are: embedded" in out


def test_what_was_told_by_hand_is_repeated_as_it_was_told(tmp_path, project):
    out = run(tmp_path, "fix", str(project / "a.py:2"), "--message", "rounds wrongly", status=1)
    assert "line 2: rounds wrongly\n" in out


def test_a_typing_mistake_gets_the_command_that_was_meant(tmp_path):
    assert "No such command 'compleet'. Did you mean 'complete'?" in run(tmp_path, "compleet", status=2)
    assert "Did you mean" not in run(tmp_path, "xyzzy", status=2)


@pytest.mark.parametrize("command", ["", "complete", "fix", "capture", "report", "try", "bench completion"])
def test_help_says_how_to_begin(tmp_path, command):
    out = run(tmp_path, *command.split(), "--help", status=0)
    assert ("Examples:\n" if command else "To begin: `caretwise try`") in out
    assert "..." not in out.partition("Commands:")[2], "no description is cut"
