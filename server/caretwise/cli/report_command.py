"""`caretwise report`: what was accepted and kept, by model."""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import resources
from pathlib import Path

import click

from caretwise.adapters.clock import clock_of
from caretwise.adapters.journal import JournalError
from caretwise.adapters.journal_counting import count_journal
from caretwise.adapters.journal_export import count_files
from caretwise.adapters.settings import state_folder
from caretwise.cli.colour import coloured
from caretwise.measure.page import as_page
from caretwise.measure.report import as_text
from caretwise.measure.report_fields import REPORT_FIELDS
from caretwise.measure.report_json import as_json
from caretwise.measure.tally import Report

_FEWEST_PEOPLE = 5  # below that, a count for each person would be a count of somebody

_WORTH_A_BAR = 20_000_000  # bytes: a second or two

_EXAMPLES = (
    "\b\n"
    "Examples:\n"
    "  caretwise report\n"
    "  caretwise report --html report.html\n"
    "  caretwise report ann.jsonl ben.jsonl     a team, of `caretwise log export`\n"
)


@click.command("report", epilog=_EXAMPLES)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--json", "json_wanted", is_flag=True, help="Print one JSON object (its form is documented and only grows)."
)
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page with charts; it loads nothing from anywhere.",
)
@click.option("--fields", is_flag=True, help="Say what each field of the JSON object means.")
@click.option(
    "--people", is_flag=True, help=f"Add how acceptance varies over people; from {_FEWEST_PEOPLE} busy people on."
)
def command(files: tuple[Path, ...], *, json_wanted: bool, page: Path | None, fields: bool, people: bool) -> None:
    """Count what was suggested, accepted and kept, by model and role, and compare the arms of experiments.

    With FILES (of `caretwise log export`, or journals), count these together in place of this machine's journal.
    """
    if fields:
        for name, meaning in REPORT_FIELDS.items():
            click.echo(f"{name}: {meaning}")
        return
    now = clock_of(os.environ).now()
    try:
        report = _merged(files, now) if files else count_journal(state_folder(os.environ), now)
    except JournalError as error:
        raise click.ClickException(str(error)) from None
    if people and len(report.people) < _FEWEST_PEOPLE:
        raise click.UsageError(
            f"Counts by person are given from {_FEWEST_PEOPLE} people with at least 20 shown suggestions on; there are "
            f"{len(report.people)} of {report.users}. Leave out --people."
        )
    if page is not None:
        style = resources.files("caretwise.measure").joinpath("page.css").read_text("utf-8")
        try:
            page.write_text(as_page(report, style, now), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{page} cannot be written: {error.strerror or error}") from None
        click.echo(f"Wrote {page}.", err=json_wanted)
    if json_wanted:
        click.echo(json.dumps({**as_json(report), **({"people": list(report.people)} if people else {})}, indent=2))
    elif page is None:
        click.echo(as_text(report, colour=coloured(), width=shutil.get_terminal_size((100, 24)).columns))
        if people:
            shares = ", ".join(f"{share:.0%}" for share in report.people)
            click.echo(f"Acceptance of each person with at least 20 shown, lowest first: {shares}.")
    if report.skipped and page is not None and not json_wanted:
        click.echo(f"{report.skipped:,} records could not be read and are left out.", err=True)


def _merged(files: tuple[Path, ...], now: float) -> Report:
    """One report of the files; a bar in a terminal, because millions of events take minutes."""
    size = sum(path.stat().st_size for path in files)
    hidden = size < _WORTH_A_BAR or not sys.stderr.isatty()
    with click.progressbar(length=size, label="reading", file=sys.stderr, hidden=hidden) as bar:
        return count_files(files, bar.update, now)
