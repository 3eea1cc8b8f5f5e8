"""Code fences. Without it users see three backticks and a language name in their code.

Nearly every chat model fences its code, many talk around the fence, and a limit may cut the closing one off.
In Markdown documents fences are content, unless the answer as a whole is fenced as Markdown.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._sentences import is_talk
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK
from caretwise.text.language import known

_OPEN = re.compile(r"^([ \t]*)(`{3,8}|~{3,8})[ \t]*([^\s`]*)[^\n`]*(?:\n|\Z)", re.MULTILINE)
_BARE = re.compile(r"^(?:```+|~~~+)[ \t]*$", re.MULTILINE)
_BEGUN = re.compile(r"\s*(?:```+|~~~+)[ \t]*\s*\Z")
_AT_END = re.compile(r"(?<=[^\s`])```\s*\Z")
"""A closing fence that was put behind the last line of the code."""
_DEEPEST = 3
"""Blanks before a fence that stands below talk; one that the answer begins with may be as deep as the code."""
_INFO = frozenset(language.id for language in known()) | {"py", "ts", "js", "tsx", "jsx", "rs", "sh", "text"}
_MARKDOWN = frozenset({"markdown", "md"})
_BACKTICKS_ARE_CODE = ("javascript", "typescript", "go", "shell", "markdown", "sql", "php", "ruby", "plain")


@settled
def fences(draft: Draft, place: Place) -> Draft:
    """Take the answer out of its fence: the first fenced block, or all that follows a fence that was never closed."""
    text = draft.text
    opened = _opening(text, place)
    if opened:
        return Draft(_inside(text, opened), draft.replaces)
    if place.language.id == "markdown" or _inside_fence(place):
        return draft
    single = _on_one_line(text)
    if single:
        return Draft(single, draft.replaces)
    bare = _BARE.search(text) or _BEGUN.match(text)
    if bare:
        return Draft(text[: bare.start()].removesuffix("\n"), draft.replaces)
    return Draft(_without_single_backticks(text, place), draft.replaces)


def _inside(text: str, opened: re.Match[str]) -> str:
    """What the fence holds, moved to the left by as much as the fence itself is indented."""
    indent, mark = opened.group(1), opened.group(2)
    closed = re.compile(rf"^[ \t]*{mark}{mark[0]}*[ \t]*$", re.MULTILINE).search(text, opened.end())
    if closed is None:
        closed = _AT_END.search(text, opened.end())
    inside = text[opened.end() : closed.start() if closed else len(text)]
    if indent and all(line.startswith(indent) for line in inside.split("\n") if line.strip()):
        inside = "\n".join(line.removeprefix(indent) for line in inside.split("\n"))
    return inside.removesuffix("\n") if closed else inside


def _opening(text: str, place: Place) -> re.Match[str] | None:
    """The line that opens the fence around the code, if the answer is fenced."""
    opened = _OPEN.search(text)
    if opened is None:
        return None
    if place.language.id == "markdown":
        whole = not text[: opened.start()].strip() and text.rstrip().endswith(opened.group(2))
        return opened if whole and opened.group(3).lower() in _MARKDOWN else None
    above = text[: opened.start()].strip()
    if above and len(opened.group(1)) > _DEEPEST:
        return None
    if not above:
        # A fence with nothing inside is the end of a block whose opening was part of the prompt.
        return opened if text[opened.end() :].strip() or opened.group(3) else None
    if not opened.group(3) and not _BARE.search(text, opened.end()):
        return None
    return opened if not _inside_fence(place) and is_talk(above) else None


def _inside_fence(place: Place) -> bool:
    """Whether the cursor stands in a fenced example, in a comment of documentation for instance."""
    return place.prefix[-LOOK:].count("```") % 2 == 1


def _without_single_backticks(text: str, place: Place) -> str:
    body = text.strip()
    alone = len(body) > 2 and body[0] == body[-1] == "`" and body.count("`") == 2 and "\n" not in body
    return body[1:-1] if alone and not place.language.id.startswith(_BACKTICKS_ARE_CODE) else text


def _on_one_line(text: str) -> str:
    """The code of an answer such as ```` ```py x``` ````; `""` for any other answer."""
    body = text.strip()
    if "\n" in body or not (body.startswith("```") and body.endswith("```")):
        return ""
    inner = body.strip("`")
    info, blank, code = inner.partition(" ")
    return code if blank and info in _INFO else inner
