"""What a model must never see: which files are denied or ignored, and (from `key_literals`) which literals are hidden.

Pure: it gets paths and the text of ignore files as strings. Reading the disk is `caretwise.adapters.project`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from caretwise.context.ignore import MAX_PATTERNS, Patterns, translate_name
from caretwise.context.key_literals import MARK, Masked, by_line, mask, redact

__all__ = [
    "BUILT_IN_DENY",
    "CONTEXT_IGNORE_FILES",
    "IGNORE_FILES",
    "MARK",
    "MAX_PATTERNS",
    "MAX_RULE_CHARACTERS",
    "OFF_FILE",
    "Masked",
    "RuleFile",
    "Rules",
    "Verdict",
    "by_line",
    "mask",
    "redact",
]

BUILT_IN_DENY: tuple[str, ...] = (
    ".env", ".env.*", "*.env", ".envrc", ".dev.vars", "!.env.example", "!.env.sample", "!.env.template",
    "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.asc", "*.gpg", "*.age", "*.ppk",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "!id_*.pub",
    ".npmrc", ".pypirc", ".netrc", "_netrc", ".htpasswd", ".pgpass", ".my.cnf", ".git-credentials", ".dockercfg",
    "credentials", "credentials.json", "secrets.yml", "secrets.yaml", "secrets.json", "secrets.toml",
    "*.tfvars", "*.tfstate*", "service-account*.json", "*.sqlite", "*.db",
    ".env/", ".git/", ".ssh/", ".aws/", ".azure/", ".gnupg/", ".kube/", ".docker/", ".config/gcloud/",
)  # fmt: skip
"""Denied whatever the user or the project says. A plain entry is a file's name, one that ends in `/` a folder with all
below it, one that starts with `!` an exception. Compared without regard to case. The same kinds of file that Zed and
Continue deny, without names that ordinary code uses as well (`config.json`, `settings.json`)."""

IGNORE_FILES = (
    ".aiignore", ".aiexclude", ".cursorignore", ".codeiumignore", ".continueignore", ".copilotignore",
    ".aiderignore", ".llmignore",
)  # fmt: skip
"""Ignore files that bind for the document itself and for context."""
CONTEXT_IGNORE_FILES = (".gitignore", ".git/info/exclude", ".cursorindexingignore")
"""Ignore files that bind for context only: people do edit files that git ignores."""
OFF_FILE = ".noai"
"""A file of this name, whatever is in it, switches its folder off."""

MAX_RULE_CHARACTERS = 1 << 20
MAX_PATH_CHARACTERS = 4_096  # Linux' PATH_MAX
MAX_NAME_CHARACTERS = 255  # what every usual file system allows


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file may be sent. When not: `reason` says why, to stand after a colon;
    `rule` is the pattern or file at work.
    """

    allowed: bool
    reason: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """An ignore file: its folder relative to the root (`""` for the root), its name, its text (None: unreadable)."""

    folder: str
    name: str
    text: str | None


def _alternatives(globs: Iterable[str]) -> tuple[Callable[[str], re.Match[str] | None], tuple[str, ...]]:
    names = tuple(globs)
    expressions = (f"({translate_name(name)})" for name in names)
    return re.compile("|".join(expressions), re.DOTALL).fullmatch, names


_FOLDERS = tuple(entry for entry in BUILT_IN_DENY if entry.endswith("/"))
_denied, _DENIED = _alternatives(entry for entry in BUILT_IN_DENY if entry[0] != "!" and entry[-1] != "/")
_excepted, _ = _alternatives(entry[1:] for entry in BUILT_IN_DENY if entry[0] == "!")


def _folded(path: str) -> str:
    """As file systems that ignore case compare names: no invisible characters, no blanks or dots at a name's end."""
    if not path.isascii():
        path = unicodedata.normalize("NFKC", path)
        path = "".join(character for character in path if unicodedata.category(character) != "Cf")
    parts = path.casefold().split("/")
    return "/".join(part.removesuffix("::$data").rstrip(". ") or part for part in parts)


def _built_in_rule(path: str, *, folder: bool) -> str:
    above, _, name = _folded(path).rpartition("/")
    inside = f"/{above}/{name}/" if folder else f"/{above}/"
    for entry in _FOLDERS:
        if f"/{entry}" in inside:
            return entry
    found = None if folder or _excepted(name) else _denied(name)
    return _DENIED[found.lastindex - 1] if found is not None and found.lastindex else ""


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or (path[1:3] == ":/" and path[0].isalpha())


