"""`caretwise fix FILE[:LINE]`: a fix for a problem there, as a diff with its verification."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from caretwise.adapters.atomic import write_text
from caretwise.adapters.checkers import syntax_findings
from caretwise.app import App
from caretwise.cli.asking import Told, sentence, waiting
from caretwise.cli.diff import coloured_diff, patch
from caretwise.cli.place import Place, parse_place, project_folder, read_snapshot
from caretwise.cli.session import loaded_settings, say, session
from caretwise.engine.fix import FIX_SECONDS, Fix
from caretwise.measure.report import printable
from caretwise.repair.answer import Refusal
from caretwise.repair.finding import Finding
from caretwise.text.language import identify
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot


@click.command("fix")
@click.argument("place", metavar="FILE[:LINE]")
@click.option("--message", help="What is wrong there, as your checker says it; else what does not parse is looked for.")
@click.option("--model", help="One of your models; else the one configured for fixes.")
@click.option("--apply", "apply_it", is_flag=True, help="Write the fix to the file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(place: str, message: str | None, model: str | None, *, apply_it: bool, as_json: bool) -> None:
    """Ask for a fix and print it as a diff, which `git apply` takes. Nothing is written without --apply.

    In `caretwise report` a fix that is only printed counts as offered; one that --apply has written, as applied.

    Exit status 0 when there is a fix, 1 when there is none or it cannot be written, 2 for wrong use.
    """
    where = parse_place(place)
    snapshot = read_snapshot(where.path)
    where.position(snapshot)  # a place behind the end is wrong use, whether or not a message was given
    finding = _finding(where, snapshot, message)
    if finding is None:
        raise click.UsageError("nothing here fails to parse; say what is wrong with FILE:LINE and --message TEXT")
    found, path, wrong = asyncio.run(_fix(where, snapshot, finding, model, apply_it=apply_it))
    if as_json:
        click.echo(json.dumps(_as_json(found, finding, path, snapshot)))
    elif isinstance(found, Refusal):
        click.echo(sentence("No fix", found.reason))
    else:
        _print(found, finding, path, snapshot)
    if wrong:
        raise click.ClickException(printable(wrong))
    if isinstance(found, Fix) and apply_it:
        say(f"{where.path} was changed")
    sys.exit(0 if isinstance(found, Fix) else 1)


def _print(found: Fix, finding: Finding, path: str, snapshot: Snapshot) -> None:
    """The diff; elsewhere than on a terminal nothing but the patch itself, with every byte as it is in the file."""
    if sys.stdout.isatty():
        click.echo(coloured_diff(snapshot.text, found.checked.text, path) + "\n")
    else:
        click.echo(patch(snapshot.text, found.checked.text, path).encode(), nl=False)
    layers = ", ".join(found.checked.layers)
    note = f"{printable(found.facts.model)}: {printable(finding.title)}. Checked: {layers}."
    click.secho(note, dim=True, err=True)


def _finding(place: Place, snapshot: Snapshot, message: str | None) -> Finding | None:
    if message is not None:
        line = place.position(snapshot).line
        span = Range(Position(line, 0), Position(line, len(snapshot.line(line))))
        return Finding(span, message, source="user")
    found = syntax_findings(snapshot, identify(snapshot.language_id, str(place.path)))
    if place.line is not None:
        near = [one for one in found if abs(one.range.start.line - (place.line - 1)) <= 3]
        found = near or found
    return found[0] if found else None


async def _fix(
    place: Place, snapshot: Snapshot, finding: Finding, model: str | None, *, apply_it: bool
) -> tuple[Fix | Refusal, str, str]:
    """The fix, the file's path in its project, and why it could not be written if that was wanted."""
    told, wrong = Told(), ""
    folder = project_folder(place.path)
    async with session(loaded_settings(model), folder, snapshot, learn=False, tell=told.tell) as app:
        told.say()
        path = app.outside.gatherer.relative(snapshot.uri)
        language = identify(snapshot.language_id, path)
        with waiting(app.outside.fix, FIX_SECONDS):
            found = await app.fixer.fix(snapshot, finding, language, path, progress=lambda _: None)
        if isinstance(found, Fix) and apply_it:
            wrong = _apply(app, found, place, snapshot)
    told.say(but=found.reason if isinstance(found, Refusal) else "")
    return found, path, wrong


def _apply(app: App, found: Fix, place: Place, snapshot: Snapshot) -> str:
    """Write the fix and count it as applied; or why it was not written."""
    try:
        if read_snapshot(place.path).text != snapshot.text:
            return f"{place.path} has changed since it was read; nothing was written"
        write_text(place.path, found.checked.text)
    except OSError as error:
        return f"{place.path} cannot be written: {error.strerror or error}"
    app.fixer.applied(found.id)
    return ""


def _as_json(found: Fix | Refusal, finding: Finding, path: str, snapshot: Snapshot) -> dict[str, object]:
    common: dict[str, object] = {"path": path, "line": finding.range.start.line + 1, "problem": finding.message}
    if isinstance(found, Refusal):
        return {**common, "fix": None, "code": found.code, "reason": found.reason}
    diff = patch(snapshot.text, found.checked.text, path)
    return {**common, "fix": diff, "checked": list(found.checked.layers), "model": found.facts.model}
