"""Tags around the answer. Without it users see `<completion>` in their code.

Prompts ask for such tags, and models close them, forget to, or talk before and after them.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._sentences import is_talk
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import is_markup, line_before

_NAMES = r"COMPLETION|FILL|MIDDLE|HOLE|INSERT|ANSWER|CODE|SNIPPET"
_QUIET = re.compile(rf"<({_NAMES}|completion|fill|middle|answer)>")
_MARKUP = re.compile(rf"<({_NAMES}|completion)>")
_CLOSE = re.compile(r"</(?:COMPLETION|completion|HOLE|hole)>")
_FRAME = re.compile(r"^[ \t]*</?(?:before|after|below|above)>[ \t]*$", re.MULTILINE)
"""What stands around the code in our prompts, on lines of its own: a small model goes on with it."""
_MARKS = re.compile(r"<hole ?/>|<HOLE ?/>|<(?:\|)?(?:CURSOR|cursor_position)(?:\|)? ?/?>|‸|\{\{(?:HOLE|FILL_HERE)\}\}")


@settled
def hole_tags(draft: Draft, place: Place) -> Draft:
    """Keep what stands between the tags; without an opening tag, what stands before the closing one, or the prompt's own."""
    text = draft.text
    opened = (_MARKUP if is_markup(place.language) else _QUIET).search(text)
    if opened and is_talk(text[: opened.start()]):
        tag = opened.group(1)
        end = text.find(f"</{tag}>", opened.end())
        text = text[opened.end() : end if end >= 0 else len(text)]
        if not line_before(place).strip():
            text = text.removeprefix("\n")
    elif closed := _CLOSE.search(text):
        text = text[: closed.start()]
    framed = None if is_markup(place.language) else _FRAME.search(text)
    if framed and not text[: framed.start()].strip() and not framed.group().lstrip().startswith("</"):
        text = text[framed.end() :].removeprefix("\n")
    elif framed:
        text = text[: framed.start()]
    known = place.prefix[-2000:] + place.suffix[:2000]
    return Draft(_MARKS.sub(lambda mark: mark.group() if mark.group() in known else "", text), draft.replaces)
