"""An answer in JSON. Without it users see `{"completion": "return total\\n"}` in their code.

Models that were trained on tools wrap what they write in an object, though nobody asked for one.
"""

from __future__ import annotations

import json
import re
from typing import cast

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK, line_before

_SURE = frozenset(
    {"completion", "insertion", "insert_text", "insertText", "middle", "fill", "completed_code", "missing_code"}
)
_KEYS = _SURE | {"code", "answer", "text", "content", "result", "output", "response", "snippet", "insert"}
_WORDS = re.compile(r"[\w .,!?-]*")
"""What a string of words has; of more than that a piece of code is made."""
_BEGINS = re.compile(r"\s*\{\s*(?:\Z|\"(?:[\w ]{0,20}\Z|([\w ]{1,20})\"\s*(?:\Z|:)))")


@settled
def json_wrapped(draft: Draft, place: Place) -> Draft:
    """Take the code out of an object in JSON that is all of the answer, unless the document writes such objects itself."""
    text = draft.text.strip()
    if not (text.startswith("{") and text.endswith("}")) or place.language.id.startswith("json"):
        return draft
    for key, value in _members(text).items():
        if key in _KEYS and isinstance(value, str) and value.strip() and _is_wrapping(key, value, text, place):
            return Draft(value.replace("\r\n", "\n"), draft.replaces)
    return draft


def _members(text: str) -> dict[str, object]:
    """The members of an object in JSON; none for any other text."""
    try:
        found: object = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _is_wrapping(key: str, value: str, text: str, place: Place) -> bool:
    before = line_before(place).strip()
    if before and value.lstrip().startswith(before):
        return True
    if f'"{key}"' in place.prefix[-LOOK:] or f'"{key}"' in place.suffix[:LOOK]:
        return False
    return key in _SURE or "\n" in text or not _WORDS.fullmatch(value)


def wraps_so_far(text: str, place: Place) -> bool:
    """Whether an answer that is still being written may become an object that holds the code."""
    if place.language.id.startswith("json"):
        return False
    begun = _BEGINS.match(text)
    return begun is not None and (begun.group(1) is None or begun.group(1) in _KEYS)
