"""What the code at the cursor asks for: behind which dot, in which call, in which class, and what is known of these.

Read off the text before the cursor, line by line; half-written code has no tree worth asking. What the names stand for
in other files is found by `resolve.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any

from caretwise.context.bindings import Bound, bindings
from caretwise.context.chain import DOT, Chain, chain_before, name_at_end
from caretwise.context.declares import declares
from caretwise.context.symbols import words
from caretwise.context.types import type_of_declaration
from caretwise.text.language import Language
from caretwise.text.lines import upward
from caretwise.text.position import Position

QUERY_BEFORE, QUERY_AFTER = 30, 10
"""Lines whose names are searched for in other files."""

_MOST_BACK = 2_000
_MOST_LINES = 400
_MOST_CLASS_LINES = 6_000
_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.)*`")
_NOT_CALLED = frozenset({
    "if", "for", "while", "switch", "catch", "return", "and", "or", "not", "in", "def", "function", "print", "elif", "with",
    "assert", "await", "yield", "typeof", "super", "isinstance", "len", "str",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor and what stands around it. `calls` are the calls that it is inside of, the innermost first."""

    part: str = ""
    receiver: Chain = ()
    behind_dot: bool = False
    calls: tuple[Chain, ...] = ()
    literal: bool = False
    """Whether the cursor is in an object literal that is given to the innermost call."""
    expected: str = ""
    """The class of the object literal that the cursor is in, where an annotation tells it."""
    owner: str = ""
    bases: tuple[str, ...] = ()
    bound: tuple[tuple[str, Bound], ...] = ()
    overriding: bool = False
    """Whether a member of a class that has bases is being begun."""
    importing: str = ""
    """The import statement that the cursor is in the list of names of, with `_` as its only name."""
    used: tuple[str, ...] = ()
    """Names that stand behind the receiver's dot elsewhere in the file."""
    around: tuple[str, ...] = ()
    """Names around the cursor, the nearest last line first, without repetitions."""


def given_of(place: Place) -> dict[str, Any]:
    """The place as JSON can hold it. (`dataclasses.asdict` copies every name for itself, which takes five times as long.)"""
    given: dict[str, Any] = {one.name: getattr(place, one.name) for one in fields(Place)}
    return {**given, "bound": [(name, asdict(bound)) for name, bound in place.bound]}


def place_of(given: Mapping[str, Any]) -> Place:
    """The place that `given_of` made this of, also after a way through JSON."""
    bound = tuple((name, Bound(of["type"], tuple(of["chain"]), of["item"])) for name, of in given["bound"])
    return Place(
        part=given["part"],
        receiver=tuple(given["receiver"]),
        behind_dot=given["behind_dot"],
        calls=tuple(tuple(chain) for chain in given["calls"]),
        literal=given["literal"],
        expected=given["expected"],
        owner=given["owner"],
        bases=tuple(given["bases"]),
        bound=bound,
        overriding=given["overriding"],
        importing=given["importing"],
        used=tuple(given["used"]),
        around=tuple(given["around"]),
    )


def place(lines: Sequence[str], at: Position, language: Language) -> Place:
    """The place at a position of a document. Costs about 1 ms, whatever the length of the document."""
    before, after = lines[max(0, at.line - _MOST_LINES) : at.line], lines[at.line + 1 : at.line + 201]
    line, rest = lines[at.line][: at.character], lines[at.line][at.character :]
    back = ("".join(before[-40:]) + line)[-_MOST_BACK:]
    back = _QUOTED.sub(lambda found: found[0][0] * 2, back)
    part = name_at_end(back)
    stem = back[: len(back) - len(part)]
    dot = DOT.search(stem)
    receiver = chain_before(stem[: dot.start()]) if dot is not None else ()
    calls, literal, expected = _opened(stem, language)
    owner, bases = _class_around(lines, at.line, line, language)
    heads = [chain[0].removesuffix("()") for chain in (receiver, *calls) if chain]
    return Place(
        part=part,
        receiver=receiver,
        behind_dot=dot is not None,
        calls=calls,
        literal=literal,
        expected=expected,
        owner=owner,
        bases=bases,
        bound=tuple(bindings(heads, [*before, line + rest], language)),
        overriding=bool(bases) and _begins_member(lines, at.line, line),
        importing=_importing(back, rest),
        used=_used(receiver, [*before, line, "\n", *after]),
        around=_around(before, line, after),
    )


def _opened(text: str, language: Language) -> tuple[tuple[Chain, ...], bool, str]:
    """The calls that are open at the end of the text, innermost first; of an object literal there whether it is given to
    the innermost one, and the class that it is said to be of.
    """
    if language.id in _WITH_TAGS and (tag := _TAG.search(text)) is not None:
        return ((tuple(tag[1].split(".")),), True, "")
    calls: list[Chain] = []
    literal, expected = False, ""
    for at in _open_brackets(text):
        line = text[text.rfind("\n", 0, at) + 1 : at].rstrip()
        if text[at] == "(":
            chain = chain_before(line[: line.rfind("<")] if line.endswith(">") else line)
            if chain and chain[-1] not in _NOT_CALLED:
                calls.append(chain)
        elif text[at] == "{" and not calls:
            if line.endswith("="):
                expected = expected or type_of_declaration(line, "")
            elif language.id in _TYPED_LITERALS and (named := _literal_of(line)):
                return (), True, named
            if not line or line.endswith((")", "=>", "else", "try", "=")) or _BLOCK.search(line):
                break  # the body of something: what is open outside of it does not matter here
            literal = line.endswith(("(", ","))
        if len(calls) >= 2:
            break
    return tuple(calls), literal, expected


