"""Where the names of a file come from: each imported name with the module it is taken from.

Which file a module is, is found by comparing the ends of paths (`module_rank`): that serves packages, relative imports,
`tsconfig` paths, workspaces of several packages, Go modules, Java packages and Rust crates alike, without reading anybody's
build files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from caretwise.text.language import Language

_MOST_CHARACTERS = 100_000
_MOST = 300
_PYTHON_FROM = re.compile(
    r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^()]{0,4000}\)|[^\n(]{1,500})", re.MULTILINE
)
_PYTHON_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]{1,500})", re.MULTILINE)
_ECMA = re.compile(r"""\b(?:import|export)\s{1,20}([^'";]{0,4000}?)\s{0,20}from\s{0,20}['"]([^'"\n]{1,300})['"]""")
_REQUIRE = re.compile(
    r"""\b(?:const|let|var)\s+([\w$]+|\{[^{}]{0,2000}\})\s*=\s*(?:await\s+)?(?:require|import)\(\s{0,20}['"]([^'"\n]{1,300})['"]"""
)
_GO_BLOCK = re.compile(r"^import\s+(?:\(([^()]{0,8000})\)|([^\n(]{1,300}))", re.MULTILINE)
_GO_ONE = re.compile(r'^[ \t]*([\w.]+[ \t]+)?"([^"\n]{1,300})"', re.MULTILINE)
_RUST = re.compile(
    r"^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?use[ \t]+([^;]{1,2000});",
    re.MULTILINE,
)
_JAVA = re.compile(r"^[ \t]*(?:import|using)[ \t]+(?:static[ \t]+)?([\w.]{1,300});?", re.MULTILINE)
_ALIAS = re.compile(r"(?:\btype\s+)?([\w$*]+)(?:\s*(?::|\bas\b)\s*([\w$]+))?")
_PREFIX = re.compile(r"^[@~#$]+(?=\w)")
_LINE_COMMENT = re.compile(r"(?:#|//)[^\n]*")
_LEADING = frozenset({"src", "lib", "crate", "super", "self", "main", "java", "kotlin", "@", "~", "dist"})
_STEMS = frozenset({"__init__", "index", "mod", "lib", "main"})
_ENDINGS = re.compile(r"(?:\.d)?\.\w+$")


@dataclass(frozen=True, slots=True)
class Origin:
    """`name` (as it is called there; "" for the module itself, "*" for all) of the module with this path.

    A relative path is from the project's folder, without the ending; `exact` says that no other path may be meant, and
    `default` that the name is the importer's own, for what the module gives by default.
    """

    module: tuple[str, ...]
    name: str
    exact: bool = False
    default: bool = False


def origins(text: str, path: str, language: Language) -> dict[str, Origin]:
    """The names that a file imports, as it calls them. `path` is the file's own, relative to the project."""
    found: dict[str, Origin] = {}
    for name, origin in _all(text[:_MOST_CHARACTERS], path, language):
        if name and len(found) < _MOST:
            found.setdefault(name if name != "*" else "*" + "/".join(origin.module), origin)
    return found


def module_rank(module: tuple[str, ...], path: str) -> int:
    """How well a file's path fits a module: the number of parts, counted from the end, that agree; 0 when it does not fit."""
    parts = [part for part in module if part not in _LEADING]
    if not parts:
        return 0
    file = parts_of(path)
    if file[-1] in _STEMS:
        file.pop()
    best = _agreeing(parts, file)
    # A package of several files (Go, Java's static imports), or one whose sources are in a folder of their own.
    return best or _agreeing(parts, file[:-1])


def _agreeing(parts: list[str], file: list[str]) -> int:
    count = 0
    for one, two in zip(reversed(parts), reversed(file), strict=False):
        if one.replace("-", "_") != two.replace("-", "_"):
            break
        count += 1
    return count


def module_path(parts: Sequence[str]) -> str:
    """The path of a module without what every file of that kind is called: `a/b` for `a/b/index` and `a/b/__init__`."""
    return "/".join(parts[:-1] if parts and parts[-1] in _STEMS else parts)


def parts_of(path: str) -> list[str]:
    """The parts of a file's path, without its ending."""
    return _ENDINGS.sub("", path).split("/")


def module_file(path: str) -> bool:
    """Whether a file is the face of a package: `__init__.py`, `index.ts`, `mod.rs`."""
    return parts_of(path)[-1] in _STEMS


def called(path: str) -> frozenset[str]:
    """The names that a module of this path may be called by: its own, its folder's; for `ui/src/index.ts` `ui` as well."""
    parts = parts_of(path)
    face = parts[-1] in _STEMS and len(parts) > 1
    names = {parts[-2] if face else parts[-1], *parts[-2:-1]}
    if face and parts[-2] in _LEADING:
        names.update(parts[-3:-2])
    return frozenset(names)


def _all(text: str, path: str, language: Language) -> Iterator[tuple[str, Origin]]:
    if language.id == "python":
        yield from _python(text, path)
    elif language.id.startswith(("javascript", "typescript")):
        yield from _ecma(text, path)
    elif language.id == "go":
        yield from _go(text)
    elif language.id == "rust":
        yield from _rust(text, path)
    elif language.id in {"java", "kotlin", "csharp"}:
        for found in _JAVA.finditer(text):
            parts = tuple(found[1].split("."))
            if parts[-1]:
                yield parts[-1], Origin(parts, parts[-1])


def _python(text: str, path: str) -> Iterator[tuple[str, Origin]]:
    for found in _PYTHON_FROM.finditer(text):
        dots = len(found[1]) - len(found[1].lstrip("."))
        parts = tuple(part for part in found[1][dots:].split(".") if part)
        folder = path.split("/")[:-1]
        module = (*folder[: len(folder) - dots + 1], *parts) if dots else parts
        for name, local in _names(found[2]):
            yield local, Origin(module, name, exact=bool(dots))
    for found in _PYTHON_IMPORT.finditer(text):
        for one in found[1].split(","):
            module, _, alias = one.strip().partition(" as ")
            parts = tuple(module.strip().split("."))
            if alias:
                yield alias.strip(), Origin(parts, "")
            else:
                yield parts[0], Origin(parts[:1], "")


def _names(said: str) -> Iterator[tuple[str, str]]:
    """(name there, name here) of an import list."""
    for found in _ALIAS.finditer(_LINE_COMMENT.sub("", said)):
        if found[1] not in {"type", "default"} or found[2]:
            yield found[1], found[2] or found[1]


def _ecma(text: str, path: str) -> Iterator[tuple[str, Origin]]:
    for found in _ECMA.finditer(text):
        said, (module, exact) = found[1].strip().removeprefix("type "), _ecma_module(found[2], path)
        whole, _, listed = said.partition("{")
        if (space := re.search(r"\*(?:\s+as\s+([\w$]+))?", whole)) is not None:
            yield space[1] or "*", Origin(module, "" if space[1] else "*", exact)
        elif (default := re.match(r"[\w$]+", whole)) is not None:
            yield default[0], Origin(module, default[0], exact, default=True)
        for name, local in _names(listed):
            yield local, Origin(module, local if name == "default" else name, exact, default=name == "default")
    for found in _REQUIRE.finditer(text):
        module, exact = _ecma_module(found[2], path)
        if found[1].startswith("{"):
            for name, local in _names(found[1]):
                yield local, Origin(module, name, exact)
        else:
            yield found[1], Origin(module, "", exact)


def _ecma_module(specifier: str, path: str) -> tuple[tuple[str, ...], bool]:
    specifier = re.sub(r"\.(?:[mc]?[jt]sx?)$", "", specifier)
    if not specifier.startswith("."):
        return tuple(_PREFIX.sub("", part) for part in specifier.split("/") if part), False
    folder = path.split("/")[:-1]
    for part in specifier.split("/"):
        if part == "..":
            folder = folder[:-1]
        elif part not in {"", "."}:
            folder = [*folder, part]
    return tuple(folder), True


def _go(text: str) -> Iterator[tuple[str, Origin]]:
    for block in _GO_BLOCK.finditer(text):
        for found in _GO_ONE.finditer(block[1] or block[2]):
            parts = tuple(found[2].split("/"))
            yield (found[1] or parts[-1]).strip(), Origin(parts, "")


def _rust(text: str, path: str) -> Iterator[tuple[str, Origin]]:
    own = parts_of(path)
    own = own[:-1] if own[-1] in _STEMS else own
    root = own[: len(own) - own[::-1].index("src")] if "src" in own else None
    for found in _RUST.finditer(text):
        for name, origin in _rust_use(found[1], ()):
            first, *rest = origin.module
            above = {"crate": root, "self": own, "super": own[:-1]}.get(first) if root is not None else None
            if above is None:
                yield name, origin
                continue
            while first == "super" and rest[:1] == ["super"]:
                above, rest = above[:-1], rest[1:]
            yield name, Origin((*above, *rest), origin.name)


def _rust_use(said: str, above: tuple[str, ...]) -> Iterator[tuple[str, Origin]]:
    """What `a::{b::{C, D as E}, f}` brings."""
    for one in _rust_listed(said):
        head, opened, inner = one.partition("{")
        path, _, alias = head.partition(" as ")
        parts = (*above, *(part.strip() for part in path.split("::") if part.strip()))
        if opened:
            yield from _rust_use(inner.rstrip().removesuffix("}"), parts)
        elif len(parts) > 1:
            yield alias.strip() or parts[-1], Origin(parts[:-1], parts[-1])


def _rust_listed(said: str) -> Iterator[str]:
    """The parts of a list, as far as it is closed: what stands between commas outside of inner brackets."""
    depth, begun = 0, 0
    for at, sign in enumerate(said):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and not depth:
            yield said[begun:at].strip()
            begun = at + 1
    if said[begun:].strip():
        yield said[begun:].strip()
