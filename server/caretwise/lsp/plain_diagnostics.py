"""Diagnostics of any server, as far as LSP knows them: what a server has of its own costs nobody an action."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

WITH_DIAGNOSTICS = {types.TEXT_DOCUMENT_CODE_ACTION: "context", types.CODE_ACTION_RESOLVE: ""}
"""Requests that bring diagnostics of any server along, and the member that holds them."""


def plain_diagnostics(params: dict[str, Any], holder: str) -> dict[str, Any]:
    """With the diagnostics under `params` (or under its object `holder`) as far as LSP knows them."""
    if holder:
        inner = params.get(holder)
        return {**params, holder: plain_diagnostics(inner, "")} if isinstance(inner, dict) else params
    given = params.get("diagnostics")
    return {**params, "diagnostics": [_plain_diagnostic(one) for one in given]} if isinstance(given, list) else params


def _plain_diagnostic(value: Any) -> Any:
    """A diagnostic of any server as far as LSP knows it: tags and severities of a server's own are left out.

    One such diagnostic on a line would take the actions for all others away. Roslyn has tags below 0, and later versions
    of LSP let a message be Markdown.
    """
    if not isinstance(value, dict):
        return value
    kept = dict(value)
    if isinstance(tags := kept.get("tags"), list):
        kept["tags"] = [one for one in tags if one in {1, 2}]
    severity = kept.get("severity")
    if isinstance(severity, int) and not isinstance(severity, bool) and severity not in {1, 2, 3, 4}:
        del kept["severity"]
    message = kept.get("message")
    if isinstance(message, dict) and isinstance(message.get("value"), str):
        kept["message"] = message["value"]
    return kept
