"""An answer written at the margin. Without it users see a block whose second line falls back to column 0.

Chat models often write the missing lines as if they were a file of their own.
"""

from __future__ import annotations

import itertools
import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._surroundings import closes_block, is_prose, line_before
from caretwise.text.indent import leading

_ELSEWHERE = re.compile(
    r"(?:def|class|async def|import|from|if __name__|func|fn|pub|impl|type|struct|enum|trait|mod|use|export|function"
    r"|interface|package|public|private|protected|elif|else|except|finally|case|default)\b|@"
    r"|#[ \t]*(?:if|ifdef|ifndef|elif|else|endif|define|include|pragma|undef|error|region|endregion)\b"
)


def dedented(draft: Draft, place: Place) -> Draft:
    """Indent all lines after the first like the cursor's line when one of them stands at the margin without a reason."""
    lines = draft.text.split("\n")
    indent = line_before(place)
    if len(lines) < 2 or not indent or indent.strip() or is_prose(place.language):
        return draft
    if not lines[0].strip() or leading(lines[0]) or not any(map(_at_margin, _paragraph(lines[1:]))):
        return draft
    moved = [indent + line if line.strip() else line for line in lines[1:]]
    return Draft("\n".join([lines[0], *moved]), draft.replaces)


def _paragraph(lines: list[str]) -> list[str]:
    """The lines up to the first blank one: what follows a blank line may stand anywhere."""
    return list(itertools.takewhile(str.strip, lines))


def _at_margin(line: str) -> bool:
    return not leading(line) and not closes_block(line) and not _ELSEWHERE.match(line)
