"""A failing test's output, read: where it went, innermost last, and what it says is wrong."""

from __future__ import annotations

import re

from caretwise.repair.java_stack import read_java
from caretwise.repair.pytest_summary import read_summary
from caretwise.repair.test_output import MOST_MESSAGE, Failure, Frame

__all__ = ["MOST_CHARACTERS", "Failure", "Frame", "read_failure"]

MOST_CHARACTERS = 200_000
"""Of a longer output only the end is read."""

_MOST_LINE = 1000


_PYTHON = re.compile(r'\s*File "([^"]+)", line (\d+)(?:, in (\S+))?.*')
_PYTEST = re.compile(r"(\S.*?\.pyi?):(\d+):(?: in (\S+)| \w[\w.]*)?\s*")
_PYTEST_LINE = re.compile(r"(\S.*?\.pyi?):(\d+): (?![\w.]*Warning: )(?:(?:[A-Za-z_]\w*\.)*[A-Z]\w*: |assert ).*")
"""A whole failure in one line: pytest's `--tb=line`. Python writes its warnings in the same way."""
_NODE = re.compile(r"\s*at (?:async )?(?:(\S.*?) \()?(?:file://)?([^()\s]+?):(\d+):\d+\)?\s*")
_TAP = re.compile(r"\s+(?:async )?(\S.*?) \((?:file://)?([^()\s]+?):(\d+):\d+\)\s*")
_VITEST = re.compile(r"\s*❯ (?:(\S+) )?(\S+?):(\d+):\d+\s*")
_GO = re.compile(r"\s*(\S+\.go):(\d+)(?:: .*| \+0x[0-9a-f]+.*)?")
_RUST = re.compile(r".*(?:panicked at |', )(\S+\.rs):(\d+):\d+.*")
_ESCAPE = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")

_PYTHON_ERROR = re.compile(r"(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Failed|Exit|Interrupt|Warning)\b(?::.*)?")
_OTHER_ERROR = re.compile(
    r"\s*(?:(?:\w*Error|AssertionError)\b.*|(?:panic|thread '.*' panicked at).*|\s+\S+\.go:\d+: .*|\s+error: .*)"
)


def read_failure(text: str) -> Failure | None:
    """The failure that a text shows, the last one when it shows several; None when no place in it can be made out."""
    lines = [line[:_MOST_LINE] for line in _ESCAPE.sub("", text[-MOST_CHARACTERS:]).splitlines()]
    for find in (_python, _javascript, _others):
        frames = find(lines)
        if frames:
            return Failure(frames, _message(lines))
    return read_summary(lines) or read_java(lines)


def _python(lines: list[str]) -> tuple[Frame, ...]:
    """Python's own traceback, and both of pytest's styles. Only the last traceback counts."""
    frames: list[Frame] = []
    for line in lines:
        if line.startswith("Traceback (most recent call last)") or re.fullmatch(r"_{5,} .* _{5,}", line):
            frames = []
        if alone := _PYTEST_LINE.fullmatch(line):
            frames = [Frame(alone.group(1), max(0, int(alone.group(2)) - 1))]
        elif match := _PYTHON.fullmatch(line) or _PYTEST.fullmatch(line):
            frames.append(Frame(match.group(1), max(0, int(match.group(2)) - 1), match.group(3) or ""))
    return tuple(frames)


def _javascript(lines: list[str]) -> tuple[Frame, ...]:
    """Node's stack and vitest's, which begin with the innermost place."""
    frames: list[Frame] = []
    for line in lines:
        match = _NODE.fullmatch(line) or _VITEST.fullmatch(line) or _TAP.fullmatch(line)
        if match is not None and not match.group(2).startswith("node:"):
            frames.append(Frame(match.group(2), max(0, int(match.group(3)) - 1), match.group(1) or ""))
    return tuple(reversed(frames))


def _others(lines: list[str]) -> tuple[Frame, ...]:
    """Go's and Rust's. Go's stack begins with the innermost place, a message of its test has one place."""
    found = [match for line in lines if (match := _GO.fullmatch(line) or _RUST.fullmatch(line)) is not None]
    return tuple(Frame(one.group(1), max(0, int(one.group(2)) - 1)) for one in reversed(found))


def _message(lines: list[str]) -> str:
    """Lines of pytest that begin with E; else the last line that names an error; else the last line."""
    marked = [line[1:].strip() for line in lines if re.match(r"E   +\S", line)]
    if marked:
        return " ".join(marked)[:MOST_MESSAGE]
    for pattern in (_PYTHON_ERROR, _OTHER_ERROR):
        named = [line.strip() for line in lines if pattern.fullmatch(line)]
        if named:
            return named[-1][:MOST_MESSAGE]
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:MOST_MESSAGE] if said else ""
