"""Python's tracebacks, alone and as pytest (in all its styles), unittest and doctest print them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caretwise.repair.test_output import Failure, Frame, joined, read_all

_TITLE = re.compile(r"_+ (?:ERROR (?:at (?:setup|teardown) of|collecting) )?(?=[^\W_])(.+?) _+")
"""pytest's line above each test that failed."""
_SECTION = re.compile(r"=+ (.+?) =+|=+|\*{50,}")
"""pytest's sections, and the lines that part unittest's and doctest's failures."""
_LINE = re.compile(r"-{60,}")
"""unittest's line above its sum."""
_UNITTEST = re.compile(r"(?:ERROR|FAIL): (\S+) \(.*\)")
_BESIDE = re.compile(r"-+ (?:Captured .+|live log .+|generated .+) -+")
"""What the test itself has printed, a traceback perhaps: not why it failed."""
_TRACEBACK = re.compile(r"\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):?")
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_FRAME = re.compile(r'(?:E  )?\s*File "([^"]+)", line (\d+)(?:, in (\S+))?.*')
_PYTEST = re.compile(r"(\S.*?\.pyi?):(\d+):(?: in (\S+)| \w[\w.]*)?\s*")
_ALONE = re.compile(r"(\S.*?\.pyi?):(\d+): (?![\w.]*Warning: )((?:(?:[A-Za-z_]\w*\.)*[A-Z]\w*: |assert ).*)")
"""A whole failure in one line: pytest's `--tb=line`. Python writes its warnings in the same way."""
_GROUP = re.compile(r"(?: *\| ?)+")
"""Stands in front of every line of an exception group."""
_MARKED = re.compile(r"E {1,3}(?= *\S)")
_SAID = re.compile(r"[A-Za-z_][\w.]*(?:: .*|:)?")
_DOCTEST = re.compile(r"(?:Expected|Expected nothing|Got):?")


def read_python(lines: Sequence[str]) -> list[Failure]:
    """Every failure that has a place, in their order."""
    return read_all(_Reading(), lines)


class _Reading:
    """What was read so far: the failures that are whole, and the one that is being printed."""

    def __init__(self) -> None:
        self.found: list[Failure] = []
        self._deaf = False
        self._before = ""
        self._begin("")

    def take(self, line: str) -> None:
        title, section = _TITLE.fullmatch(line), _SECTION.fullmatch(line)
        if title is not None or section is not None:
            self.end()
            self._begin(title[1] if title is not None else "")
            self._deaf = line.strip("= ").startswith("warnings summary")
        elif _BESIDE.fullmatch(line):
            self._deaf = True
        elif self._frames and _LINE.fullmatch(line):
            self.end()
        elif not self._deaf:
            self._heard(line)
        self._before = line if line.strip() else self._before

    def end(self) -> None:
        if self._frames:
            words = self._marked or self._said[:_MOST_SAID]
            self.found.append(Failure(tuple(self._frames), joined(words), self._test))
        self._begin(self._test)

    def _begin(self, test: str) -> None:
        self._test, self._frames = test, list[Frame]()
        self._marked, self._said = list[str](), list[str]()

    def _heard(self, line: str) -> None:
        inner = _GROUP.sub("", line, count=1) if _GROUP.match(line) else line
        if _TRACEBACK.fullmatch(inner):
            self._opened(inside=inner is not line)
        elif alone := _ALONE.fullmatch(line):
            self.end()
            self.found.append(Failure((Frame(alone[1], max(0, int(alone[2]) - 1)),), joined([alone[3]])))
        elif match := _FRAME.fullmatch(inner) or _PYTEST.fullmatch(line):
            self._frames.append(Frame(match[1], max(0, int(match[2]) - 1), match[3] or ""))
            self._said = []
        elif named := _UNITTEST.fullmatch(line):
            self._test = named[1]
        elif marked := _MARKED.match(line):
            self._marked.append(line[marked.end() :])
        elif self._said or (self._frames and (_SAID.match(inner) or _DOCTEST.match(inner))):
            self._said += [inner] if inner.strip() else []

    def _opened(self, *, inside: bool) -> None:
        """A traceback begins: one that tells more of the failure, the last one counts; else another failure."""
        if not inside and not self._before.startswith(_CHAINED):
            self.end()
        self._frames, self._said = [], []


_MOST_SAID = 12
"""The most lines of an exception's words."""
