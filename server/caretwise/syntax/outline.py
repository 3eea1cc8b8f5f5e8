"""The outline of a file: the lines that declare its functions, classes and constants, without their bodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import tree_sitter

from caretwise.syntax.grammar import Parsed
from caretwise.syntax.scope import CLASSES, FUNCTIONS

_WRAPPERS = frozenset({
    "export_statement", "decorated_definition", "ambient_declaration", "program", "module", "source_file",
    "class_body", "block", "declaration_list", "statement_block", "interface_body", "enum_body", "ERROR",
})  # fmt: skip
_FIELDS = frozenset({
    "field_declaration", "public_field_definition", "property_signature", "method_signature", "const_item",
    "const_declaration", "type_alias_declaration", "type_item", "static_item", "function_signature_item",
    "lexical_declaration", "var_declaration", "function_signature",
})  # fmt: skip

_MOST_CHARACTERS = 240
"""A declaration longer than this is cut: a signature that long is a table, not a signature."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declared name: its line in the document, nesting depth, name and signature on one line."""

    line: int
    depth: int
    name: str
    signature: str


MOST = 200
"""Declarations of one file that are looked at."""


def declarations(parsed: Parsed) -> tuple[Declaration, ...]:
    """What the file declares, in its order, at most `MOST` of it; bodies of functions are not entered."""
    found = islice(_walk(parsed), MOST)
    return tuple(
        Declaration(parsed.line(node.start_point.row), depth, parsed.text(name), _one_line(parsed.text(node)))
        if name is not None
        else Declaration(parsed.line(node.start_point.row), depth, _name(parsed, node), _signature(parsed, node))
        for node, depth, name in found
    )


def declaration_lines(parsed: Parsed, first: int, last: int) -> frozenset[int]:
    """The lines of the document from `first` to `last` (not included) on which something is declared, in bodies of classes
    too. Costs little where the rest of the file is long.
    """
    rows = range(parsed.row(first), parsed.row(last))
    found = (node.start_point.row for node, _, _ in _walk(parsed, rows))
    return frozenset(parsed.line(row) for row in found if row in rows)


def first_declaration(parsed: Parsed) -> int | None:
    """The line of the first declaration; None where there is none."""
    return next((parsed.line(node.start_point.row) for node, _, _ in _walk(parsed)), None)


def _walk(parsed: Parsed, rows: range | None = None) -> Iterator[tuple[tree_sitter.Node, int, tree_sitter.Node | None]]:
    """Each node that declares something, how deep, and of an assignment what is assigned to; of those in `rows` if given."""
    left = [(child, 0) for child in _children(parsed.root, rows)]
    while left:  # no recursion: a text of brackets alone nests deeper than Python calls may
        node, depth = left.pop()
        kind = node.type
        inner: tree_sitter.Node | None = None
        if kind in FUNCTIONS or kind in CLASSES or kind in _FIELDS:
            yield node, depth, None
            inner = node.child_by_field_name("body") if kind in CLASSES else None
            depth += 1
        elif kind in {"assignment", "expression_statement"}:
            name = _assigned(node)
            if name is not None:
                yield node, depth, name
        elif kind in _WRAPPERS:
            inner = node
        if inner is not None:
            left.extend((child, depth) for child in _children(inner, rows))


def _children(node: tree_sitter.Node, rows: range | None) -> Iterator[tree_sitter.Node]:
    """The named children, the last one first; those that stand in `rows` at least in part."""
    found = reversed(node.named_children)
    if rows is None:
        return found
    return (one for one in found if one.start_point.row < rows.stop and one.end_point.row >= rows.start)


def _assigned(node: tree_sitter.Node) -> tree_sitter.Node | None:
    target = node if node.type == "assignment" else next(iter(node.named_children), node)
    left = target.child_by_field_name("left") if target.type == "assignment" else None
    return left if left is not None and left.type == "identifier" else None


def _name(parsed: Parsed, node: tree_sitter.Node) -> str:
    name = node.child_by_field_name("name")
    if name is None:
        inner = next((child.child_by_field_name("name") for child in node.named_children), None)
        name = inner
    return parsed.text(name) if name is not None else ""


def _signature(parsed: Parsed, node: tree_sitter.Node) -> str:
    body = node.child_by_field_name("body")
    if body is None or node.type in _FIELDS:
        return _one_line(parsed.text(node))
    return _one_line(parsed.source[node.start_byte : body.start_byte].decode("utf-8", "replace"))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + "…"
