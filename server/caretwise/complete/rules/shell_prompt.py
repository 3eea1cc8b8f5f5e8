"""The prompt of a shell before each command. Without it users see `$ npm ci` in their script, which runs nothing.

Chat models show commands as a terminal does.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place

_PROMPT = re.compile(r"^\$ (?=\S)", re.MULTILINE)


def shell_prompt(draft: Draft, place: Place) -> Draft:
    """Take the `$` and its blank off the lines of a script."""
    if place.language.id != "shellscript" or not _PROMPT.match(draft.text):
        return draft
    return Draft(_PROMPT.sub("", draft.text), draft.replaces)
