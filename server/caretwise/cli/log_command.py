"""`caretwise log`: what the journal holds, shown, exported or deleted."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections import deque
from pathlib import Path

import click

from caretwise.adapters.journal import KEEP_DAYS, JournalError, StoredEvents, purge_events, read_events
from caretwise.adapters.journal_export import as_line
from caretwise.adapters.settings import state_folder
from caretwise.cli.log_capture import capture
from caretwise.measure.event import FIELDS, KINDS, Event
from caretwise.measure.report import printable

_SKIPPED = "{} records could not be read and are left out."


@click.group("log")
def command() -> None:
    """Show, export or delete what the journal holds. It never holds code, prompts or paths, and is sent nowhere."""


@command.command("show")
@click.option("--last", default=20, show_default=True, type=click.IntRange(1), help="So many of the newest events.")
@click.option("--fields", is_flag=True, help="Say what each field and each kind of event means.")
def show(*, last: int, fields: bool) -> None:
    """Print the newest events, one a line."""
    if fields:
        for names in (FIELDS, KINDS):
            for name, meaning in names.items():
                click.echo(f"{name}: {meaning}")
        return
    stored = _stored()
    try:
        newest = deque(stored, maxlen=last)
    except JournalError as error:
        raise click.ClickException(str(error)) from None
    for event in newest:
        click.echo(_line(event))
    if not newest:
        click.echo("The journal is empty.")
    if stored.skipped:
        click.echo(_SKIPPED.format(stored.skipped), err=True)


@command.command("export", short_help="Write all events as JSON lines, for a team's report.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file in place of standard output.")
@click.option(
    "--with-user", is_flag=True, help="Keep the keyed hash that stands for you: it ties your exports together."
)
def export(*, out: Path | None, with_user: bool) -> None:
    """Write all events as lines of JSON, for `caretwise report FILE...` or for programs of your own.

    Nothing in them says who you are; a report counts each file as one person's. With two files of one person, or two
    machines' in one file, --with-user keeps people apart.
    """
    stored = _stored()
    number = 0
    try:
        with out.open("x", encoding="utf-8") if out else click.open_file("-", "w") as file:
            for event in stored:
                file.write(as_line(event, with_user=with_user) + "\n")
                number += 1
    except FileExistsError:
        raise click.UsageError(f"{out} is there already; name a new file.") from None
    except OSError as error:
        if out is None:
            raise
        raise click.ClickException(f"{out} cannot be written: {error.strerror or error}") from None
    except JournalError as error:
        raise click.ClickException(str(error)) from None
    skipped = f" {_SKIPPED.format(stored.skipped)}" if stored.skipped else ""
    click.echo(f"{number:,} events.{skipped}", err=True)


@command.command("purge")
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="Only events older than so many days.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(*, older_than: int | None, yes: bool) -> None:
    """Delete events for good; the bytes are overwritten. Without an option: all of them.

    What was captured is no part of the journal: `caretwise log capture off --delete`.
    """
    what = "all events" if older_than is None else f"events older than {older_than} days"
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("Say --yes where nobody can be asked.")
        click.confirm(f"Delete {what} from the journal?", abort=True)
    before = None if older_than is None else time.time() - older_than * 86_400
    try:
        number = purge_events(state_folder(os.environ), before=before)
    except JournalError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{number:,} events deleted. What is older than {KEEP_DAYS:.0f} days goes by itself.")


command.add_command(capture)


def _stored() -> StoredEvents:
    try:
        return read_events(state_folder(os.environ))
    except JournalError as error:
        raise click.ClickException(str(error)) from None


def _line(event: Event) -> str:
    when = dt.datetime.fromtimestamp(event.at, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    parts = [when, event.kind.value, event.suggestion[:8], event.model or "-"]
    for name in ("language", "reason", "amount", "evidence", "characters", "after_s", "shown_ms", "arm", "disturbed"):
        value = getattr(event, name)
        if value not in (None, ""):
            parts.append(f"{name}={value:.0f}" if isinstance(value, float) else f"{name}={value}")
    return printable("  ".join(parts))
