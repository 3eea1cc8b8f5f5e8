"""What a fix makes of a function's parameters, and whether those who call it get along with that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from caretwise.repair.parsing import Pair
from caretwise.syntax.grammar import Parsed
from caretwise.syntax.scope import FUNCTIONS

_OF_PARAMETERS = re.compile(
    r"param|\barg|signature|overrid|keyword|positional|\bself\b|\bcls\b|receiver|default|naming|case\b|shadow|builtin|"
    r"async|await|coroutine|promise",
    re.IGNORECASE,
)
_CALLS = frozenset({"call", "call_expression", "method_invocation"})
_OPEN = frozenset({
    "list_splat", "dictionary_splat", "spread_element", "variadic_argument",
    "list_splat_pattern", "dictionary_splat_pattern", "rest_pattern", "variadic_parameter_declaration", "spread_parameter",
    "keyword_separator", "positional_separator",
})  # fmt: skip
"""Parameters and arguments of which nobody knows how many they are, or how they must be given."""


def parameters_change(parsed: Pair, name: str, old: tree_sitter.Node, new: tree_sitter.Node, said: str) -> bool:
    """Whether a fix changes parameters in a way that the problem's words do not ask for and callers cannot take."""
    was, now = _parameters(parsed.before, old), _parameters(parsed.after, new)
    kept = tuple(one for one in was if one in now or one not in _optional(parsed.before, old))
    more = _optional(parsed.after, new) - set(was)
    without = tuple(one for one in now if one not in more)
    # Callers get along without a parameter that has a default, and with one more behind those that there were.
    if kept == without and now[: len(kept)] == kept:
        return False
    changed = set(was) ^ set(now)
    if _OF_PARAMETERS.search(said) or any(re.search(rf"\b{re.escape(one)}\b", said) for one in changed):
        return False
    return not _callers_agree(parsed, name, old, new)


def _callers_agree(parsed: Pair, name: str, old: tree_sitter.Node, new: tree_sitter.Node) -> bool:
    """Whether all calls in the file fit the function as the fix leaves it, and it is they that ask for it.

    They do where they did not fit before, where the fix changes them along, and where nobody else can see the function.
    """
    before, after = _calls(parsed.before, name, old), _calls(parsed.after, name, new)
    if before is None or after is None or not before or not after:
        return False
    then, now = _Form.of(parsed.before, old), _Form.of(parsed.after, new)
    if then is None or now is None or not all(now.takes(call) for call in after):
        return False
    asked = not all(then.takes(call) for call in before) or sorted(before) != sorted(after)
    return asked or _is_local(new)


@dataclass(frozen=True, slots=True, order=True)
class _Call:
    """A call's arguments: how many without a name, and the names of the others."""

    count: int
    names: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Form:
    """What a function can be called with."""

    names: tuple[str, ...]
    optional: frozenset[str]

    @staticmethod
    def of(parsed: Parsed, function: tree_sitter.Node) -> _Form | None:
        """None when that cannot be said: it takes as many as there are."""
        field = function.child_by_field_name("parameters")
        if field is None or any(one.type in _OPEN for one in field.named_children):
            return None
        return _Form(tuple(one for one in _bound(parsed, field) if one not in _OWN), _optional(parsed, function))

    def takes(self, call: _Call) -> bool:
        """Whether a call gives all that must be given, and nothing else."""
        given = {*self.names[: call.count], *call.names}
        fits = call.count <= len(self.names) and set(call.names) <= set(self.names)
        return fits and set(self.names) - self.optional <= given


_OWN = ("self", "cls")
"""Parameters that no call names."""


def _calls(parsed: Parsed, name: str, function: tree_sitter.Node) -> list[_Call] | None:
    """The calls of a function from outside of it, by its name; None when one cannot be counted, or it is handed on."""
    found: list[_Call] = []
    left = [parsed.root]
    while left:
        node = left.pop()
        if node == function:
            continue
        called = _called(node) if node.type in _CALLS else None
        arguments = node.child_by_field_name("arguments") if called is not None else None
        if called is not None and arguments is not None and parsed.text(called) == name:
            call = _call(parsed, node, arguments)
            if call is None:
                return None
            found.append(call)
        left.extend(node.children)
    return found


def _called(call: tree_sitter.Node) -> tree_sitter.Node | None:
    """The node of the name that is called: of `cart.size()` that of `size`."""
    node = call.child_by_field_name("function") or call.child_by_field_name("name")
    while node is not None and "identifier" not in node.type:
        node = node.named_children[-1] if node.named_children else None
    return node


def _call(parsed: Parsed, node: tree_sitter.Node, arguments: tree_sitter.Node) -> _Call | None:
    given = [one for one in arguments.named_children if "comment" not in one.type]
    if any(one.type in _OPEN for one in given):
        return None
    named = [one.child_by_field_name("name") for one in given if one.type == "keyword_argument"]
    names = tuple(parsed.text(one) for one in named if one is not None)
    return _Call(len(given) - len(named), names, parsed.text(node))


def _is_local(function: tree_sitter.Node) -> bool:
    """Whether a function stands in another one, where nobody else can see it."""
    node = function.parent
    while node is not None and node.type not in FUNCTIONS and not node.type.startswith("class"):
        node = node.parent
    return node is not None and node.type in FUNCTIONS


def _parameters(parsed: Parsed, function: tree_sitter.Node) -> tuple[str, ...]:
    """The names of the parameters in their order, and `async` where the function is."""
    marks = ["async"] if any(one.type == "async" for one in function.children) else []
    field = function.child_by_field_name("parameters") or function.child_by_field_name("parameter")
    return (*marks, *(_bound(parsed, field) if field is not None else ()))


def _optional(parsed: Parsed, function: tree_sitter.Node) -> frozenset[str]:
    """The parameters that have a default or a sign that they may be left out."""
    field = function.child_by_field_name("parameters")
    found = [one for one in field.named_children if _may_be_left_out(one)] if field is not None else []
    return frozenset(name for one in found for name in _bound(parsed, one))


def _may_be_left_out(parameter: tree_sitter.Node) -> bool:
    return parameter.type in {"optional_parameter", "assignment_pattern"} or bool(
        parameter.child_by_field_name("value")
    )


def _bound(parsed: Parsed, node: tree_sitter.Node) -> Iterator[str]:
    """The identifiers under a node that are no types and no defaults."""
    if "identifier" in node.type and node.type != "type_identifier" and not node.named_children:
        yield parsed.text(node)
    skipped = [node.child_by_field_name(name) for name in ("type", "value", "right")]
    for child in node.named_children:
        if child not in skipped and child.type.split("_")[0] not in {"type", "decorator"}:
            yield from _bound(parsed, child)
