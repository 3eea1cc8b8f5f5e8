"""What a fix must leave as it is, though the text would parse and no name would be missing.

A function keeps a body that runs and its parameters, an assertion stays, and a checker is not told to look away:
whoever does that makes a problem go away without mending anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import tree_sitter

from caretwise.repair.finding import Finding
from caretwise.repair.parsing import Pair
from caretwise.repair.reach import given_back, is_constant, silent_handlers, unreachable
from caretwise.repair.signature import parameters_change
from caretwise.syntax.functions import name_of
from caretwise.syntax.grammar import Parsed
from caretwise.syntax.scope import FUNCTIONS
from caretwise.text.position import Range

_SILENCERS = re.compile(
    r"#\s*noqa\b|#\s*(?:ruff|flake8|isort)\s*:|#\s*type:\s*ignore|#\s*(?:pyright|basedpyright|mypy|pylint|ty|pyre|pytype)\s*:|"
    r"#\s*pyre-\w+|#\s*nosec\b|#\s*pragma:\s*no|#\s*(?:shellcheck|rubocop|hadolint|yamllint)[ :]|"
    r"\beslint-disable|@ts-(?:ignore|expect-error|nocheck)|\b(?:biome|oxlint|deno-lint|prettier)-(?:ignore|disable)|"
    r"\b(?:tslint|jshint|standard|swiftlint|ktlint|phpcs|psalm|phpstan)[:-]\s*(?:disable|ignore)|@phpstan-ignore|"
    r"//\s*nolint\b|//\s*lint:ignore|\bNOLINT|\bNOSONAR\b|\bnoinspection\b|#nosec\b|"
    r"#!?\[(?:allow|expect)\(|@SuppressWarnings\b|@Suppress\(|#\s*pragma\s+(?:warning|GCC\s+diagnostic|clang\s+diagnostic)",
)
_ASSERTION = re.compile(
    r"^[ \t]*(?:assert\b|self\.assert\w+\(|assert\w*[!(.]|debug_assert\w*!|(?:await )?expect\(|"
    r"t\.(?:Error|Fatal|Fail)\w*\()",
    re.MULTILINE,
)
_MAY_GO = re.compile(
    r"\b(?:unused|never (?:used|read|called)|not (?:accessed|used)|no effect|useless|redundant|unnecessary|pointless|redefin|"
    r"duplicate|dead code|unreachable|no-console|breakpoint|debugger)|\bprint`? (?:statement |call )?found",
    re.IGNORECASE,
)
_OF_HANDLERS = re.compile(r"\bexcept|\bcatch|handle[dr]|uncaught|\braise|\bthrow|suppress", re.IGNORECASE)
_OF_LAYOUT = re.compile(
    r"white ?space|indent|blank|line[ -]?(?:is )?too[ -]?long|length|spac|\btabs?\b|new ?line|format|prettier|comment|"
    r"docstring|todo|fixme|align|wrap|trailing|directive|ignore|spell|typo|unknown word|column|line ?end|"
    r"\b(?:[EWD]\d{1,4}|I001|ERA001)\b",
    re.IGNORECASE,
)
_STUB = re.compile(
    r"(?:pass|\.\.\.|return|return (?:None|null|nil|undefined)|raise NotImplementedError\b.*|throw new \w*Error\b.*|"
    r"throw new (?:UnsupportedOperation|NotImplemented|IllegalState)\w*\(.*|panic!?\(.*|todo!\(.*|unimplemented!\(.*|"
    r"unreachable!\(.*|[\"'].*[\"'])\s*;?",
    re.DOTALL,
)
_CONSTANT = re.compile(
    r"(?:return )?(?:True|False|true|false|-?\d+|\"\"|''|\[\]|\{\}|\(\))\s*;?",
)
_SPOKEN = re.compile(r"/\*\*|///|//go:|//export|#\s*type:")
"""Comments that a checker or compiler reads."""

_FEW_LINES = 2
"""A body of no more, in which nothing is called or reckoned, may well become a constant: `return Fals`."""


def silenced(before: str, after: str) -> str:
    """What the fix says to keep a checker quiet; "" when it says no more of that than there was."""
    old = [one.group() for one in _SILENCERS.finditer(before)]
    new = [one.group() for one in _SILENCERS.finditer(after)]
    if len(new) <= len(old):
        return ""
    return next((one for one in new if one not in old), new[-1])


def lost(parsed: Pair, findings: Sequence[Finding]) -> tuple[str, str]:
    """Code and reason of what the fix takes away that no problem asks for; ("", "") when it takes nothing."""
    said = " ".join(f"{finding.code} {finding.message}" for finding in findings)
    may_go = _MAY_GO.search(said) is not None
    for name, old, new in _same_functions(parsed):
        if not may_go and _emptied(parsed, old, new):
            return "emptied", f"the fix empties {name}"
        if dead := _out_of_use(parsed, old, new):
            return "unreachable", f"the fix leaves code in {name} that can never run: {dead}"
        if not _OF_HANDLERS.search(said) and silent_handlers(parsed.after, new) > silent_handlers(parsed.before, old):
            return "swallowed", f"the fix hides whatever goes wrong in {name} and mends nothing"
        if not may_go and "return" not in said.lower() and _same_for_all(parsed, old, new):
            return "constant", f"after the fix {name} gives back the same, whatever it is called with"
        if not may_go and parameters_change(parsed, name, old, new, said):
            return "signature", f"the fix changes the parameters of {name}, which others call"
    if not may_go and "assert" not in said.lower() and "expect" not in said.lower():
        fewer = len(_assertions(parsed.before)) - len(_assertions(parsed.after))
        if fewer > 0:
            return "assertion", "the fix takes an assertion away"
    return "", ""


def only_layout(parsed: Pair, findings: Sequence[Finding]) -> bool:
    """Whether the fix changes nothing but blanks and comments, for problems that are not about these."""
    said = " ".join(f"{finding.code} {finding.message} {finding.source}" for finding in findings)
    if parsed.before.root.has_error or _OF_LAYOUT.search(said):
        return False
    return all(one == two for one, two in zip_longest(_tokens(parsed.before), _tokens(parsed.after)))


def beside_function(parsed: Pair, region: Range, above: int, grown: int) -> str:
    """Why a fix of one function is refused that puts other code before or behind it; "" for none.

    The text has grown by so many lines, by `above` of them above the region.
    """
    first, last = region.start.line, region.end.line
    old = _in_lines(parsed.before, first, last)
    if len(old) != 1 or not any(one.type in FUNCTIONS for one in _nodes(old[0])):
        return ""
    new = _in_lines(parsed.after, first + above, last + grown) if last + grown >= first + above else []
    return "the fix puts code beside the function, where none is to be changed" if len(new) > 1 else ""


def _in_lines(parsed: Parsed, first: int, last: int) -> list[tree_sitter.Node]:
    """The outermost statements that stand wholly on these lines of the document, without comments."""
    low, high = parsed.row(first), parsed.row(last)
    found: list[tree_sitter.Node] = []
    left = [parsed.root]
    while left:
        node = left.pop()
        inside = node.start_point.row >= low and (node.end_point.row, node.end_point.column) <= (high + 1, 0)
        if inside and node is not parsed.root:
            if node.is_named and "comment" not in node.type:
                found.append(node)
        elif node.start_point.row <= high and node.end_point.row >= low:
            left.extend(node.children)
    return found


def _same_functions(parsed: Pair) -> Iterator[tuple[str, tree_sitter.Node, tree_sitter.Node]]:
    """The functions of one name before and after, where the text of one is not the text of the other."""
    old, new = _by_name(parsed.before), _by_name(parsed.after)
    for name, nodes in old.items():
        others = new.get(name, [])
        if len(nodes) == len(others):
            for one, two in zip(nodes, others, strict=True):
                if parsed.before.text(one) != parsed.after.text(two):
                    yield name, one, two


def _by_name(parsed: Parsed) -> dict[str, list[tree_sitter.Node]]:
    found: dict[str, list[tree_sitter.Node]] = {}
    for node in _nodes(parsed.root):
        if node.is_named and node.type in FUNCTIONS and (name := name_of(parsed, node)):
            found.setdefault(name, []).append(node)
    return found


def _nodes(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    left = [root]
    while left:
        node = left.pop()
        yield node
        left.extend(reversed(node.children))


# -- bodies ----------------------------------------------------------------------------------------------------------


def _emptied(parsed: Pair, old: tree_sitter.Node, new: tree_sitter.Node) -> bool:
    was, now = _statements(parsed.before, old), _statements(parsed.after, new)
    if was is None or now is None or _is_stub(was):
        return False
    return _is_stub(now) or (_is_much(was) and len(now) == 1 and _CONSTANT.fullmatch(now[0]) is not None)


def _is_much(statements: Sequence[str]) -> bool:
    """Whether a body has some lines, or calls or reckons something: less may well become a constant."""
    lines = sum(1 for one in statements for line in one.split("\n") if line.strip())
    return lines > _FEW_LINES or re.search(r"[(<>=+*/%&|]", " ".join(statements)) is not None


def _out_of_use(parsed: Pair, old: tree_sitter.Node, new: tree_sitter.Node) -> str:
    """The first line of what can never run any more; "" when no more is so than before."""
    was, now = unreachable(parsed.before, old), unreachable(parsed.after, new)
    first = next((one for one in now if one not in was), "") if len(now) > len(was) else ""
    return first.strip().split("\n")[0][:_SHOWN]


def _same_for_all(parsed: Pair, old: tree_sitter.Node, new: tree_sitter.Node) -> bool:
    """Whether a function that gave back now this, now that gives one constant, or nothing."""
    was, now = given_back(parsed.before, old), given_back(parsed.after, new)
    if not was or now is None or (len(set(was)) < 2 and is_constant(was[0])):
        return False
    body = _statements(parsed.before, old) or ()
    return _is_much(body) and len(set(now)) < 2 and all(is_constant(one) for one in now)


_SHOWN = 60
"""The most characters that are shown of code in a reason."""


def _statements(parsed: Parsed, function: tree_sitter.Node) -> list[str] | None:
    """The texts of a body's statements; None when there is no body. An expression in a body's place is one statement."""
    body = function.child_by_field_name("body")
    if body is None:
        return None
    if not body.type.endswith(("block", "body")):
        return [parsed.text(body)]
    nodes = [one for one in body.named_children if "comment" not in one.type]
    if len(nodes) == 1 and nodes[0].type == "statement_list":
        nodes = [one for one in nodes[0].named_children if "comment" not in one.type]
    texts = [parsed.text(one).strip() for one in nodes]
    return texts[1:] if len(texts) > 1 and texts[0][:1] in {'"', "'"} else texts  # without the docstring


def _is_stub(statements: Sequence[str]) -> bool:
    return all(_STUB.fullmatch(one) for one in statements)


# -- the rest --------------------------------------------------------------------------------------------------------


def _assertions(parsed: Parsed) -> list[str]:
    return _ASSERTION.findall(parsed.source.decode("utf-8", "replace"))


def _tokens(parsed: Parsed) -> Iterator[tuple[int, str, str]]:
    """Everything but blanks and comments that nobody reads, each with its depth: in Python indentation is structure."""
    left = [(parsed.root, 0)]
    while left:
        node, depth = left.pop()
        if "comment" in node.type and not _SPOKEN.match(parsed.text(node)):
            continue
        if node.children:
            yield depth, node.type, ""
            left.extend((child, depth + 1) for child in reversed(node.children))
        else:
            yield depth, node.type, parsed.text(node)
