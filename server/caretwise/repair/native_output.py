"""Go's and Rust's test outputs: failing tests, panics with their stacks, and what does not compile."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caretwise.repair.test_output import Failure, Frame, joined

_GO_TITLE = re.compile(
    r"\s*(?:--- FAIL:|=== (?:RUN|NAME|CONT|PAUSE)) +(\S+).*|(?:FAIL|ok  |PASS|exit status \d+|# )(?:\s.*)?"
)
_GO_PANIC = re.compile(r"(?:panic|fatal error): .*")
_GO_SAID = re.compile(r"\s+(\S+\.go):(\d+): ?(.*)")
_GO_COMPILED = re.compile(r"(?:vet: )?(\S+\.go):(\d+):\d+: (.*)")
_GO_STACK = re.compile(r"\t(\S+\.go):(\d+)(?: \+0x[0-9a-f]+)?")
_GO_CALL = re.compile(r"(?:created by )?([^\s(]+)\(.*\)")

_RUST_TITLE = re.compile(r"---- (\S+) stdout ----|(?:failures|successes):|test result: .*")
_RUST_PANIC = re.compile(r"(?:thread '(.*?)' (?:\(\d+\) )?)?panicked at (?:'(.*)', )?(\S+\.rs):(\d+):\d+:?")
_RUST_OLD_PANIC = re.compile(r"thread '(.*?)' panicked at '(.*)")
_RUST_OLD_END = re.compile(r"(.*)', (\S+\.rs):(\d+):\d+")
_RUST_CALL = re.compile(r"\s+\d+: (\S.*)")
_RUST_STACK = re.compile(r"\s+at (\S+\.rs):(\d+):\d+")
_RUST_SAID = re.compile(r"(error|warning)(?:\[\w+\])?: (.*)")
_RUST_COMPILED = re.compile(r"\s+--> (\S+\.rs):(\d+):\d+")


def read_go(lines: Sequence[str]) -> list[Failure]:
    """Every failure that has a place, in their order. A stack begins with its innermost place."""
    reading = _Reading()
    for line in lines:
        if _GO_PANIC.fullmatch(line):
            reading.begin(reading.test, line)
        elif title := _GO_TITLE.fullmatch(line):
            reading.begin(title[1] or "")
        elif place := _GO_COMPILED.fullmatch(line):
            reading.alone(place[1], place[2], place[3])
        elif said := _GO_SAID.fullmatch(line):
            reading.said(said[1], said[2], said[3])
        elif stack := _GO_STACK.fullmatch(line):
            reading.called(stack[1], stack[2])
        elif call := _GO_CALL.fullmatch(line):
            reading.call = call[1].rsplit(".", 1)[-1]
        else:
            reading.more(line)
    return reading.ended()


def read_rust(lines: Sequence[str]) -> list[Failure]:
    """Every failure that has a place, in their order. A stack begins with its innermost place."""
    reading, error = _Reading(), ""
    for line in lines:
        if panic := _RUST_PANIC.fullmatch(line):
            reading.begin(panic[1] or reading.test, "panicked at " + (panic[2] or f"{panic[3]}:{panic[4]}:"))
            reading.called(panic[3], panic[4])
        elif panic := _RUST_OLD_PANIC.fullmatch(line):
            reading.begin(panic[1], f"panicked at {panic[2]}")
        elif end := _RUST_OLD_END.fullmatch(line):
            reading.more(end[1])
            reading.called(end[2], end[3])
        elif title := _RUST_TITLE.fullmatch(line):
            reading.begin(title[1] or "")
        elif call := _RUST_CALL.fullmatch(line):
            reading.call = call[1].rsplit("::", 1)[-1]
        elif stack := _RUST_STACK.fullmatch(line):
            reading.called(stack[1], stack[2])
        elif said := _RUST_SAID.fullmatch(line):
            reading.begin("")
            error = said[2] if said[1] == "error" else ""
        elif (place := _RUST_COMPILED.fullmatch(line)) and error:
            reading.alone(place[1], place[2], error)
            error = ""
        elif not line.startswith(("stack backtrace:", "note: ")):
            reading.more(line)
    return reading.ended()


class _Reading:
    """What was read so far: the failures that are whole, and the one that is being printed."""

    def __init__(self) -> None:
        self.test = ""
        self.call = ""
        self._found: list[Failure] = []
        self._frames: list[Frame] = []
        self._words: list[str] = []
        self._open = False

    def begin(self, test: str, words: str = "") -> None:
        """Another failure begins, perhaps with its first words."""
        if self._frames:
            self._found.append(Failure(tuple(reversed(self._frames)), joined(self._words), self.test))
        self.test, self.call, self._frames = test, "", []
        self._words, self._open = ([words], True) if words else ([], False)

    def said(self, file: str, line: str, words: str) -> None:
        """A message with the place where it was said: the first one of a test counts."""
        if not self._frames:
            self._words, self._open = [words], True
            self.called(file, line)
        else:
            self._open = False

    def called(self, file: str, line: str) -> None:
        """One more place of the stack."""
        if len(self._frames) < _MOST_FRAMES:
            self._frames.append(Frame(file, max(0, int(line) - 1), self.call))
        self.call = ""

    def more(self, line: str) -> None:
        """Further words, up to the first line without any."""
        self._open = self._open and bool(line.strip()) and len(self._words) < _MOST_WORDS
        if self._open:
            self._words.append(line)

    def alone(self, file: str, line: str, words: str) -> None:
        """An error that a line tells wholly."""
        test = self.test
        self.begin("")
        self._found.append(Failure((Frame(file, max(0, int(line) - 1)),), joined([words]), ""))
        self.test = test

    def ended(self) -> list[Failure]:
        self.begin("")
        return self._found


_MOST_FRAMES = 200
_MOST_WORDS = 20
