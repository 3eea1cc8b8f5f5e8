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
_BEFORE = re.compile(r"([A-Z]\w*)(?:<[^<>]*>)?(?:\[\])?\s+[^\W\d]\w*\s*(?:[=;(]|$)")
_GO = re.compile(r"\)\s*\(?[*\[\]]*(?:\w+\.)?([A-Z]\w*)|^(?!func\b)\w+\s+[*\[\]]*(?:\w+\.)?([A-Z]\w*)")


def first_class(expression: str) -> str:
    """The first name in a type that may be a class of the project's: `Optional[list[Item]]` gives `Item`."""
    for name in _NAME.findall(expression):
        if name[0].isupper() and name not in _WRAPPERS:
            return name
    return ""


def type_of_declaration(line: str, language_id: str) -> str:
    """The class of a declared value, or of what a declared function gives; "" when the line does not tell."""
    if language_id == "go":
        found = _GO.search(line)
        name = (found[1] or found[2]) if found is not None else ""
        return name if name not in _WRAPPERS else ""
    if "(" in line and (found := _RESULT.search(line)) and (name := first_class(found[1])):
        return name
    if (found := _ANNOTATED.match(line)) and (name := first_class(found[1])):
        return name
    for pattern in (_MADE, _AS, _MADE_BY):
        if (found := pattern.search(line)) and found[1] not in _WRAPPERS:
            return found[1].rpartition(".")[2]
    if language_id in {"java", "csharp"} and (found := _BEFORE.search(line)) and found[1] not in _WRAPPERS:
        return found[1]
    return ""
