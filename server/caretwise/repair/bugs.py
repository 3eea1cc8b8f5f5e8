"""Bugs that a model names in a part of a file: the prompt for them, and the answer read as findings at lines that exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from caretwise.repair.evidence import Evidence
from caretwise.repair.finding import Finding
from caretwise.repair.prompt import FixPrompt
from caretwise.repair.verification import Refusal
from caretwise.text.language import Language
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot
from caretwise.text.template import Template

MOST_BUGS = 10
"""More are not shown: a model that names more is guessing."""

_MOST_WORDS = 600
"""Characters of a problem or an explanation."""

_KEY = re.compile(r"[\s*_`>-]{0,8}(line|code|problem|why)\b[\s*_`]{0,4}:[*_]{0,2}(.*)", re.IGNORECASE)
_NOTHING = re.compile(r"\W*nothing\W*", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}")


def bugs_prompt(
    snapshot: Snapshot, part: Range, evidence: Evidence, path: str, language: Language, template: Template
) -> FixPrompt:
    """The messages that ask a model for bugs on the lines of `part`."""
    numbered = [f"{line + 1}: {snapshot.line(line)}" for line in range(part.start.line, part.end.line + 1)]
    values = {"language": language.title, "path": path, "evidence": evidence.as_text(), "region": "\n".join(numbered)}
    return FixPrompt(template.id, template.fill(values))


def read_bugs(answer: str, snapshot: Snapshot, part: Range, source: str) -> tuple[Finding, ...] | Refusal:
    """The bugs in a model's answer, in the order of their lines; empty when it says that there is none.

    One whose line is not in the text, or not in `part`, is left out; an answer with none but such is refused.
    """
    if _NOTHING.fullmatch(answer):
        return ()
    blocks = list(_blocks(answer))
    found = [finding for block in blocks if (finding := _finding(block, snapshot, part, source)) is not None]
    if not blocks:
        return Refusal("no_block", "the model's answer names no bug in the form that was asked for")
    if not found:
        return Refusal("not_found", "the bugs that the model names are on lines that are not in this function")
    found.sort(key=lambda one: one.range.start)
    once = {(one.range.start, one.message): one for one in found}
    return tuple(once.values())[:MOST_BUGS]


def _blocks(answer: str) -> Iterable[Mapping[str, str]]:
    """The values by key. A key that comes again, or one of the two marks, begins another block."""
    block: dict[str, str] = {}
    last = ""
    for line in answer.splitlines():
        match = _KEY.fullmatch(line)
        if match is None and not line.lstrip().startswith((">>>>>>>", "<<<<<<<", "```")):
            if last in {"problem", "why"} and line.strip():
                block[last] = f"{block[last]} {line.strip()}"
            continue
        key = match.group(1).lower() if match is not None else ""
        if not key or key in block:
            if "problem" in block:
                yield block
            block = {}
        if match is not None:
            block[key] = match.group(2).strip()
        last = key
    if "problem" in block:
        yield block


def _finding(block: Mapping[str, str], snapshot: Snapshot, part: Range, source: str) -> Finding | None:
    line = _line(block, snapshot, part)
    problem = _plain(block["problem"])
    if line is None or not problem:
        return None
    text = snapshot.line(line)
    span = Range(Position(line, len(text) - len(text.lstrip())), Position(line, len(text.rstrip())))
    why = _plain(block.get("why", ""))
    return Finding(span, f"{problem}\n{why}" if why else problem, severity=2, code="bug", source=source)


def _line(block: Mapping[str, str], snapshot: Snapshot, part: Range) -> int | None:
    """The line that is meant: the one with the copied text that is nearest to the number. Models miscount lines."""
    lines = range(part.start.line, part.end.line + 1)
    number = _NUMBER.search(block.get("line", ""))
    said = int(number.group()) - 1 if number is not None else None
    code = block.get("code", "").strip().strip("`").strip()
    if not code:
        return said if said is not None and said in lines and snapshot.line(said).strip() else None
    same = [line for line in lines if snapshot.line(line).strip() == code]
    return min(same, key=lambda line: abs(line - (said if said is not None else line)), default=None)


def _plain(text: str) -> str:
    """One line without what could steer a screen."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _MOST_WORDS else line[: _MOST_WORDS - 1] + "…"
