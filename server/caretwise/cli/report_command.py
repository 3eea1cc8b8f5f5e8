"""`caretwise report`: acceptance by model."""

from __future__ import annotations

import json
import os
import shutil
import sys

import click

from caretwise.adapters.journal import JournalError, read_events
from caretwise.adapters.settings import state_folder
from caretwise.measure.report import as_json, as_text, summarise


@click.command("report")
@click.option(
    "--json", "json_wanted", is_flag=True, help="Print one JSON object (its form is documented and only grows)."
)
def command(*, json_wanted: bool) -> None:
    """Count what was suggested and what was accepted, by model and role, with 95% intervals."""
    try:
        report = summarise(read_events(state_folder(os.environ)))
    except JournalError as error:
        raise click.ClickException(str(error)) from None
    if json_wanted:
        click.echo(json.dumps(as_json(report), indent=2))
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    click.echo(as_text(report, colour=colour, width=shutil.get_terminal_size((100, 24)).columns))
