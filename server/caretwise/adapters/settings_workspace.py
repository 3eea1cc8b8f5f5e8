"""What a workspace may set: its `.caretwise.toml`, or what an editor sends as initialization options.

The keys of `WORKSPACE_KEYS` and no other. Somebody else may have written them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import attrs

from caretwise.adapters.guarded_file import Refused, read_regular
from caretwise.adapters.settings import Settings
from caretwise.adapters.settings_check import Problem, structure
from caretwise.adapters.settings_load import parsed

MOST_WORKSPACE_BYTES = 16 << 10
"""A workspace's file may be this large."""

WORKSPACE_KEYS = frozenset({"inline", "fix", "languages_off", "ignore", "context_tokens"})
"""What a workspace may set: harmless things only. `inline` and `fix` choose among the user's own models of the same host,
`context_tokens` only lowers."""

_MOST_DOTS = 40


def with_workspace(
    settings: Settings, data: object, source: str, host_of: Callable[[str], str]
) -> tuple[Settings, list[Problem]]:
    """Settings with a workspace's harmless keys applied; each other key is refused, by name.

    A workspace can send code to no host that it would not go to anyway: it may choose another model of the same host, or
    none, and it may show a model less context but not more. `host_of` gives the host of a model ("": nothing is sent).
    """
    if not isinstance(data, Mapping):
        return settings, []
    table = cast("Mapping[str, Any]", data)
    problems = [
        Problem(source, str(key), "a workspace may not set this; put it into your own config.toml")
        for key in table
        if key not in WORKSPACE_KEYS and key != "trusted"
    ]
    harmless = {key: value for key, value in table.items() if key in WORKSPACE_KEYS}
    wanted, found = structure(harmless, Settings, source)
    given = {key: getattr(wanted, key) for key in harmless if not any(problem.key == key for problem in found)}
    for role in ("inline", "fix"):
        if given.get(role) and host_of(given[role]) != host_of(getattr(settings, role)):
            now = host_of(getattr(settings, role)) or "nowhere"
            found.append(Problem(source, role, f"a workspace may not send code elsewhere than you do (now: {now})"))
            del given[role]
    for key in ("ignore", "languages_off"):
        if key in given:
            given[key] = (*getattr(settings, key), *given[key])
    if "context_tokens" in given:
        given["context_tokens"] = min(settings.context_tokens, given["context_tokens"])
    return attrs.evolve(settings, **given), problems + found


def read_workspace_file(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """The table of a folder's `.caretwise.toml`; empty when there is none. Somebody else may have written it."""
    path = folder / ".caretwise.toml"
    if not os.path.lexists(path):
        return {}, []
    content = read_regular(str(path), MOST_WORKSPACE_BYTES)
    if isinstance(content, Refused):
        return {}, [Problem(str(path), "", content.reason)]
    if any(line.count(b".") > _MOST_DOTS for line in content.split(b"\n")):
        # The parser takes quadratic time over dotted keys.
        return {}, [Problem(str(path), "", f"a line has more than {_MOST_DOTS} dots; no setting needs them")]
    data, unread = parsed(content)
    return data, [Problem(str(path), "", f"the file cannot be read: {unread}")] if unread else []
