"""What names near the cursor were given: a class by annotation or check, or the expression that they come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from caretwise.context.chain import Chain, chain_before, chain_of
from caretwise.context.declares import SELF
from caretwise.context.statements import Statements
from caretwise.context.types import first_class, go_class, type_of_declaration
from caretwise.text.language import Language

_MOST_BINDINGS = 12
_ENTERED = "__enter__()"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name was given: a class that it is likely to be of, or the expression that it came from."""

    type: str = ""
    chain: Chain = ()
    item: bool = False
    """Whether it is one item of what the expression gives (`for x in ...`)."""


_Finder = Callable[[str, str], Iterator[Bound]]
"""What a line says of a name, the likeliest first."""


def bindings(names: Sequence[str], lines: Sequence[str], language: Language) -> list[tuple[str, Bound]]:
    """What these names, and those that they come from, were given; the newest line that says so counts."""
    found: list[tuple[str, Bound]] = []
    waiting = [name for name in dict.fromkeys(names) if name not in SELF]
    seen = set(waiting)
    statements = Statements(lines)
    while waiting and len(found) < _MOST_BINDINGS:
        name = waiting.pop(0)
        bound = _bound(name, lines, statements, language)
        if bound is None:
            continue
        found.append((name, bound))
        further = bound.chain[0].removesuffix("()") if bound.chain else ""
        if further and further not in seen and further not in SELF:
            seen.add(further)
            waiting.append(further)
    return found


def _bound(name: str, lines: Sequence[str], statements: Statements, language: Language) -> Bound | None:
    finders = (_go,) if language.id == "go" else (_parameter, _each, _assigned)
    for line in statements.naming(name):
        for finder in finders:
            for said in finder(name, line):
                bound = _bounded(said.type, lines) if len(said.type) == 1 else said
                if bound is not None and _tells(bound, name):
                    return bound
    return None


def _tells(bound: Bound, name: str) -> bool:
    """Whether this says more of a name than that it came from itself."""
    return bool(bound.type or bound.chain) and bound.chain[:1] not in ((name,), (f"{name}()",))


def _bounded(name: str, lines: Sequence[str]) -> Bound | None:
    """The class that a type parameter stands for: `fn f<S: Store>`, `<T extends Order>`."""
    bound = re.compile(rf"[<,]\s*{name}\s*(?::|\bextends\b)\s*([^,>=]+)")
    for line in reversed(lines):
        if (found := bound.search(line)) is not None and (given := first_class(found[1])):
            return Bound(given)
    return None


# -- what is called with each item of something ------------------------------------------------------------------------


def _parameter(name: str, line: str) -> Iterator[Bound]:
    """`cart.lines.map(line => ...)`, `orders.forEach(order -> ...)`, `lines.iter().map(|line| ...)`: one of its items."""
    if "=>" not in line and "->" not in line and "|" not in line and "function" not in line:
        return
    head = (
        rf"\(\s*(?:async\s*)?(?:function\s*)?(?:\(\s*)?{name}\s*(?:,[\w\s,]*)?\)?\s*(?:=>|->|\{{)"
        rf"|\(\s*\|&*\(?\w*,?\s*{name}\b"
    )
    for found in re.finditer(head, line):
        chain = chain_before(line[: found.start()])
        if len(chain) > 1:
            yield Bound(chain=chain[:-1], item=True)


def _each(name: str, line: str) -> Iterator[Bound]:
    """An item of a loop of Java's kin (`for (Order one : orders)`); what a pattern takes out (`if let Some(one) = ...`)."""
    java = re.search(
        rf"\bfor\s*\(\s*(?:final\s+)?(?P<type>[\w.<>\[\]]+)\s+{name}\s*:\s*(?P<items>[^\n]+?)\)\s*\{{?\s*$", line
    )
    if java is not None:
        yield (
            Bound(first_class(java["type"]))
            if first_class(java["type"])
            else Bound(chain=chain_of(java["items"]), item=True)
        )
        return
    taken = re.search(rf"\blet\s+(?:Some|Ok|Err)\((?:ref\s+|mut\s+|&)*{name}\)\s*=\s*(?P<value>[^\n]+)", line)
    if taken is not None:
        yield Bound(chain=chain_of(taken["value"]))


