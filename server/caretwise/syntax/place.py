"""What a position stands in: a comment, a string, a function that is still to be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import tree_sitter

from caretwise.syntax.grammar import Parsed
from caretwise.syntax.scope import FUNCTIONS
from caretwise.text.indent import leading, width
from caretwise.text.position import Position

_CODE_IN_STRINGS = frozenset({"interpolation", "template_substitution"})
_NO_STATEMENTS = frozenset({"comment", "line_comment", "block_comment", "pass_statement"})

Text = Literal["", "comment", "string"]
"""What a place is when it is not code."""


@dataclass(frozen=True, slots=True)
class OpenFunction:
    """A function around a place. `empty`: it has no statement yet, but for a docstring. Lines of the document."""

    first_line: int
    empty: bool


def text_at(parsed: Parsed, position: Position) -> Text:
    """Whether a position stands inside a comment or a string; "" in code, and where the tree does not reach."""
    row = parsed.row(position.line)
    lines = parsed.source.split(b"\n", row + 1) if row >= 0 else []
    if not 0 <= row < len(lines):
        return ""
    before = lines[row].decode("utf-8", "replace")[: position.character]
    column = len(before.encode("utf-8", "replace"))
    if not column and row:
        return _text_around(parsed, (row, 0), (row, 0))
    return _text_around(parsed, (row, max(0, column - 1)), (row, column))


def in_text(parsed: Parsed, position: Position) -> bool:
    """Whether a position stands inside a comment or a string."""
    return bool(text_at(parsed, position))


def open_function(parsed: Parsed, position: Position) -> OpenFunction | None:
    """The innermost function that a new line at `position` would be part of; None outside all of them."""
    row = parsed.row(position.line)
    rows = parsed.source.split(b"\n", row + 1)[: row + 1] if row >= 0 else []
    if len(rows) <= row:
        return None
    here = rows[row].decode("utf-8", "replace")[: position.character]
    rows[row] = here.encode("utf-8", "replace")
    anchor = _last_text(rows)
    if anchor is None:
        return None
    for node in _ancestors(parsed.root.descendant_for_point_range(anchor, anchor)):
        if node.type not in FUNCTIONS:
            continue
        declared = rows[node.start_point.row].decode("utf-8", "replace")
        deeper = width(leading(here)) > width(leading(declared)) or anchor[0] == row
        body = node.child_by_field_name("body")
        if (deeper and body is not None and anchor >= _point(body)) or _opens_here(node, anchor):
            return OpenFunction(parsed.line(node.start_point.row), body is None or _empty(body))
    return None


def _opens_here(node: tree_sitter.Node, anchor: tuple[int, int]) -> bool:
    """Whether the anchor is the colon that ends a function's first line: the body has no place of its own yet."""
    body = node.child_by_field_name("body")
    return any(
        child.type == ":" and (child.start_point.row, child.start_point.column) == anchor for child in node.children
    ) and (body is None or _empty(body))


def _point(node: tree_sitter.Node) -> tuple[int, int]:
    return node.start_point.row, node.start_point.column


def _last_text(rows: list[bytes]) -> tuple[int, int] | None:
    """Row and column of the last character that is not white space."""
    for row in range(len(rows) - 1, -1, -1):
        text = rows[row].rstrip()
        if text:
            return row, len(text) - 1
    return None


def _empty(body: tree_sitter.Node) -> bool:
    statements = [child for child in body.named_children if child.type not in _NO_STATEMENTS]
    return all(_is_docstring(child) for child in statements[:1]) and len(statements) < 2


def _is_docstring(node: tree_sitter.Node) -> bool:
    inner = node.named_children
    return node.type == "expression_statement" and len(inner) == 1 and inner[0].type == "string"


def _text_around(parsed: Parsed, first: tuple[int, int], at: tuple[int, int]) -> Text:
    for node in _ancestors(parsed.root.descendant_for_point_range(first, first)):
        if node.type in _CODE_IN_STRINGS:
            return ""
        if "comment" in node.type:
            return "comment" if _point(node) < at else ""
        if "string" in node.type:
            end = node.end_point.row, node.end_point.column
            parent = node.parent
            if parent is not None and "string" in parent.type:
                continue  # a part of the literal: its edges are the literal's
            return "string" if _point(node) < at < end else ""
    return ""


def _ancestors(node: tree_sitter.Node | None) -> Iterator[tree_sitter.Node]:
    while node is not None:
        yield node
        node = node.parent