def _is_usable(path: str) -> bool:
    parts = path.split("/")
    return (
        len(path) <= MAX_PATH_CHARACTERS
        and "\0" not in path
        and all(part not in {"", ".", ".."} and len(part) <= MAX_NAME_CHARACTERS for part in parts)
    )


class _RuleFilePatterns:
    """A rule file, ready to decide."""

    def __init__(self, file: RuleFile, *, ignore_case: bool) -> None:
        text = file.text
        self.name = f"{file.folder}/{file.name}" if file.folder else file.name
        self.switches_off = file.name == OFF_FILE
        self.context_only = file.name in CONTEXT_IGNORE_FILES
        self._fold = ignore_case
        self._folder = f"{file.folder.casefold() if ignore_case else file.folder}/" if file.folder else ""
        readable = text is not None and len(text) <= MAX_RULE_CHARACTERS
        lines = text.removeprefix("\ufeff").split("\n") if text is not None and readable else ()
        self.patterns = Patterns(() if self.switches_off else lines, ignore_case=ignore_case)
        self.problem = self.patterns.problem if readable else "it cannot be read as text of at most 1 MiB"

    def verdict(self, path: str, *, folder: bool) -> Verdict | None:
        """A denial, or None when this file has nothing against `path`."""
        whole = path.casefold() if self._fold else path
        if not (whole + "/").startswith(self._folder):
            return None
        if self.switches_off:
            return Verdict(False, f"{self.name} switches this folder off", self.name)
        if self.problem:
            return Verdict(False, f"the rules of {self.name} cannot be used: {self.problem}", self.name)
        below = path[len(self._folder) :]
        rule = self.patterns.rule_for(below, folder=folder) if below else ""
        return Verdict(False, f"it is ignored by {self.name}", f"{self.name}:{rule}") if rule else None


class Rules:
    """The rules of a folder: the built-in list, the user's own patterns, and ignore files.

    Each denies for itself: an ignore file can take back only what it said itself, and none takes back a built-in entry.
    `deny` holds further patterns of the user's in gitignore syntax, compared without regard to case.
    `ignore_case` is for file systems that ignore it.
    """

    def __init__(self, files: Iterable[RuleFile], deny: Sequence[str] = (), *, ignore_case: bool = False) -> None:
        self._own = Patterns(deny, ignore_case=True)
        self._files = [_RuleFilePatterns(file, ignore_case=ignore_case) for file in files]

    def problems(self) -> Iterator[tuple[str, str]]:
        """Rule files that deny everything because they cannot be used: (path relative to the root, why)."""
        return ((file.name, file.problem) for file in self._files if file.problem and not file.switches_off)

    def verdict(self, path: str, *, real_path: str | None, as_context: bool) -> Verdict:
        """Whether the file may be sent, as the document itself or `as_context` for another one.

        Paths are relative to the root, with `/`; one that ends in `/` is a folder. `real_path` is where symbolic links
        lead (None: the same). An absolute path is a file outside the root: the built-in list and the user's patterns
        apply to it, and it is never context.
        """
        spellings = (path,) if real_path is None or real_path == path else (path, real_path)
        for spelling in spellings:
            found = self._denial(spelling, as_context=as_context)
            if found is not None:
                return found
        return Verdict(True)

    def _denial(self, spelling: str, *, as_context: bool) -> Verdict | None:
        outside, folder = _is_absolute(spelling), spelling.endswith("/")
        path = spelling.removeprefix("/").removesuffix("/")
        if not _is_usable(path):
            return Verdict(False, "its path is not one that a file in this folder can have", "path")
        rule = _built_in_rule(path, folder=folder)
        if rule:
            return Verdict(False, f"files like {rule} often hold secrets and are never sent", rule)
        rule = self._own.problem or self._own.rule_for(path, folder=folder)
        if rule:
            return Verdict(False, "it is ignored by your own settings", f"settings:{rule}")
        if outside:
            reason = "it lies outside the opened folders"
            return Verdict(False, reason, "outside") if as_context else None
        for file in self._files:
            found = file.verdict(path, folder=folder) if as_context or not file.context_only else None
            if found is not None:
                return found
        return None
