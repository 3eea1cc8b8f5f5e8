"""Patterns of ignore files, in gitignore syntax.

Ignore files are written by whoever wrote the repository, so their patterns are hostile input. They are translated here
and not by a library for two reasons, both measured with pathspec 1.1.1: `*a*a*a*a*a*a*b` on a name of 100 characters
took 22 s, and `dir/` followed by `!dir/keep` let `dir/keep` through, which git goes on ignoring. Here every `*` but the
last of a segment becomes an atomic group (the shortest match is always good enough), so nothing backtracks twice.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MAX_PATTERNS = 10_000
MAX_WILDCARDS = 20_000  # of one file; compiling that many takes about a second
_WILD = re.compile(r"[*?\[\\]")
_MEMORY = 10_000  # folders whose decision is remembered

_POSIX = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z", "xdigit": "A-Fa-f0-9",
    "space": r"\s", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "graph": r"!-~", "print": r" -~",
    "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip
_CLASS_ITEM = re.compile(r"\[:([a-z]+):\]|(\\.|[^\\])-(\\.|[^\\\]])|(\\.|[^\\])", re.DOTALL)


def _character_class(glob: str, at: int) -> tuple[str, int] | None:
    """The regular expression of the class whose `[` is before `at`, and where it ends; None when it has no end."""
    negated = glob[at : at + 1] in {"!", "^"}
    start = at = at + negated
    items = ""
    while at < len(glob) and (glob[at] != "]" or at == start):
        item = _CLASS_ITEM.match(glob, at)
        if item is None or (item[1] and item[1] not in _POSIX):
            return None
        if item[1]:
            items += _POSIX[item[1]]
        elif item[2]:
            low, high = item[2][-1], item[3][-1]
            items += f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
        else:
            items += re.escape(item[4][-1])
        at = item.end()
    if at >= len(glob):
        return None
    # An empty class (`[z-a]`) matches nothing, its opposite anything.
    body = f"[^/{items}]" if negated else f"(?!/)[{items}]" if items else "(?!)"
    return body, at + 1


def translate_name(glob: str) -> str | None:
    """The regular expression (for `fullmatch`) of a glob without `/`; None when it can match nothing."""
    chunks, at = [""], 0
    while at < len(glob):
        character, at = glob[at], at + 1
        if character == "*":
            chunks.append("")
        elif character == "?":
            chunks[-1] += "[^/]"
        elif character == "[":
            found = _character_class(glob, at)
            if found is None:
                return None
            chunks[-1] += found[0]
            at = found[1]
        elif character == "\\" and at == len(glob):
            return None
        else:
            chunks[-1] += re.escape(glob[at] if character == "\\" else character)
            at += character == "\\"
    if len(chunks) == 1:
        return chunks[0]
    middle = "".join(f"(?>[^/]*?{chunk})" for chunk in chunks[1:-1] if chunk)
    return f"{chunks[0]}{middle}[^/]*{chunks[-1]}"


def _whole_path(globs: Sequence[str]) -> str | None:
    """The regular expression of a path pattern, given by its segments."""
    groups: list[list[str]] = [[]]
    for glob in globs:
        expression = translate_name(glob)
        if expression is None:
            return None
        if glob == "**":
            groups.append([])
        else:
            groups[-1].append(expression)
    if len(groups) == 1:
        return "/".join(groups[0])
    head = "".join(f"{part}/" for part in groups[0])
    middle = "".join(f"(?>(?:[^/]++/)*?{'/'.join(group)}/)" for group in groups[1:-1] if group)
    tail = "(?:[^/]++/)*" + "/".join(groups[-1]) if groups[-1] else ".+"
    return head + middle + tail


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    line: int
    keeps: bool  # it started with `!`
    folders_only: bool
    names_only: bool  # it has no `/`, so it is compared with the last part of a path
    matches: Callable[[str], object]


def _pattern(line: str, number: int, flags: int) -> _Pattern | None:
    """One line of an ignore file; None for blank lines, comments and what git would never match."""
    body = line.removesuffix("\r")
    kept = body.rstrip(" ")
    # A blank after a backslash stays; an even number of backslashes are themselves.
    if kept != body and (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept += " "
    if not kept or kept.startswith("#"):
        return None
    keeps = kept.startswith("!")
    body = kept[keeps:]
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    names_only = "/" not in body
    matches = _matcher(body.removeprefix("/"), flags, names_only=names_only)
    return _Pattern(kept, number, keeps, folders_only, names_only, matches) if body and matches else None


def _matcher(body: str, flags: int, *, names_only: bool) -> Callable[[str], object] | None:
    """What tells whether a name or path fits a pattern; None when none can."""
    if not flags and not _WILD.search(body):
        return body.__eq__
    if not flags and names_only and body[0] == "*" and not _WILD.search(body, 1):
        return operator.methodcaller("endswith", body[1:])  # `*.log`: most patterns; compiling takes 100 times as long
    expression = translate_name(body) if names_only else _whole_path(_segments(body))
    return None if expression is None else re.compile(expression, re.DOTALL | flags).fullmatch


def _segments(body: str) -> list[str]:
    r"""A path pattern cut at its slashes. As with git, `\/` is one too, and one inside of brackets is not."""
    segments, start, at = [""], 0, 0
    while at < len(body):
        skipped = 1
        if body[at] == "[":
            found = _character_class(body, at + 1)
            skipped = (found[1] if found else len(body)) - at
        elif body[at] == "\\" and body[at + 1 : at + 2] != "/":
            skipped = 2
        elif body[at] in "\\/":
            segments[-1] = body[start:at]
            segments.append("")
            skipped = 2 if body[at] == "\\" else 1
            start = at + skipped
        at += skipped
    segments[-1] = body[start:]
    return segments


class Patterns:
    """The patterns of one ignore file. `problem` says why they cannot be used, or is empty."""

    def __init__(self, lines: Iterable[str], *, ignore_case: bool) -> None:
        """Compile `lines`, which have no `\\n` any more."""
        self.problem = ""
        self._memory: dict[str, str] = {}
        flags = re.IGNORECASE if ignore_case else 0
        found = (_pattern(line, number, flags) for number, line in enumerate(lines, 1))
        self._last_first: list[_Pattern] = []
        wildcards = 0
        for pattern in found:
            if pattern is None:
                continue
            self._last_first.append(pattern)
            wildcards += len(_WILD.findall(pattern.text))
            if len(self._last_first) > MAX_PATTERNS or wildcards > MAX_WILDCARDS:
                self.problem = f"it has more than {MAX_PATTERNS:,} patterns or {MAX_WILDCARDS:,} wildcards"
                break
        self._last_first.reverse()

    def rule_for(self, path: str, *, folder: bool) -> str:
        """The rule that ignores `path` or a folder above it, as `line: pattern`; empty when none does.

        An ignored folder hides all that is below it: nothing in there can be included again, as with git.
        """
        at = path.find("/")
        while at >= 0:
            rule = self._of_folder(path[:at])
            if rule:
                return rule
            at = path.find("/", at + 1)
        return self._of_folder(path) if folder else self._last_match(path, folder=False)

    def _of_folder(self, path: str) -> str:
        rule = self._memory.get(path)
        if rule is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            rule = self._memory[path] = self._last_match(path, folder=True)
        return rule

    def _last_match(self, path: str, *, folder: bool) -> str:
        name = path[path.rfind("/") + 1 :]
        for pattern in self._last_first:
            if (folder or not pattern.folders_only) and pattern.matches(name if pattern.names_only else path):
                return "" if pattern.keeps else f"{pattern.line}: {pattern.text}"
        return ""
