"""The languages that caretwise knows by name: LSP identifiers, file endings, comments, block openers."""

from __future__ import annotations

import functools
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language as far as text goes.

    `id` is LSP's language identifier; `grammar` names the parser (`""`: none); `line_comment` starts a comment to the
    end of the line; `indentation_is_syntax` is true where blanks make blocks; `indent` is the usual step,
    for a document that shows none.
    """

    id: str
    title: str
    endings: tuple[str, ...]
    grammar: str = ""
    line_comment: str = ""
    indentation_is_syntax: bool = False
    indent: str = "    "


_LANGUAGES = (
    Language("python", "Python", (".py", ".pyi", ".pyw"), "python", "#", indentation_is_syntax=True),
    Language("javascript", "JavaScript", (".js", ".mjs", ".cjs"), "javascript", "//", indent="  "),
    Language("javascriptreact", "JavaScript (JSX)", (".jsx",), "javascript", "//", indent="  "),
    Language("typescript", "TypeScript", (".ts", ".mts", ".cts"), "typescript", "//", indent="  "),
    Language("typescriptreact", "TypeScript (TSX)", (".tsx",), "tsx", "//", indent="  "),
    Language("go", "Go", (".go",), "go", "//", indent="\t"),
    Language("rust", "Rust", (".rs",), "rust", "//"),
    Language("java", "Java", (".java",), "java", "//"),
    Language("c", "C", (".c", ".h"), "", "//"),
    Language("cpp", "C++", (".cc", ".cpp", ".cxx", ".hpp", ".hh"), "", "//"),
    Language("csharp", "C#", (".cs",), "", "//"),
    Language("ruby", "Ruby", (".rb",), "", "#", indent="  "),
    Language("php", "PHP", (".php",), "", "//"),
    Language("shellscript", "Shell", (".sh", ".bash", ".zsh"), "", "#"),
    Language("sql", "SQL", (".sql",), "", "--"),
    Language("lua", "Lua", (".lua",), "", "--", indent="  "),
    Language("kotlin", "Kotlin", (".kt", ".kts"), "", "//"),
    Language("swift", "Swift", (".swift",), "", "//"),
    Language("scala", "Scala", (".scala", ".sbt"), "", "//", indent="  "),
    Language("dart", "Dart", (".dart",), "", "//", indent="  "),
    Language("groovy", "Groovy", (".groovy", ".gradle"), "", "//"),
    Language("objective-c", "Objective-C", (".m", ".mm"), "", "//"),
    Language("fsharp", "F#", (".fs", ".fsx"), "", "//", indentation_is_syntax=True),
    Language("haskell", "Haskell", (".hs",), "", "--", indentation_is_syntax=True, indent="  "),
    Language("ocaml", "OCaml", (".ml", ".mli"), "", "", indent="  "),
    Language("elixir", "Elixir", (".ex", ".exs"), "", "#", indent="  "),
    Language("erlang", "Erlang", (".erl", ".hrl"), "", "%"),
    Language("clojure", "Clojure", (".clj", ".cljs", ".cljc"), "", ";", indent="  "),
    Language("julia", "Julia", (".jl",), "", "#"),
    Language("r", "R", (".r",), "", "#", indent="  "),
    Language("perl", "Perl", (".pl", ".pm"), "", "#"),
    Language("powershell", "PowerShell", (".ps1", ".psm1"), "", "#"),
    Language("zig", "Zig", (".zig",), "", "//"),
    Language("nix", "Nix", (".nix",), "", "#", indent="  "),
    Language("terraform", "Terraform", (".tf", ".hcl"), "", "#", indent="  "),
    Language("proto3", "Protocol Buffers", (".proto",), "", "//", indent="  "),
    Language("graphql", "GraphQL", (".graphql", ".gql"), "", "#", indent="  "),
    Language("solidity", "Solidity", (".sol",), "", "//"),
    Language("cmake", "CMake", (".cmake",), "", "#"),
    Language("vue", "Vue", (".vue",), indent="  "),
    Language("svelte", "Svelte", (".svelte",), indent="  "),
    Language("scss", "SCSS", (".scss", ".sass"), "", "//", indent="  "),
    Language("less", "Less", (".less",), "", "//", indent="  "),
    Language("yaml", "YAML", (".yaml", ".yml"), "", "#", indentation_is_syntax=True, indent="  "),
    Language("toml", "TOML", (".toml",), "", "#"),
    Language("json", "JSON", (".json",), indent="  "),
    Language("html", "HTML", (".html", ".htm"), indent="  "),
    Language("css", "CSS", (".css",), indent="  "),
    Language("dockerfile", "Dockerfile", (".dockerfile",), "", "#"),
    Language("makefile", "Makefile", (".mk",), "", "#", indent="\t"),
    Language("markdown", "Markdown", (".md", ".markdown")),
    Language("plaintext", "Plain text", (".txt",)),
)

PLAIN = _LANGUAGES[-1]
_BY_ID = {language.id: language for language in _LANGUAGES}
_BY_ENDING = {ending: language for language in _LANGUAGES for ending in language.endings}
_BY_NAME = {
    "dockerfile": _BY_ID["dockerfile"], "containerfile": _BY_ID["dockerfile"], "makefile": _BY_ID["makefile"],
    "gnumakefile": _BY_ID["makefile"], "cmakelists.txt": _BY_ID["cmake"], "rakefile": _BY_ID["ruby"],
    "gemfile": _BY_ID["ruby"], "jenkinsfile": _BY_ID["groovy"],
}  # fmt: skip
_OTHER_IDS = {"py": "python", "js": "javascript", "ts": "typescript", "tsx": "typescriptreact",
              "jsx": "javascriptreact", "sh": "shellscript", "bash": "shellscript", "text": "plaintext",
              "golang": "go", "rs": "rust", "typescript.tsx": "typescriptreact"}  # fmt: skip


def by_id(language_id: str) -> Language:
    """The language with this LSP identifier (or a common other spelling); an unknown one counts as plain text."""
    key = language_id.lower()
    return _BY_ID.get(_OTHER_IDS.get(key, key)) or Language(key or "plaintext", language_id or "Plain text", ())


def by_path(path: str) -> Language:
    """The language that the file's name or ending suggests; plain text when it suggests none."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1].lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.startswith(("dockerfile.", "containerfile.")):  # `Dockerfile.base`
        return _BY_ID["dockerfile"]
    dot = name.rfind(".")
    return _BY_ENDING.get(name[dot:], PLAIN) if dot >= 0 else PLAIN


@functools.lru_cache(maxsize=256)
def identify(language_id: str, path: str) -> Language:
    """The language of a document: what the editor says, else what its name suggests."""
    if language_id and language_id.lower() not in {"plaintext", "text"}:
        return by_id(language_id)
    return by_path(path)


def same_family(one: Language, two: Language) -> bool:
    """Whether code of one helps to write the other (JavaScript and TypeScript do)."""
    return family_of(one) == family_of(two)


def family_of(language: Language) -> str:
    """A name for the languages whose code helps to write each other."""
    if language.id.startswith(("javascript", "typescript")) or language.id in {"vue", "svelte"}:
        return "ecma"
    return "c" if language.id in {"cpp", "objective-c"} else language.id


def known() -> tuple[Language, ...]:
    """All languages that are known by name."""
    return _LANGUAGES
