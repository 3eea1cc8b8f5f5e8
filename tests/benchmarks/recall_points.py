"""Points for context recall: where a line goes on with a name that the file shows nowhere else and another file defines."""

from __future__ import annotations

import builtins
import keyword
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from tree_sitter import Node

from caretwise.bench.holes import LEAST_WITNESS, Hole, plain
from caretwise.syntax.grammar import parse_text
from caretwise.text.language import Language

BEFORE_TOKENS, AFTER_TOKENS, CHARACTERS = 1_500, 500, 3.6
"""What of its own file a model sees anyway, and characters of a token, as the figures in the literature are made."""

MOST_LINES = 2_500

_WORD = re.compile(r"[^\W\d]\w*")
_COMMON = frozenset(
    name for kind in (str, list, dict, set, tuple, bytes, int, float, object, Exception) for name in dir(kind)
) | frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset({
    "self", "cls", "args", "kwargs", "name", "value", "key", "path", "data", "read", "write", "close", "open",
    # JavaScript's own
    "length", "map", "filter", "forEach", "reduce", "push", "pop", "shift", "slice", "splice", "concat", "join", "indexOf",
    "includes", "find", "some", "every", "keys", "values", "entries", "then", "catch", "finally", "resolve", "reject",
    "toString", "constructor", "prototype", "call", "apply", "bind", "Object", "Array", "Map", "Set", "Promise", "String",
    "Number", "Boolean", "Error", "TypeError", "Date", "RegExp", "Symbol", "JSON", "Math", "console", "log", "undefined",
    "null", "this", "string", "number", "boolean", "unknown", "never", "void", "any", "Record", "Partial", "Readonly",
    "Pick", "Omit", "ReturnType", "Parameters", "Exclude", "Extract", "Iterable", "Iterator", "AsyncIterable", "Function",
    "assign", "create", "freeze", "defineProperty", "stringify", "parse", "test", "match", "replace", "split", "trim",
    "toLowerCase", "toUpperCase", "startsWith", "endsWith", "message", "stack", "next", "done", "type", "id", "has", "get",
    "set", "add", "delete", "clear", "size", "from", "of", "is", "isArray", "globalThis", "window", "process", "expect",
    # what browsers and Node bring
    "addEventListener", "removeEventListener", "dispatchEvent", "pathname", "searchParams", "hostname", "href", "origin", "once",
    "emit", "on", "off", "URL", "Request", "Response", "Headers", "AbortSignal", "AbortController", "signal", "abort", "status",
    "headers", "method", "body", "json", "text", "document", "location", "history", "state", "promise", "exists", "suffix",
})  # fmt: skip

