"""Thoughts in the answer. Without it users see the model reason about their code in the middle of it.

Hosts should send thoughts in a field of their own; several do not, or send only the closing tag because the opening
one was part of the prompt.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._settle import settled

_NAMES = r"think|thinking|thought|thoughts|reasoning|reflection|scratchpad"
_OPEN = re.compile(
    rf"\s*(?:<(?:seed:)?(?:{_NAMES})>|◁think▷|\[THINK\]|(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)\b)",
    re.IGNORECASE,
)
_CLOSE = rf"(?:</(?:seed:)?(?:{_NAMES})>|◁/think▷|\[/THINK\]|<\|channel\|>final[^<\n]*<\|message\|>)"
_BEHIND = r"(?:[ \t]*\n+)?"
"""Line breaks behind the closing tag; blanks before code on the same line are the code's."""
_CLOSED = re.compile(_CLOSE + _BEHIND, re.IGNORECASE)
_STRAY = re.compile(rf"(?<![\"'`\\(/]){_CLOSE}(?![\"'`)]){_BEHIND}", re.IGNORECASE)


@settled
def thinking(draft: Draft, place: Place) -> Draft | Drop:
    """Take out thoughts at the start of the answer; drop an answer that ended before its thoughts did."""
    opened = _OPEN.match(draft.text)
    stray = _STRAY.search(draft.text)
    if opened:
        stray = stray or _CLOSED.search(draft.text)
        if stray is None:
            return Drop("the answer ended while the model was still thinking")
        return Draft(draft.text[stray.end() :], draft.replaces)
    if stray is None or stray.group().strip() in place.prefix[-2000:] + place.suffix[:2000]:
        return draft
    return Draft(draft.text[stray.end() :], draft.replaces)
