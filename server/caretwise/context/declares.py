"""How a declaration looks, language by language: one pattern each, tried at the start of every line.

Groups: `indent`; `close` for a line that only closes a block; `word` and `name` for what a keyword declares (`owner` for
the class that a method written outside of it belongs to); `member` for what stands in a class without a keyword; `field`
for a field that a method makes (`self.x = 1`); `group` for what opens a list of declarations (`const (` in Go).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from caretwise.text.language import Language

SELF = frozenset({"self", "this", "cls", "super", "Self"})
"""What the object itself is called."""

_NO_NAMES = frozenset[str]()


@dataclass(frozen=True)
class Declares:
    """The declarations of a language."""

    language_id: str
    pattern: re.Pattern[str]
    classes: frozenset[str]
    """Words that declare what has members."""
    functions: frozenset[str] = _NO_NAMES
    base: re.Pattern[str] | None = None
    """What stands where the bases are named."""
    never: frozenset[str] = field(default=_NO_NAMES)
    """Words that look like members and are none."""
    constructors: frozenset[str] = _NO_NAMES
    promoted: re.Pattern[str] | None = None
    body: str = ""
    """What begins a body, at the end of a head."""
    bare_values: bool = False
    """Whether a value outside of classes is declared without a keyword."""

    def kind(self, match: re.Match[str], word: str) -> str:
        """What a match declares: "class", "function" or "value"."""
        low = word.lower()
        if low in self.classes:
            return "class"
        return "function" if low in self.functions or match[0].rstrip().endswith("(") else "value"

    def bases(self, head: str) -> tuple[str, ...]:
        """The classes that the head of a class names as its bases."""
        found = self.base.search(head) if self.base is not None else None
        if found is None:
            return ()
        plain = re.sub(r"<[^<>]*>|\[[^\[\]]*\]|\w+\s*=\s*[\w.]+", "", found[found.lastindex or 0])
        names = (name.rpartition(".")[2] for name in re.findall(r"[^\W\d][\w.]*", plain))
        return tuple(
            name for name in names if name not in {"extends", "implements", "object", "Generic", "with", "for"}
        )

    def without_body(self, line: str) -> str:
        """A head without its body: without what begins it, and without a body that stands on the same line."""
        line = line.rstrip()
        if self.body and line.endswith(self.body):
            return line[: -len(self.body)].rstrip()
        if self.body == ":" and _DEF.match(line):
            return line[: _colon(line)]
        if self.body == "{" and line.endswith(("}", "},")) and (found := _BODY.search(line)):
            return line[: found.end() - 1].rstrip()
        return line


_DEF = re.compile(r"(?:async\s+)?(?:def|class)\b")
_BODY = re.compile(r"\)\s*(?:(?::|->)?[^{}()=]*)?\{")


def _colon(line: str) -> int:
    """Where the first colon outside of brackets stands; the line's length when there is none."""
    depth = 0
    for at, sign in enumerate(line):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == ":" and not depth:
            return at
    return len(line)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _rules(
    language_id: str,
    body: str,
    *,
    named: str,
    members: str = "",
    fields: str = "",
    classes: frozenset[str] = _NO_NAMES,
    functions: frozenset[str] = _NO_NAMES,
    base: re.Pattern[str] | None = None,
    never: frozenset[str] = _NO_NAMES,
    constructors: frozenset[str] = _NO_NAMES,
    promoted: re.Pattern[str] | None = None,
    bare_values: bool = False,
) -> Declares:
    """The groups that a language has no use for are there all the same, and match nothing."""
    groups = ("word", "name", "owner", "member", "field", "group")
    absent = "".join(f"(?P<{one}>(?!))?" for one in groups if f"(?P<{one}>" not in named + members + fields)
    forms = "|".join(form for form in (r"(?P<close>[}\])]+[;,)]*[ \t]*$)", named, members, fields) if form)
    pattern = re.compile(rf"^(?P<indent>[ \t]*)(?:{forms}){absent}", re.MULTILINE)
    return Declares(language_id, pattern, classes, functions, base, never, constructors, promoted, body, bare_values)


