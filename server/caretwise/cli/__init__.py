"""The command line: one file per command. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from typing import Any, NoReturn

import click

from caretwise import __version__
from caretwise.cli.colour import refused

_COMMANDS = {
    "serve": "Run the language server (what editors start).",
    "try": "Watch a real session in the terminal, with no set-up.",
    "complete": "One completion from the shell.",
    "capture": "A suggestion as a .case file: a bug report and a test in one.",
    "fix": "A fix for a problem in a file, as a diff.",
    "doctor": "Check configuration, key and endpoint; say what to change.",
    "setup": "Choose a model, test it, write the configuration.",
    "report": "What was accepted and kept, by model; one page with --html.",
    "log": "Show, export or delete what the journal holds.",
    "bench": "Compare models and settings on your own code.",
    "models": "The model families and endpoints that are known.",
}


INTERRUPTED = 128 + 2
"""The exit status after Ctrl-C: what shells report of a program that SIGINT has ended."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_SHOW_CURSOR = "\x1b[?25h"


class _Lazy(click.Group):
    """Finds commands by name and imports the one that is called. Ctrl-C and a full disk end each of them in one way."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            _writing_failed(error)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _interrupted()
        except click.Abort as error:
            # A question that Ctrl-C answers raises the same as one that the end of input answers.
            if isinstance(error.__context__, KeyboardInterrupt):
                _interrupted()
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module: Any = importlib.import_module(f"caretwise.cli.{cmd_name}_command")
        return module.command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # noqa: PLC0415 - for a typing mistake only

            for near in get_close_matches(args[0], _COMMANDS, n=1):
                raise click.UsageError(f"{error.message} Did you mean '{near}'?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _interrupted() -> NoReturn:
    """End after Ctrl-C, below the `^C` of the terminal; a bar of progress may have hidden the cursor."""
    click.echo(_SHOW_CURSOR if sys.stderr.isatty() and not refused() else "", err=True)
    raise click.exceptions.Exit(INTERRUPTED)


def _writing_failed(error: OSError) -> NoReturn:
    """End because the output went nowhere. What is buffered is dropped, or it would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    click.echo(f"Error: the output cannot be written: {error.strerror}", err=True)
    sys.exit(1)


_FIRST = "To begin: `caretwise try` shows it at work, `caretwise setup` chooses a model, `caretwise doctor` checks it."


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_FIRST)
@click.version_option(__version__, prog_name="caretwise")
@click.pass_context
def main(context: click.Context) -> None:
    """Ghost text and checked bug fixes from the model of your choice, in any LSP editor.

    With no configuration the embedded engine answers: it learns from the open project and sends nothing anywhere.
    """
    if refused():
        context.color = False  # for every command: click strips what they style
    for stream in (sys.stdout, sys.stderr):
        # What an encoding such as Windows' cp1252 lacks is written as "?"; by default it would end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
