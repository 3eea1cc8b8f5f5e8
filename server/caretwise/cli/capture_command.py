"""`caretwise capture FILE:LINE[:COL]`: the suggestion at a place as a `.case` file."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from caretwise.cli.asking import sentence
from caretwise.cli.complete_command import completed
from caretwise.cli.diff import drawn
from caretwise.engine.capture import captured

_EXAMPLES = (
    "\b\nExamples:\n  caretwise capture app.py:12\n  caretwise capture app.py:12 --output slow.case     into a file\n"
)


@click.command("capture", epilog=_EXAMPLES)
@click.argument("place", metavar="FILE:LINE[:COL]")
@click.option("--model", help="One of your models, or `embedded`; else the one configured for ghost text.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the case to this file.")
def command(place: str, model: str | None, output: Path | None) -> None:
    """Ask once at a place, and print what was written for it as a .case file: secrets masked, read it before you send it.

    In an editor the command caretwise.capture does the same with the last suggestion, from memory. Exit status 0 when
    there is a case, 1 when nothing was written, 2 when there is no such place.
    """
    ask, found, trace = asyncio.run(completed(place, model))
    if trace.place is None:
        click.echo(sentence("Nothing to capture", getattr(found, "reason", "nothing was written")), err=True)
        sys.exit(1)
    case = captured(ask, trace)
    if output is None:
        shown = sys.stdout.isatty()
        click.echo("\n".join(map(drawn, case.split("\n"))) if shown else case, nl=False)
        return
    try:
        output.write_text(case, encoding="utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror or error}") from error
    click.echo(f"Written to {output}.", err=True)
