"""Code of a function that can never run, that hides what goes wrong, and what it gives back: its body must stay in use."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from caretwise.syntax.grammar import Parsed
from caretwise.syntax.scope import FUNCTIONS

_LISTS = frozenset({
    "block", "statement_block", "statement_list", "switch_case", "switch_default", "switch_block_statement_group",
})  # fmt: skip
"""Node types whose children are statements, one behind the other."""
_ENDS = frozenset({
    "return_statement", "raise_statement", "throw_statement", "break_statement", "continue_statement",
    "return_expression", "break_expression", "continue_expression",
})  # fmt: skip
_STANDS = frozenset({
    "function_declaration", "generator_function_declaration", "function_item", "use_declaration", "const_item",
    "static_item", "struct_item", "enum_item", "impl_item", "trait_item", "macro_definition", "type_item",
    "empty_statement", "labeled_statement",
})  # fmt: skip
"""Holds wherever it stands, or can be jumped to."""
_STOPS = re.compile(r"(?:panic|todo|unimplemented|unreachable)!?\s*\(")
_TRUE = re.compile(r"\(?\s*(?:[Tt]rue|1|not False|!false)\s*\)?")
_FALSE = re.compile(r"\(?\s*(?:[Ff]alse|0|None|null|not True|!true)\s*\)?")
_GENERATES = frozenset({"yield", "yield_expression", "yield_statement"})
_CONSTANT = re.compile(
    r"[\[({]*(?:(?:None|null|nil|undefined|[Tt]rue|[Ff]alse|-?[\d._]+\w*|\"[^\"{]*\"|'[^'{]*'|\[\]|\{\}|\(\))"
    r"(?:,\s*(?=\S)|[\])}]*$))+"
)
_BROAD = re.compile(
    r"except\s*(?:\(?\s*(?:Base)?Exception\b[^:]*)?:|catch\s*\(\s*(?:final\s+)?(?:Exception|RuntimeException|Throwable)\b"
)
"""Takes whatever is raised, in Python and Java. JavaScript's `catch` can do nothing else, and may be meant."""
_SILENT = re.compile(r"(?:pass|\.\.\.|continue|break|return(?: (?P<value>.*?))?);?", re.DOTALL)
_NO_VALUE = ("statement", "declaration", "_item")


def unreachable(parsed: Parsed, function: tree_sitter.Node) -> list[str]:
    """The statements of a function that nothing leads to, each with all that is in it as one."""
    return [parsed.text(one) for one in _dead(parsed, function)]


def given_back(parsed: Parsed, function: tree_sitter.Node) -> list[str] | None:
    """The values that a function gives back, as they are written; None when that cannot be said (a generator)."""
    body = function.child_by_field_name("body")
    if body is None:
        return None
    if not body.type.endswith(("block", "body")):
        return [parsed.text(body)]
    found: list[str] = []
    for node in _own(body):
        if node.type in _GENERATES:
            return None
        if node.type in {"return_statement", "return_expression"} and node.named_children:
            found.append(", ".join(parsed.text(one) for one in node.named_children if "comment" not in one.type))
    last = body.named_children[-1] if body.named_children and function.type == "function_item" else None
    if last is not None and not last.type.endswith(_NO_VALUE):
        found.append(parsed.text(last))
    return found


def silent_handlers(parsed: Parsed, function: tree_sitter.Node) -> int:
    """How many handlers in a function take whatever goes wrong and make nothing of it: no word, no other value."""
    found = [one for one in _own(function) if one.type in {"except_clause", "catch_clause"}]
    return sum(_is_silent(parsed, one) for one in found if _BROAD.match(parsed.text(one)))


def _is_silent(parsed: Parsed, handler: tree_sitter.Node) -> bool:
    body = handler.named_children[-1] if handler.named_children else None
    statements = [one for one in body.named_children if "comment" not in one.type] if body is not None else []
    matches = [_SILENT.fullmatch(parsed.text(one)) for one in statements]
    return all(one is not None and is_constant(one["value"] or "None") for one in matches)


def is_constant(value: str) -> bool:
    """Whether a value is the same whatever the function is asked: a literal, nothing, something empty."""
    return _CONSTANT.fullmatch(value.strip()) is not None


def _dead(parsed: Parsed, node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    ended = False
    for child in node.named_children:
        if child.type == "labeled_statement":
            ended = False
        if ended and child.type not in _STANDS and "comment" not in child.type:
            if not _only_marks_a_generator(child):
                yield child
        elif not ended and _never(parsed, node, child):
            yield child
        elif child.type not in FUNCTIONS:
            yield from _dead(parsed, child)
        ended = ended or (node.type in _LISTS and _ends(parsed, child))


def _never(parsed: Parsed, node: tree_sitter.Node, child: tree_sitter.Node) -> bool:
    """Whether a child is what a condition that is never true leads to: `if False:`."""
    if node.type not in {"if_statement", "if_expression", "while_statement", "while_expression"}:
        return False
    condition = node.child_by_field_name("condition")
    taken = node.child_by_field_name("consequence") or node.child_by_field_name("body")
    return child == taken and condition is not None and _FALSE.fullmatch(parsed.text(condition)) is not None


def _ends(parsed: Parsed, node: tree_sitter.Node) -> bool:
    """Whether nothing that stands behind a statement runs after it."""
    if node.type in _ENDS:
        return True
    if node.type == "expression_statement" and node.named_children:
        only = node.named_children[0]
        stops = _STOPS.match(parsed.text(node)) is not None
        return stops or (only.type in {"if_expression", *_ENDS} and _ends(parsed, only))
    if node.type in _LISTS or node.type in {"else_clause", "elif_clause"}:
        return any(_ends(parsed, one) for one in node.named_children)
    if node.type in {"if_statement", "if_expression"}:
        return _always_ends(parsed, node)
    return False


def _always_ends(parsed: Parsed, node: tree_sitter.Node) -> bool:
    condition, taken = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    if condition is None or taken is None or not _ends(parsed, taken):
        return False
    others = node.children_by_field_name("alternative")
    whole = bool(others) and others[-1].type != "elif_clause" and all(_ends(parsed, one) for one in others)
    return whole or _TRUE.fullmatch(parsed.text(condition)) is not None


def _only_marks_a_generator(node: tree_sitter.Node) -> bool:
    """Python: a `yield` behind a `return` makes a generator that gives nothing."""
    return node.type == "expression_statement" and [one.type for one in node.named_children] == ["yield"]


def _own(body: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The nodes of a body or function, without those of functions in it."""
    left = [body]
    while left:
        node = left.pop()
        yield node
        if node == body or node.type not in FUNCTIONS:
            left.extend(reversed(node.children))
