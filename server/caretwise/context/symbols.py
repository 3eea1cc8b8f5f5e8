"""Symbols: what a file declares, found line by line, without a parser.

A workspace has thousands of files and a grammar's tree takes 120 ms for each megabyte; this takes a third of it, works
for languages without a grammar and in files that do not parse. Which class a line belongs to is read off its
indentation, as people do. The patterns of each language are in `declares.py`.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from caretwise.context.declares import SELF, Declares, declares
from caretwise.context.results import UNDECLARED, undeclared_result
from caretwise.context.statements import joined
from caretwise.context.types import type_of_declaration
from caretwise.text.language import Language

MOST_SIGNATURE = 240
"""A signature of more characters is cut."""

_MOST_HEAD = 1_200
_MOST_FIELD = 400
_MOST_CHARACTERS = 400_000
_TRIPLE = re.compile(r'("""|\'\'\')(?:(?!\1)[\s\S])*\1')
_USE = re.compile(r"\b([^\W\d]\w*+)(?:\([^()\n]{0,80}\))?[?!]?(?:\.|->|::)#?([^\W\d]\w*+)")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A declared name: `line` counted from 0, `kind` is "class", "function", "value" or "base".

    A "base" is what a type is said to implement apart from its own declaration. `owner` is the class it belongs to ("" for
    none). `type` is the class that a value has or a call gives, as far as its line tells ("" else); `bases` are a class's.
    """

    name: str
    owner: str
    kind: str
    line: int
    signature: str
    type: str = ""
    bases: tuple[str, ...] = ()


@dataclass(slots=True)
class _Scope:
    indent: int
    kind: str
    name: str
    head: str
    members: int = -1
    """Indentation of what stands directly in it; known from its first member on."""


def symbols(text: str, language: Language) -> tuple[Symbol, ...]:
    """The declarations of a text, in its order. Takes about 40 ms for each megabyte."""
    rules = declares(language)
    if rules is None:
        return ()
    text = text[:_MOST_CHARACTERS]
    if language.id == "python":
        text = _TRIPLE.sub(_emptied, text)
    return tuple(_symbols(text, rules))


def uses(text: str) -> Counter[tuple[str, str]]:
    """How often which name stands behind the dot of which: `request.url` gives ("request", "url"); of `f(x).y`, `f`."""
    return Counter(_USE.findall(text[:_MOST_CHARACTERS]))


def _emptied(match: re.Match[str]) -> str:
    return match[1] + "\n" * match[0].count("\n") + match[1]


def _symbols(text: str, rules: Declares) -> Iterator[Symbol]:
    scopes = [_Scope(-1, "file", "", "", 0)]
    line, counted = 0, 0
    for match in rules.pattern.finditer(text):
        start = match.start()
        line += text.count("\n", counted, start)
        counted = start
        indent = _width(match["indent"])
        closes = match["close"] is not None
        while scopes[-1].indent >= indent:
            scopes.pop()
        if closes:
            continue
        yield from _declared(text, match, rules, scopes, indent, line)


def _declared(
    text: str, match: re.Match[str], rules: Declares, scopes: list[_Scope], indent: int, line: int
) -> Iterator[Symbol]:
    top = scopes[-1]
    name, word = match["name"], match["word"] or ""
    if match["group"] is not None:
        scopes.append(_Scope(indent, "group", "", ""))
        return
    if name is None and match["owner"] is not None:  # a part of a class, such as `impl Cart`
        scopes.append(_Scope(indent, "class", match["owner"], ""))
        implemented = _IMPLEMENTS.match(text, match.start())
        if implemented is not None:
            signature = f"impl {implemented[1]} for {match['owner']}"
            yield Symbol(f"impl {implemented[1]}", match["owner"], "base", line, signature, implemented[1])
        return
    if name is None:
        name, word = match["member"] or match["field"], ""
    if name is None or name in rules.never:
        return
    kind = rules.kind(match, word)
    if match["field"] is not None:
        yield from _own_field(text, match, scopes, line)
        return
    direct = _is_direct(top, indent)
    opens = kind == "class" or (kind == "function" and match["name"] is not None)
    if not (direct or opens):
        return  # the variables of a function
    head = _head(text, match.end(), match.start() + len(match["indent"]), rules)
    if opens:
        scopes.append(_Scope(indent, kind, match["owner"] or name, head))
    if not direct:
        return
    owner = (match["owner"] or "") if kind == "function" and match["owner"] else _owner(top)
    if match["member"] is not None and not owner and not (rules.bare_values or top.kind == "group"):
        return
    bases = rules.bases(head) if kind == "class" else ()
    given = "" if kind == "class" else type_of_declaration(head, rules.language_id)
    if not given and kind != "class" and rules.language_id in UNDECLARED:
        given = undeclared_result(text, head, match.end(), len(match["indent"]), owner)
    yield Symbol(name, owner, kind, line, head, given, bases)
    if kind == "class" and head.endswith(("}", "};")):
        yield from _on_one_line(head, name, line, rules)
    if kind == "class" or name in rules.constructors:
        yield from _parameters(head, owner if name in rules.constructors else name, line, rules)


_IMPLEMENTS = re.compile(r"\s*(?:unsafe\s+)?impl\b(?:<[^{}\n]*?>)?\s+(?:\w+::)*(\w+)(?:<[^{}\n]*>)?\s+for\b")


def _own_field(text: str, match: re.Match[str], scopes: list[_Scope], line: int) -> Iterator[Symbol]:
    """`self.name = value` in a method: a field of the class around it."""
    owner = next((scope.name for scope in reversed(scopes) if scope.kind == "class"), "")
    if not owner:
        return
    end = text.find("\n", match.end())
    head = _one_line(text[match.start() : end if end >= 0 else len(text)])
    given = type_of_declaration(head, "")
    if not given and (closed := _closed(text, match.start(), match.start() + _MOST_FIELD)) > end:
        whole = joined(text[match.start() : closed].split("\n"))
        given = type_of_declaration(_bare(whole), "")
        head = _one_line(whole) if given else head
    if not given:
        value = head.rpartition("=")[2].strip().rstrip(";")
        method = scopes[-1].head
        if value.isidentifier() and (found := re.search(rf"\b{value}\??\s*:\s*([^=,)]+)", method)):
            given = type_of_declaration(f"x: {found[1]}", "")
    yield Symbol(match["field"], owner, "value", line, head, given)


_GROUPED = re.compile(r"=\s*\((?=[^\W\d][\w.]*\()")


def _bare(declaration: str) -> str:
    """A declaration whose value stands in brackets of its own, without the first of these: `x = (Line())`."""
    return _GROUPED.sub("= ", declaration, count=1)


_FIELD = re.compile(
    r"(?:^|[{;,])\s*((?:pub(?:\([^)]*\))?\s+|readonly\s+)?(\w+)\??\s*:\s*(?:[^;,{}<>()]|<[^{}]*>|\([^()]*\))+)"
)


def _on_one_line(head: str, owner: str, line: int, rules: Declares) -> Iterator[Symbol]:
    """The fields of `struct Point { x: f64, y: f64 }`."""
    for found in _FIELD.finditer(head[head.find("{") :]):
        yield Symbol(found[2], owner, "value", line, found[1].strip(), type_of_declaration(found[1], rules.language_id))


def _parameters(head: str, owner: str, line: int, rules: Declares) -> Iterator[Symbol]:
    """Fields that a constructor's parameters declare (`private readonly name: Type`)."""
    for found in rules.promoted.finditer(head) if rules.promoted is not None else ():
        signature = _one_line(found[0].strip(" ,("))
        yield Symbol(found[1], owner, "value", line, signature, type_of_declaration(signature, rules.language_id))


