"""How a declaration looks, language by language: one pattern each, tried at the start of every line.

Groups: `indent`; `close` for a line that only closes a block; `word` and `name` for what a keyword declares (`owner` for
the class that a method written outside of it belongs to); `member` for what stands in a class without a keyword; `field`
for a field that a method makes (`self.x = 1`).
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
    any_margin: bool = False
    """Whether what stands at any indentation outside of classes counts as declared in the file."""

    def kind(self, match: re.Match[str], word: str) -> str:
        """ "class", "function" or "value"."""
        if word.lower() in self.classes:
            return "class"
        if word.lower() in self.functions or match[0].rstrip().endswith("("):
            return "function"
        return "value"

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
        """A head without the sign that begins its body."""
        line = line.rstrip()
        return line[: -len(self.body)].rstrip() if self.body and line.endswith(self.body) else line


def _rules(language_id: str, body: str, named: str, members: str, fields: str, **more: object) -> Declares:
    never = r"(?!)"
    pattern = (
        r"^(?P<indent>[ \t]*)(?:"
        rf"(?P<close>[}}\])]+[;,)]*[ \t]*$)|{named}|{members or f'(?P<member>{never})'}|{fields or f'(?P<field>{never})'})"
    )
    if "(?P<owner>" not in pattern:
        pattern += rf"(?P<owner>{never})?"
    return Declares(language_id, re.compile(pattern, re.MULTILINE), body=body, **more)  # type: ignore[arg-type]


_PYTHON = _rules(
    "python", ":",
    r"(?:async[ \t]+)?(?P<word>def|class)[ \t]+(?P<name>\w+)(?:[ \t]*\()?",
    r"(?P<member>[^\W\d]\w*)[ \t]*(?=:[^=\n:]|=[^=])",
    r"(?:self|cls)\.(?P<field>\w+)[ \t]*(?=:[^=\n]+=|=[^=])",
    classes=frozenset({"class"}), functions=frozenset({"def"}), base=re.compile(r"class \w+(?:\[[^\]]*\])?\((.*)\)"),
    never=frozenset({"else", "try", "finally", "lambda", "except", "if", "for", "while", "with", "return", "print", "match"}),
)  # fmt: skip
_ECMA_MODIFIERS = (
    r"(?:(?:public|private|protected|readonly|static|abstract|async|override|declare|get|set|accessor)[ \t]+)*"
)
_ECMA = _rules(
    "typescript", "{",
    r"(?:export[ \t]+)?(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?"
    r"(?P<word>class|interface|enum|const[ \t]+enum|namespace|module|type|function|const|let|var)\*?[ \t]+(?P<name>[\w$]+)(?:[ \t]*\()?",
    rf"{_ECMA_MODIFIERS}[*#]?(?P<member>[\w$]+)[ \t]*[?!]?[ \t]*(?:\(|(?=[:=<,;]|$))",
    r"this\.(?P<field>[\w$]+)[ \t]*(?==[^=>])",
    classes=frozenset({"class", "interface", "enum", "const enum", "namespace", "module", "type"}),
    functions=frozenset({"function"}),
    base=re.compile(r"\b(?:extends|implements)\s+([^{]+)|=\s*([A-Z][^{]*)&"),
    never=frozenset({
        "if", "for", "while", "switch", "catch", "return", "else", "do", "try", "finally", "case", "default", "throw", "new",
        "await", "yield", "typeof", "delete", "void", "break", "continue", "import", "export", "super", "function",
    }),
    constructors=frozenset({"constructor"}),
    promoted=re.compile(r"(?:\b(?:public|private|protected|readonly)\s+)+(\w+)\??\s*:\s*[^,)]+"),
)  # fmt: skip
_GO = _rules(
    "go", "{",
    r"(?P<word>func|type|var|const)[ \t]+(?:\(\w*[ \t]*\*?(?P<owner>\w+)[^)\n]*\)[ \t]*)?(?P<name>\w+)(?:\()?",
    r"(?P<member>[^\W\d]\w*)(?:\(|(?=(?:,[ \t]*\w+)*[ \t]+[*\[\]\w]|[ \t]*=))", "",
    classes=frozenset({"type"}), functions=frozenset({"func"}),
    never=frozenset({"return", "if", "for", "switch", "case", "default", "go", "defer", "package", "import", "else", "range"}),
)  # fmt: skip
_RUST = _rules(
    "rust", "{",
    r"(?:pub(?:\([^)]*\))?[ \t]+)?(?:(?:async|unsafe|const|extern|default)[ \t]+)*"
    r"(?:(?P<word>fn|struct|enum|trait|type|mod|static|const|macro_rules!)[ \t]+(?:mut[ \t]+)?(?P<name>\w+)(?:\()?"
    r"|(?P<impl>impl)\b[^{;\n]*?(?:\bfor[ \t]+)?(?P<owner>[A-Z]\w*)(?:<[^{\n]*>)?[ \t]*(?:where[^{\n]*)?(?=\{))",
    r"(?:pub(?:\([^)]*\))?[ \t]+)?(?P<member>[^\W\d]\w*)[ \t]*(?:(?=:[^:])|(?=,$)|(?=[ \t]*[({][^)\n]*[)}],?$))", "",
    classes=frozenset({"struct", "enum", "trait", "mod"}), functions=frozenset({"fn"}),
    base=re.compile(r"trait \w+(?:<[^>]*>)?:\s*(.*)"),
    never=frozenset({"let", "if", "for", "while", "match", "return", "use", "loop", "else", "break"}),
)  # fmt: skip
_JAVA_MODIFIERS = (
    r"(?:(?:public|private|protected|internal|static|final|abstract|synchronized|default|native|override|virtual|readonly|async"
    r"|sealed|partial|open|data|inline|suspend|const|required|val|var|let|lateinit|mutating|@\w+)[ \t]+)*"
)
_JAVA = _rules(
    "java", "{",
    rf"{_JAVA_MODIFIERS}(?P<word>class|interface|enum|record|struct|namespace|object|protocol|extension|trait|fun|func|function)[ \t]+"
    r"(?P<name>\w+)(?:\()?",
    rf"{_JAVA_MODIFIERS}(?:<[^>\n]+>[ \t]*)?(?:[\w.]+(?:<[^;=(\n]*>)?(?:\[\])*\??[ \t]+)?(?P<member>[^\W\d]\w*)[ \t]*(?:\(|(?=[=;,:]))", "",
    classes=frozenset({"class", "interface", "enum", "record", "struct", "namespace", "object", "protocol", "extension", "trait"}),
    functions=frozenset({"fun", "func", "function"}),
    base=re.compile(r"(?:\b(?:extends|implements)\b|(?<!:):)\s*([^{]+)"),
    never=frozenset({"if", "for", "while", "switch", "catch", "return", "else", "do", "try", "case", "throw", "new", "super", "this",
                     "assert", "break", "continue", "import", "package", "using", "default", "synchronized"}),
)  # fmt: skip
_SHELL = _rules(
    "shellscript", "{", r"(?:(?P<word>function|alias|export|readonly|declare)[ \t]+)?(?P<name>[\w-]+)(?:(?=[ \t]*\(\))|(?==))", "", "",
    classes=_NO_NAMES, functions=frozenset({"function"}),
)  # fmt: skip
_SQL = _rules(
    "sql", "(",
    r"(?:(?i:create)[ \t]+(?:(?i:or[ \t]+replace|temporary|temp|unique|materialized)[ \t]+)*"
    r"(?P<word>(?i:table|view|function|procedure|index|trigger|type))[ \t]+(?:(?i:if[ \t]+not[ \t]+exists)[ \t]+)?[\"`\[]?(?:\w+\.)?(?P<name>\w+))",
    r"[\"`\[]?(?P<member>[^\W\d]\w*)[\"`\]]?(?=[ \t]+[A-Za-z])", "",
    classes=frozenset({"table", "view", "type"}), functions=frozenset({"function", "procedure"}),
    never=frozenset({"primary", "foreign", "unique", "constraint", "check", "PRIMARY", "FOREIGN", "UNIQUE", "CONSTRAINT", "CHECK",
                     "select", "SELECT", "from", "FROM", "where", "WHERE", "key", "KEY"}),
)  # fmt: skip
_DOCKER = _rules(
    "dockerfile", "", r"(?:(?:(?i:FROM))[ \t]+\S+[ \t]+(?i:AS)[ \t]+|(?P<word>ARG|ENV)[ \t]+)(?P<name>[\w-]+)", "", "", classes=_NO_NAMES
)  # fmt: skip
_YAML = _rules(
    "yaml", "", r"(?P<word>(?!))?(?P<name>[\w./-]+)(?=:(?:[ \t]|$))", "", "", classes=_NO_NAMES, any_margin=False
)  # fmt: skip

_BY_LANGUAGE = {
    "python": _PYTHON, "javascript": _ECMA, "javascriptreact": _ECMA, "typescript": _ECMA, "typescriptreact": _ECMA, "go": _GO,
    "rust": _RUST, "java": _JAVA, "csharp": _JAVA, "kotlin": _JAVA, "swift": _JAVA, "php": _JAVA,
    "shellscript": _SHELL, "sql": _SQL, "dockerfile": _DOCKER, "yaml": _YAML,
}  # fmt: skip


@functools.cache
def declares(language: Language) -> Declares | None:
    """The patterns of a language; None for one whose declarations are not known."""
    return _BY_LANGUAGE.get(language.id)
