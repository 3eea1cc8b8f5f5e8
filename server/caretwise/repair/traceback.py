"""The output of failing tests, read: for each where it went, innermost last, and what it says is wrong."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from caretwise.repair.java_stack import read_java
from caretwise.repair.native_output import read_go, read_rust
from caretwise.repair.pytest_summary import read_summary
from caretwise.repair.python_output import read_python
from caretwise.repair.script_output import read_scripts
from caretwise.repair.test_output import Failure, Frame

__all__ = ["MOST_CHARACTERS", "MOST_FAILURES", "NOT_UNDERSTOOD", "Failure", "Frame", "read_failures"]

MOST_CHARACTERS = 200_000
"""Of a longer output only the end is read."""

MOST_FAILURES = 50
"""The most failing tests of one output."""

NOT_UNDERSTOOD = (
    "this is not a failing test's output with a file and a line or a test's name in it; understood are those of Python, "
    "pytest, unittest, Node, jest, vitest, mocha, Go, Rust, JUnit, Maven and Gradle, not a mere count of failures"
)

_MOST_LINE = 1000
_ESCAPE = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
_INSTALLED = re.compile(r".*[/\\](?:site-packages|python3\.\d+|node_modules)[/\\].*")


def read_failures(text: str) -> tuple[Failure, ...]:
    """Every failing test that a text shows, in its order; none when no place in it can be made out."""
    lines = [line[:_MOST_LINE] for line in _told(_ESCAPE.sub("", text[-MOST_CHARACTERS:]).splitlines())]
    for read in (_python, read_scripts, read_go, read_rust, read_summary, read_java):
        if found := read(lines):
            return tuple(_each_once(found))[:MOST_FAILURES]
    return ()


def _python(lines: Sequence[str]) -> list[Failure]:
    """The tracebacks, and the tests of pytest's summary that none of these is of: a style without places leaves only that."""
    told = read_python(lines)
    if not told:
        return []
    placed = [one for one in told if not all(_INSTALLED.fullmatch(frame.file) for frame in one.frames)]
    known = {one.test.split(" ")[0].split("[")[0] for one in told if one.test}
    words = [one.message for one in placed]
    rest = [
        one for one in read_summary(lines)
        if one.test.split("[")[0] not in known and not any(said.startswith(one.message.rstrip(".")) for said in words)
    ]  # fmt: skip
    return [*placed, *(one for one in rest if one.frames[0].function)] or told


def _each_once(found: Sequence[Failure]) -> Iterator[Failure]:
    """Node prints each failure twice."""
    seen: set[tuple[tuple[Frame, ...], str]] = set()
    for one in found:
        if (one.frames, one.message) not in seen:
            seen.add((one.frames, one.message))
            yield one


def _told(lines: Sequence[str]) -> Iterator[str]:
    """The lines; of `go test -json` what they hold."""
    for line in lines:
        event: Any = None
        if line.startswith('{"Time":'):
            with contextlib.suppress(ValueError, RecursionError):
                event = json.loads(line)
        if event is None:
            yield line
        elif isinstance(said := event.get("Output"), str):
            yield said.removesuffix("\n")