def _is_direct(top: _Scope, indent: int) -> bool:
    if top.kind == "function":
        return False
    if top.members < 0:
        top.members = indent
    return top.members == indent


def _owner(top: _Scope) -> str:
    return top.name if top.kind == "class" else ""


def _head(text: str, at: int, start: int, rules: Declares) -> str:
    """A declaration up to its body, on one line: to the end of its line, or on until its brackets are closed."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    line = text[start:end]
    opened = line.count("(") + line.count("[") > line.count(")") + line.count("]") or line.count("<") > line.count(">")
    if opened or line.rstrip().endswith(_GOES_ON):
        end = _closed(text, start, min(len(text), start + _MOST_HEAD)) or end
        line = text[start:end]
    return _one_line(rules.without_body(line))


_GOES_ON = ("=", "\\", "<")
"""Signs that a declaration goes on behind, on the next line."""
_BRACKET = re.compile(r"[()\[\]]|\n")


def _closed(text: str, start: int, last: int) -> int:
    """Where the line ends on which all brackets since `start` are closed; 0 when they are not."""
    depth = 0
    for match in _BRACKET.finditer(text, start, last):
        sign = match[0]
        if sign == "\n":
            if depth <= 0 and not text[start : match.start()].rstrip().endswith(_GOES_ON):
                return match.start()
        else:
            depth += 1 if sign in "([" else -1
    return 0


def _one_line(text: str) -> str:
    line = " ".join(text.replace("\\\n", "\n").split())
    return line if len(line) <= MOST_SIGNATURE else line[: MOST_SIGNATURE - 1] + "…"


def _width(indent: str) -> int:
    return len(indent.expandtabs(4)) if "\t" in indent else len(indent)


@functools.lru_cache(maxsize=4096)
def is_self(name: str) -> bool:
    """Whether a name stands for the object whose method this is."""
    return name in SELF


def words(text: str) -> list[str]:
    """All names in a text, in its order, with repetitions."""
    return _WORD.findall(text)
