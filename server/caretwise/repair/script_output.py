"""JavaScript's stacks: Node's own, and those of its runner of tests, jest, vitest and mocha; errors of tsc and Babel."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caretwise.repair.test_output import Failure, Frame, joined, read_all

_FILE = r"(?:file://)?([^()\s]+?(?<!\.rs))"
_STACK = re.compile(rf"\s*at (?:async )?(?:(\S.*?) \()?{_FILE}:(\d+):\d+\)?(?: \{{)?\s*")
_TAP = re.compile(rf"\s+(?:async )?(\S.*?) \({_FILE}:(\d+):\d+\)\s*")
_VITEST = re.compile(r"\s*❯ (?:(\S+) )?(\S+?):(\d+):\d+\s*")
_THROWN = re.compile(r"()(/\S+?\.[cm]?[jt]sx?):(\d+)")
"""What Node prints above the line that does not parse, or that has thrown."""
_COMPILED = re.compile(r"\s*(\S+\.[cm]?tsx?)[:(](\d+)[:,]\d+\)?(?: -|:) error (TS\d+: .*)")
_BABEL = re.compile(r"\s*(SyntaxError: (\S+?\.[cm]?[jt]sx?): .*) \((\d+):\d+\).*")

_TITLES = tuple(
    re.compile(form)
    for form in (
        r"\s*● (?!Console)(\S.*)",
        r" FAIL  \S+\.\w+ > (\S.*)",
        r"\s*not ok \d+ - (\S.*)",
        r"\s*✖ (?!failing tests:)(\S.*?)(?: \([\d.]+m?s\))?",
        r"\s+\d+\) (\S.*)",
    )
)
_WHOLE_FILE = "Test suite failed to run"
_PRINTED = re.compile(r"\s*console\.\w+")
_MORE_OF_TITLE = re.compile(r"\s{7,}(\S.*):")
_SHOWN_CODE = re.compile(r"\s*>?\s*\d*\s*\|.*")
_QUOTED = re.compile(r"\s*error: (?:\|-|'?(.*?)'?)")
"""What Node's runner says of a failure, as YAML."""
_ASIDE = re.compile(r"\s*(?:---|\.\.\.|(?:duration_ms|location|failureType|code|name|type|stack|operator):.*|⎯.*)")


def read_scripts(lines: Sequence[str]) -> list[Failure]:
    """Every failure that has a place, in their order."""
    return read_all(_Reading(), lines)


class _Reading:
    """What was read so far. Stacks begin with the innermost place."""

    def __init__(self) -> None:
        self.found: list[Failure] = []
        self._deaf = False
        self._begin("")

    def take(self, line: str) -> None:
        if title := next((match for form in _TITLES if (match := form.fullmatch(line))), None):
            self.end()
            self._deaf = False
            self._begin(title[1].rstrip() if title[1] != _WHOLE_FILE else "")
        elif _PRINTED.fullmatch(line):
            # What the code has printed, with the place where it did.
            self.end()
            self._deaf = True
        elif not self._deaf:
            self._heard(line)

    def end(self) -> None:
        if self._frames:
            self.found.append(Failure(tuple(reversed(self._frames)), joined(self._words), self._test))
        self._begin("")

    def _begin(self, test: str) -> None:
        self._test, self._frames, self._words = test, list[Frame](), list[str]()

    def _heard(self, line: str) -> None:
        if (
            match := _STACK.fullmatch(line)
            or _VITEST.fullmatch(line)
            or _TAP.fullmatch(line)
            or _THROWN.fullmatch(line)
        ):
            if not match[2].startswith("node:"):
                self._frames.append(Frame(match[2], max(0, int(match[3]) - 1), match[1] or ""))
        elif wrong := _COMPILED.fullmatch(line):
            self._alone(wrong[1], wrong[2], wrong[3])
        elif wrong := _BABEL.fullmatch(line):
            self._alone(wrong[2], wrong[3], wrong[1])
        elif self._test and not self._words and (more := _MORE_OF_TITLE.fullmatch(line)):
            self._test += f" {more[1]}"
        elif line.strip() and not self._frames and not _SHOWN_CODE.fullmatch(line) and not _ASIDE.fullmatch(line):
            quoted = _QUOTED.fullmatch(line)
            self._words = [*self._words[-_MOST_WORDS:], (quoted[1] or "") if quoted else line]

    def _alone(self, file: str, line: str, words: str) -> None:
        """An error that a line tells wholly."""
        test = self._test
        self.end()
        self.found.append(Failure((Frame(file, max(0, int(line) - 1)),), joined([words]), test))


_MOST_WORDS = 30
"""The most lines of what a test says; the last ones before its stack."""
