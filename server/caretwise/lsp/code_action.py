"""`textDocument/codeAction` and `codeAction/resolve`: fixes. Listed at once, made when one is picked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from caretwise.lsp import convert
from caretwise.lsp.diagnostics import SOURCE, to_finding
from caretwise.lsp.fix_walk import MOST_FINDINGS, fix_of_action, workspace_edit
from caretwise.repair.finding import Finding, region
from caretwise.repair.verification import Refusal
from caretwise.syntax.grammar import parse
from caretwise.text.language import identify
from caretwise.text.position import Range

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer
    from caretwise.text.snapshot import Snapshot

MOST_ACTIONS = 5
"""The most diagnostics that get an action of their own."""

FIND_BUGS = "source.caretwise.findBugs"
"""The kind of the action without a diagnostic: listed when the user asks for actions, never with a light bulb."""

Diagnostics = Sequence[types.Diagnostic]


async def code_action(
    server: CaretwiseServer, params: types.CodeActionParams
) -> list[types.CodeAction] | list[types.Command]:
    """One action for each diagnostic on the asked lines, and one for all in the function. No model is asked yet.

    Diagnostics elsewhere, which our own plugins send along, count for the latter only.
    """
    snapshot = server.documents.snapshot(params.text_document.uri)
    if server.app is None or snapshot is None or not _can_apply(server):
        return []
    if not await server.app.fixer.possible(snapshot.uri):
        return []
    found: list[types.CodeAction] = []
    if _wanted(params.context, types.CodeActionKind.QuickFix.value):
        first, last = params.range.start.line, params.range.end.line
        given = params.context.diagnostics
        here = _once([one for one in given if one.range.start.line <= last and one.range.end.line >= first])[
            :MOST_ACTIONS
        ]
        shown = [to_finding(snapshot, one, server.encoding) for one in given]
        server.app.fixer.seen(snapshot.uri, convert.to_range(snapshot, params.range, server.encoding), shown)
        found += [action(server, snapshot, [one]) for one in here]
        together = await _in_one_function(server, snapshot, here, given)
        if len(together) > 1:
            found.append(action(server, snapshot, together))
        found += [dismissal(snapshot, one) for one in here if _own_id(server, snapshot, one)]
    if _asked_by_hand(params.context) and _wanted(params.context, FIND_BUGS):
        found.append(bug_search(server, snapshot, params.range))
    # Editors from before actions had kinds get the commands alone.
    return found if _knows_actions(server) else [one.command for one in found if one.command is not None]


async def resolve(server: CaretwiseServer, params: types.CodeAction) -> types.CodeAction:
    """The picked action with its edit and how it was verified; without an edit, and a message why, when there is no fix."""
    found = await fix_of_action(server, params.data)
    if isinstance(found, Refusal):
        return params
    snapshot, fix = found
    params.edit = workspace_edit(server, snapshot, fix)
    params.command = types.Command(title="Applied", command="caretwise.accept", arguments=[fix.id, "full"])
    data = cast("dict[str, Any]", params.data)
    params.data = {**data, "level": fix.level, "verification": [layer.as_text() for layer in fix.verification]}
    return params


def action(server: CaretwiseServer, snapshot: Snapshot, diagnostics: Diagnostics) -> types.CodeAction:
    """The action for one diagnostic or several; by command where the editor cannot resolve edits."""
    assert server.app is not None
    assert server.app.outside.fix is not None, "checked by possible()"
    # Which arm answers is drawn when an action is picked; to name one would tell who is not to know.
    drawn = "fix" in server.app.outside.recorder.experiments
    name = "one of the experiment's models" if drawn else server.app.outside.fix.name
    finding = to_finding(snapshot, diagnostics[0], server.encoding)
    title = f"Fix with {name}: {finding.title}"
    if len(diagnostics) > 1:
        title = f"Fix all {len(diagnostics)} in this function with {name}"
    data = {
        "uri": snapshot.uri,
        "version": snapshot.version,
        "listing": server.fixing.keep(snapshot),
        "diagnostics": [server.protocol.unstructure(one) for one in diagnostics],
    }
    made = types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=list(diagnostics),
        # The language server's own fix, where it has one, goes first.
        is_preferred=False,
        data=data,
    )
    if not _can_resolve(server):
        made.command = types.Command(title=title, command="caretwise.fix", arguments=[data])
    return made


def dismissal(snapshot: Snapshot, diagnostic: types.Diagnostic) -> types.CodeAction:
    """Take a finding of ours off the screen."""
    assert isinstance(diagnostic.data, dict), "checked by _own_id()"
    title = "Dismiss this finding"
    arguments = [snapshot.uri, diagnostic.data["id"]]
    command = types.Command(title=title, command="caretwise.dismiss", arguments=arguments)
    kind = types.CodeActionKind.QuickFix
    return types.CodeAction(title=title, kind=kind, diagnostics=[diagnostic], is_preferred=False, command=command)


def bug_search(server: CaretwiseServer, snapshot: Snapshot, span: types.Range) -> types.CodeAction:
    """Look for bugs in the function at a place."""
    assert server.app is not None
    assert server.app.outside.fix is not None, "checked by possible()"
    title = f"Find bugs in this function with {server.app.outside.fix.name}"
    arguments = [{"uri": snapshot.uri, "position": server.protocol.unstructure(span.start)}]
    command = types.Command(title=title, command="caretwise.findBugs", arguments=arguments)
    return types.CodeAction(title=title, kind=FIND_BUGS, command=command)


async def _in_one_function(
    server: CaretwiseServer, snapshot: Snapshot, here: Diagnostics, given: Diagnostics
) -> Diagnostics:
    """All the given diagnostics in the function that the first one stands in."""
    if not here or len(given) < 2:
        return here
    finding = to_finding(snapshot, here[0], server.encoding)
    part = await asyncio.get_running_loop().run_in_executor(None, _region, snapshot, finding)
    inside = [one for one in given if part.start.line <= one.range.start.line <= one.range.end.line <= part.end.line]
    return _once(inside)[:MOST_FINDINGS]


def _once(diagnostics: Diagnostics) -> Diagnostics:
    """Each problem once: some servers report one twice, once pulled and once pushed."""
    seen: dict[tuple[str, str, int, int], types.Diagnostic] = {}
    for one in diagnostics:
        seen.setdefault((str(one.code), str(one.message), one.range.start.line, one.range.start.character), one)
    return list(seen.values())


def _region(snapshot: Snapshot, finding: Finding) -> Range:
    """What may change for a finding; parsing is not for the event loop."""
    language = identify(snapshot.language_id, snapshot.uri)
    return region(snapshot, finding, parse(snapshot, language, finding.range.start))


def _own_id(server: CaretwiseServer, snapshot: Snapshot, diagnostic: types.Diagnostic) -> str:
    """The id of a finding of ours that is on screen; "" for another server's."""
    own, data = server.fixing.own, diagnostic.data
    if own is None or diagnostic.source != SOURCE or not isinstance(data, dict):
        return ""
    return data["id"] if data.get("id") in own.ids(snapshot.uri) else ""


