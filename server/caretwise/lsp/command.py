"""`workspace/executeCommand`, and the notifications with which an editor's plugin says what became of a suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from caretwise.adapters.doctor_process import examine, summary
from caretwise.engine.capture import NOTHING, captured
from caretwise.engine.explain import explain
from caretwise.engine.notices import Status, StatusKind
from caretwise.lsp.fix_command import applied
from caretwise.measure.report import as_text

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer

REPORT_COLUMNS = 100
"""How wide the report is for an editor that does not say what room it has."""

_AMOUNTS = ("full", "word", "line")


async def accept(server: CaretwiseServer, *arguments: Any) -> None:
    """A suggestion was inserted, or a fix applied: its id, and how much of it."""
    suggestion, amount = (*arguments, "full")[:2] if arguments else ("", "full")
    if server.app is None or not isinstance(suggestion, str) or amount not in _AMOUNTS:
        return
    if not applied(server, suggestion):
        server.app.accepted(suggestion, amount)


async def pause(server: CaretwiseServer, *_: Any) -> bool:
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


async def explain_last(server: CaretwiseServer, *_: Any) -> str:
    """What the last request for a fix came to, and how the last suggestion came about."""
    last = server.app.suggester.last if server.app is not None else None
    suggested = explain(*last, colour=False) if last is not None else ""
    fixed = server.fixing.story
    if fixed and suggested:
        return f"The last fix\n\n{fixed}\n\n\nThe last suggestion\n\n{suggested}"
    return fixed or suggested or "Nothing was asked for yet."


async def capture(server: CaretwiseServer, *_: Any) -> str:
    """The last thing that was written for a place, as the text of a `.case` file; secrets are masked."""
    last = server.app.suggester.last_answered if server.app is not None else None
    return captured(*last) if last is not None else NOTHING


async def report(server: CaretwiseServer, *arguments: Any) -> str:
    """The table of what was accepted. The first argument may say how many columns there is room for."""
    if server.app is None:
        return ""
    width = arguments[0] if arguments and type(arguments[0]) is int else REPORT_COLUMNS
    return as_text(await server.app.report(), colour=False, width=width)


async def retry(server: CaretwiseServer, *_: Any) -> str:
    """Ask the model again, whatever pause it is given; what came of that."""
    return _shown(server, server.app.outside.retry()) if server.app is not None else ""


async def doctor(server: CaretwiseServer, *_: Any) -> str:
    """What `caretwise doctor` says; its end is shown."""
    text = await examine()
    _shown(server, summary(text))
    return text


def _shown(server: CaretwiseServer, sentence: str) -> str:
    """Put a sentence before the user, in editors of any kind."""
    message = types.ShowMessageParams(type=types.MessageType.Info, message=f"caretwise: {sentence}")
    server.window_show_message(message)
    return sentence


async def did_show(server: CaretwiseServer, params: Any) -> None:
    """A suggestion is on screen."""
    if server.app is not None:
        server.app.screen.shown(suggestion_id(params))


async def did_partially_accept(server: CaretwiseServer, params: Any) -> None:
    """A part of a suggestion was inserted."""
    length = _get(params, "acceptedLength")
    if server.app is not None and type(length) is int:
        server.app.screen.accepted_units(suggestion_id(params), length)


async def did_dismiss(server: CaretwiseServer, params: Any) -> None:
    """A suggestion was refused; or `left`: it went because the user typed something else, or went elsewhere."""
    if server.app is not None:
        server.app.screen.dismissed(suggestion_id(params))
        if _get(params, "left") is not True:
            server.app.suggester.sent_away(suggestion_id(params))


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
