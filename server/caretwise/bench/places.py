"""Places in a file where people stop and wait: the cursor's line and column, and how much is taken out there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import tree_sitter

from caretwise.syntax.grammar import Parsed, parse_text
from caretwise.syntax.scope import CLASSES, FUNCTIONS
from caretwise.text.indent import is_blank, leading, width
from caretwise.text.language import Language
from caretwise.text.snapshot import split_lines, without_end

KINDS = ("tail", "line", "block", "body")
"""The rest of a line, a whole line, a block below its opener, the body of a function."""

MOST_BLOCK_LINES, MOST_BODY_LINES = 10, 20
"""A longer block is not what anybody expects from one suggestion."""

_LEAST_TAIL, _LEAST_LINE = 3, 6
_MOST_WIDTH = 300
_OPENERS = (":", "{", "=>")
_IMPORTS = re.compile(
    r"\s*(?:from\s+\S+\s+import\b|import\b|export\b.*\bfrom\b|use\s|package\s|#include\b|\}\s*from\b|using\s)"
)
_COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|--|<!--|\"\"\"|''')")
_FUNCTION = re.compile(r"\b(?:def|func|fn|function|fun)\b")
_CLASS = re.compile(r"\b(?:class|interface|struct|enum|trait|impl|type|record|module|namespace)\b")
_LEFT_OUT = frozenset({
    "comment", "line_comment", "block_comment", "import_statement", "import_from_statement", "import_declaration",
    "future_import_statement", "use_declaration", "package_clause", "package_declaration", "ERROR",
})  # fmt: skip
_TEXTS = frozenset({"string", "template_string", "raw_string_literal", "string_literal"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hole may be: it begins at `line` and `column` (code points) and ends with the text of `last_line`."""

    kind: str
    line: int
    column: int
    last_line: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file's syntax says of its lines: which are code, and which open a function or a class."""

    code: frozenset[int]
    functions: frozenset[int]
    classes: frozenset[int]


def places(text: str, language: Language) -> dict[str, list[Place]]:
    """All places of a file by kind. Comments, imports and strings over several lines hold none."""
    lines = [without_end(line) for line in split_lines(text)]
    seen = _seen(text, lines, language)
    found: dict[str, list[Place]] = {kind: [] for kind in KINDS}
    for number in sorted(seen.code):
        found["tail"] += _tails(lines[number], number)
        if _worth(lines[number], _LEAST_LINE):
            found["line"].append(Place("line", number, len(leading(lines[number])), number))
        found_block = _block(lines, number, seen)
        if found_block is not None:
            found[found_block.kind].append(found_block)
    return found


def _worth(text: str, least: int) -> bool:
    stripped = text.strip()
    return least <= len(stripped) <= _MOST_WIDTH and any(character.isalnum() for character in stripped)


def _tails(line: str, number: int) -> Iterator[Place]:
    for column in range(len(leading(line)) + 1, len(line.rstrip()) - _LEAST_TAIL + 1):
        weight = _ease(line, column)
        if weight and _worth(line[column:], _LEAST_TAIL):
            yield Place("tail", number, column, number, weight)


def _ease(line: str, column: int) -> int:
    """How often people stop there: mostly behind punctuation, next behind a word or a closer, seldom inside a word.

    The weights are those by which Zed's evaluation splits commits (10, 8 and 1).
    """
    before, after = line[column - 1], line[column]
    if after.isspace():
        return 0
    if before in ",;:([{=." or (before.isspace() and line[:column].rstrip()[-1:] in tuple(",;:([{=")):
        return 10
    if before.isspace() or before in ")]}":
        return 8
    inside = (before.isalnum() or before == "_") and (after.isalnum() or after == "_")
    return 1 if inside else 8


def _block(lines: Sequence[str], opener: int, seen: _Seen) -> Place | None:
    """The block that the line opens: the lines below it that are indented deeper."""
    text = lines[opener].rstrip()
    if not text.endswith(_OPENERS) or opener in seen.classes:
        return None
    depth = width(leading(text))
    last = opener
    for number in range(opener + 1, min(len(lines), opener + 2 + MOST_BODY_LINES)):
        if is_blank(lines[number]):
            continue
        if width(leading(lines[number])) <= depth:
            break
        last = number
    kind = "body" if opener in seen.functions else "block"
    count, first = last - opener, opener + 1
    most = MOST_BODY_LINES if kind == "body" else MOST_BLOCK_LINES
    if not 2 <= count <= most or first not in seen.code or is_blank(lines[first]):
        return None
    return Place(kind, first, len(leading(lines[first])), last)


def _seen(text: str, lines: Sequence[str], language: Language) -> _Seen:
    parsed = parse_text(text, language)
    left_out = {
        number
        for number, line in enumerate(lines)
        if is_blank(line) or _IMPORTS.match(line) or _COMMENT.match(line) or len(line) > _MOST_WIDTH
    }
    if parsed is None:
        opening = [number for number, line in enumerate(lines) if line.rstrip().endswith(_OPENERS)]
        functions = frozenset(number for number in opening if _FUNCTION.search(lines[number]))
        classes = frozenset(number for number in opening if _CLASS.search(lines[number])) - functions
    else:
        functions, classes = _from_tree(parsed, left_out)
    return _Seen(frozenset(range(len(lines))) - left_out, functions, classes)


def _from_tree(parsed: Parsed, left_out: set[int]) -> tuple[frozenset[int], frozenset[int]]:
    """Lines that open functions and classes; adds to `left_out` the lines that hold no code."""
    functions, classes = set[int](), set[int]()
    waiting = [parsed.root]
    while waiting:
        node = waiting.pop()
        rows = range(node.start_point.row, node.end_point.row + 1)
        if node.type in _LEFT_OUT or (node.type in _TEXTS and len(rows) > 1):
            left_out.update(rows)
            continue
        if node.type in FUNCTIONS or node.type in CLASSES:
            (functions if node.type in FUNCTIONS else classes).update(_head(node))
        waiting += node.children
    return frozenset(functions), frozenset(classes - functions)


def _head(node: tree_sitter.Node) -> range:
    """The rows from a declaration's start to where its body begins (for a body that is indented: to the row before)."""
    body = node.child_by_field_name("body")
    if body is None:
        return range(node.start_point.row, node.start_point.row)
    on_own_line = body.type == "block" and body.start_point.row > node.start_point.row and body.child_count > 0
    on_own_line = on_own_line and body.children[0].type != "{"
    return range(node.start_point.row, body.start_point.row + (0 if on_own_line else 1))
