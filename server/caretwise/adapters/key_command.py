"""Runs `key_command`: a program of the user's that prints a key. Its output goes to the caller and nowhere else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 15.0
"""How long the program may take: a password manager may have to ask its user."""

_MOST_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Printed:
    """The first line that was printed, or what went wrong (a phrase that follows "key_command")."""

    text: str = ""
    fault: str = ""


def printed_by(command: Sequence[str], *, seconds: float = SECONDS) -> Printed:
    """Run a program without a shell and take its first line. Blocks; never raises.

    The opened folder has no say in it: relative entries of PATH are not searched, and it runs in the user's home.
    What it writes to stderr is thrown away, as it may hold the key.
    """
    program = _program(command[0])
    if program is None:
        return Printed(fault=f"names {command[0]!r}, which is no program on the absolute paths of PATH")
    home = Path.home()
    try:
        # The user's own configuration names it, no folder that is opened can (S603).
        process = subprocess.Popen(  # noqa: S603
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home if home.is_dir() else None,
            start_new_session=True,
        )
    except OSError as error:
        return Printed(fault=f"could not be started ({error.strerror or type(error).__name__})")
    return _read(process, seconds)


def _read(process: subprocess.Popen[bytes], seconds: float) -> Printed:
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        with process:
            assert process.stdout is not None
            content = process.stdout.read(_MOST_BYTES + 1)
            if len(content) > _MOST_BYTES:
                _kill(process)
    finally:
        timer.cancel()
    if late.is_set():
        return Printed(fault=f"took longer than {seconds:.0f} s")
    if len(content) > _MOST_BYTES:
        return Printed(fault="printed far more than a key")
    if process.returncode != 0:
        return Printed(fault=f"ended with status {process.returncode}; run it in a terminal to see why")
    lines = content.decode("utf-8", "replace").splitlines()
    return Printed(text=lines[0].strip() if lines else "")


def _program(name: str) -> str | None:
    """The absolute path of a program; `~` is the user's home."""
    expanded = Path(name).expanduser()
    if expanded.is_absolute():
        return shutil.which(expanded)
    if expanded.name != name:
        return None
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which(name, path=os.pathsep.join(one for one in folders if Path(one).is_absolute()))
    return found if found and Path(found).is_absolute() else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the program, with what it started where the system has process groups."""
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
