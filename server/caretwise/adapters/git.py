"""What git knows of a folder. Only questions are asked, and nothing that the repository's own configuration names is run."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30.0
"""The longest that git may take for one question."""

_MOST_BYTES = 64 << 20
_HARMLESS = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat",
    "-c", "protocol.allow=never", "-c", "blame.ignoreRevsFile=",
)  # fmt: skip
_HEADER = re.compile(rb"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?\Z")


@dataclass(frozen=True, slots=True)
class Repository:
    """The work tree that a folder lies in. Paths are relative to `folder`, with `/`."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Repository | None:
        """The repository around `folder`; None when there is none, or git is not installed or refuses it."""
        inside = _git(folder, "rev-parse", "--is-inside-work-tree")
        return cls(folder) if inside is not None and inside.strip() == b"true" else None

    def head(self) -> str:
        """The commit that is checked out, in hex; "" before the first one."""
        found = _git(self.folder, "rev-parse", "--verify", "--quiet", "HEAD")
        return found.decode("ascii", "replace").strip() if found is not None else ""

    def tracked(self) -> frozenset[str]:
        """The files below the folder that git tracks."""
        found = _git(self.folder, "ls-files", "-z", "--cached") or b""
        return frozenset(os.fsdecode(name).replace(os.sep, "/") for name in found.split(b"\0") if name)

    def lines_since(self, path: str, text: str, since: dt.date) -> frozenset[int]:
        """The lines (from 0) of a file that were committed on or after a day; none when it is not as it was committed."""
        committed = _git(self.folder, "show", "--no-textconv", f"HEAD:./{path}")
        if committed is None or _one_end(committed.decode("utf-8-sig", "replace")) != _one_end(text):
            return frozenset()
        blamed = _git(self.folder, "blame", "--no-textconv", "--line-porcelain", "HEAD", "--", path)
        younger, oldest = _younger(blamed or b"", dt.datetime.combine(since, dt.time(), dt.UTC).timestamp())
        # Of a history that was cut off, the oldest commit there is stands for all that came before it.
        return younger - oldest if self.is_shallow() else younger

    def is_shallow(self) -> bool:
        """Whether the history is cut off somewhere, as `git clone --depth` does."""
        return (_git(self.folder, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"


def _one_end(text: str) -> str:
    """A text with one kind of line end: git may have changed it when it checked the file out."""
    return text.replace("\r\n", "\n")


def _younger(blamed: bytes, since: float) -> tuple[frozenset[int], frozenset[int]]:
    """The lines that were committed on or after a time, and those of commits whose parents are not known or not there."""
    younger, oldest = set[int](), set[int]()
    line = -1
    for entry in blamed.split(b"\n"):
        header = _HEADER.match(entry)
        if header:
            line = int(header.group(2)) - 1
        elif entry.startswith(b"committer-time ") and float(entry.split()[1]) >= since:
            younger.add(line)
        elif entry == b"boundary":
            oldest.add(line)
    return frozenset(younger), frozenset(oldest)


def _git(folder: Path, *words: str) -> bytes | None:
    """What git prints; None when it fails, is missing, or takes too long."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    program = shutil.which("git")
    if program is None or not Path(program).is_absolute():  # a relative entry of PATH would find the repository's own
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a list of words, no shell
            [program, "--no-pager", *_HARMLESS, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and len(done.stdout) <= _MOST_BYTES else None