PYTHON_DEFINES = (
    re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE),
    # A field: of `self`, or at the margin or one step in. What ends in a comma is an argument of a call.
    re.compile(r"^[ \t]*(?:self|cls)\.(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE),
    re.compile(r"^(?: {4}|\t)?(\w+)[ \t]*(?::[^=\n]+)?=(?!=)[^\n]*[^,\n]$", re.MULTILINE),
    re.compile(r"^(?: {4}|\t)?(\w+)[ \t]*:[ \t]*[\w\"'][^\n]*[^,\n]$", re.MULTILINE),
)
_MODIFIERS = (
    r"(?:(?:public|private|protected|readonly|static|abstract|async|override|declare|get|set|export)[ \t]+)*[#*]?"
)
_TYPE = (
    r"(?:[A-Z\[{(<'\"]|string\b|number\b|boolean\b|unknown\b|any\b|void\b|never\b|readonly\b|typeof\b|keyof\b|null\b)"
)
TYPESCRIPT_DEFINES = (
    re.compile(r"\b(?:function\*?|class|interface|type|enum|namespace)\s+(\w+)"),
    re.compile(r"^(?:export[ \t]+)?(?:declare[ \t]+)?(?:const|let|var)[ \t]+(\w+)", re.MULTILINE),
    # A method: it has a body, a type, or types in its parentheses; a call has none of these.
    re.compile(
        rf"^[ \t]*{_MODIFIERS}(\w+)[?!]?[ \t]*(?:<[^>\n]*>)?\((?:[^)\n]*\w\??:[^\n]*|[^\n]*\)[ \t]*(?::[^\n]*|\{{))$",
        re.MULTILINE,
    ),
    # A field or a parameter on a line of its own: what follows the colon is a type, not a value of an object.
    re.compile(rf"^[ \t]*{_MODIFIERS}(\w+)[?!]?[ \t]*:[ \t]*{_TYPE}[^\n]*$", re.MULTILINE),
    re.compile(r"^[ \t]*(?:private|public|protected|readonly|static)[ \t][^\n=(]*?(\w+)[ \t]*=", re.MULTILINE),
)
_PYTHON_HEAD = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+\w+\(([^\n]*)", re.MULTILINE)
_PYTHON_PARAMETER = re.compile(r"(?:^|[,(*])\s*(\w+)\s*(?=[:=,)])")
_TYPESCRIPT_PARAMETER = re.compile(r"[(,]\s*(?:public |private |protected |readonly )*(\w+)\??\s*:")


@dataclass(frozen=True)
class Point:
    """A hole (the rest of a line), and the names in it that its file's window does not show."""

    hole: Hole
    needed: frozenset[str]


def defined(text: str, language: Language) -> set[str]:
    """Names in a defining position: functions, classes, fields, parameters."""
    patterns = PYTHON_DEFINES if language.id == "python" else TYPESCRIPT_DEFINES
    found = {name for pattern in patterns for name in pattern.findall(text)}
    if language.id == "python":
        for head in _PYTHON_HEAD.findall(text):
            found.update(_PYTHON_PARAMETER.findall(head))
    else:
        found.update(_TYPESCRIPT_PARAMETER.findall(text))
    return found


def window(prefix: str, suffix: str) -> str:
    """What of its own file a model sees anyway."""
    return prefix[-int(BEFORE_TOKENS * CHARACTERS) :] + suffix[: int(AFTER_TOKENS * CHARACTERS)]


def points_of(files: dict[str, str], language: Language, count: int, seed: int, per_file: int = 2) -> list[Point]:
    """At most `count` points, spread over the files."""
    chance = random.Random(seed)
    definers: dict[str, set[str]] = defaultdict(set)
    for path, text in files.items():
        for name in defined(text, language):
            definers[name].add(path)
    lines = Counter(
        found for text in files.values() for line in text.split("\n") if len(found := plain(line)) >= LEAST_WITNESS
    )
    paths = sorted(files)
    chance.shuffle(paths)
    by_path: dict[str, list[Point]] = {}
    points: list[Point] = []
    for turn in range(per_file):
        for path in paths:
            if len(points) >= count:
                return points
            if path not in by_path:
                found = _points_in(path, files[path], language, definers, lines)
                chance.shuffle(found)
                by_path[path] = found
            if len(by_path[path]) > turn:
                points.append(by_path[path][turn])
    return points


def _points_in(path: str, text: str, language: Language, definers, lines: Counter[str]) -> list[Point]:
    if text.count("\n") > MOST_LINES or not text.isascii() or "\r" in text:
        return []  # columns of the tree are bytes
    parsed = parse_text(text, language)
    if parsed is None:
        return []
    occurs = Counter(_WORD.findall(text))
    names = _names(parsed.root)
    by_row: dict[int, list[Node]] = defaultdict(list)
    for node in names:
        by_row[node.start_point.row].append(node)
    made: list[Point] = []
    source = text.split("\n")
    for node in names:
        name = node.text.decode() if node.text else ""
        row, column = node.start_point.row, node.start_point.column
        if name in _COMMON or len(name) < 3 or occurs[name] != 1 or not definers.get(name, set()) - {path}:
            continue
        if _declares(node) or source[row].lstrip().startswith(("import", "from", "export *", "} from", "@")):
            continue
        start = sum(len(line) + 1 for line in source[:row]) + column
        end = start + len(source[row]) - column
        prefix, answer, suffix = text[:start], text[start:end], text[end:]
        shown = set(_WORD.findall(window(prefix, suffix)))
        wanted = {one.text.decode() for one in by_row[row] if one.start_point.column >= column and one.text}
        needed = frozenset(wanted - shown - _COMMON)
        if needed:
            line = plain(source[row])
            witnesses = (line,) if len(line) >= LEAST_WITNESS and lines[line] == 1 else ()
            hole = Hole(f"{path}:{row + 1}:{column + 1}:name", path, "name", prefix, answer, suffix, witnesses)
            made.append(Point(hole, needed))
    return made


def _names(root: Node) -> list[Node]:
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node.type in {"import_statement", "import_from_statement", "comment", "string", "string_fragment"}:
            continue
        if node.type in {"identifier", "property_identifier", "type_identifier"}:
            found.append(node)
        waiting += node.children
    found.sort(key=lambda node: node.start_byte)
    return found


def _declares(node: Node) -> bool:
    """Whether the name is being declared here: nobody could know it."""
    parent = node.parent
    if parent is None:
        return True
    if parent.type in {"keyword_argument", "pair", "parameters", "assignment_pattern", "formal_parameters"}:
        return parent.type != "keyword_argument"
    field = next((parent.field_name_for_child(i) for i, child in enumerate(parent.children) if child.id == node.id), "")
    if parent.type in {"attribute", "member_expression", "call", "call_expression"}:
        return False
    return field in {"name", "left", "alias", "pattern", "parameter", "key"}
