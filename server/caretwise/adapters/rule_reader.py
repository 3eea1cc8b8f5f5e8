"""Finds and reads ignore files, folder by folder, when they are first needed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caretwise.adapters.guarded_file import Refused, read_regular
from caretwise.context.privacy import (
    CONTEXT_IGNORE_FILES,
    IGNORE_FILES,
    MAX_RULE_CHARACTERS,
    OFF_FILE,
    RuleFile,
    Rules,
)

_NAMES = (OFF_FILE, *IGNORE_FILES, *CONTEXT_IGNORE_FILES)
_FRESH_S = 1.0  # ignore files are looked at again at most once a second
_MAX_FOLDERS = 20_000  # remembered at a time

_Mark = tuple[int, ...]


@dataclass(slots=True)
class _Known:
    checked: float
    marks: tuple[_Mark, ...]
    rules: Rules | None


class RuleReader:
    """The rules of folders. A rule file that is there and cannot be read denies (`on_problem` hears why, once)."""

    def __init__(
        self, on_problem: Callable[[str, str], None], clock: Callable[[], float], *, ignore_case: bool
    ) -> None:
        """`clock` gives seconds, `on_problem` gets a path and a reason."""
        self._on_problem, self._clock, self._ignore_case = on_problem, clock, ignore_case
        self._known: dict[tuple[str, str], _Known] = {}

    def chain(self, top: Path, path: str) -> Iterator[Rules]:
        """The rules of `top` and of each folder from there to `path` (relative to `top`, `/`), as far as there are any.

        All of them take paths relative to `top`.
        """
        root = str(top)
        at = -1
        while True:
            rules = self._of(root, path[: max(at, 0)])
            if rules is not None:
                yield rules
            at = path.find("/", at + 1)
            if at < 0:
                return

    def forget(self, folder: Path | None) -> None:
        """Read the rules of this folder (None: of all) again when they are next needed."""
        if folder is None:
            self._known.clear()
            return
        for root, below in list(self._known):
            if Path(root, below) == folder:
                self._known.pop((root, below), None)

    def _of(self, root: str, folder: str) -> Rules | None:
        now = self._clock()
        known = self._known.get((root, folder))
        if known is not None and 0 <= now - known.checked < _FRESH_S:
            return known.rules
        marks = tuple(_mark(os.path.join(root, folder, name)) for name in _NAMES)  # noqa: PTH118 - a hot path
        if known is not None and known.marks == marks:
            known.checked = now
            return known.rules
        if len(self._known) >= _MAX_FOLDERS:
            self._known.clear()
        rules = self._read(root, folder, [name for name, mark in zip(_NAMES, marks, strict=True) if mark])
        self._known[root, folder] = _Known(now, marks, rules)
        return rules

    def _read(self, root: str, folder: str, names: list[str]) -> Rules | None:
        if not names:
            return None
        rules = Rules(
            [RuleFile(folder, name, self._text(root, folder, name)) for name in names], ignore_case=self._ignore_case
        )
        for name, problem in rules.problems():
            self._on_problem(
                str(Path(root, name)), f"the rules in it cannot be used, so all below is denied: {problem}"
            )
        return rules

    def _text(self, root: str, folder: str, name: str) -> str | None:
        if name == OFF_FILE:
            return ""
        real = os.path.realpath(os.path.join(root, folder, name))  # noqa: PTH118
        if not Path(real).is_relative_to(root):
            return None
        read = read_regular(real, MAX_RULE_CHARACTERS)
        if isinstance(read, Refused):
            return None
        try:
            return read.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None


def _mark(path: str) -> _Mark:
    """What changes when the file does; empty when there is no such file."""
    try:
        own = os.lstat(path)
        mark = (own.st_mode, own.st_ino, own.st_size, own.st_mtime_ns, own.st_ctime_ns)
        if not stat.S_ISLNK(own.st_mode):
            return mark
        target = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return _dangling(path)
    except (OSError, ValueError) as error:
        return (getattr(error, "errno", None) or -1,)
    return (*mark, target.st_ino, target.st_size, target.st_mtime_ns, target.st_ctime_ns)


def _dangling(path: str) -> _Mark:
    return (0,) if os.path.islink(path) else ()  # noqa: PTH114
