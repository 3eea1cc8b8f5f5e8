"""How broken a text is: the number of places that its grammar could not make sense of."""

from __future__ import annotations

import tree_sitter

from caretwise.syntax.grammar import Parsed, parse_text
from caretwise.text.language import Language


def faults(parsed: Parsed) -> int:
    """ERROR and MISSING nodes in the tree; 0 means that it parses."""
    return _count(parsed.root)


def _count(root: tree_sitter.Node) -> int:
    total, left = 0, [root]
    while left:
        node = left.pop()
        if node.is_error or node.is_missing:
            total += 1
        if node.has_error:
            left.extend(node.children)
    return total


def parses_no_worse(before: str, after: str, language: Language) -> bool | None:
    """Whether `after` has at most as many faults as `before`; None when there is no grammar to ask."""
    old, new = parse_text(before, language), parse_text(after, language)
    if old is None or new is None:
        return None
    return faults(new) <= faults(old)
