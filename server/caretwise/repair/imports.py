"""The one thing that a fix may do outside its part: bring an import, above it, that the part needs.

`os` is not defined: the fix is a line at the file's head, which no function holds. Everything else up there stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import tree_sitter

from caretwise.syntax.grammar import Parsed, parse_text
from caretwise.syntax.name_tables import TABLES
from caretwise.syntax.names import names
from caretwise.text.language import Language

_HEAD = frozenset(
    {"package_clause", "package_declaration", "comment", "line_comment", "block_comment", "hash_bang_line"}
)
"""What an import stands behind."""


def only_imports(
    before: Sequence[str], first: int, after: Sequence[str], after_first: int, language: Language
) -> frozenset[str]:
    """The words that imports above line `first` bring, when nothing else changes there; empty when more does, or nothing.

    `after_first` is the same line in the text after the change. No import goes away.
    """
    old, new = _head(before, first, language), _head(after, after_first, language)
    if old is None or new is None or old[0] != new[0] or not old[1] <= new[1]:
        return frozenset()
    return new[1] - old[1]


def needed(words: frozenset[str], lines: Sequence[str]) -> bool:
    """Whether lines of code use one of the words that an import brings."""
    text = "\n".join(lines)
    return any(re.search(rf"(?<![\w.]){re.escape(word)}\b", text) for word in words)


def statements(lines: Sequence[str], language: Language) -> list[tuple[tuple[str, ...], frozenset[str]]]:
    """The imports at the top level of a text: their lines, and the words that they bind."""
    parsed = parse_text("\n".join(lines), language)
    texts = [parsed.text(node) for node in _imports(parsed)] if parsed is not None else []
    return [(tuple(text.split("\n")), _words(text, language)) for text in texts]


def with_imports(
    lines: Sequence[str], last: int, new: Sequence[str], language: Language
) -> tuple[int, list[str]] | None:
    """Before which line new imports go, not behind `last`, and what is put there; None where the text cannot be read.

    Behind the imports that there are; else at the head, with an empty line (two in Python) between them and the code.
    """
    parsed = parse_text("\n".join(lines), language)
    if parsed is None or language.grammar not in TABLES:
        return None
    at, found = 0, False
    for node in parsed.root.named_children:
        imports = node.type in TABLES[language.grammar].hoisted
        goes_on = imports or (not found and (node.type in _HEAD or _is_text(node)))
        if node.start_point.row >= last or not (goes_on or node.type in _HEAD):
            break
        if goes_on:
            at, found = _last_row(node) + 1, found or imports
    at = min(at, last)
    if found:
        return at, list(new)
    above = [""] if at and lines[at - 1].strip() else []
    wanted = 2 if language.id == "python" else 1
    empty = next((number for number, line in enumerate(lines[at : at + wanted]) if line.strip()), wanted)
    below = [""] * (wanted - empty)
    return at, [*above, *new, *below]


def _head(lines: Sequence[str], first: int, language: Language) -> tuple[list[str], frozenset[str]] | None:
    """The lines above `first` without the imports, and the words of these; None where the text cannot be read."""
    parsed = parse_text("\n".join(lines), language)
    if parsed is None or parsed.grammar not in TABLES:
        return None
    imports = [node for node in _imports(parsed) if node.start_point.row < first]
    theirs = {row for node in imports for row in range(node.start_point.row, _last_row(node) + 1)}
    # `import os; os.remove(name)` is more than an import.
    others = {
        row
        for node in parsed.root.named_children
        if node not in imports
        for row in range(node.start_point.row, _last_row(node) + 1)
    }
    rest = [line for row, line in enumerate(lines[:first]) if line.strip() and row not in theirs - others]
    return rest, frozenset[str]().union(*(_words(parsed.text(node), language) for node in imports))


def _words(text: str, language: Language) -> frozenset[str]:
    """The words of one import."""
    parsed = parse_text(text, language)
    found = names(parsed) if parsed is not None else None
    return frozenset(word for word in found.imported if word.isidentifier()) if found is not None else frozenset()


def _imports(parsed: Parsed) -> list[tree_sitter.Node]:
    hoisted = TABLES[parsed.grammar].hoisted if parsed.grammar in TABLES else frozenset[str]()
    return [node for node in parsed.root.named_children if node.type in hoisted]


def _is_text(node: tree_sitter.Node) -> bool:
    """Whether a statement is nothing but a string: the module's own text, or "use strict"."""
    return node.type == "expression_statement" and node.named_child_count == 1 and node.children[0].type == "string"


def _last_row(node: tree_sitter.Node) -> int:
    end = node.end_point
    return end.row - 1 if end.column == 0 and end.row > node.start_point.row else end.row
