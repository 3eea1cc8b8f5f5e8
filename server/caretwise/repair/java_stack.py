"""Java's stacks, as `java`, JUnit, Maven's Surefire and Gradle print them; of the two builds also the lines that sum up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from caretwise.repair.test_output import MOST_MESSAGE, Failure, Frame

_FRAME = re.compile(
    r"\s+(?:at )?(?:[\w.@-]*/){0,2}((?:[\w$]+\.)+)([\w$]+|<\w+>)\((?:(\w+\.java):(\d+)|[^():]*(?::\d+)?)\)(?: .*)?"
)
_BREAK = re.compile(r"\s*(?:\[\.\.\.\])?\s*")
_COMMON = re.compile(r"\s*\.\.\. \d+ (?:more|common frames omitted)")
_BEHIND = re.compile(r"(\s*)(Caused by|Suppressed):(.*)")
_THROWN = re.compile(
    r"\s*(?:Exception in thread \".*?\" |=> )?"
    r"((?:(?:[a-z_]\w*\.)+[A-Z][\w$]*|[A-Z][\w$]*(?:Error|Exception|Failure|Throwable))(?::.*)?)"
)
_GRADLE_LINE = re.compile(r"\s+(Caused by: )?((?:\w+\.)+[A-Z][\w$]*) at (\w+\.java):(\d+)\s*")
_SUREFIRE_LINE = re.compile(
    r"(?:\[ERROR\]\s+|\s+(?=[A-Z]\w*Test|Test))(?:[A-Z][\w$]*>)?([A-Z]\w*)(?:\$\w+)*\.([\w$]+):(\d+)(?:->\S*)? (.+)"
)
_TOOLS = re.compile(r"(?:javax?|jdk|sun|org\.(?:junit|opentest4j|hamcrest|assertj|apache\.maven|gradle))\.")
"""How classes begin that are no project's own: Java's, and those of tools for tests."""


def read_java(lines: Sequence[str]) -> list[Failure]:
    """Every stack that has a place outside of Java and its tools, else the lines of a build that have one."""
    told = [stack for stack in _stacks(lines) if stack.frames]
    if told:
        return [
            Failure(tuple(one.frames), "; caused by ".join(one.words)[:MOST_MESSAGE], _test_of(one.frames))
            for one in told
        ]
    return _gradle_lines(lines) or _surefire_lines(lines)


def _test_of(frames: Sequence[Frame]) -> str:
    """The test by its class and method: the outermost frame."""
    outermost = frames[0]
    return ".".join(part for part in (outermost.file.split("/")[-1].removesuffix(".java"), outermost.function) if part)


@dataclass
class _Stack:
    """An exception with its causes: what each says, and the frames, innermost last."""

    words: list[str] = field(default_factory=list[str])
    frames: list[Frame] = field(default_factory=list[Frame])


@dataclass
class _Section:
    """The frames of one exception, as printed: innermost first. `behind` says what it is to the one before it."""

    words: str
    behind: str
    width: int
    frames: list[Frame] = field(default_factory=list[Frame])


def _stacks(lines: Sequence[str]) -> list[_Stack]:
    """A cause's frames go behind those of what it caused: they are nearer to the fault. What was suppressed is not it."""
    stacks: list[_Stack] = []
    aside = -1
    for section in _sections(lines):
        if not section.behind:
            stacks.append(_Stack())
            aside = -1
        elif section.behind == "Suppressed":
            aside = section.width
        if section.behind and (not stacks or 0 <= aside <= section.width):
            continue
        aside = -1
        stacks[-1].words.append(section.words)
        stacks[-1].frames += reversed(section.frames)
    return stacks


def _sections(lines: Sequence[str]) -> list[_Section]:
    found: list[_Section] = []
    between: list[str] = []
    for line in lines:
        match = _FRAME.fullmatch(line)
        if match is None:
            between = [] if _COMMON.fullmatch(line) else [*between[-_MOST_BETWEEN:], line]
            continue
        if not found or not all(_BREAK.fullmatch(one) for one in between):
            found.append(_opened(between))
        between = []
        if match[3] and not _TOOLS.match(match[1]):
            package = match[1].split(".")[:-2]
            found[-1].frames.append(Frame("/".join((*package, match[3])), max(0, int(match[4]) - 1), match[2]))
    return found


_MOST_BETWEEN = 50
"""The most lines of an exception's words that are read."""


def _opened(between: Sequence[str]) -> _Section:
    """The exception that the lines before its frames tell of: what is said behind the last sign of one."""
    for number in range(len(between) - 1, -1, -1):
        if behind := _BEHIND.fullmatch(between[number]):
            said = [behind[3], *between[number + 1 :]]
            return _Section(_joined(said), behind[2], len(behind[1]))
    for number in range(len(between) - 1, -1, -1):
        if thrown := _THROWN.fullmatch(between[number]):
            return _Section(_joined([thrown[1], *between[number + 1 :]]), "", 0)
    return _Section(_joined(between[-1:]), "", 0)


def _joined(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())


def _gradle_lines(lines: Sequence[str]) -> list[Failure]:
    """Gradle's short form: an exception and its causes, a line each with the nearest place of the test's project."""
    told: list[list[re.Match[str]]] = []
    for line in lines:
        if match := _GRADLE_LINE.fullmatch(line):
            if not match[1] or not told:
                told.append([])
            told[-1].append(match)
    return [
        Failure(
            tuple(Frame(one[3], max(0, int(one[4]) - 1)) for one in matches),
            "; caused by ".join(one[2] for one in matches)[:MOST_MESSAGE],
        )
        for matches in told
    ]


def _surefire_lines(lines: Sequence[str]) -> list[Failure]:
    """Surefire's summary: `PriceTest.total:12 expected: <3> but was: <4>`."""
    matches = [match for line in lines if (match := _SUREFIRE_LINE.fullmatch(line))]
    return [
        Failure(
            (Frame(f"{one[1]}.java", max(0, int(one[3]) - 1), one[2]),),
            one[4].strip()[:MOST_MESSAGE],
            f"{one[1]}.{one[2]}",
        )
        for one in matches
    ]
