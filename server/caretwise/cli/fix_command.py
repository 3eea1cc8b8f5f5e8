"""`caretwise fix FILE[:LINE]`: a fix for a problem there, as a diff with its verification."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from caretwise.adapters.atomic import write_text
from caretwise.adapters.checkers import syntax_findings
from caretwise.cli.diff import coloured_diff
from caretwise.cli.place import Place, parse_place, project_folder, read_snapshot
from caretwise.cli.session import loaded_settings, say, session
from caretwise.engine.fix import Fix
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
    """Ask for a fix and print it as a diff. Nothing is written without --apply.

    Exit status 0 when there is a fix, 1 when there is none, 2 for wrong use.
    """
    where = parse_place(place)
    snapshot = read_snapshot(where.path)
    finding = _finding(where, snapshot, message)
    if finding is None:
        raise click.UsageError("nothing here fails to parse; say what is wrong with FILE:LINE and --message TEXT")
    found, path = asyncio.run(_fix(where, snapshot, finding, model))
    if as_json:
        click.echo(json.dumps(_as_json(found, finding, path, snapshot)))
    elif isinstance(found, Refusal):
        click.echo(f"No fix: {printable(found.reason)}.")
    else:
        click.echo(coloured_diff(snapshot.text, found.checked.text, path))
        layers = ", ".join(found.checked.layers)
        click.secho(f"\n{printable(found.facts.model)}: {printable(finding.title)}. Checked: {layers}.", dim=True)
    if isinstance(found, Fix) and apply_it:
        write_text(where.path, found.checked.text)
        say(f"{where.path} was changed")
    sys.exit(0 if isinstance(found, Fix) else 1)


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


async def _fix(place: Place, snapshot: Snapshot, finding: Finding, model: str | None) -> tuple[Fix | Refusal, str]:
    async with session(loaded_settings(model), project_folder(place.path), snapshot, learn=False) as app:
        path = app.outside.gatherer.relative(snapshot.uri)
        language = identify(snapshot.language_id, path)
        found = await app.fixer.fix(snapshot, finding, language, path, progress=lambda _: None)
        return found, path


def _as_json(found: Fix | Refusal, finding: Finding, path: str, snapshot: Snapshot) -> dict[str, object]:
    common: dict[str, object] = {"path": path, "line": finding.range.start.line + 1, "problem": finding.message}
    if isinstance(found, Refusal):
        return {**common, "fix": None, "code": found.code, "reason": found.reason}
    diff = click.unstyle(coloured_diff(snapshot.text, found.checked.text, path))
    return {**common, "fix": diff, "checked": list(found.checked.layers), "model": found.facts.model}
