"""Work-done progress for a fix, with a button to cancel it, in editors that show such a thing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types

from caretwise.repair.verification import Refusal

if TYPE_CHECKING:
    from caretwise.lsp.server import CaretwiseServer

CANCELLED = Refusal("cancelled", "it was cancelled")

Result = TypeVar("Result")


class _Bar:
    """One progress display. What is reported before the editor has made it is shown when it has."""

    def __init__(self, server: CaretwiseServer, token: str, title: str) -> None:
        self._server, self._token, self._title = server, token, title
        self._words: str | None = None
        self._begun = False

    async def open(self) -> None:
        """Have the editor make the display. It may refuse; then there is none."""
        params = types.WorkDoneProgressCreateParams(token=self._token)
        await self._server.window_work_done_progress_create_async(params)
        self._begun = True
        self._send(types.WorkDoneProgressBegin(title=self._title, message=self._words, cancellable=True))

    def report(self, words: str) -> None:
        self._words = words
        if self._begun:
            self._send(types.WorkDoneProgressReport(message=words, cancellable=True))

    def close(self) -> None:
        if self._begun:
            self._send(types.WorkDoneProgressEnd())

    def _send(self, value: Any) -> None:
        self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token=self._token, value=value))


async def cancellable(
    server: CaretwiseServer, title: str, work: Callable[[Callable[[str], None]], Coroutine[Any, Any, Result]]
) -> Result | Refusal:
    """The result of `work`, which is handed a function that reports how far it is.

    A refusal when the user has cancelled it in the progress display; CancelledError when the request itself was cancelled.
    """
    window = server.client_capabilities.window
    token = server.fixing.token()
    bar = _Bar(server, token, title)
    task = asyncio.ensure_future(work(bar.report))
    opening = asyncio.ensure_future(bar.open()) if window is not None and window.work_done_progress else None
    server.fixing.running[token] = task
    try:
        return await task
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
        return CANCELLED
    finally:
        del server.fixing.running[token]
        if opening is not None:
            # An editor that has not answered yet gets no display any more.
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        bar.close()


async def cancel(server: CaretwiseServer, params: types.WorkDoneProgressCancelParams) -> None:
    """`window/workDoneProgress/cancel`: the user has had enough."""
    task = server.fixing.running.get(str(params.token))
    if task is not None:
        task.cancel()