_BLOCK = re.compile(r"\b(?:class|interface|enum|struct|impl|namespace)\b")
_HEAD = re.compile(
    r"\b(?:func|fn|if|for|while|switch|match|select|type|struct|enum|trait|mod|union|else|where|unsafe|loop)\b"
)
_WITH_TAGS = frozenset({"javascript", "javascriptreact", "typescriptreact"})
_TAG = re.compile(r"<([A-Z][\w.]*)(?=\s)(?:[^<>{}]|\{[^{}]*\}|=>)*\Z")
_TYPED_LITERALS = frozenset({"go", "rust"})
_LITERAL = re.compile(r"([^\W\d]\w*)(?:\[[^\]]*\]|<[^<>]*>)?\Z")


def _literal_of(line: str) -> str:
    """The type that an object literal of Go or Rust begins with, where `line` ends before its bracket; "" for a block's."""
    found = _LITERAL.search(line)
    return found[1] if found is not None and not _HEAD.search(line) else ""


_PYTHON_LIST = re.compile(r"^[ \t]*(from[ \t]+[.\w]+[ \t]+import)(?:[ \t]*\([^()]*|[^\n()]*)\Z", re.MULTILINE)
_ECMA_LIST = re.compile(r"^[ \t]*(?:import|export)\b(?:[ \t]+type)?[^;{}]*\{[^{};]*\Z", re.MULTILINE)
_ECMA_FROM = re.compile(r"[^{};]*\}\s*from\s*(['\"][^'\"\n]+['\"])")


def _importing(back: str, rest: str) -> str:
    if (python := _PYTHON_LIST.search(back)) is not None:
        return f"{python[1]} _"
    if _ECMA_LIST.search(back) is not None and (said := _ECMA_FROM.match(rest)) is not None:
        return f"import {{ _ }} from {said[1]}"
    return ""


def _open_brackets(text: str) -> Iterator[int]:
    """Where the brackets stand that are open at the end of the text, the last one first."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] in ")]}":
            depth += 1
        elif text[at] in "([{":
            depth -= 1
            if depth < 0:
                depth = 0
                yield at


def _class_around(lines: Sequence[str], at: int, line: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """The class that the line `at` is in, and its bases: the nearest line above with less indentation that opens one.

    `line` is that line up to the cursor.
    """
    rules = declares(language)
    if rules is None:
        return "", ()
    indent = _indent(line) if line.strip() else 1_000
    for above, text in enumerate(islice(upward(lines, at), _MOST_CLASS_LINES), 1):
        if not text[:indent].strip(" \t"):  # most lines: as deep, or blank
            continue
        inner = text.lstrip(" \t")
        own = len(text) - len(inner)
        if own >= indent or not inner.strip() or inner.lstrip()[:1] in "@#)]}":
            continue
        indent = own
        match = rules.pattern.match(text)
        if match is not None:
            if match["owner"]:
                return match["owner"], _implemented(text)
            if match["name"] and rules.kind(match, match["word"] or "") == "class":
                return match["name"], rules.bases(_class_head(lines[at - above : min(at, at - above + 6)]))
        if indent == 0:
            break
    return "", ()


_IMPLEMENTED = re.compile(r"\bimpl\b(?:<[^{}]*?>)?\s+(?:\w+::)*(\w+)(?:<[^{}]*>)?\s+for\b")


def _implemented(text: str) -> tuple[str, ...]:
    """The trait that a block of Rust implements."""
    found = _IMPLEMENTED.search(text)
    return (found[1],) if found is not None else ()


def _class_head(lines: Sequence[str]) -> str:
    taken: list[str] = []
    for line in lines:
        taken.append(line.strip())
        if line.rstrip().endswith((":", "{")):
            break
    return " ".join(taken)


_MEMBER = re.compile(
    r"\s*(?:(?:pub|public|protected|private|static|async|override|abstract|get|set|def|fn|final)\s+)*[\w<>]*\Z"
)


def _begins_member(lines: Sequence[str], at: int, line: str) -> bool:
    """Whether the line `at`, up to the cursor `line`, may begin a member of the class above: nothing else there is deeper."""
    if not _MEMBER.match(line):
        return False
    indent = _indent(line) if line.strip() else 1_000
    for text in islice(upward(lines, at), _MOST_CLASS_LINES):
        if text.strip() and _indent(text) < indent:
            if text.rstrip().endswith((":", "{")):
                return _OPENS_CLASS.search(text) is not None
            indent = _indent(text) + (line.strip() == "")
    return False


_OPENS_CLASS = re.compile(r"\b(?:class|impl|interface|record|enum)\b")


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))


def _used(receiver: Chain, lines: Sequence[str]) -> tuple[str, ...]:
    if not receiver:
        return ()
    parts = [re.escape(part.removesuffix("()")) for part in receiver]
    # The look behind the first name stands after it: what begins with a plain word is searched for three times as fast.
    spelled = r"[?!]?\s*\.\s*".join([rf"{parts[0]}(?<![\w.]{parts[0]})", *parts[1:]])
    pattern = re.compile(rf"{spelled}(?:\([^()\n]*\))?[?!]?\.(\w+)")
    return tuple(dict.fromkeys(pattern.findall("".join(lines))))


def _around(before: Sequence[str], line: str, after: Sequence[str]) -> tuple[str, ...]:
    lines = [line, *reversed(before[-QUERY_BEFORE:]), *after[:QUERY_AFTER]]
    return tuple(dict.fromkeys(name for text in lines for name in words(text) if len(name) > 2))
