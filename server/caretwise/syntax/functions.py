"""The functions and classes of a text with their exact places: for replacing one by another of the same name."""

from __future__ import annotations

from dataclasses import dataclass

import tree_sitter

from caretwise.syntax.grammar import Parsed
from caretwise.syntax.scope import CLASSES, FUNCTIONS
from caretwise.text.position import Position, Range


@dataclass(frozen=True, slots=True)
class Definition:
    """One function or class. `span` runs from its first to its last character, without what stands before it on its line
    (`export`, `const name =`) and without decorators; `broken` when it holds something that does not parse.
    """

    kind: str
    name: str
    span: Range
    text: str
    broken: bool


def definitions(parsed: Parsed) -> tuple[Definition, ...]:
    """All functions and classes, nested ones included, in the order of the text."""
    found: list[Definition] = []
    left = [parsed.root]
    while left:
        node = left.pop()
        kind = "function" if node.type in FUNCTIONS else "class" if node.type in CLASSES else ""
        if kind and node.is_named:
            found.append(
                Definition(kind, name_of(parsed, node), _span(parsed, node), parsed.text(node), node.has_error)
            )
        left.extend(reversed(node.children))
    return tuple(found)


def lines_in_strings(parsed: Parsed) -> frozenset[int]:
    """The lines (of the document) that begin inside a string: their blanks are content, not indentation."""
    found: set[int] = set()
    left = [parsed.root]
    while left:
        node = left.pop()
        if node.start_point.row == node.end_point.row:
            continue
        if "string" in node.type or node.type in {"text_block", "block_comment"}:
            found.update(range(node.start_point.row + 1, node.end_point.row + 1))
        else:
            left.extend(node.children)
    return frozenset(parsed.line(row) for row in found)


def name_of(parsed: Parsed, node: tree_sitter.Node) -> str:
    """The name of a function or class, also of one that is given to a variable, a field or a key; "" for none."""
    name = node.child_by_field_name("name")
    parent = node.parent
    if name is None and parent is not None and parent.type in {"variable_declarator", "public_field_definition"}:
        name = parent.child_by_field_name("name")
    if name is None and parent is not None and parent.type == "pair":
        name = parent.child_by_field_name("key")
    return parsed.text(name) if name is not None else ""


def _span(parsed: Parsed, node: tree_sitter.Node) -> Range:
    end_row, end_byte = node.end_point.row, node.end_byte
    # A grammar may let a block run to the start of the next line.
    while end_byte > node.start_byte and parsed.source[end_byte - 1 : end_byte] in {b"\n", b"\r"}:
        end_byte -= 1
        end_row -= parsed.source[end_byte : end_byte + 1] == b"\n"
    return Range(
        Position(parsed.line(node.start_point.row), _column(parsed, node.start_byte)),
        Position(parsed.line(end_row), _column(parsed, end_byte)),
    )


def _column(parsed: Parsed, byte: int) -> int:
    """Code points between the line's start and a byte of the source."""
    line = parsed.source.rfind(b"\n", 0, byte) + 1
    return len(parsed.source[line:byte].decode("utf-8", "replace"))
