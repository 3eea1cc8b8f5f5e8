"""Tags around the answer. Without it users see `<completion>` in their code.

Prompts ask for such tags, and models close them, forget to, or talk before and after them.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._sentences import is_talk
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import is_markup, line_before, opens_block

_NAMES = r"COMPLETION|FILL|MIDDLE|HOLE|INSERT|ANSWER|CODE|SNIPPET"
_QUIET = re.compile(rf"<({_NAMES}|completion|fill|middle|answer)>")
_MARKUP = re.compile(rf"<({_NAMES}|completion)>")
_CLOSE = re.compile(r"</(?:COMPLETION|completion|HOLE|hole)>")
_FRAME = re.compile(r"^[ \t]*</?(?:before|after|below|above)>[ \t]*$", re.MULTILINE)
"""What stands around the code in our prompts, on lines of its own: a small model goes on with it."""
_LOOSE = re.compile(
    r"\s*<(code|result|output|response|solution|snippet|insert|insertion|missing|missing_code|completed_code"
    r"|continuation)>(?:(?P<all>.*)</\1>\s*\Z|(?P<begun>.*))",
    re.DOTALL,
)
"""Tags that nobody asked for: around all of the answer, or before what there is of it so far."""
_CURSOR = r"(?:user_)?cursor(?:_position|_here)?|hole|caret|fill(?:_me|_here|_in)(?:_middle)?"
_UPPER = r"(?:USER_)?CURSOR(?:_POSITION|_HERE)?|HOLE|CARET|FILL(?:_ME|_HERE|_IN)(?:_MIDDLE)?"
_MARKS = re.compile(rf"<\|?(?:{_CURSOR}|{_UPPER})\|? ?/?>|\[(?:{_UPPER})\]|\{{\{{(?:{_UPPER})\}}\}}|‸")


@settled
def hole_tags(draft: Draft, place: Place) -> Draft:
    """Keep what stands between the tags; without an opening tag, what stands before the closing one, or the prompt's own."""
    text = draft.text
    opened = (_MARKUP if is_markup(place.language) else _QUIET).search(text)
    if opened and is_talk(text[: opened.start()]):
        tag = opened.group(1)
        end = text.find(f"</{tag}>", opened.end())
        text = _between(text[opened.end() : end if end >= 0 else len(text)], place, closed=end >= 0)
    elif (loose := _LOOSE.match(text)) and not is_markup(place.language):
        inside = loose.group("all")
        text = _between(loose.group("begun") if inside is None else inside, place, closed=inside is not None)
    elif closed := _CLOSE.search(text):
        text = text[: closed.start()]
    framed = None if is_markup(place.language) else _FRAME.search(text)
    if framed and not text[: framed.start()].strip() and not framed.group().lstrip().startswith("</"):
        text = text[framed.end() :].removeprefix("\n")
    elif framed:
        text = text[: framed.start()]
    known = place.prefix[-2000:] + place.suffix[:2000]
    return Draft(
        _MARKS.sub(lambda mark: mark.group() if _is_content(mark.group(), known) else "", text), draft.replaces
    )


def _between(text: str, place: Place, *, closed: bool) -> str:
    """What stands between two tags. Where they stand on lines of their own, these line breaks are no part of it."""
    before = line_before(place)
    own_line = not closed or text.endswith("\n")
    formatting = not before.strip() or (own_line and not opens_block(before, place.language))
    return text.removeprefix("\n") if formatting else text


def _is_content(mark: str, known: str) -> bool:
    """Whether the document holds the mark itself, or in brackets such as `[CURSOR]` the name."""
    return mark in known or (mark[0] == "[" and mark[1:-1] in known)
