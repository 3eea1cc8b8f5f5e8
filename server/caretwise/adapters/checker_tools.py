"""The checkers that can be asked about a fix: how each is called, and what it must not be let do.

A text is checked where no file of the project is written: from standard input (ruff, eslint), in place of a file (mypy),
or in a folder that mirrors the project with links and holds the changed file itself (pyright, tsc, go vet, cargo).
ruff, pyright, tsc and go vet read a project's configuration as data. eslint's configuration is code, cargo runs
build scripts and macros, mypy may load plugins: these three are run only with `runs_project_code = true`, mypy without it as
long as the project's configuration names no plugin and no interpreter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caretwise.text.language import Language

_SOURCES = {
    "ruff": "ruff", "pyright": "pyright", "basedpyright": "pyright", "pylance": "pyright", "mypy": "mypy",
    "ts": "tsc", "typescript": "tsc", "tsserver": "tsc", "deno-ts": "tsc", "eslint": "eslint", "rustc": "cargo",
    "clippy": "cargo", "rust-analyzer": "cargo", "go vet": "go", "govet": "go",
}  # fmt: skip

KINDS = frozenset(_SOURCES.values())
"""The names under `[checkers]`."""

RUNS_CODE = frozenset({"eslint", "cargo"})
"""Checkers that execute what a project's files say."""

_MYPY_FILES = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")


def kind_of(source: str, language: Language) -> str:
    """The checker behind a diagnostic's source; "" when it is none of ours. gopls names the analyser, not itself."""
    known = _SOURCES.get(source.strip().lower(), "")
    return known or ("go" if language.id == "go" and source else "")


@dataclass(frozen=True, slots=True)
class Job:
    """One text to check. `root` is the project's folder, `relative` the file in it, `folder` an empty folder of ours."""

    root: Path
    relative: Path
    text: str
    folder: Path

    @property
    def file(self) -> Path:
        """The file in the project; it is read at most."""
        return self.root / self.relative


@dataclass(frozen=True, slots=True)
class Call:
    """How a checker is run: arguments behind the executable, where, with what on standard input and in its environment."""

    arguments: tuple[str, ...]
    folder: Path
    stdin: str | None = None
    environ: Mapping[str, str] | None = None


def call_of(kind: str, job: Job) -> Call | str:
    """How to run the checker of this kind, its files written into `job.folder`; or why not. Touches the disk."""
    return _CALLS[kind](job)


def _ruff(job: Job) -> Call:
    arguments = (
        "check",
        "--output-format",
        "json",
        "--no-cache",
        "--no-fix",
        "--exit-zero",
        "--quiet",
        "--stdin-filename",
    )
    return Call((*arguments, str(job.file), "-"), job.root, job.text)


def _eslint(job: Job) -> Call:
    return Call(("--format", "json", "--stdin", "--stdin-filename", str(job.file)), job.root, job.text)


def _pyright(job: Job) -> Call:
    mirror = mirrored(job)
    own = next((name for name in ("pyrightconfig.json", "pyproject.toml") if (job.root / name).is_file()), "")
    # Without a configuration pyright would go through the whole mirror; with one of ours it looks at the file alone.
    settings: dict[str, object] = {"include": [job.relative.as_posix()]}
    if own == "pyrightconfig.json":
        settings["extends"] = "./caretwise-project.json"
        (mirror / "caretwise-project.json").write_bytes((job.root / own).read_bytes())
    elif own:
        settings |= _pyproject(job.root / own)
        settings["include"] = [job.relative.as_posix()]
    settings.pop("exclude", None)
    config = mirror / "pyrightconfig.json"
    config.unlink(missing_ok=True)
    config.write_text(json.dumps(settings), encoding="utf-8")
    # The interpreter that pyright asks for its search path must not find a module of the project.
    return Call(("--outputjson", "-p", str(config)), job.folder, environ={"PYTHONSAFEPATH": "1"})


def _pyproject(path: Path) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 (only for this)

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    table = data.get("tool", {}).get("pyright", {}) if isinstance(data.get("tool"), dict) else {}
    return dict(table) if isinstance(table, dict) else {}


