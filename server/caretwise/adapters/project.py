"""The opened folders: which files may be sent to a model, and the only way to read one as context.

The rules themselves are `caretwise.context.privacy`. Every file is judged by the path it was asked for and by the path
that links lead to.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from caretwise.adapters.file_uri import path_of_other, path_of_uri, uri_of_path
from caretwise.adapters.guarded_file import Refused, read_regular
from caretwise.adapters.rule_reader import RuleReader
from caretwise.context.privacy import Rules, Verdict
from caretwise.text.language import PLAIN, by_path

__all__ = ["MAX_BYTES", "SKIPPED_FOLDERS", "Project", "Refused", "path_of_uri", "uri_of_path"]

MAX_BYTES = 1 << 20
"""A larger file is not read as context."""
SKIPPED_FOLDERS = frozenset({
    "node_modules", "bower_components", "jspm_packages", "site-packages", ".venv", "venv", "virtualenv", "__pycache__",
    "__pypackages__", ".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".cache",
    "build", "dist", "out", "target", "vendor", "third_party", "coverage", "htmlcov", ".next", ".nuxt", ".svelte-kit",
    ".gradle", ".idea", ".vscode", ".hg", ".svn", ".terraform",
})  # fmt: skip
"""Folders that `Project.files` does not enter, by name without regard to case: what tools made or others wrote."""

_SNIFFED = 8_192  # a file with NUL in so many first bytes is binary, as git has it
_MAX_ENTRIES = 20_000  # a folder with more holds data, not source
_MAX_WALKED = 200_000  # entries in one walk
_MAX_DEPTH = 40
_MAX_PARENTS = 20
_IGNORES_CASE = sys.platform in {"win32", "darwin"}
_REPARSE_POINT = 0x400  # Windows: a junction is a link that `is_symlink` does not know


def _say_nothing(_what: str, _why: str) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Opened:
    """A workspace folder: as given, where links lead, and the top of its repository (else itself), where rules begin."""

    given: Path
    real: Path
    top: Path

    @classmethod
    def of(cls, given: Path) -> _Opened:
        real = Path(os.path.realpath(given))
        parents = islice((real, *real.parents), _MAX_PARENTS)
        return cls(given, real, next((one for one in parents if os.path.lexists(one / ".git")), real))

    def below(self, path: Path) -> str | None:
        """`path` relative to this folder, with `/`; None when it is not inside. A real path must be inside `real`."""
        for root in (self.real, self.given):
            found = _relative(path, root)
            if found is not None:
                return found
        return None


def _relative(path: Path, root: Path) -> str | None:
    parts, above = path.parts, root.parts
    start = parts[: len(above)]
    if _IGNORES_CASE:
        start, above = tuple(map(str.casefold, start)), tuple(map(str.casefold, above))
    return "/".join(parts[len(above) :]) if start == above else None


class Project:
    """The folders that the user has opened. Costs a few file status calls per question; ignore files are read lazily.

    `folders` are absolute. `extra_deny` are the user's own patterns (gitignore syntax). `on_problem` gets a path and a
    reason when an ignore file cannot be used. `clock` gives seconds.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        extra_deny: Sequence[str] = (),
        on_problem: Callable[[str, str], None] = _say_nothing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is looked at yet, so that one may be made on the event loop: a folder may lie on a disk that hangs."""
        self._given = tuple(map(_absolute, folders))
        self._led_to: list[_Opened] | None = None
        self._own = Rules((), extra_deny, ignore_case=_IGNORES_CASE)
        self._reader = RuleReader(on_problem, clock, ignore_case=_IGNORES_CASE)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders as they were given, absolute."""
        return self._given

    @property
    def _opened(self) -> list[_Opened]:
        """Where the folders lead: looked at with the first question."""
        if (
            self._led_to is None
        ):  # two threads may look, and see the same: a lock would make one wait for the other's disk
            self._led_to = [_Opened.of(folder) for folder in self._given]
        return self._led_to

    def verdict_for_document(self, uri: str) -> Verdict:
        """May this open document be completed, fixed and sent?

        All rules hold inside the opened folders. Outside of them, and for addresses that are no files (`untitled:`),
        the built-in list and the user's own patterns hold, since people do open single files.
        """
        # An editor that does not encode `#` and `?` means a file of that name; both readings must be allowed.
        literal = uri.replace("#", "%23").replace("?", "%3F")
        found = Verdict(True)
        for address in dict.fromkeys((uri, literal)):
            path = path_of_uri(address) or Path("/", path_of_other(address).lstrip("/") or "untitled")
            try:
                real = Path(os.path.realpath(path))
            except (OSError, ValueError):  # a NUL, half a character, a name that the system will not look at
                return Verdict(False, "its address is not one that a file can have", "path")
            found = self._verdict(dict.fromkeys((_absolute(path), real)), as_context=False)
            if not found.allowed:
                break
        return found

    def verdict_for_context(self, path: Path) -> Verdict:
        """May this file be used as context for another one? It must exist and lead to a place in an opened folder."""
        return self._context(path)[0]

    def verdict_for_open(self, path: Path) -> Verdict:
        """May the text of this open document be context for another one? As for a file, but it need not be written yet."""
        found = self._context(path)[0]
        if found.rule != "missing":
            return found
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError):
            return found
        if not any(_relative(real, opened.real) for opened in self._opened):
            return Verdict(False, "it lies outside the opened folders", "outside")
        return self._verdict((_absolute(path), real), as_context=True)

    def read_for_context(self, path: Path) -> str | Refused:
        """The text of a project file, without a byte order mark: the only way to read one.

        Refused unless the rules allow it, as given and where links lead, and it is a regular UTF-8 file of at most
        1 MiB inside an opened folder. Never waits for a pipe or a device.
        """
        verdict, real = self._context(path)
        if not verdict.allowed:
            return Refused(verdict.reason)
        data = read_regular(real, MAX_BYTES)
        if isinstance(data, Refused):
            return data
        if _real_path(real) != real:  # a folder on the way became a link meanwhile
            return Refused("it was replaced while it was read")
        if b"\0" in data[:_SNIFFED]:
            return Refused("it is not a text file")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return Refused("it is not encoded as UTF-8")

    def files(
        self,
        *,
        limit: int = 2_000,
        languages: Collection[str] | None = None,
        unwanted: Callable[[], bool] = _never,
    ) -> Iterator[Path]:
        """Files that may be context, at most `limit`, in an order that does not change: folder by folder, nearest first.

        `languages` are LSP identifiers; None means every language known by a file's name. Links are not followed, for
        what they lead to inside a folder is met there. Neither ignored, denied nor generated folders are entered, nor
        those with more than 20,000 entries. It ends at the next folder once `unwanted` says so.
        """
        seen: set[Path] = set()
        for opened in self._opened:
            for path in self._walk(opened, languages, unwanted):
                real = opened.real / path.relative_to(opened.given)
                if real in seen:
                    continue
                if len(seen) >= limit:
                    return
                seen.add(real)
                yield path

    def lists(self, path: Path) -> bool:
        """Whether `files` would give this file, as far as names and rules say; it need not be there."""
        below = next((found for opened in self._opened if (found := opened.below(path))), "")
        *folders, name = below.split("/")
        if any(folder.casefold() in SKIPPED_FOLDERS for folder in folders) or not _named_as_source(name, None):
            return False
        return self._verdict((path,), as_context=True).allowed

    def invalidate(self, path: Path | None = None) -> None:
        """An ignore file at `path` changed (None: any may have): read it again when it is next needed."""
        if path is None:
            self._reader.forget(None)
            return
        for one in {path.parent, path.parent.parent.parent}:  # the second for .git/info/exclude
            self._reader.forget(Path(os.path.realpath(one)))

    def _context(self, path: Path) -> tuple[Verdict, str]:
        real = _real_path(path)
        if real is None:
            return Verdict(False, "it does not exist", "missing"), ""
        if not any(_relative(Path(real), opened.real) for opened in self._opened):
            return Verdict(False, "it lies outside the opened folders", "outside"), ""
        return self._verdict((_absolute(path), Path(real)), as_context=True), real

    def _verdict(self, spellings: Iterable[Path], *, as_context: bool, folder: bool = False) -> Verdict:
        end = "/" if folder else ""
        for path in spellings:
            found = self._own.verdict(path.as_posix() + end, real_path=None, as_context=False)
            if not found.allowed:
                return found
            for opened in self._opened:
                below = opened.below(path)
                found = self._verdict_in(opened, below + end, as_context=as_context) if below else found
                if not found.allowed:
                    return found
        return Verdict(True)

    def _verdict_in(self, opened: _Opened, below: str, *, as_context: bool) -> Verdict:
        found = self._own.verdict(below, real_path=None, as_context=as_context)
        from_top = f"{_relative(opened.real, opened.top)}/{below}".removeprefix("/")
        for rules in self._reader.chain(opened.top, from_top) if found.allowed else ():
            found = rules.verdict(from_top, real_path=None, as_context=as_context)
            if not found.allowed:
                break
        return found

    def _walk(self, opened: _Opened, languages: Collection[str] | None, unwanted: Callable[[], bool]) -> Iterator[Path]:
        waiting = deque([(opened.given, 0)])
        left = _MAX_WALKED
        while waiting and left > 0 and not unwanted():
            folder, depth = waiting.popleft()
            entries = _entries(folder)
            left -= len(entries)
            for entry in entries:
                path = folder / entry.name
                if _is_folder(entry):
                    skip = depth >= _MAX_DEPTH or entry.name.casefold() in SKIPPED_FOLDERS
                    if not skip and self._verdict((path,), as_context=True, folder=True).allowed:
                        waiting.append((path, depth + 1))
                elif _is_source(entry, languages) and self._verdict((path,), as_context=True).allowed:
                    yield path


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - `Path.absolute` keeps `..`


def _real_path(path: Path | str) -> str | None:
    try:
        return os.path.realpath(path, strict=True)
    except (OSError, ValueError):  # missing, a loop of links, a NUL
        return None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as scan:
            entries = list(islice(scan, _MAX_ENTRIES + 1))
    except OSError:
        return []
    return [] if len(entries) > _MAX_ENTRIES else sorted(entries, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        return not getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0) & _REPARSE_POINT
    except OSError:
        return False


def _named_as_source(name: str, languages: Collection[str] | None) -> bool:
    language = by_path(name)
    if language is PLAIN and not name.lower().endswith(PLAIN.endings):
        return False
    return languages is None or language.id in languages


def _is_source(entry: os.DirEntry[str], languages: Collection[str] | None) -> bool:
    if not _named_as_source(entry.name, languages):
        return False
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(info.st_mode) and info.st_size <= MAX_BYTES
