"""The command line: one file per command. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import importlib
from typing import Any

import click

from caretwise import __version__

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


class _Lazy(click.Group):
    """Finds commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module: Any = importlib.import_module(f"caretwise.cli.{cmd_name}_command")
        return module.command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="caretwise")
def main() -> None:
    """Ghost text and checked bug fixes from the model of your choice, in any LSP editor.

    With no configuration the embedded engine answers: it learns from the open project and sends nothing anywhere.
    """
