"""Imports: which files of the project a file imports from, and what those files declare.

Only the text of the import statements is read; which of the candidate paths exists is found out by whoever may look at
the disk.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from caretwise.context.snippet import Snippet, Source
from caretwise.syntax.grammar import parse_text
from caretwise.syntax.outline import Declaration, declarations
from caretwise.text.language import Language, by_path

_MOST_CHARACTERS = 100_000
_PYTHON_FROM = re.compile(
    r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^()]{0,2000}\)|[^\n(]{1,500})", re.MULTILINE
)
_PYTHON_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]{1,500})", re.MULTILINE)
_ECMA_FROM = re.compile(
    r"""(?:import|export)\s{1,20}([^'";]{0,2000}?)\s{0,20}from\s{0,20}['"](\.{1,2}/[^'"\n]{1,300})['"]"""
)
_ECMA_REQUIRE = re.compile(r"""require\(\s{0,20}['"](\.{1,2}/[^'"\n]{1,300})['"]\s{0,20}\)""")
_NAME = re.compile(r"[^\W\d]\w*")

_ECMA_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js")


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the paths (relative to the project, with `/`) that it may mean, best first, and the names wanted.

    No names means: everything the file declares.
    """

    candidates: tuple[str, ...]
    names: frozenset[str]


def imports(text: str, path: str, language: Language) -> tuple[Import, ...]:
    """The imports of a file that may lie in the project. `path` is the file's own, relative to the project."""
    text = text[:_MOST_CHARACTERS]
    if language.id == "python":
        return tuple(_python(text, path))
    if language.id.startswith(("javascript", "typescript")):
        return tuple(_ecma(text, path))
    return ()


def _python(text: str, path: str) -> Iterable[Import]:
    for match in _PYTHON_FROM.finditer(text):
        module, names = match.group(1), frozenset(_NAME.findall(_without_aliases(match.group(2))))
        yield Import(tuple(_python_paths(module, path, names)), names)
    for match in _PYTHON_IMPORT.finditer(text):
        for module in _without_aliases(match.group(1)).split(","):
            yield Import(tuple(_python_paths(module.strip(), path, frozenset())), frozenset())


def _without_aliases(names: str) -> str:
    return re.sub(r"\bas[ \t]+\w+", "", names)


def _python_paths(module: str, path: str, names: frozenset[str]) -> Iterable[str]:
    dots = len(module) - len(module.lstrip("."))
    parts = [part for part in module[dots:].split(".") if part]
    folder = path.split("/")[:-1]
    roots = [folder[: len(folder) - dots + 1]] if dots else [[], ["src"], ["lib"], folder]
    for root in roots:
        base = "/".join([*root, *parts])
        if parts:
            yield base + ".py"
        yield (base + "/" if base else "") + "__init__.py"
        for name in sorted(names):
            yield (base + "/" if base else "") + name + ".py"


def _ecma(text: str, path: str) -> Iterable[Import]:
    for match in _ECMA_FROM.finditer(text):
        names = frozenset(_NAME.findall(_without_aliases(match.group(1)))) - {"type", "default"}
        yield Import(_ecma_paths(match.group(2), path), names)
    for match in _ECMA_REQUIRE.finditer(text):
        yield Import(_ecma_paths(match.group(1), path), frozenset())


def _ecma_paths(specifier: str, path: str) -> tuple[str, ...]:
    folder = path.split("/")[:-1]
    for part in specifier.split("/"):
        if part == "..":
            if not folder:
                return ()
            folder.pop()
        elif part not in {"", "."}:
            folder.append(part)
    base = "/".join(folder)
    plain = re.sub(r"\.(?:m|c)?js$", "", base)
    return (base, *(plain + ending for ending in _ECMA_ENDINGS))


@functools.lru_cache(maxsize=256)
def signatures(source: Source, names: frozenset[str], *, most: int = 40) -> Snippet | None:
    """What the source declares of the asked names (of everything, when none is asked for), bodies left out.

    Kept, because the same files are asked about at every key.
    """
    parsed = parse_text(source.text, by_path(source.path))
    if parsed is None:
        return None
    found = _wanted(declarations(parsed), names)[:most]
    if not found:
        return None
    lines = ["    " * declaration.depth + declaration.signature for declaration in found]
    return Snippet(source.path, found[0].line, "\n".join(lines), "import", 2.0 if names else 1.0)


def _wanted(declared: tuple[Declaration, ...], names: frozenset[str]) -> list[Declaration]:
    if not names:
        return [declaration for declaration in declared if declaration.depth == 0]
    wanted: list[Declaration] = []
    inside = False
    for declaration in declared:
        if declaration.depth == 0:
            inside = declaration.name in names
        if inside:
            wanted.append(declaration)
    return wanted
