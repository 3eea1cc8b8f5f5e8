"""Commands for fixes: make and apply one, look for bugs, take a finding away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from caretwise.engine.find_bugs import Bugs
from caretwise.engine.find_bugs import find_bugs as ask_for_bugs
from caretwise.engine.fix import Fix
from caretwise.lsp import convert
from caretwise.lsp.diagnostics import SOURCE, Own, OwnFindings
from caretwise.lsp.fix_progress import cancellable
from caretwise.lsp.fix_walk import fix_of_action, refused, told, workspace_edit
from caretwise.repair.verification import Refusal
from caretwise.text.language import identify

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer
    from caretwise.text.snapshot import Snapshot

_NOT_LOOKED = "No bugs were looked for"


async def fix(server: CaretwiseServer, *arguments: Any) -> bool:
    """Make a fix and apply it, for editors that cannot resolve an action; whether it was applied."""
    found = await fix_of_action(server, arguments[0] if arguments else None)
    return False if isinstance(found, Refusal) else await apply(server, *found)


async def find_bugs(server: CaretwiseServer, *arguments: Any) -> int:
    """Look for bugs in the function at a place (`{uri, position}`); how many are shown. -1 when nobody could be asked."""
    app = server.app
    place = await _place(server, arguments[0] if arguments else None)
    if isinstance(place, Refusal) or app is None:
        closing = Refusal("closing", "the session is ending")
        refused(server, place if isinstance(place, Refusal) else closing, _NOT_LOOKED)
        return -1
    snapshot, at = place
    path = app.outside.gatherer.relative(snapshot.uri)
    language = identify(snapshot.language_id, path)

    async def work(report: Callable[[str], None]) -> Bugs | Refusal:
        progress = told(app, report)
        return await ask_for_bugs(app.outside, snapshot, at, language, path, source=SOURCE, progress=progress)

    try:
        found = await cancellable(server, f"Looking for bugs in {path}", work)
    finally:
        app.outside.rest()
    now = server.documents.snapshot(snapshot.uri)
    if isinstance(found, Bugs) and (now is None or not now.is_as(snapshot)):
        found = Refusal("changed", "the document has changed while it was looked at; ask again")
    if isinstance(found, Refusal):
        refused(server, found, _NOT_LOOKED)
        return -1
    count = _own(server).show(snapshot, found.part, found.findings)
    say(server, _counted(count, len(found.findings)))
    return count


async def dismiss(server: CaretwiseServer, *arguments: Any) -> bool:
    """Take a finding of ours off the screen (uri, id) for this session; whether it was there."""
    uri, own_id = (*arguments, None, None)[:2]
    snapshot = server.documents.snapshot(uri) if isinstance(uri, str) else None
    if snapshot is None or server.fixing.own is None or not isinstance(own_id, str):
        return False
    return server.fixing.own.dismiss(snapshot, own_id)


async def apply(server: CaretwiseServer, snapshot: Snapshot, made: Fix) -> bool:
    """Have the editor apply a fix; whether it did. A refusal of its is said."""
    server.fixing.offered(snapshot.uri, made)
    params = types.ApplyWorkspaceEditParams(edit=workspace_edit(server, snapshot, made), label="caretwise fix")
    answer = await server.workspace_apply_edit_async(params)
    if answer.applied:
        applied(server, made.id)
    else:
        why = answer.failure_reason or "the editor has not taken the change"
        refused(server, Refusal("not_applied", why))
    return answer.applied


def applied(server: CaretwiseServer, suggestion: str) -> bool:
    """A fix was applied: count it, and take findings of ours that it was for off the screen. Whether it was a fix."""
    if server.app is None or not server.app.fixer.applied(suggestion):
        return False
    fix = server.fixing.taken(suggestion)
    if server.fixing.own is not None and fix is not None:
        server.fixing.own.fixed(fix.uri, fix.findings)
    return True


def _own(server: CaretwiseServer) -> OwnFindings:
    if server.fixing.own is None:
        server.fixing.own = OwnFindings(lambda uri, shown: _publish(server, uri, shown))
    return server.fixing.own


def _publish(server: CaretwiseServer, uri: str, shown: Sequence[Own]) -> None:
    snapshot = server.documents.snapshot(uri)
    diagnostics = [] if snapshot is None else [_diagnostic(server, snapshot, one) for one in shown]
    version = None if snapshot is None else snapshot.version
    params = types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=diagnostics)
    server.text_document_publish_diagnostics(params)


def _diagnostic(server: CaretwiseServer, snapshot: Snapshot, one: Own) -> types.Diagnostic:
    return types.Diagnostic(
        range=convert.from_range(snapshot, one.finding.range, server.encoding),
        message=one.finding.message,
        severity=types.DiagnosticSeverity(one.finding.severity),
        code=one.finding.code,
        source=one.finding.source,
        data={"id": one.id},
    )


async def _place(server: CaretwiseServer, data: Any) -> tuple[Snapshot, Any] | Refusal:
    unknown = Refusal("no_place", "the command wants a document and a position: {uri, position}")
    if not isinstance(data, dict) or not isinstance(data.get("uri"), str):
        return unknown
    snapshot = server.documents.snapshot(data["uri"])
    if snapshot is None:
        return Refusal("not_open", "the document is not open")
    if server.app is None or not await server.app.fixer.possible(snapshot.uri):
        return Refusal("not_possible", "no model for fixes can be asked about this file")
    try:
        position = server.protocol.structure(data["position"], types.Position)
    except Exception:
        # Whatever an editor sends, it costs this command only.
        return unknown
    return snapshot, convert.position_in(snapshot.lines, position, server.encoding)


def _counted(count: int, found: int) -> str:
    if not found:
        return "No bug was found in this function."
    dismissed = found - count
    said = "1 possible bug" if count == 1 else f"{count} possible bugs"
    return f"{said} in this function{f'; {dismissed} dismissed before' if dismissed else ''}."


def say(server: CaretwiseServer, sentence: str) -> None:
    """Put a sentence before the user."""
    message = types.ShowMessageParams(type=types.MessageType.Info, message=f"caretwise: {sentence}")
    server.window_show_message(message)
