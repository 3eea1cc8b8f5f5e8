"""Running a handler, whatever its kind, and saying where it failed without saying with what."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import PurePath
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from pygls.feature_manager import is_thread_function

from caretwise.lsp.message import MessageId

if TYPE_CHECKING:
    from pygls.server import JsonRPCServer


@dataclass(slots=True, eq=False)
class Call:
    """A request that is being answered. `answered` is true once its one answer has been written."""

    id: MessageId
    method: str
    task: asyncio.Task[None] | None = None
    answered: bool = False


def begin_handler(
    server: JsonRPCServer,
    handler: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """Call a handler: a coroutine function, a plain function, one marked with `server.thread()`, or a generator
    function in the way of pygls, which yields the calls that it wants made. Returns what is to be awaited, or, of a plain
    function, which has done its work by then, the result. Raises what a plain function raises.
    """
    named = kwargs or {}
    if _is_generator_function(handler):
        return _run_generator(server, handler(*args, **named))
    if is_thread_function(handler):
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(server.thread_pool, partial(handler, *args, **named))
    return handler(*args, **named)


_is_generator_function = lru_cache(maxsize=256)(inspect.isgeneratorfunction)


async def run_handler(
    server: JsonRPCServer,
    handler: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """Call a handler (see `begin_handler`) and wait for its result. Raises what the handler raises."""
    result = begin_handler(server, handler, args, kwargs)
    return await result if inspect.isawaitable(result) else result


async def _run_generator(server: JsonRPCServer, steps: Generator[Any, Any, Any]) -> Any:
    value: Any = None
    while True:
        try:
            handler, args, kwargs = steps.send(value)
        except StopIteration as stop:
            return stop.value
        value = await run_handler(server, handler, args, kwargs)


def where(error: BaseException) -> str:
    """The kind of an error and the place that raised it, without its text (which may quote a document)."""
    frames = extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} in {last.name} ({PurePath(last.filename).name}:{last.lineno})"
