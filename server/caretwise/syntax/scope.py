"""Where a position stands: in which function and class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from caretwise.syntax.grammar import Parsed
from caretwise.text.position import Position

FUNCTIONS = frozenset({
    "function_definition", "function_declaration", "function_expression", "generator_function_declaration",
    "arrow_function", "method_definition", "method_declaration", "constructor_declaration", "function_item",
    "func_literal", "lambda",
})  # fmt: skip
"""Node types that are functions, in the grammars we load."""

CLASSES = frozenset({
    "class_definition", "class_declaration", "abstract_class_declaration", "interface_declaration",
    "struct_item", "impl_item", "trait_item", "enum_item", "enum_declaration", "record_declaration",
    "type_declaration", "mod_item",
})  # fmt: skip
"""Node types that are classes or what stands for them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A function or class around a position. Lines of the document, both included; `name` may be empty."""

    kind: str
    name: str
    first_line: int
    last_line: int


def _byte_column(parsed: Parsed, position: Position) -> tuple[int, int]:
    """The tree's point (row, column in bytes) of a position."""
    row = parsed.row(position.line)
    lines = parsed.source.split(b"\n", row + 1)
    line = lines[row] if 0 <= row < len(lines) else b""
    text = line.decode("utf-8", "replace")
    return row, len(text[: position.character].encode("utf-8", "replace"))


def _ancestors(node: tree_sitter.Node | None) -> Iterator[tree_sitter.Node]:
    while node is not None:
        yield node
        node = node.parent


def _node_at(parsed: Parsed, position: Position) -> tree_sitter.Node | None:
    row, column = _byte_column(parsed, position)
    if row < 0:
        return None
    return parsed.root.descendant_for_point_range((row, column), (row, column))


def _name(parsed: Parsed, node: tree_sitter.Node) -> str:
    name = node.child_by_field_name("name") or node.child_by_field_name("type")
    if name is None and node.type == "type_declaration" and node.named_child_count:
        spec = node.named_child(0)
        name = spec.child_by_field_name("name") if spec else None
    if name is None and node.parent is not None and node.parent.type == "variable_declarator":
        name = node.parent.child_by_field_name("name")
    return parsed.text(name) if name is not None else ""


def enclosing(parsed: Parsed, position: Position) -> tuple[Scope, ...]:
    """The functions and classes around a position, innermost first."""
    found: list[Scope] = []
    for node in _ancestors(_node_at(parsed, position)):
        kind = "function" if node.type in FUNCTIONS else "class" if node.type in CLASSES else ""
        if kind:
            found.append(
                Scope(
                    kind,
                    _name(parsed, node),
                    parsed.line(node.start_point.row),
                    parsed.line(_last_row(node)),
                )
            )
    return tuple(found)


_HOLDERS = frozenset({"variable_declarator", "lexical_declaration", "variable_declaration", "export_statement",
                      "public_field_definition", "field_definition", "pair"})  # fmt: skip
"""Node types that may give a function its name: `const name = () => ...`."""


def held(parsed: Parsed, position: Position) -> Scope | None:
    """The function that begins on the position's line behind the position: the position stands at its name."""
    row = parsed.row(position.line)
    node = next((one for one in _ancestors(_node_at(parsed, position)) if one.type in _HOLDERS), None)
    left = [node] if node is not None else []
    while left:
        one = left.pop()
        if one.type in FUNCTIONS and one.start_point.row == row:
            return Scope("function", _name(parsed, one), position.line, parsed.line(_last_row(one)))
        if one.start_point.row <= row and one.type not in FUNCTIONS and one.type not in CLASSES:
            left.extend(reversed(one.children))
    return None


def _last_row(node: tree_sitter.Node) -> int:
    end = node.end_point
    return end.row - 1 if end.column == 0 and end.row > node.start_point.row else end.row
