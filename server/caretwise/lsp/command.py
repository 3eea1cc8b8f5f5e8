"""`workspace/executeCommand`, and the notifications with which an editor's plugin says what became of a suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from caretwise.engine.explain import explain
from caretwise.engine.notices import Status, StatusKind
from caretwise.lsp.code_action import fix_of, workspace_edit
from caretwise.measure.report import as_text
from caretwise.repair.answer import Refusal

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer

_AMOUNTS = {"full", "word", "line"}


def register(server: CaretwiseServer) -> None:
    """Register commands and notifications."""

    @server.command("caretwise.accept")
    async def accept(*arguments: Any) -> None:
        suggestion, amount = (*arguments, "full")[:2] if arguments else ("", "full")
        if server.app is not None and isinstance(suggestion, str) and amount in _AMOUNTS:
            server.app.accepted(suggestion, amount)

    @server.command("caretwise.pause")
    async def pause(*_: Any) -> bool:
        return _toggle_pause(server)

    @server.command("caretwise.explainLast")
    async def explain_last(*_: Any) -> str:
        last = server.app.suggester.last if server.app is not None else None
        return explain(*last, colour=False) if last is not None else "Nothing was asked for yet."

    @server.command("caretwise.report")
    async def report(*_: Any) -> str:
        if server.app is None:
            return ""
        return as_text(await server.app.report(), colour=False, width=100)

    @server.command("caretwise.fix")
    async def fix(*arguments: Any) -> bool:
        return await _fix(server, arguments[0] if arguments else None)

    for name in ("caretwise/didShow", "textDocument/didShowCompletion"):
        server.feature(name)(_did_show(server))
    for name in ("caretwise/didPartiallyAccept", "textDocument/didPartiallyAcceptCompletion"):
        server.feature(name)(_did_partially_accept(server))
    server.feature("caretwise/didDismiss")(_did_dismiss(server))


def _toggle_pause(server: CaretwiseServer) -> bool:
    """Stop suggesting, or go on; whether suggestions are paused now."""
    if server.app is None:
        return False
    outside = server.app.outside
    outside.paused = not outside.paused
    if outside.paused:
        server.app.suggester.close()
        outside.notices.show(Status(StatusKind.INACTIVE, "paused", outside.model_name(), "caretwise.pause"))
    else:
        outside.show_normal()
    return outside.paused


async def _fix(server: CaretwiseServer, data: Any) -> bool:
    """Make a fix and apply it, for editors that cannot resolve an action; whether it was applied."""
    found = await fix_of(server, data)
    if isinstance(found, Refusal):
        message = f"caretwise: No fix: {found.reason}."
        server.window_show_message(types.ShowMessageParams(type=types.MessageType.Info, message=message))
        return False
    snapshot, made = found
    params = types.ApplyWorkspaceEditParams(edit=workspace_edit(server, snapshot, made), label="caretwise fix")
    answer = await server.workspace_apply_edit_async(params)
    if answer.applied and server.app is not None:
        server.app.fixer.applied(made.id)
    return answer.applied


def suggestion_id(params: Any) -> str:
    """The id in a notification: ours has it at the top, Copilot's in the item's command."""
    found = _get(params, "id")
    if isinstance(found, str):
        return found
    arguments = _get(_get(_get(params, "item"), "command"), "arguments")
    first = arguments[0] if isinstance(arguments, list | tuple) and arguments else ""
    return first if isinstance(first, str) else ""


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _did_show(server: CaretwiseServer) -> Any:
    async def did_show(params: Any) -> None:
        if server.app is not None:
            server.app.screen.shown(suggestion_id(params))

    return did_show


def _did_partially_accept(server: CaretwiseServer) -> Any:
    async def did_partially_accept(params: Any) -> None:
        length = _get(params, "acceptedLength")
        if server.app is not None and type(length) is int:
            server.app.screen.accepted_units(suggestion_id(params), length)

    return did_partially_accept


def _did_dismiss(server: CaretwiseServer) -> Any:
    async def did_dismiss(params: Any) -> None:
        if server.app is not None:
            server.app.screen.dismissed(suggestion_id(params))

    return did_dismiss
