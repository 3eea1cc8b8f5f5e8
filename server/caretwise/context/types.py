"""Types as far as a line of code tells them: annotations, constructor calls, declared results.

No type checker: the answer is the name of one class that is likely to be a class of the project, or nothing.
"""

from __future__ import annotations

import re

_WRAPPERS = frozenset({
    "Optional", "Union", "List", "list", "Dict", "dict", "Set", "set", "Tuple", "tuple", "Type", "type", "Sequence",
    "Iterable", "Iterator", "Generator", "AsyncIterator", "AsyncGenerator", "Awaitable", "Coroutine", "Callable", "Final",
    "ClassVar", "Annotated", "Literal", "Mapping", "MutableMapping", "Collection", "NotRequired", "Required", "Self", "Any",
    "None", "True", "False", "TypeVar", "Path", "Enum", "Exception", "Array", "ReadonlyArray", "Promise", "PromiseLike",
    "Readonly", "Partial", "Map", "WeakMap", "WeakSet", "Record", "NonNullable", "Awaited", "ReturnType", "Exclude",
    "Extract", "Pick", "Omit", "Error", "Date", "RegExp", "Symbol", "Uint8Array", "JSON", "Math", "Number", "BigInt",
    "Option", "Result", "Vec", "Box", "Rc", "Arc", "RefCell", "Mutex", "HashMap", "Ok", "Err", "Some", "ArrayList",
    "HashSet", "String", "Object", "Integer", "Boolean", "Void", "Long", "Double", "T", "K", "V", "P", "R", "E", "A", "B",
    "U", "S",
})  # fmt: skip
"""Names in a type that say little about what may stand behind a dot of it."""

_NAME = re.compile(r"[^\W\d]\w*")
_RESULT = re.compile(r"(?:\)|\bfn\b.*\))\s*(?:->|:)\s*([^={]+)")
_ANNOTATED = re.compile(r"^[^=(]*?[\w\]]\s*[?!]?\s*:(?![:=])\s*([^={]+)")
_MADE = re.compile(
    r"(?:^|[^=!<>])=\s*(?:await\s+)?(?:new\s+)?(?:[\w$]+\s*(?:\.|::)\s*)*?&?([A-Z]\w*)\s*(?:<[^<>()]*>)?\s*[({]"
)
_MADE_BY = re.compile(r"(?:^|[^=!<>])=\s*(?:await\s+)?(?:new\s+)?(?:[\w$]+(?:\.|::))*([A-Z]\w*)(?:\.|::)\w+\(")
_AS = re.compile(r"\bas\s+([A-Z][\w.]*)")
_BEFORE = re.compile(r"([A-Z]\w*(?:<[^()=]*>)?)(?:\[\])?\s+[^\W\d]\w*\s*(?:[=;(]|$)")
_MAPS = re.compile(r"\b(?:\w*Map|Dict|dict|\w+Dict|Record|Mapping|MutableMapping)\s*[<\[]")
_GO_HEAD = re.compile(r"func\s*(?:\([^()]*\)\s*)?")
_GO_NAMED = re.compile(r"(?:(?:var|const|type)\s+)?\w+(?:\s*,\s*\w+)*\s+(?![=(]|struct\b|interface\b)(.+)")
_GO_MADE = re.compile(r"=\s*&?(?:\w+\.)?(\w+)\{")
_GO_PLAIN = frozenset({
    "string", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "byte",
    "rune", "bool", "error", "any", "float32", "float64", "complex64", "complex128", "func", "chan", "map", "struct",
    "interface", "range", "return", "in", "is", "to", "and", "or", "of", "the",
})  # fmt: skip


def first_class(expression: str) -> str:
    """The first name in a type that may be a class of the project's: `Optional[list[Item]]` gives `Item`."""
    names = _NAME.findall(expression)
    for name in (
        reversed(names) if _MAPS.search(expression) else names
    ):  # of a map what it holds, not what it is asked by
        if name[0].isupper() and name not in _WRAPPERS:
            return name
    return ""


def go_class(expression: str) -> str:
    """The type that a type of Go comes down to: `map[string]*model.Order` gives `Order`; "" for one of the language's own."""
    found = re.match(
        r"(?:\.\.\.|[*&(]|\[\w*\]|map\[[^\]]*\]|(?:<-)?chan\s+)*(?:[a-z]\w*\.)?([^\W\d]\w*)(?![\w.])", expression
    )
    return found[1] if found is not None and found[1] not in _GO_PLAIN else ""


def _go(line: str) -> str:
    """The type of a declaration of Go: what a function gives first, else what a value or a field is of."""
    called = re.match(r"\w+\(", line) if not line.startswith("func") else _GO_HEAD.match(line)
    if called is not None:
        at = line.find("(", called.end() if line.startswith("func") else 0)
        depth = 0
        for end in range(max(at, 0), len(line)):
            depth += (line[end] == "(") - (line[end] == ")")
            if not depth:
                given = line[end + 1 :].strip().removeprefix("(")
                named = re.match(r"[a-z]\w*\s+(?=[*\[\w])", given)  # a result may have a name
                return go_class(given[named.end() :] if named is not None else given)
        return ""
    if (made := _GO_MADE.search(line)) is not None:
        return made[1]
    declared = _GO_NAMED.match(line)
    return go_class(declared[1]) if declared is not None else ""


def type_of_declaration(line: str, language_id: str) -> str:
    """The class of a declared value, or of what a declared function gives; "" when the line does not tell."""
    if language_id == "go":
        return _go(line)
    if "(" in line and (found := _RESULT.search(line)) and (name := first_class(found[1])):
        return name
    if ":" in line and (found := _ANNOTATED.match(line)) and (name := first_class(found[1])):
        return name
    for pattern, sign in ((_MADE, "="), (_AS, "as"), (_MADE_BY, "=")):
        if sign in line and (found := pattern.search(line)) and found[1] not in _WRAPPERS:
            return found[1].rpartition(".")[2]
    found = _BEFORE.search(line) if language_id in {"java", "csharp"} else None
    return first_class(found[1]) if found is not None else ""
