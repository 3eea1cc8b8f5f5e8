"""Characters that cannot be seen. Without it a suggestion can hold code that reads differently from what it does.

Reordering marks are the Trojan Source attack (CVE-2021-42574), tag characters carry hidden text, escape sequences act
on terminals. Such a suggestion is dropped and not cleaned: an answer that holds them is not to be trusted.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Drop, Place

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f\ud800-\udfff]")
_JOINERS = re.compile("[\u200c\u200d]")


def control_characters(draft: Draft, place: Place) -> Draft | Drop:  # noqa: ARG001 (every rule has this form)
    """Drop a draft with control, reordering or tag characters, lone surrogates, or joiners that join nothing."""
    found = _FORBIDDEN.search(draft.text)
    if found:
        return Drop(f"the answer holds the invisible character U+{ord(found.group()):04X}")
    for joiner in _JOINERS.finditer(draft.text):
        at = joiner.start()
        beside = draft.text[max(0, at - 1) : at] + draft.text[at + 1 : at + 2]
        if not any(_may_be_joined(character) for character in beside):
            return Drop(f"the answer holds the invisible character U+{ord(joiner.group()):04X}")
    return draft


def _may_be_joined(character: str) -> bool:
    """Whether joiners make sense beside it: letters of scripts that use them, emoji and their variation selector."""
    code = ord(character)
    return code > 0x7F and code not in {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}
