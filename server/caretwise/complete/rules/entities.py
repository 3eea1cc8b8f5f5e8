"""Signs written for a web page. Without it users see `if a &lt; b &amp;&amp; c` in their code."""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK, is_markup, is_prose

_SIGNS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'", "#39": "'", "#x27": "'", "#34": '"', "nbsp": " "}
_ENTITY = re.compile(rf"&({'|'.join(_SIGNS)});")
_STRING = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`")
_PAGES = frozenset({"html", "xml", "svg", "php", "css", "vue", "svelte"})


@settled
def entities(draft: Draft, place: Place) -> Draft:
    """Write the signs themselves, if some stand outside of strings and the document has none like them."""
    text = draft.text
    if "&" not in text or is_markup(place.language) or is_prose(place.language) or place.language.id in _PAGES:
        return draft
    found = _ENTITY.search(_STRING.sub('""', text))
    if found is None:
        return draft
    around = place.prefix[-LOOK:] + "\n" + place.suffix[:LOOK]
    # `&lt;` may be the address of something that is called so.
    if _ENTITY.search(around) or re.search(rf"\b{re.escape(found.group(1))}\b", around):
        return draft
    return Draft(_ENTITY.sub(lambda sign: _SIGNS[sign.group(1)], text), draft.replaces)
