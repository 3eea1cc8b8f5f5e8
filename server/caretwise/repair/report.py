"""What checkers report, as values: reading their output, and comparing what they say before a fix and after it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from caretwise.repair.finding import Finding
from caretwise.repair.verification import CHECKER, Layer

_MOST = 5000
"""More problems than this are not read."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One problem in a checker's output. `line` counts from 0, `severity` is LSP's number, `file` as the checker says it."""

    file: str
    line: int
    severity: int
    code: str
    message: str


class UnreadableError(ValueError):
    """A checker's output that is not what its manual says."""


def read_report(kind: str, output: str) -> list[Reported]:
    """The problems in the output of a checker of this kind.

    Raises UnreadableError when the output is something else than a report.
    """
    try:
        return _READERS[kind](output)[:_MOST]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"its output cannot be read: {type(error).__name__}") from error


def judge(tool: str, findings: Sequence[Finding], before: Sequence[Reported], after: Sequence[Reported]) -> Layer:
    """The checker's layer: the problems were there, are gone, and nothing of their severity is new.

    Problems are told apart by code and message, not by line: a fix moves lines.
    """
    name = f"{CHECKER} {tool}"
    worst = max(finding.severity for finding in findings)
    fresh = Counter(_key(one) for one in after) - Counter(_key(one) for one in before)
    new = [one for one in after if _key(one) in fresh and one.severity <= worst]
    if new and all(one.code == _FIRST_ONLY for one in new) and any(one.code == _FIRST_ONLY for one in before):
        return Layer(name, "not run", f"{tool} stops at the first error, and now names another: {_words(new[0])}")
    if new:
        return Layer(name, "failed", f"a new problem: {_words(new[0])}")
    known = [_matching(finding, before) for finding in findings]
    missing = [finding for finding, one in zip(findings, known, strict=True) if one is None]
    if missing:
        return Layer(name, "not run", f"{tool} does not report this problem here: {missing[0].title}")
    left = Counter(_key(one) for one in before)
    asked = Counter(_key(one) for one in known if one is not None)
    still = Counter(_key(one) for one in after)
    for one in known:
        if one is not None and still[_key(one)] > left[_key(one)] - asked[_key(one)]:
            return Layer(name, "failed", f"the problem is still there: {_words(one)}")
    return Layer(name, "passed", f"{len(findings)} gone, nothing as bad is new")


def _key(one: Reported) -> tuple[str, str]:
    # Numbers in a message are lines, columns and counts: they change with the text around them.
    return one.code, re.sub(r"\d+", "0", " ".join(one.message.split()))


def _words(one: Reported) -> str:
    return f"line {one.line + 1}: {f'{one.code} ' if one.code else ''}{' '.join(one.message.split())[:200]}"


def _matching(finding: Finding, reported: Sequence[Reported]) -> Reported | None:
    """The report that an editor's diagnostic is about: on its lines, with its code or its words."""
    near = [one for one in reported if finding.range.start.line - 1 <= one.line <= finding.range.end.line + 1]
    near.sort(key=lambda one: abs(one.line - finding.range.start.line))
    said, code = plain(finding.message), _code(finding.code)
    both = [one for one in near if code == _code(one.code) and plain(one.message)[:40] in said]
    by_code = [one for one in near if code and code == _code(one.code)]
    by_words = [one for one in near if said and (plain(one.message) in said or said in plain(one.message))]
    return next(iter((*both, *by_code, *by_words)), None)


def _code(code: str) -> str:
    """A code as all spell it: TypeScript's servers say 2322 and its compiler TS2322."""
    return code.upper().removeprefix("TS").strip("()")


def plain(text: str) -> str:
    """A message's words, as far as two reports of one problem agree on them."""
    return re.sub(r"[^\w]+", " ", text).strip().lower()


# -- the formats ---------------------------------------------------------------------------------------------------


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise UnreadableError("not a list")
    return [cast("Mapping[str, Any]", one) for one in cast("list[object]", value) if isinstance(one, dict)]


def _ruff(output: str) -> list[Reported]:
    """`ruff check --output-format json`. Severities as `ruff server` gives them; no code means a syntax error."""
    found: list[Reported] = []
    for one in _objects(json.loads(output or "[]")):
        code = str(one["code"] or "")
        severity = 1 if code in {"", "invalid-syntax", "F821", "E902"} else 2
        found.append(
            Reported(str(one["filename"]), int(one["location"]["row"]) - 1, severity, code, str(one["message"]))
        )
    return found


