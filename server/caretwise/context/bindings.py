"""What names near the cursor were given: a class by annotation or check, or the expression that they come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.context.chain import Chain, chain_of
from caretwise.context.declares import SELF
from caretwise.context.types import first_class, type_of_declaration

_MOST_BINDINGS = 12


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name was given: a class that it is likely to be of, or the expression that it came from."""

    type: str = ""
    chain: Chain = ()
    item: bool = False
    """Whether it is one item of what the expression gives (`for x in ...`)."""


def bindings(names: Sequence[str], lines: Sequence[str]) -> list[tuple[str, Bound]]:
    """What these names, and those that they come from, were given; the newest line that says so counts."""
    found: list[tuple[str, Bound]] = []
    waiting = [name for name in dict.fromkeys(names) if name not in SELF]
    seen = set(waiting)
    while waiting and len(found) < _MOST_BINDINGS:
        name = waiting.pop(0)
        bound = _bound(name, lines)
        if bound is None:
            continue
        found.append((name, bound))
        further = bound.chain[0].removesuffix("()") if bound.chain else ""
        if further and further not in seen and further not in SELF:
            seen.add(further)
            waiting.append(further)
    return found


def _bound(name: str, lines: Sequence[str]) -> Bound | None:
    word = re.compile(
        rf"\b{name}\b(?:\s*[?!]?\s*:\s*(?P<type>[^=,)\n{{]+)"
        rf"|\s*:?=(?![=>])(?P<value>[^\n]*)"
        rf"|\s+(?P<of>in|of)\s+(?P<items>[^\n:]+)"
        rf"|\s*,\s*(?P<isa>[A-Z][\w.]*)\)"
        rf"|\s+instanceof\s+(?P<kind>\w+))"
        rf"|(?P<with>[^\W\d][\w.]*)\((?:[^()\n]|\([^()\n]*\))*\)\s+as\s+{name}\b"
        rf"|\bexcept\s+\(?(?P<caught>[\w.]+)[^\n]*\bas\s+{name}\b"
        rf"|\b(?P<before>[A-Z]\w*)(?:<[^<>\n]*>)?\s+{name}\s*[=;,)]"
    )
    for line in reversed(lines):
        if name not in line:
            continue
        for match in word.finditer(line):
            bound = _of_match(match, line)
            if bound is not None:
                return bound
    return None


def _of_match(match: re.Match[str], line: str) -> Bound | None:
    if match["type"] is not None:
        before = line[: match.start()]
        # A value of an object or of a dictionary is not an annotation.
        found = first_class(match["type"])
        return Bound(found) if found and not before.rstrip().endswith("?") else None
    for group in ("isa", "kind", "caught", "before"):
        if match[group]:
            return Bound(match[group].rpartition(".")[2])
    if match["with"]:
        return Bound(chain=chain_of(match["with"] + "("))
    if match["items"]:
        chain = chain_of(match["items"])
        return Bound(chain=chain, item=True) if chain else None
    if match["value"] is not None:
        given = type_of_declaration("x =" + match["value"], "")
        chain = chain_of(match["value"])
        return Bound(given, chain) if given or chain else None
    return None
