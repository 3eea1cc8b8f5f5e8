"""An answer written at the margin. Without it users see a block whose second line falls back to column 0.

Chat models often write the missing lines as if they were a file of their own.
"""

from __future__ import annotations

import itertools
import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._brackets import CLOSERS
from caretwise.complete.rules._surroundings import closes_block, is_prose, line_before, lines_below, opens_block
from caretwise.text.indent import leading, width
from caretwise.text.language import Language

_ELSEWHERE = re.compile(
    r"(?:def|class|async def|import|from|if __name__|func|fn|pub|impl|type|struct|enum|trait|mod|use|export|function"
    r"|interface|package|public|private|protected)\b|@"
    r"|#[ \t]*(?:if|ifdef|ifndef|elif|else|endif|define|include|pragma|undef|error|region|endregion)\b"
)
_BEGINS = re.compile(r"(?:async )?(?:if|for|while|try|switch|match|unless|case|with|select|begin)\b")
_GOES_ON = re.compile(r"(?:elif|else|elsif|elseif|except|finally|rescue|ensure|when|case|default)\b")
"""What goes on with a statement that begins so, as deep as it."""
_AT_MARGIN = {
    "dockerfile": re.compile(r"[A-Z]{3,}[ \t]"),
    "makefile": re.compile(r"[^\s:=]+(?:[ \t]+[^\s:=]+)*[ \t]*:"),
}
"""What begins at the margin in these languages, whatever stands above it."""
_BLOCKS = {
    "ruby": (r"(?:def|class|module|if|unless|while|until|case|begin|for)\b|.*\bdo(?:\s*\|[^|]*\|)?$", r"end\b"),
    "lua": (r"(?!else).*(?:\b(?:then|do|repeat)|\bfunction\b[^()]*\([^()]*\))$", r"(?:end|until)\b"),
    "shellscript": (r"(?!el).*\b(?:then|do)$|case\b.*\bin$", r"(?:fi|done|esac)\b"),
    "elixir": (r".*(?:\bdo|->)$", r"end\b"),
    "julia": (r"(?:function|if|for|while|begin|let|struct|module|try|do)\b", r"end\b"),
}
"""What opens a block that a word closes, and that word."""


def dedented(draft: Draft, place: Place) -> Draft:
    """Indent all lines after the first like the cursor's line when one of them stands at the margin without a reason."""
    lines = draft.text.split("\n")
    indent = line_before(place)
    if len(lines) < 2 or not indent or indent.strip(" \t") or is_prose(place.language):
        return draft
    if not lines[0].strip() or leading(lines[0]):
        return draft
    end = _end(lines, place)
    astray = any(_is_astray(line, place) for line in _paragraph(lines[1:end]))
    if not astray and not _is_too_shallow(lines, indent, place):
        return draft
    moved = [indent + line if line.strip() else line for line in lines[1:end]]
    return Draft("\n".join([lines[0], *moved, *lines[end:]]), draft.replaces)


def _paragraph(lines: list[str]) -> list[str]:
    """The lines up to the first blank one: what follows a blank line may stand anywhere."""
    return list(itertools.takewhile(str.strip, lines))


def _is_astray(line: str, place: Place) -> bool:
    own = _AT_MARGIN.get(place.language.id)
    return not leading(line) and not _ELSEWHERE.match(line) and not (own and own.match(line))


def _is_too_shallow(lines: list[str], indent: str, place: Place) -> bool:
    """Whether the body of the block that the first line opens would be no deeper than that line."""
    body = next((line for line in lines[1:] if line.strip()), "")
    if not leading(body) or closes_block(body) or not opens_block(lines[0], place.language):
        return False
    label = _GOES_ON.match(body.lstrip()) is not None
    return width(leading(body)) < width(indent) + (not label)


def _end(lines: list[str], place: Place) -> int:
    """The first line at the margin that belongs there: one that closes what the cursor is in, or that stands below it."""
    _, closes = _BLOCKS.get(place.language.id, ("", "(?!)"))
    outer = (line.rstrip() for line in lines_below(place) if not leading(line) and not re.match(closes, line))
    below = {line for line in outer if any(map(str.isalnum, line))}
    closing = min(_closing(lines), _closing_word(lines, place.language), _going_on(lines))
    same = (number for number in range(1, closing) if lines[number].rstrip() in below)
    return next(same, closing)


def _going_on(lines: list[str]) -> int:
    """The first line at the margin that goes on with a statement which does not begin in these lines."""
    begun = (number for number, line in enumerate(lines) if _BEGINS.match(line) and not _GOES_ON.match(line))
    first = next(begun, len(lines))
    return next(
        (number for number, line in enumerate(lines[: first + 1]) if number and _GOES_ON.match(line)), len(lines)
    )


def _closing(lines: list[str]) -> int:
    """The first line at the margin that begins with a closer of no bracket of these lines."""
    depth = 0
    for number, line in enumerate(lines):
        if depth <= 0 and number and closes_block(line) and not leading(line):
            return number
        depth += sum(map(line.count, "([{")) - sum(map(line.count, CLOSERS))
    return len(lines)


def _closing_word(lines: list[str], language: Language) -> int:
    """The same for words such as `end` and `done`."""
    opens, closes = _BLOCKS.get(language.id, ("", ""))
    depth = 0
    for number, line in enumerate(lines if closes else ()):
        text = line.strip()
        if re.match(closes, text):
            depth -= 1
            if depth < 0 and number and not leading(line):
                return number
        depth += re.match(opens, text) is not None
    return len(lines)
