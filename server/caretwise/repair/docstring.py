"""A function's text of its own in Python: models leave it out of a function that they write anew."""

from __future__ import annotations

from collections.abc import Sequence

from caretwise.repair.blocks import Part
from caretwise.syntax.functions import Definition
from caretwise.syntax.grammar import parse_text
from caretwise.text.language import Language


def with_docstring(part: Part, target: Definition, chosen: Definition, lines: Sequence[str]) -> list[str]:
    """The `lines` of the function `chosen` with the docstring that `target`, the part's function, has and they have not.

    One that differs in nothing but blanks stays the file's as well: its lines are content, and are not moved with the code.
    """
    old, new = _head(target, part.language), _head(chosen, part.language)
    if old is None or new is None or old[1] is None or not new[0] or not old[0]:
        return list(lines)
    first, last = old[0], old[1]
    text = list(part.inside[first : last + 1])
    if new[1] is not None:
        said = lines[new[0] : new[1] + 1]
        same = [line.strip() for line in said] == [line.strip() for line in text]
        return [*lines[: new[0]], *(text if same else said), *lines[new[1] + 1 :]]
    if not "".join(part.inside[last + 1 : last + 2]).strip() and lines[new[0]].strip():
        text.append("")
    return [*lines[: new[0]], *text, *lines[new[0] :]]


def without_docstring(function: Definition, text: str, language: Language) -> str:
    """The `text` of a function without its docstring; it is the function's but for what may be missing behind that."""
    head = _head(function, language) if language.id == "python" else None
    if head is None or head[1] is None or not head[0]:
        return text
    lines = text.split("\n")
    return "\n".join((*lines[: head[0]], *lines[head[1] + 1 :]))


def _head(function: Definition, language: Language) -> tuple[int, int | None] | None:
    """The row of a function's first statement, and the last row of that when it is a docstring; counted from its first."""
    parsed = parse_text(function.text, language)
    node = parsed.root.named_children[0] if parsed is not None and parsed.root.named_children else None
    body = node.child_by_field_name("body") if node is not None else None
    if body is None or not body.named_children:
        return None
    first = body.named_children[0]
    is_text = first.type == "expression_statement" and [one.type for one in first.named_children] == ["string"]
    return first.start_point.row, first.end_point.row if is_text else None
