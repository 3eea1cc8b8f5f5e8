"""Where in the code a cursor stands, told from its own line: enough to compare models by, and no text of it is kept."""

from __future__ import annotations

import re

from caretwise.measure.schema import Syntax
from caretwise.text.language import Language

_MEMBER = re.compile(r"[\w)\]](?:\.|\?\.|::|->)\w*$")
_IMPORT = re.compile(r"\s*(?:import|from|use|using|require|include|#\s*include|package)\b")
_DECLARATION = re.compile(
    r"\s*(?:(?:export|public|private|protected|static|abstract|final|async|pub(?:\([a-z]+\))?|default|override)\s+)*"
    r"(?:def|class|fn|func|function|struct|enum|interface|trait|impl|type|namespace|module)\b"
)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`")


def syntax_of(before: str, after: str, language: Language) -> Syntax:
    """The kind of place between what stands before and after the cursor on its line."""
    if not before.strip() and not after.strip():
        return "blank_line"
    bare = _QUOTED.sub('""', before)
    if language.line_comment and language.line_comment in bare:
        return "comment"
    if any(quote in bare.replace('""', "") for quote in "'\"`"):
        return "string"
    if _IMPORT.match(bare):
        return "import"
    if _MEMBER.search(bare):
        return "member"
    if _DECLARATION.match(bare):
        return "declaration"
    if sum(bare.count(sign) for sign in "([") > sum(bare.count(sign) for sign in ")]"):
        return "argument"
    return "line_middle" if after.strip(" \t)]}>;,'\"") else "line_end"
