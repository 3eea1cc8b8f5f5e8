"""`caretwise serve`: the language server on stdio, or on a TCP port for debugging."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
from typing import Any

import click

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter while the event loop waits for it (Python's own 5 ms, ten times over at a key
that looks at the disk, can be seen)."""
LAST_SECONDS = 2.0
"""How long the process waits for its threads once the session has ended."""

_LAST_PORT = 65_535

_NO_EDITOR = (
    "caretwise: this is the language server, waiting for an editor on standard input. Editors start it by themselves; "
    "`caretwise try` shows it at work. Ctrl-C ends it."
)


@click.command("serve")
@click.option("--tcp", metavar="HOST:PORT", help="Listen for one editor on a port instead of stdio (for debugging).")
@click.option("--stdio", is_flag=True, help="Speak on stdin and stdout; the default, accepted for editors that say so.")
@click.option(
    "--log-level", default="WARNING", type=click.Choice(["ERROR", "WARNING", "INFO", "DEBUG"]), show_default=True
)
@click.option(
    "--debug-loop", is_flag=True, help="Log what keeps the event loop busy for more than 50 ms (for debugging)."
)
@click.argument("more", nargs=-1, type=click.UNPROCESSED, metavar="")
def command(tcp: str | None, *, stdio: bool, log_level: str, debug_loop: bool, more: tuple[Any, ...]) -> None:
    """Run the language server. Editors start this; you rarely do.

    Logs go to stderr and never hold code, prompts or keys.
    """
    del stdio, more  # some editors append arguments of their own, such as --clientProcessId
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.disable()  # until the session is open: imports make much and leave no rubbish
    from caretwise.adapters.log import set_up  # noqa: PLC0415 - see the package's docstring
    from caretwise.lsp import slow, transport  # noqa: PLC0415
    from caretwise.lsp.server import CaretwiseServer  # noqa: PLC0415

    set_up(getattr(logging, log_level))
    if debug_loop:
        slow.log_slow_callbacks()
    host, port = _address(tcp)
    if tcp is None and sys.stdin.isatty():
        click.echo(_NO_EDITOR, err=True)

    async def run() -> int:
        server = CaretwiseServer()
        try:
            if tcp is None:
                status = await transport.serve_stdio(server)
            else:
                status = await transport.serve_tcp(server, host, port, on_listening=_say_where)
        finally:
            # An editor that dies sends no `shutdown`; what was counted is written all the same.
            if server.app is not None:
                await server.app.close()
        _end_within(LAST_SECONDS, status)
        return status

    try:
        status = asyncio.run(run())
    except OSError as error:
        if tcp is None:
            raise
        raise click.ClickException(f"{tcp} cannot be listened on: {error.strerror or error}") from None
    sys.exit(status)


def _end_within(seconds: float, status: int) -> None:
    """Python ends when its threads have, and one may wait for a disk that does not answer. All is written by now."""
    last = threading.Timer(seconds, os._exit, [status])
    last.daemon = True
    last.start()


def _address(tcp: str | None) -> tuple[str, int]:
    """Host and port of --tcp. Raises click.BadParameter when it is no such thing."""
    if tcp is None:
        return "", 0
    host, _, port = tcp.rpartition(":")
    if not port.isdecimal() or int(port) > _LAST_PORT:
        raise click.BadParameter(f"{tcp!r} is not HOST:PORT (127.0.0.1:9000, say)", param_hint="--tcp")
    return host or "127.0.0.1", int(port)


def _say_where(host: str, port: int) -> None:
    click.echo(f"caretwise: listening on {host}:{port} for one editor", err=True)
