"""From an action's data to a fix of the document as it is now: read, make with progress, move along with its lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from caretwise.engine.explain_fix import explain_fix
from caretwise.engine.fix import Fix, Found
from caretwise.engine.notices import Status, StatusKind
from caretwise.lsp import convert
from caretwise.lsp.diagnostics import to_finding
from caretwise.lsp.fix_progress import cancellable
from caretwise.repair.finding import Finding
from caretwise.repair.rebase import moved_finding
from caretwise.repair.verification import Refusal
from caretwise.text.language import identify

if TYPE_CHECKING:
    from caretwise.app import App
    from caretwise.lsp.server import CaretwiseServer
    from caretwise.text.snapshot import Snapshot

MOST_FINDINGS = 20
"""The most problems that one fix is asked to mend."""

_MOST_MOVES = 3
"""How often a fix is moved along with a document that changes again while it is checked anew."""

_UNKNOWN = Refusal("unknown_action", "this action is not one of caretwise's, or it is from an earlier session")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be fixed: a text and the problems in it. `from_disk` when the document is not open in the editor."""

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    from_disk: bool = False


async def fix_of_action(server: CaretwiseServer, data: Any) -> tuple[Snapshot, Fix] | Refusal:
    """The fix for an action's data, and the text that its edits refer to. A refusal is remembered and said."""
    target = _read(server, data)
    if isinstance(target, Refusal):
        return refused(server, target)
    key = repr((data["uri"], data.get("version"), data.get("listing"), data["diagnostics"]))
    made = server.fixing.made_for.pop(key, None)
    if made is not None and made[0].version < target.snapshot.version:
        # Picked again by an editor whose text had changed when the answer came.
        fixed = await _as_it_is_now(server, Found((made[1],)), Target(made[0], target.findings))
        result = refused(server, fixed) if isinstance(fixed, Refusal) else fixed
    else:
        result = await fix_of(server, target)
    if not isinstance(result, Refusal):
        server.fixing.keep_made(key, *result)
        server.fixing.offered(result[0].uri, result[1])
    return result


async def fix_of(server: CaretwiseServer, target: Target) -> tuple[Snapshot, Fix] | Refusal:
    """The best fix for a target. A refusal is remembered and said."""
    app = server.app
    if app is None:
        return refused(server, Refusal("closing", "the session is ending"))
    snapshot, findings = target.snapshot, target.findings
    path = app.outside.gatherer.relative(snapshot.uri)
    language = identify(snapshot.language_id, path)

    async def work(report: Callable[[str], None]) -> tuple[Found, tuple[Snapshot, Fix] | Refusal]:
        progress = told(app, report)
        found = await app.fixer.find(snapshot, findings, language, path, progress=progress)
        return found, await _as_it_is_now(server, found, target)

    try:
        done = await cancellable(server, f"Fix: {findings[0].title}", work)
    finally:
        app.outside.rest()
    found, result = (Found((), (done,)), done) if isinstance(done, Refusal) else done
    server.fixing.story = explain_fix(path, findings, found, result if isinstance(result, Refusal) else result[1])
    if isinstance(result, Refusal):
        _say(server, result)
    return result


def refused(server: CaretwiseServer, refusal: Refusal, what: str = "No fix") -> Refusal:
    """Say and remember a refusal of something else than a model's answer to a target."""
    server.fixing.story = explain_fix("", (), Found((), (refusal,)), refusal)
    _say(server, refusal, what)
    return refusal


def _say(server: CaretwiseServer, refusal: Refusal, what: str = "No fix") -> None:
    """Put it before the user; not what the user did."""
    if refusal.code != "cancelled":
        message = f"caretwise: {what}: {refusal.reason.rstrip('.')}{'' if refusal.reason.endswith('?') else '.'}"
        server.window_show_message(types.ShowMessageParams(type=types.MessageType.Info, message=message))


def told(app: App, report: Callable[[str], None]) -> Callable[[str], None]:
    """Progress goes to the editor's display and to the status."""
    name = app.outside.fix.name if app.outside.fix is not None else ""

    def progress(words: str) -> None:
        report(words)
        app.outside.notices.show(Status(StatusKind.BUSY, words, name))

    return progress


async def _as_it_is_now(server: CaretwiseServer, found: Found, target: Target) -> tuple[Snapshot, Fix] | Refusal:
    """The best candidate for the document as it is now; those behind it when its lines have changed."""
    assert server.app is not None
    last: Refusal | None = None
    for fix in found.fixes:
        fixed: Fix | Refusal = fix
        then = target.snapshot
        for _ in range(_MOST_MOVES):
            now = server.documents.snapshot(then.uri) or (then if target.from_disk else None)
            if now is None:
                return Refusal("not_open", "the document is not open any more")
            if isinstance(fixed, Refusal) or now.is_as(then):
                break
            path = server.app.outside.gatherer.relative(now.uri)
            fixed = await server.app.fixer.rebased(fixed, then, now, identify(now.language_id, path))
            then = now
        else:
            fixed = Refusal("changed", "the document keeps changing while the fix is checked; ask again")
        if isinstance(fixed, Fix):
            return then, fixed
        last = last or fixed
    return last or found.refusals[0]


def _read(server: CaretwiseServer, data: Any) -> Target | Refusal:
    """The target of an action, moved along with its lines when the document has changed since it was listed."""
    if not isinstance(data, dict) or not isinstance(data.get("uri"), str):
        return _UNKNOWN
    now = server.documents.snapshot(data["uri"])
    if now is None:
        return Refusal("not_open", "the document is not open any more")
    # Who calls the command without an action has a version alone.
    by_hand = "listing" not in data and now.version == data.get("version")
    listed = now if by_hand else server.fixing.kept(now.uri, data.get("listing"))
    if listed is None:
        return Refusal("changed", "the document has changed since the action was listed; ask again")
    try:
        given = [server.protocol.structure(one, types.Diagnostic) for one in data["diagnostics"]]
    except Exception:
        # Whatever an editor sends back as data, it costs this action only.
        return _UNKNOWN
    findings = [to_finding(listed, one, server.encoding) for one in given[:MOST_FINDINGS]]
    if not now.is_as(listed):
        moved = [moved_finding(one, listed, now) for one in findings]
        findings = [one for one in moved if one is not None]
        if len(findings) < len(moved):
            return Refusal("changed", "the lines of the problem have changed since the action was listed; ask again")
    return Target(now, tuple(findings)) if findings else _UNKNOWN


def workspace_edit(server: CaretwiseServer, snapshot: Snapshot, fix: Fix) -> types.WorkspaceEdit:
    """An edit of one document, versioned where the editor understands that."""
    edits = [convert.from_text_edit(snapshot, edit, server.encoding) for edit in fix.edits]
    workspace = server.client_capabilities.workspace
    support = workspace.workspace_edit if workspace is not None else None
    if support is None or not support.document_changes:
        return types.WorkspaceEdit(changes={snapshot.uri: edits})
    version = fix.version if server.documents.snapshot(snapshot.uri) is not None else None
    document = types.OptionalVersionedTextDocumentIdentifier(uri=snapshot.uri, version=version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(text_document=document, edits=list(edits))])
