"""`textDocument/codeAction` and `codeAction/resolve`: fixes. Listed at once, made when one is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from caretwise.engine.fix import Fix
from caretwise.engine.notices import Status, StatusKind
from caretwise.lsp import convert
from caretwise.repair.answer import Refusal
from caretwise.repair.finding import Finding
from caretwise.text.language import identify

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer
    from caretwise.text.snapshot import Snapshot

MOST_ACTIONS = 5


async def code_action(server: CaretwiseServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """One action for each diagnostic. No model is asked yet."""
    snapshot = server.documents.snapshot(params.text_document.uri)
    only = params.context.only
    wanted = only is None or any(kind in {"", types.CodeActionKind.QuickFix.value} for kind in map(_text, only))
    if server.app is None or snapshot is None or not wanted or not server.app.fixer.possible(snapshot.uri):
        return []
    return [action(server, snapshot, diagnostic) for diagnostic in params.context.diagnostics[:MOST_ACTIONS]]


async def resolve(server: CaretwiseServer, params: types.CodeAction) -> types.CodeAction:
    """The picked action with its edit; without one, and a message why, when there is no fix."""
    found = await fix_of(server, params.data)
    if isinstance(found, Refusal):
        _tell(server, f"No fix: {found.reason}.")
        return params
    snapshot, fix = found
    params.edit = workspace_edit(server, snapshot, fix)
    params.command = types.Command(title="Applied", command="caretwise.accept", arguments=[fix.id, "full"])
    return params


def action(server: CaretwiseServer, snapshot: Snapshot, diagnostic: types.Diagnostic) -> types.CodeAction:
    """The action for one diagnostic; by command where the editor cannot resolve edits."""
    assert server.app is not None and server.app.outside.fix is not None, "checked by possible()"
    finding = to_finding(server, snapshot, diagnostic)
    data = {
        "uri": snapshot.uri,
        "version": snapshot.version,
        "diagnostic": server.protocol.unstructure(diagnostic),
    }
    made = types.CodeAction(
        title=f"Fix with {server.app.outside.fix.name}: {finding.title}",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=False,
        data=data,
    )
    if not _can_resolve(server):
        made.command = types.Command(title=made.title, command="caretwise.fix", arguments=[data])
    return made


async def fix_of(server: CaretwiseServer, data: Any) -> tuple[Snapshot, Fix] | Refusal:
    """The fix for an action's data, and the snapshot that it belongs to."""
    found = _read(server, data)
    if isinstance(found, Refusal) or server.app is None:
        return found if isinstance(found, Refusal) else Refusal("closing", "the session is ending")
    snapshot, finding = found
    app = server.app
    path = app.outside.gatherer.relative(snapshot.uri)
    name = app.outside.fix.name if app.outside.fix is not None else ""

    def progress(words: str) -> None:
        app.outside.notices.show(Status(StatusKind.BUSY, words, name))

    fix = await app.fixer.fix(snapshot, finding, identify(snapshot.language_id, path), path, progress=progress)
    app.outside.rest()
    if isinstance(fix, Refusal):
        return fix
    now = server.documents.snapshot(snapshot.uri)
    if now is None or now.version != snapshot.version:
        return Refusal("changed", "the document has changed while the fix was made; ask again")
    return snapshot, fix


def _read(server: CaretwiseServer, data: Any) -> tuple[Snapshot, Finding] | Refusal:
    unknown = Refusal("unknown_action", "this action is not one of caretwise's, or it is from an earlier session")
    if not isinstance(data, dict) or not isinstance(data.get("uri"), str):
        return unknown
    snapshot = server.documents.snapshot(data["uri"])
    if snapshot is None:
        return Refusal("not_open", "the document is not open any more")
    if snapshot.version != data.get("version"):
        return Refusal("changed", "the document has changed since the action was listed; ask again")
    try:
        diagnostic = server.protocol.structure(data["diagnostic"], types.Diagnostic)
    except Exception:
        # Whatever an editor sends back as data, it costs this action only.
        return unknown
    return snapshot, to_finding(server, snapshot, diagnostic)


def to_finding(server: CaretwiseServer, snapshot: Snapshot, diagnostic: types.Diagnostic) -> Finding:
    """The diagnostic as a finding."""
    more = [f"{one.message} ({one.location.uri.rsplit('/', 1)[-1]}:{one.location.range.start.line + 1})"
            for one in diagnostic.related_information or ()]  # fmt: skip
    if diagnostic.code_description is not None:
        more.append(f"rule: {diagnostic.code_description.href}")
    return Finding(
        range=convert.to_range(snapshot, diagnostic.range, server.encoding),
        message=_text(diagnostic.message),
        severity=int(diagnostic.severity) if diagnostic.severity is not None else 1,
        code="" if diagnostic.code is None else str(diagnostic.code),
        source=diagnostic.source or "",
        more=tuple(more),
    )


def workspace_edit(server: CaretwiseServer, snapshot: Snapshot, fix: Fix) -> types.WorkspaceEdit:
    """A versioned edit of one document."""
    edits = [convert.from_text_edit(snapshot, edit, server.encoding) for edit in fix.edits]
    document = types.OptionalVersionedTextDocumentIdentifier(uri=snapshot.uri, version=fix.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(text_document=document, edits=list(edits))])


def _can_resolve(server: CaretwiseServer) -> bool:
    document = server.client_capabilities.text_document
    support = document.code_action.resolve_support if document and document.code_action else None
    return support is not None and "edit" in support.properties


def _tell(server: CaretwiseServer, sentence: str) -> None:
    server.window_show_message(types.ShowMessageParams(type=types.MessageType.Info, message=f"caretwise: {sentence}"))


def _text(value: Any) -> str:
    return str(getattr(value, "value", value))