# -- what is declared, assigned, checked -------------------------------------------------------------------------------


def _assigned(name: str, line: str) -> Iterator[Bound]:
    word = re.compile(
        rf"\b{name}\b(?:\s*[?!]?\s*:\s*(?P<type>(?:[^=,)\n{{\[<]|\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]|<(?:[^<>\n]|<[^<>\n]*>)*>)+)"
        rf"|\s*:?=(?![=>])(?P<value>[^\n]*)"
        rf"|\s+(?P<of>in|of)\s+(?P<items>[^\n:]+)"
        rf"|\s*,\s*(?P<isa>[A-Z][\w.]*)\)"
        rf"|\s+instanceof\s+(?P<kind>\w+))"
        rf"|(?P<with>[^\W\d][\w.]*)\((?:[^()\n]|\([^()\n]*\))*\)\s+as\s+{name}\b"
        rf"|\bexcept\s+\(?(?P<caught>[\w.]+)[^\n]*\bas\s+{name}\b"
        rf"|\b(?P<before>[A-Z]\w*)(?:<[^\n]*>)?\s+{name}\s*[=;,)]"
    )
    for match in word.finditer(line):
        bound = _of_match(match, line)
        if bound is not None:
            yield bound


def _of_match(match: re.Match[str], line: str) -> Bound | None:
    if match["type"] is not None:
        before = line[: match.start()]
        # A value of an object or of a dictionary is not an annotation.
        found = _type(match["type"])
        return Bound(found) if found and not before.rstrip().endswith("?") else None
    for group in ("isa", "kind", "caught"):
        if match[group]:
            return Bound(match[group].rpartition(".")[2])
    if match["before"]:
        return Bound(_type(line[match.start("before") : match.end()].rpartition(" ")[0]))
    if match["with"]:
        return Bound(chain=(*chain_of(match["with"] + "("), _ENTERED))
    if match["items"]:
        chain = chain_of(match["items"])
        return Bound(chain=chain, item=True) if chain else None
    if match["value"] is not None:
        given = type_of_declaration("x =" + match["value"], "")
        chain = chain_of(match["value"])
        return Bound(given, chain) if given or chain else None
    return None


def _type(expression: str) -> str:
    """The class of a type; of a type parameter (`S`) its own name."""
    found = first_class(expression)
    return found or (named[0] if (named := re.search(r"\b[A-Z]\b", expression)) is not None else "")


# -- Go ----------------------------------------------------------------------------------------------------------------


def _go(name: str, line: str) -> Iterator[Bound]:
    """What a line of Go says: `_, one := range lines`, `one, err := store.Find(...)`, `func f(one *Order)`."""
    given = re.search(
        rf"(?:^|[\s;{{])(?P<names>(?:\w+\s*,\s*)*{name}(?:\s*,\s*\w+)*)\s*:?=(?!=)\s*(?P<value>[^\n]+)", line
    )
    if given is not None:
        names = re.findall(r"\w+", given["names"])
        at, value = names.index(name), given["value"]
        if value.startswith("range "):
            yield Bound(chain=chain_of(value.removeprefix("range ")), item=True) if at == len(names) - 1 else Bound()
        elif not at:
            made = re.match(r"(?:\*|&)?(?:new\()?[*\[\]]*(?:\w+\.)?([A-Z]\w*|\w+)\{|new\((?:\w+\.)?(\w+)\)", value)
            asserted = re.search(r"\.\(\*?(?:\w+\.)?(\w+)\)\s*$", value)
            kind = next((one for found in (asserted, made) if found is not None for one in found.groups() if one), "")
            yield Bound(kind, () if kind else chain_of(value))
        return
    declared = rf"(?:^\s*|[(,]\s*|\bvar\s+){name}(?:\s*,\s*\w+)*\s+(?P<type>[^\s,(){{}}=`][^,(){{}}=`\n]*)"
    for found in re.finditer(declared, line):
        kind = go_class(found["type"])
        if kind:
            yield Bound(kind)