_PYRIGHT_SEVERITY = {"error": 1, "warning": 2, "information": 3}


def _pyright(output: str) -> list[Reported]:
    """`pyright --outputjson`."""
    return [
        Reported(
            str(one["file"]), int(one["range"]["start"]["line"]), _PYRIGHT_SEVERITY.get(str(one["severity"]), 3),
            str(one.get("rule", "")), str(one["message"]),
        )
        for one in _objects(json.loads(output)["generalDiagnostics"])
    ]  # fmt: skip


_MYPY = re.compile(
    r"(?P<file>.+?):(?P<line>\d+):(?:\d+:)? (?P<kind>error|warning): (?P<words>.*?)(?:  \[(?P<code>[\w-]+)\])?"
)


def _mypy(output: str) -> list[Reported]:
    """The lines of mypy: `file:line:column: error: words  [code]`; its notes say nothing of their own."""
    if "error: unrecognized arguments" in output or "INTERNAL ERROR" in output:
        raise UnreadableError("not a report")
    return _lines(_MYPY, output)


_TSC = re.compile(r"(?P<file>.+?)\((?P<line>\d+),\d+\): (?P<kind>error|warning) (?P<code>TS\d+): (?P<words>.*)")


def _tsc(output: str) -> list[Reported]:
    """`tsc --pretty false`: `file(line,column): error TS2322: words`."""
    return _lines(_TSC, output)


_FIRST_ONLY = "first error"
"""The code of what go vet says when a package does not type-check: the first error and no other."""

_GO = re.compile(r"(?P<first>vet: )?(?P<file>\S.*?\.go):(?P<line>\d+)(?::\d+)?: (?P<words>.*)")


def _go(output: str) -> list[Reported]:
    """`go vet`: `file:line:column: words`, all counted as errors: gopls shows some of them as warnings."""
    return _lines(_GO, output)


def _lines(pattern: re.Pattern[str], output: str) -> list[Reported]:
    found: list[Reported] = []
    for line in output.splitlines():
        match = pattern.fullmatch(line[:4000].rstrip())
        if match:
            groups = match.groupdict()
            severity = 2 if groups.get("kind") == "warning" else 1
            code = groups.get("code") or (_FIRST_ONLY if groups.get("first") else "")
            found.append(Reported(groups["file"], int(groups["line"]) - 1, severity, code, groups["words"]))
    return found


def _eslint(output: str) -> list[Reported]:
    """`eslint --format json`: severity 2 is an error, 1 a warning."""
    return [
        Reported(
            str(file["filePath"]), int(one.get("line") or 1) - 1, 1 if one["severity"] == 2 else 2,
            str(one.get("ruleId") or ""), str(one["message"]),
        )
        for file in _objects(json.loads(output))
        for one in _objects(file["messages"])
    ]  # fmt: skip


def _cargo(output: str) -> list[Reported]:
    """`cargo check --message-format json`: one object a line; those with the reason `compiler-message` count."""
    found: list[Reported] = []
    for line in output.splitlines():
        if not line.startswith("{"):
            continue
        entry = cast("dict[str, Any]", json.loads(line))
        message = entry.get("message")
        if entry.get("reason") != "compiler-message" or not isinstance(message, dict):
            continue
        said = cast("dict[str, Any]", message)
        spans = [one for one in _objects(said["spans"]) if one["is_primary"]]
        if spans and said["level"] in {"error", "warning"}:
            coded = cast("dict[str, Any]", said.get("code") or {})
            code = str(coded.get("code", ""))
            severity = 1 if said["level"] == "error" else 2
            found.append(
                Reported(
                    str(spans[0]["file_name"]), int(spans[0]["line_start"]) - 1, severity, code, str(said["message"])
                )
            )
    return found


_READERS: Mapping[str, Callable[[str], list[Reported]]] = {
    "ruff": _ruff, "pyright": _pyright, "mypy": _mypy, "tsc": _tsc, "eslint": _eslint, "go": _go, "cargo": _cargo,
}  # fmt: skip
