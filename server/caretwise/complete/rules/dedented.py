"""An answer written at the margin. Without it users see a block whose second line falls back to column 0.

Chat models often write the missing lines as if they were a file of their own.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._surroundings import closes_block, is_prose, line_before, opens_block
from caretwise.text.indent import leading

_ELSEWHERE = re.compile(
    r"(?:def|class|@|async def|import|from|if __name__|func|fn|pub|impl|type|struct|enum|trait|mod|use|export|function"
    r"|interface|package|public|private|protected|elif|else|except|finally|case|default|#|//|/\*)"
)


def dedented(draft: Draft, place: Place) -> Draft:
    """Indent all lines after the first like the cursor's line when the second stands at the margin without a reason."""
    lines = draft.text.split("\n")
    indent = leading(line_before(place))
    if len(lines) < 2 or not indent or is_prose(place.language):
        return draft
    first, second = lines[0], lines[1]
    at_margin = second.strip() and not leading(second) and not closes_block(second)
    if not at_margin or not first.strip() or leading(first) or _ELSEWHERE.match(second):
        return draft
    if opens_block(first, place.language):
        return draft
    moved = [indent + line if line.strip() else line for line in lines[1:]]
    return Draft("\n".join([first, *moved]), draft.replaces)
