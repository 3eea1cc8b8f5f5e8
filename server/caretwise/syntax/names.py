"""Which names a text uses and does not bind: undefined ones, built-in ones, and those that come from other files."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field

import tree_sitter

from caretwise.syntax.grammar import Parsed
from caretwise.syntax.name_tables import TABLES, NameTable

_MODULE_NAMES = frozenset({"__file__", "__name__", "__doc__", "__path__", "__package__", "__spec__", "__loader__",
                           "__builtins__", "__class__", "__annotations__", "__module__", "__qualname__", "_"})  # fmt: skip
_PYTHON = frozenset(dir(builtins)) | _MODULE_NAMES


@dataclass
class _Scope:
    """A scope while it is read."""

    parent: _Scope | None
    kind: str
    bound: set[str] = field(default_factory=set[str])
    used: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a text: `unbound` are used where nothing binds them, `bound` are bound somewhere in the text.

    `complete`: everything that may bind a name is in the text itself (Python without `import *`). `imported` are the
    words of its imports.
    """

    unbound: frozenset[str]
    bound: frozenset[str]
    complete: bool
    imported: frozenset[str] = frozenset()


def names(parsed: Parsed) -> Names | None:
    """The names of a parsed text; None for a grammar whose scopes are not known here."""
    table = TABLES.get(parsed.grammar)
    if table is None:
        return None
    reader = _Reader(parsed, table)
    reader.read()
    known = _PYTHON if parsed.grammar == "python" else frozenset[str]()
    unbound = {
        name for scope in reader.scopes for name in scope.used if name not in known and not _resolves(scope, name)
    }
    bound = {name for scope in reader.scopes for name in scope.bound}
    complete = parsed.grammar == "python" and not reader.star
    return Names(frozenset(unbound), frozenset(bound), complete, frozenset(reader.imported))


def _resolves(scope: _Scope, name: str) -> bool:
    """Whether a scope or one around it binds the name; a class's names are not seen from its functions."""
    if name in scope.bound:
        return True
    outer = scope.parent
    while outer is not None:
        if name in outer.bound and outer.kind != "class_definition":
            return True
        outer = outer.parent
    # A comprehension stands in its class and sees it (its first iterable does; which one is not told apart).
    around = scope.parent
    return "comprehension" in scope.kind and around is not None and name in around.bound


class _Reader:
    """Walks a tree without recursion: hostile texts nest deeply."""

    def __init__(self, parsed: Parsed, table: NameTable) -> None:
        self._parsed, self._table = parsed, table
        self._top = _Scope(None, "top")
        self.scopes = [self._top]
        self.star = False
        self.imported: set[str] = set()

    def read(self) -> None:
        """Read the whole tree."""
        left: list[tuple[tree_sitter.Node, _Scope, bool]] = [(self._parsed.root, self._top, False)]
        while left:
            node, scope, binding = left.pop()
            if node.type in self._table.hoisted:
                self._imported(node, scope)
            elif node.type in self._table.leaves:
                (scope.bound if binding else scope.used).add(self._parsed.text(node))
                if binding is False and node.type == "shorthand_property_identifier_pattern":
                    scope.bound.add(self._parsed.text(node))
            else:
                left += self._children(node, scope, binding)

    def _children(
        self, node: tree_sitter.Node, scope: _Scope, binding: bool
    ) -> list[tuple[tree_sitter.Node, _Scope, bool]]:
        table = self._table
        inner = scope
        if node.type in table.scopes:
            inner = _Scope(scope, node.type)
            self.scopes.append(inner)
        whole = (node.type, "") in table.binds
        binding = (binding or whole) and node.type not in table.holes
        found: list[tuple[tree_sitter.Node, _Scope, bool]] = []
        named = 0
        for number, child in enumerate(node.children):
            at = (node.type, node.field_name_for_child(number) or "")
            place = (node.type, str(named))
            named += child.is_named
            if (at[1] and at in table.skipped) or (child.is_named and place in table.skipped):
                continue
            if at[1] and at in table.outer:
                # The names of functions and types, whatever kind of leaf they are.
                scope.bound.add(self._parsed.text(child))
            elif at[1] and at in table.binds:
                found.append((child, inner, True))
                if node.type == "augmented_assignment":
                    found.append((child, inner, False))
            else:
                # What a parameter defaults to is a use; its pattern binds.
                value = at[1] in {"value", "default_value", "right", "type", "return_type", "index", "arguments"}
                # A default value is read in the scope around the function.
                outside = at[1] == "value" and node.type.endswith("parameter") and scope.parent is not None
                found.append((child, scope.parent if outside and scope.parent else inner, binding and not value))
        return found

    def _imported(self, node: tree_sitter.Node, scope: _Scope) -> None:
        """Every word of an import is bound: the name, its alias, the parts of a path."""
        left = [node]
        while left:
            one = left.pop()
            self.star = self.star or one.type in {"wildcard_import", "use_wildcard", "asterisk"}
            if not one.named_child_count and one.is_named:
                text = self._parsed.text(one).strip("\"'`")
                words = text, text.rsplit("/", 1)[-1], text.rsplit(".", 1)[-1]
                scope.bound.update(words)
                self.imported.update(words)
            left += one.children