_PYTHON = _rules(
    "python", ":",
    named=r"(?:async[ \t]+)?(?P<word>def|class)[ \t]+(?P<name>\w+)(?:[ \t]*\()?",
    members=r"(?P<member>[^\W\d]\w*)[ \t]*(?=:[^=\n:]|=[^=])",
    fields=r"(?:self|cls)\.(?P<field>\w+)[ \t]*(?=:[^=\n]+=|=[^=]|:[ \t]*[\w.]*\[[ \t]*$)",
    classes=_set("class"), functions=_set("def"), base=re.compile(r"class \w+(?:\[[^\]]*\])?\((.*)\)"),
    never=_set("else try finally lambda except if for while with return print match"), bare_values=True,
)  # fmt: skip
_ECMA = _rules(
    "typescript", "{",
    named=r"(?:export[ \t]+)?(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?"
    r"(?P<word>class|interface|enum|const[ \t]+enum|namespace|module|type|function|const|let|var)\*?"
    r"[ \t]+(?P<name>[\w$]+)(?:[ \t]*\()?",
    members=r"(?:(?:public|private|protected|readonly|static|abstract|async|override|declare|get|set|accessor)[ \t]+)*"
    r"[*#]?(?P<member>[\w$]+)[ \t]*[?!]?[ \t]*(?:\(|(?=[:=<,;]|$))",
    fields=r"this\.(?P<field>[\w$]+)[ \t]*(?==[^=>])",
    classes=_set("class interface enum namespace module type") | {"const enum"}, functions=_set("function"),
    base=re.compile(r"\b(?:extends|implements)\s+([^{]+)|=\s*([A-Z][^{]*)&"),
    never=_set(
        "if for while switch catch return else do try finally case default throw new await yield typeof delete void break"
        " continue import export super function"
    ),
    constructors=_set("constructor"),
    promoted=re.compile(r"(?:\b(?:public|private|protected|readonly)\s+)+(\w+)\??\s*:\s*[^,)]+"),
)  # fmt: skip
_GO = _rules(
    "go", "{",
    named=r"(?P<group>(?:const|var|type)[ \t]*\([ \t]*$)"
    r"|(?P<word>func|type|var|const)[ \t]+(?:\(\w*[ \t]*\*?(?P<owner>\w+)[^)\n]*\)[ \t]*)?(?P<name>\w+)(?:\()?",
    members=r"(?:\*?(?:[a-z]\w*\.)?)(?P<member>[^\W\d]\w*)(?:\(|(?=(?:,[ \t]*\w+)*[ \t]+[*\[\]\w]|[ \t]*=|[ \t]*(?:`|//|$)))",
    classes=_set("type"), functions=_set("func"),
    never=_set("return if for switch case default go defer package import else range"),
)  # fmt: skip
_RUST = _rules(
    "rust", "{",
    named=r"(?:pub(?:\([^)]*\))?[ \t]+)?(?:(?:async|unsafe|const|extern|default)[ \t]+)*"
    r"(?:(?P<word>fn|struct|enum|trait|type|mod|static|const|macro_rules!)[ \t]+(?:mut[ \t]+)?(?P<name>\w+)(?:\()?"
    r"|impl\b[^{;\n]*?(?:\bfor[ \t]+)?(?P<owner>[A-Z]\w*)(?:<[^{\n]*>)?[ \t]*(?:where[^{\n]*)?(?=\{))",
    members=r"(?:pub(?:\([^)]*\))?[ \t]+)?(?P<member>[^\W\d]\w*)[ \t]*"
    r"(?:(?=:[^:])|(?=,$)|(?=[ \t]*[({][^)\n]*[)}],?$))",
    classes=_set("struct enum trait mod"), functions=_set("fn"), base=re.compile(r"trait \w+(?:<[^>]*>)?:\s*(.*)"),
    never=_set("let if for while match return use loop else break"),
)  # fmt: skip
_JAVA_MODIFIERS = (
    r"(?:(?:public|private|protected|internal|static|final|abstract|synchronized|default|native|override|virtual|readonly|async"
    r"|sealed|partial|open|data|inline|suspend|const|required|val|var|let|lateinit|mutating|@\w+)[ \t]+)*"
)
_JAVA = _rules(
    "java", "{",
    named=rf"{_JAVA_MODIFIERS}(?P<word>class|interface|enum|record|struct|namespace|object|protocol|extension|trait|fun|func"
    r"|function)[ \t]+(?P<name>\w+)(?:\()?",
    members=rf"{_JAVA_MODIFIERS}(?:<[^>\n]+>[ \t]*)?(?:[\w.]+(?:<[^;=(\n]*>)?(?:\[\])*\??[ \t]+)?"
    r"(?P<member>[^\W\d]\w*)[ \t]*(?:\(|(?=[=;,:]))",
    classes=_set("class interface enum record struct namespace object protocol extension trait"),
    functions=_set("fun func function"), base=re.compile(r"(?:\b(?:extends|implements)\b|(?<!:):)\s*([^{]+)"),
    promoted=re.compile(r"(?:[\w.]+(?:<[^()]*?>)?(?:\[\])*[ \t]+|\b(?:val|var)[ \t]+)(\w+)(?=[ \t]*[,):])(?:[ \t]*:[^,)]+)?"),
    never=_set(
        "if for while switch catch return else do try case throw new super this assert break continue import package using"
        " default synchronized"
    ),
)  # fmt: skip
_SHELL = _rules(
    "shellscript", "{",
    named=r"(?:(?P<word>function|alias|export|readonly|declare)[ \t]+)?(?P<name>[\w-]+)(?:(?=[ \t]*\(\))|(?==))",
    functions=_set("function"),
)  # fmt: skip
_SQL = _rules(
    "sql", "(",
    named=r"(?i:create)[ \t]+(?:(?i:or[ \t]+replace|temporary|temp|unique|materialized)[ \t]+)*"
    r"(?P<word>(?i:table|view|function|procedure|index|trigger|type))[ \t]+(?:(?i:if[ \t]+not[ \t]+exists)[ \t]+)?"
    r"[\"`\[]?(?:\w+\.)?(?P<name>\w+)",
    members=r"[\"`\[]?(?P<member>[^\W\d]\w*)[\"`\]]?(?=[ \t]+[A-Za-z])",
    classes=_set("table view type"), functions=_set("function procedure"),
    never=_set("primary foreign unique constraint check key select from where on with and or")
    | _set("PRIMARY FOREIGN UNIQUE CONSTRAINT CHECK KEY SELECT FROM WHERE ON WITH AND OR"),
)  # fmt: skip
_DOCKER = _rules(
    "dockerfile", "", named=r"(?:(?i:FROM)[ \t]+\S+[ \t]+(?i:AS)[ \t]+|(?P<word>ARG|ENV)[ \t]+)(?P<name>[\w-]+)"
)  # fmt: skip
_YAML = _rules("yaml", "", named=r"(?P<word>(?!))?(?P<name>[\w./-]+)(?=:(?:[ \t]|$))")

_BY_LANGUAGE = {
    "python": _PYTHON, "javascript": _ECMA, "javascriptreact": _ECMA, "typescript": _ECMA, "typescriptreact": _ECMA,
    "go": _GO, "rust": _RUST, "java": _JAVA, "csharp": _JAVA, "kotlin": _JAVA, "swift": _JAVA, "php": _JAVA,
    "shellscript": _SHELL, "sql": _SQL, "dockerfile": _DOCKER, "yaml": _YAML,
}  # fmt: skip


@functools.cache
def declares(language: Language) -> Declares | None:
    """The patterns of a language; None for one whose declarations are not known."""
    return _BY_LANGUAGE.get(language.id)
