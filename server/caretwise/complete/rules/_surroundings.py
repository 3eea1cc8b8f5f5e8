"""What rules ask of a place: the lines around the cursor, and whether a line opens a block."""

from __future__ import annotations

import functools
import re

from caretwise.complete.draft import Place
from caretwise.complete.rules._brackets import CLOSERS, scan
from caretwise.text.indent import leading
from caretwise.text.language import Language
from caretwise.text.snapshot import split_lines, without_end

LOOK = 20_000
"""Code points of the document, on either side of the cursor, that rules look at; it bounds their work."""

_NESTED = 3
"""Brackets over several lines, one in the other, that are followed up to where a statement begins."""

_LINE_END = re.compile(r"[\r\n]")
_PROSE = frozenset({"plaintext", "markdown"})
_MARKUP = frozenset({"html", "xml", "javascriptreact", "typescriptreact", "markdown", "vue", "svelte"})
_KEYWORD_BLOCKS = {
    "python": re.compile(
        r"\s*(?:(?:async\s+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b.*|[)\]].*):$"
    ),
    "ruby": re.compile(r"\s*(?:def|class|module|if|unless|else|elsif|while|begin)\b|.*\bdo(?:\s*\|[^|]*\|)?$"),
    "lua": re.compile(r".*\b(?:then|do|else|function\s*[\w.:]*\([^)]*\))$"),
    "shellscript": re.compile(r".*(?:\bthen|\bdo|\belse)$"),
    "yaml": re.compile(r".*:$"),
}
_CLAUSE = re.compile(r"[ \t]+(?:throws|where|implements|extends|permits|with)\b")
_CLAUSES = 1_000
"""Code points above a clause of a declaration in which its first line is looked for."""
_LABEL = re.compile(r"\s*(?:case\b|default:)")
_COMMENT_AT_END = re.compile(r"\s(?:#|//)[^\"']*$")


def line_before(place: Place) -> str:
    """The cursor's line up to the cursor."""
    prefix = place.prefix
    return prefix[max(prefix.rfind("\n"), prefix.rfind("\r")) + 1 :]


def line_after(place: Place) -> str:
    """The cursor's line from the cursor on, without its line end."""
    end = _LINE_END.search(place.suffix)
    return place.suffix[: end.start()] if end else place.suffix


def lines_above(place: Place, limit: int = 60) -> list[str]:
    """Up to `limit` lines above the cursor's line, without line ends, the nearest last."""
    return list(_above(place.prefix)[-limit:])


@functools.lru_cache(maxsize=4)
def _above(prefix: str) -> tuple[str, ...]:
    lines = split_lines(prefix[-LOOK:])[:-1]
    if len(prefix) > LOOK:
        lines = lines[1:]
    return tuple(map(without_end, lines))


def lines_below(place: Place, limit: int = 60) -> list[str]:
    """Up to `limit` lines below the cursor's line, without line ends, the nearest first."""
    rest = place.suffix[len(line_after(place)) :][:LOOK]
    return [without_end(line) for line in split_lines(rest)[1 : limit + 1]]


def code_before(place: Place) -> str:
    """The cursor's line up to the cursor, and many lines above it, for a look at their brackets."""
    return "\n".join([*lines_above(place, 400), line_before(place)])[-LOOK:]


def nearest_above(place: Place) -> str:
    """The nearest line above the cursor's that is not blank; `""` when there is none."""
    return next((line for line in reversed(lines_above(place)) if line.strip()), "")


def is_prose(language: Language) -> bool:
    """Whether documents in this language are made of sentences."""
    return language.id in _PROSE


def is_markup(language: Language) -> bool:
    """Whether tags such as `<answer>` may be content in this language."""
    return language.id in _MARKUP


def is_telling(line: str) -> bool:
    """Whether the line says enough (three letters or digits) for an equal one to be a repetition and no accident."""
    seen = 0
    for character in line:
        seen += character.isalnum()
        if seen == 3:
            return True
    return False


def opens_block(line: str, language: Language) -> bool:
    """Whether lines after this one are indented deeper: it ends with an open bracket, or as the language's blocks do."""
    comment = language.line_comment
    if is_prose(language) or (comment and line.lstrip().startswith((comment, "/*", "* "))):
        return False
    line = _COMMENT_AT_END.sub("", line[-400:]).rstrip()
    if line.endswith(("{", "(", "[")):
        return True
    block = _KEYWORD_BLOCKS.get(language.id)
    return block is not None and block.match(line) is not None


def closes_block(line: str) -> bool:
    """Whether the line begins with a closing bracket."""
    return line.lstrip(" \t")[:1] in {")", "]", "}"}


def statement_line(code: str, language: Language) -> str:
    """The line on which the statement begins that the last line of `code` goes on with.

    A parameter list over several lines is often indented deeper than the body that follows: `        b) {`.
    """
    start = code.rfind("\n") + 1
    for _ in range(_NESTED):
        line = code[start:].split("\n", 1)[0]
        closers = [sign for _, sign in scan(line, language).unmatched if sign in CLOSERS]
        opened = scan(code[:start], language).open if closers else []
        if not closers or len(opened) < len(closers):
            return _declared(code, start)
        start = code.rfind("\n", 0, opened[-len(closers)][0]) + 1
    return code[start:].split("\n", 1)[0]


def _declared(code: str, start: int) -> str:
    """The line that begins at `start`; where that goes on with a declaration (`throws E {`), the one it goes on with."""
    line = code[start:].split("\n", 1)[0]
    if not _CLAUSE.match(line):
        return line
    above = [one for one in code[max(0, start - _CLAUSES) : start].split("\n")[-_NESTED - 2 :] if one.strip()]
    shallower = (one for one in reversed(above) if len(leading(one)) < len(leading(line)))
    return next(shallower, line)


def block_indent(line: str, place: Place, inner: str) -> str:
    """The indentation that `inner`, the first line after the block opener `line`, should have."""
    label = place.language.id == "go" and _LABEL.match(inner)
    return leading(line) if label or closes_block(inner) else leading(line) + place.indent_unit
