"""Real projects for the embedded engine's measurements: fetched at pinned versions, read, and cut into holes.

A hole is the end of a line of code, cut at a token's start, with at least 6 characters and one name in it. Comments,
imports and strings over several lines are left out.
"""

from __future__ import annotations

import hashlib
import io
import keyword
import random
import subprocess
import sys
import tarfile
import tokenize as python_tokens
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from caretwise.syntax.grammar import parse
from caretwise.text.language import Language, by_id
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

PYTHON, TYPESCRIPT = by_id("python"), by_id("typescript")
TUNED_ON = ("Werkzeug 3.1.9", "click 8.5.1", "Rich 15.0.0", "Flask 3.1.3", "Jinja 3.1.6", "Requests 2.34.2",
            "NetworkX 3.6.1")  # fmt: skip
"""What the engine's numbers were chosen with (`embedded_fit.py`). None of them is measured."""


@dataclass(frozen=True)
class Release:
    """An archive of a registry: `pip` or `npm` fetches it."""

    tool: str
    name: str
    version: str
    sha256: str
    language: Language

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


RELEASES = (
    Release("pip", "httpie", "3.2.4", "302ad436c3dc14fd0d1b19d4572ef8d62b146bcd94b505f3c2521f701e2e7a2a", PYTHON),
    Release("pip", "scrapy", "2.19.0", "34130726582b64c91531162ab277c4053e558876d49ba219cb43679e71d80a87", PYTHON),
    Release("pip", "celery", "5.7.0", "6a5dfcf6662287204f009a02002b9e66c83d4105e47ebabdc7079108772fc6f0", PYTHON),
    Release("pip", "twisted", "26.10.0", "5f0355403e507fc23ceea85e9dbb4bc59335aabde41dd324e8b8cea180dd38de", PYTHON),
    Release("pip", "django", "5.2.19", "ad03d8abc51dbff95ebf34b27123cf0c26a3b62db7ba0cd520783686362533d1", PYTHON),
    Release("npm", "rxjs", "7.8.2", "2312f8ffd9726ffd7bd53ea12c5f13663d09a3dc3326f448c70b88f5ef6fac82", TYPESCRIPT),
)


def fetch(release: Release, folder: Path) -> Path:
    """The release's files, unpacked below `folder`. Raises RuntimeError when it is not the pinned archive."""
    into = folder / f"{release.name}-{release.version}"
    if into.is_dir():
        return into
    downloads = folder / f"{into.name}.download"
    downloads.mkdir(parents=True, exist_ok=True)
    pinned = f"{release.name}=={release.version}" if release.tool == "pip" else f"{release.name}@{release.version}"
    pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--no-binary", release.name, "-d", downloads]
    npm = ["npm", "pack", "--silent", "--pack-destination", downloads]
    subprocess.run(
        [*(pip if release.tool == "pip" else npm), pinned], check=True, timeout=300, stdout=subprocess.DEVNULL
    )
    (archive,) = downloads.iterdir()
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != release.sha256:
        raise RuntimeError(f"{archive.name} has the SHA-256 {found}, {release.sha256} is pinned")
    beside = folder / f"{into.name}.unpacked"
    with tarfile.open(archive) as opened:
        opened.extractall(beside, filter="data")
    beside.rename(into)
    return into


def read_project(folder: Path, language: Language) -> dict[str, str]:
    """The text of each source file, by its path in the project."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.name.endswith(language.endings)):
        if path.name.endswith(".d.ts") or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8").replace("\r\n", "\n")
        except (UnicodeDecodeError, OSError):
            continue
        if text.strip():
            files[str(path.relative_to(folder))] = text
    return files


@dataclass(frozen=True)
class Hole:
    path: str
    prefix: str
    answer: str
    suffix: str  # starts with the line end
    language: Language


def holes_of(files: dict[str, str], language: Language, count: int, chance: random.Random) -> list[Hole]:
    """At most `count` holes, spread over the files; one line gives at most one hole."""
    cuts_of = _python_cuts if language is PYTHON else _grammar_cuts
    holes: list[Hole] = []
    found = {name: cuts for name, text in files.items() if (cuts := cuts_of(text, language))}
    for index, (name, cuts) in enumerate(found.items()):
        share = count * (index + 1) // len(found) - count * index // len(found)
        text, used = files[name], set[int]()
        chance.shuffle(cuts)
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        for line, column in cuts:
            if share and line not in used:
                used.add(line)
                share -= 1
                start, end = starts[line] + column, starts[line + 1] - 1
                holes.append(Hole(name, text[:start], text[start:end], text[end:], language))
    return holes


def _python_cuts(text: str, _language: Language) -> list[tuple[int, int]]:
    """Places (line from 0, column) where a hole may start."""
    try:
        tokens = list(python_tokens.generate_tokens(io.StringIO(text).readline))
    except (python_tokens.TokenError, SyntaxError):
        return []
    lines = text.split("\n")
    excluded: set[int] = set()
    by_line: dict[int, list[tuple[int, bool, str]]] = defaultdict(list)
    for token in tokens:
        if token.start[0] != token.end[0] or token.type == python_tokens.COMMENT:
            excluded.update(range(token.start[0] - 1, token.end[0]))
        elif token.string.strip():
            named = token.type == python_tokens.NAME and not keyword.iskeyword(token.string)
            by_line[token.start[0] - 1].append((token.start[1], named, token.string))
    for number, found in by_line.items():
        if found[0][2] in ("import", "from"):
            excluded.add(number)
    return _cuts(lines, excluded, by_line)


def _grammar_cuts(text: str, language: Language) -> list[tuple[int, int]]:
    """The same by the language's grammar, for what is not Python."""
    lines = text.split("\n")
    excluded: set[int] = set()
    by_line: dict[int, list[tuple[int, bool, str]]] = defaultdict(list)
    if len(lines) > 2_900 or not text.isascii():  # beyond, only a part is parsed; columns are bytes
        return []
    parsed = parse(Snapshot.of(text, language_id=language.id), language, Position(0, 0))
    waiting: list[Node] = [parsed.root] if parsed is not None else []
    while waiting:
        node = waiting.pop()
        start, end = node.start_point, node.end_point
        if node.type in ("comment", "import_statement") or (node.type == "template_string" and start[0] != end[0]):
            excluded.update(range(start[0], end[0] + 1))
        elif node.children and node.type != "string":
            waiting += node.children
        elif start[0] == end[0]:
            by_line[start[0]].append((start[1], "identifier" in node.type, node.type))
    for found in by_line.values():
        found.sort()
    return _cuts(lines, excluded, by_line)


def _cuts(
    lines: list[str], excluded: set[int], by_line: dict[int, list[tuple[int, bool, str]]]
) -> list[tuple[int, int]]:
    return [
        (number, column)
        for number, found in sorted(by_line.items())
        if number not in excluded
        for index, (column, _, _) in enumerate(found)
        if any(named for _, named, _ in found[index:]) and len(lines[number].rstrip()) - column >= 6
    ]