def mypy_runs_code(root: Path) -> bool:
    """Whether the project's configuration makes mypy load a plugin or start an interpreter."""
    for name in _MYPY_FILES:
        try:
            text = (root / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        lines = (line.split("=")[0].strip() for line in text.splitlines() if "=" in line)
        if {"plugins", "python_executable"} & set(lines):
            return True
    return False


def _mypy(job: Job) -> Call:
    shadow = job.folder / ("shadow" + job.file.suffix)
    shadow.write_bytes(job.text.encode("utf-8", "replace"))
    arguments = (
        "--no-error-summary", "--no-pretty", "--no-color-output", "--hide-error-context", "--show-column-numbers",
        "--show-error-codes", "--no-install-types", f"--cache-dir={job.folder / 'cache'}",
        "--shadow-file", str(job.relative), str(shadow), str(job.relative),
    )  # fmt: skip
    return Call(arguments, job.root)


def _tsc(job: Job) -> Call | str:
    config = next(
        (one for one in job.file.parents if one.is_relative_to(job.root) and (one / "tsconfig.json").is_file()), None
    )
    mirror = mirrored(job)
    base = ("--noEmit", "--pretty", "false", "--incremental", "false", "--preserveSymlinks")
    if config is None:
        return Call((*base, str(mirror / job.relative)), mirror)
    return Call(
        (*base, "--composite", "false", "-p", str(mirror / config.relative_to(job.root) / "tsconfig.json")), mirror
    )


_GO_ENVIRON = {
    "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOPROXY": "off", "CGO_ENABLED": "0", "GOWORK": "off", "GO111MODULE": "",
}  # fmt: skip


def _go(job: Job) -> Call:
    # `go vet -overlay` compiles the overlay's text but analyses the file on disk (seen with go 1.19): so a mirror.
    mirror = mirrored(job)
    return Call(("vet", "."), (mirror / job.relative).parent, environ=_GO_ENVIRON)


def _cargo(job: Job) -> Call | str:
    crate = next(
        (one for one in job.file.parents if one.is_relative_to(job.root) and (one / "Cargo.toml").is_file()), None
    )
    if crate is None:
        return "there is no Cargo.toml above the file"
    mirror = mirrored(job)
    target = {"CARGO_TARGET_DIR": str(job.folder / "target"), "CARGO_NET_OFFLINE": "true", "CARGO_TERM_COLOR": "never"}
    return Call(("check", "--quiet", "--message-format", "json"), mirror / crate.relative_to(job.root), environ=target)


_CALLS = {"ruff": _ruff, "pyright": _pyright, "mypy": _mypy, "tsc": _tsc, "eslint": _eslint, "go": _go, "cargo": _cargo}


def mirrored(job: Job) -> Path:
    """A folder with links to all of the project but for the file and what lies on its way, which are our own.

    Files directly on that way are copied, so that a tool that writes (a lock file, say) writes to the copy.

    Raises OSError where no links can be made.
    """
    mirror = job.folder / "project"
    source, here = job.root, mirror
    for part in (*job.relative.parts[:-1], ""):
        here.mkdir(parents=True, exist_ok=True)
        for entry in source.iterdir():
            if entry.name not in {part, ".git", ".hg"} and entry.name != job.relative.name:
                _brought(entry, here / entry.name)
        source, here = source / part, here / part
    beside = mirror / job.relative
    for entry in job.file.parent.iterdir():
        if entry.name != job.relative.name and not (beside.parent / entry.name).exists():
            _brought(entry, beside.parent / entry.name)
    beside.write_bytes(job.text.encode("utf-8", "replace"))
    return mirror


_MOST_COPIED = 1 << 20


def _brought(entry: Path, to: Path) -> None:
    if to.is_symlink() or to.exists():
        return
    if not entry.is_symlink() and entry.is_file() and entry.stat().st_size <= _MOST_COPIED:
        to.write_bytes(entry.read_bytes())
    elif entry.is_file() or entry.is_dir():
        to.symlink_to(entry, target_is_directory=entry.is_dir())