def _wanted(context: types.CodeActionContext, kind: str) -> bool:
    """Whether the editor wants actions of this kind: no kinds are named, or one that holds it."""
    if context.only is None:
        return True
    named = [str(getattr(one, "value", one)) for one in context.only]
    return any(one in {"", kind} or kind.startswith(f"{one}.") for one in named)


def _asked_by_hand(context: types.CodeActionContext) -> bool:
    """Whether the user has asked for actions, not the editor at each move of the cursor."""
    return context.trigger_kind == types.CodeActionTriggerKind.Invoked or (
        context.only is not None and context.trigger_kind is None
    )


def _knows_actions(server: CaretwiseServer) -> bool:
    document = server.client_capabilities.text_document
    support = document.code_action if document is not None else None
    return support is not None and (support.code_action_literal_support is not None or _can_resolve(server))


def _can_resolve(server: CaretwiseServer) -> bool:
    document = server.client_capabilities.text_document
    support = document.code_action.resolve_support if document and document.code_action else None
    return support is not None and "edit" in support.properties


def _can_apply(server: CaretwiseServer) -> bool:
    """Whether a fix can reach the document in one way or the other."""
    workspace = server.client_capabilities.workspace
    return _can_resolve(server) or (workspace is not None and bool(workspace.apply_edit))
