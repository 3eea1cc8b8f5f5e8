"""`caretwise report`: what was accepted and kept, by model."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from importlib import resources
from pathlib import Path

import click

from caretwise.adapters.journal import JournalError
from caretwise.adapters.journal_counting import count_journal
from caretwise.adapters.settings import state_folder
from caretwise.measure.page import as_page
from caretwise.measure.report import as_text
from caretwise.measure.report_json import as_json


@click.command("report")
@click.option(
    "--json", "json_wanted", is_flag=True, help="Print one JSON object (its form is documented and only grows)."
)
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page with charts; it loads nothing from anywhere.",
)
def command(*, json_wanted: bool, page: Path | None) -> None:
    """Count what was suggested, accepted and kept, by model and role, and compare the arms of experiments."""
    try:
        report = count_journal(state_folder(os.environ))
    except JournalError as error:
        raise click.ClickException(str(error)) from None
    if page is not None:
        style = resources.files("caretwise.measure").joinpath("page.css").read_text("utf-8")
        page.write_text(as_page(report, style, time.time()), encoding="utf-8")
        click.echo(f"Wrote {page}.", err=json_wanted)
    if json_wanted:
        click.echo(json.dumps(as_json(report), indent=2))
    elif page is None:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        click.echo(as_text(report, colour=colour, width=shutil.get_terminal_size((100, 24)).columns))
