"""What others show a model of the project's other files, written plainly, for comparison in the same run.

None of it uses caretwise's own context: when that gets better, these stay as they are.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from caretwise.syntax.grammar import parse_text
from caretwise.text.language import Language

_WORD = re.compile(r"[^\W\d]\w{2,}")
WINDOW_LINES, CHUNK_LINES = 60, 10
QUERY_BEFORE, QUERY_AFTER = 30, 10
K1, B = 1.2, 0.75
MOST_STEPS = 3  # files that pass a name on

FUNCTIONS = {"function_definition", "function_declaration", "method_definition", "function_signature", "method_signature",
             "abstract_method_signature"}  # fmt: skip
CLASSES = {"class_definition", "class_declaration", "abstract_class_declaration", "interface_declaration"}
FIELDS = {"public_field_definition", "property_signature"}
STATEMENTS = {"type_alias_declaration", "lexical_declaration", "enum_declaration"}


def query_of(prefix: str, suffix: str) -> list[str]:
    """The names around the cursor."""
    lines = prefix.split("\n")[-QUERY_BEFORE:] + suffix.split("\n")[: QUERY_AFTER + 1]
    return _WORD.findall("\n".join(lines))


def jaccard_windows(path: str, prefix: str, suffix: str, files: dict[str, str]) -> str:
    """60-line windows of the files beside this one, the most alike first: what open tabs give."""
    lines = prefix.split("\n")[-WINDOW_LINES:]
    query = frozenset(_WORD.findall("\n".join(lines)))
    folder = path.rpartition("/")[0]
    ending = path[path.rindex(".") :]
    beside = [one for one in files if one != path and one.rpartition("/")[0] == folder and one.endswith(ending)]
    scored = []
    for one in sorted(beside)[:20]:
        best = max(_windows(files[one]), key=lambda window: _alike(query, window[1]), default=None)
        if best is not None:
            scored.append((_alike(query, best[1]), one, best[0]))
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    return "\n".join(text for _, _, text in scored)


def _alike(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / max(1, len(one | two))


@lru_cache(maxsize=4096)
def _windows(text: str) -> list[tuple[str, frozenset[str]]]:
    lines = text.split("\n")
    last = max(1, len(lines) - WINDOW_LINES + 1)
    made = ("\n".join(lines[at : at + WINDOW_LINES]) for at in range(0, last, 5))
    return [(window, frozenset(_WORD.findall(window))) for window in made]


@dataclass
class Bm25:
    """10-line chunks of a whole project."""

    def __init__(self, files: dict[str, str]) -> None:
        self.chunks: list[tuple[str, str]] = []
        self.postings: dict[str, list[tuple[int, int]]] = {}
        self.sizes: list[int] = []
        for path in sorted(files):
            lines = files[path].split("\n")
            for at in range(0, len(lines), CHUNK_LINES):
                text = "\n".join(lines[at : at + CHUNK_LINES])
                words = Counter(_WORD.findall(text))
                if not words:
                    continue
                for word, count in words.items():
                    self.postings.setdefault(word, []).append((len(self.chunks), count))
                self.sizes.append(words.total())
                self.chunks.append((path, text))
        self.mean = sum(self.sizes) / max(1, len(self.sizes))

    def best(self, query: list[str], but: str, most: int = 60) -> list[str]:
        """The chunks that fit best, of all files but one."""
        scores: dict[int, float] = {}
        total = len(self.chunks)
        for word in set(query):
            postings = self.postings.get(word, [])
            weight = math.log(1 + (total - len(postings) + 0.5) / (len(postings) + 0.5))
            for chunk, count in postings:
                share = count * (K1 + 1) / (count + K1 * (1 - B + B * self.sizes[chunk] / self.mean))
                scores[chunk] = scores.get(chunk, 0.0) + weight * share
        ranked = sorted(scores, key=lambda chunk: (-scores[chunk], chunk))
        return [self.chunks[chunk][1] for chunk in ranked if self.chunks[chunk][0] != but][:most]


_PYTHON_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^()]*\)|[^\n(]+)", re.MULTILINE)
_PYTHON_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]+)", re.MULTILINE)
_ECMA_FROM = re.compile(r"""(?:import|export)\s+([^'";]*?)\s*from\s*['"](\.{1,2}/[^'"\n]+)['"]""")


def imported_signatures(path: str, text: str, files: dict[str, str], language: Language) -> str:
    """Signatures of the names that the file imports from the project, through files that only pass them on."""
    parts: list[str] = []
    for target, names in _imports(path, text, files, language):
        if target != path:
            parts += _declared(target, frozenset(names), files, language, MOST_STEPS, but=path)
    return "\n".join(dict.fromkeys(parts))


def _declared(target: str, names: frozenset[str], files, language: Language, steps: int, but: str) -> list[str]:
    here = _signatures(files[target], language)
    found = [one for name, one in here if not names or name in names]
    missing = names - {name for name, _ in here}
    if missing and steps:
        for further, passed in _imports(target, files[target], files, language):
            wanted = missing & passed if passed else missing
            if wanted and further not in {target, but}:
                found += _declared(further, frozenset(wanted), files, language, steps - 1, but)
    return found


def _imports(path: str, text: str, files: dict[str, str], language: Language):
    return _python(path, text, files) if language.id == "python" else _ecma(path, text, files)


def _python(path: str, text: str, files: dict[str, str]):
    froms = [(module, re.sub(r"#[^\n]*|\bas\s+\w+", "", said)) for module, said in _PYTHON_FROM.findall(text)]
    modules = [(module, "") for said in _PYTHON_IMPORT.findall(text) for module in re.findall(r"[\w.]+", said)]
    for module, said in froms + modules:
        names = set(re.findall(r"\w+", said))
        dots = len(module) - len(module.lstrip("."))
        parts = [part for part in module[dots:].split(".") if part]
        folder = path.split("/")[:-1]
        for root in [folder[: len(folder) - dots + 1]] if dots else [[], ["src"], ["lib"]]:
            base = "/".join([*root, *parts])
            found = next((one for one in (f"{base}.py", f"{base}/__init__.py".lstrip("/")) if one in files), None)
            if found is not None:
                yield found, names
            yield from ((one, set()) for name in sorted(names) if (one := f"{base}/{name}.py".lstrip("/")) in files)


def _ecma(path: str, text: str, files: dict[str, str]):
    for said, module in _ECMA_FROM.findall(text):
        names = set(re.findall(r"\w+", re.sub(r"\bas\s+\w+", "", said))) - {"type", "default"}
        folder = path.split("/")[:-1]
        for part in module.split("/"):
            if part == "..":
                folder = folder[:-1]
            elif part != ".":
                folder = [*folder, part]
        base = re.sub(r"\.[mc]?[jt]s$", "", "/".join(folder))
        found = next((one for end in (".ts", ".tsx", "/index.ts") if (one := base + end) in files), None)
        if found is not None:
            yield found, set() if "*" in said else names


@lru_cache(maxsize=4096)
def _signatures(text: str, language: Language) -> list[tuple[str, str]]:
    """(name, signature) of what stands at the top of a file; a class with its members' signatures."""
    parsed = parse_text(text, language)
    if parsed is None:
        return []
    made: list[tuple[str, str]] = []
    for child in parsed.root.named_children:
        node = _inner(child)
        name = _name(node)
        if node.type in FUNCTIONS | STATEMENTS:
            made.append((name, _head(node, parsed.source)))
        elif node.type in CLASSES:
            body = node.child_by_field_name("body")
            members = [_inner(one) for one in body.named_children] if body is not None else []
            heads = [
                "    " + _head(one, parsed.source) for one in members if one.type in FUNCTIONS | FIELDS or _assigns(one)
            ]
            made.append((name, "\n".join([_head(node, parsed.source), *heads])))
        elif _assigns(node):
            made.append((name, _head(node, parsed.source)))
    return made


def _inner(node: Node) -> Node:
    if node.type in {"export_statement", "decorated_definition"}:
        return node.child_by_field_name("declaration") or node.child_by_field_name("definition") or node
    return node


def _assigns(node: Node) -> bool:
    return node.type == "expression_statement" and any(child.type == "assignment" for child in node.named_children)


def _name(node: Node) -> str:
    found = node.child_by_field_name("name")
    if found is None and node.named_children:
        inner = node.named_children[0]
        found = inner.child_by_field_name("name") or inner.child_by_field_name("left")
    return found.text.decode("utf-8", "replace") if found is not None and found.text else ""


def _head(node: Node, source: bytes) -> str:
    body = node.child_by_field_name("body")
    end = body.start_byte if body is not None else node.end_byte
    return " ".join(source[node.start_byte : end].decode("utf-8", "replace").split())[:240]
