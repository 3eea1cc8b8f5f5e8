"""Where keys come from. A key is looked up when a request is made and kept nowhere."""

from __future__ import annotations

import os
from collections.abc import Mapping

from caretwise.adapters.endpoint import hidden_variable
from caretwise.models.profile import Profile


def key_of(profile: Profile, environ: Mapping[str, str] | None = None) -> str:
    """The key for a profile out of the environment variable that it names; "" when there is none.

    White space around a key (a line end from a file) is cut off. A key with characters that no header may hold counts as
    none.
    """
    name = profile.key_env
    if not name:
        return ""
    value = (os.environ if environ is None else environ).get(name, "") or hidden_variable(name)
    key = value.strip()
    return key if key.isascii() and key.isprintable() and " " not in key else ""
