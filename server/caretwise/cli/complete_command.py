"""`caretwise complete FILE:LINE[:COL]`: one completion, shown in its place."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from caretwise.cli.asking import Told, sentence, waiting
from caretwise.cli.colour import coloured
from caretwise.cli.diff import drawn
from caretwise.cli.place import parse_place, project_folder, read_snapshot
from caretwise.cli.session import loaded_settings, session
from caretwise.complete.trigger import Trigger
from caretwise.engine.explain import explain
from caretwise.engine.model_walk import deadline
from caretwise.engine.offer import Ask, Offer, Silence
from caretwise.engine.trace import Trace
from caretwise.measure.report import printable
from caretwise.text.language import identify

_CONTEXT_LINES = 3

_EXAMPLES = (
    "\b\n"
    "Examples:\n"
    "  caretwise complete app.py:12             behind the end of line 12\n"
    "  caretwise complete app.py:12:8           before its 8th character\n"
    "  caretwise complete app.py:12 --explain   what was sent, and why this came\n"
)


@click.command("complete", epilog=_EXAMPLES)
@click.argument("place", metavar="FILE:LINE[:COL]")
@click.option("--model", help="One of your models, or `embedded`; else the one configured for ghost text.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--explain", "explained", is_flag=True, help="Show stages with times, what was sent and what was changed."
)
def command(place: str, model: str | None, *, as_json: bool, explained: bool) -> None:
    """One completion at a place, asked for as an editor asks when you invoke it.

    Exit status 0 when there is a suggestion, 1 when there is none, 2 when there is no such place.
    """
    ask, found, trace = asyncio.run(completed(place, model))
    if as_json:
        click.echo(json.dumps(_as_json(ask, found, trace)))
    else:
        if isinstance(found, Offer):
            click.echo(_in_place(ask, found) + ("\n" if explained else ""))
        elif not explained:
            click.echo(sentence("No suggestion", found.reason))
        if explained:  # the story says it when there is none, and why
            story = "\n".join(drawn(line) for line in explain(ask, found, trace).split("\n"))
            click.secho(story, dim=True)
    sys.exit(0 if isinstance(found, Offer) else 1)


async def completed(text: str, model: str | None) -> tuple[Ask, Offer | Silence, Trace]:
    """The suggestion at a place (`FILE:LINE[:COL]`), with the story of how it came about."""
    place = parse_place(text)
    snapshot = read_snapshot(place.path)
    at, trace, told = place.position(snapshot), Trace(), Told()
    async with session(loaded_settings(model), project_folder(place.path), snapshot, tell=told.tell) as app:
        told.say()
        path = app.outside.gatherer.relative(snapshot.uri)
        ask = Ask(snapshot, at, identify(snapshot.language_id, path), path, Trigger.INVOKED)
        with waiting(app.outside.inline, deadline(ask)):
            found = await app.suggester.suggest(ask, trace)
    told.say(but=found.reason if isinstance(found, Silence) else "")
    return ask, found, trace


def _in_place(ask: Ask, found: Offer) -> str:
    snapshot, ghost, at = ask.snapshot, found.ghost, ask.position
    before = [snapshot.line(number) for number in range(max(0, at.line - _CONTEXT_LINES), at.line)]
    after = [
        snapshot.line(number) for number in range(at.line + 1, min(at.line + 1 + _CONTEXT_LINES, len(snapshot.lines)))
    ]
    rest = snapshot.after(at)[ghost.replaces :]
    text = "\n".join(click.style(drawn(line), fg="cyan", italic=True) for line in ghost.text.split("\n"))
    here = drawn(snapshot.before(at)) + ("" if coloured() else "⟦") + text
    here += ("" if coloured() else "⟧") + drawn(rest)
    note = click.style(f"  {printable(found.facts.model)}", dim=True)
    return "\n".join([*map(drawn, before), here + note, *map(drawn, after)])


def _as_json(ask: Ask, found: Offer | Silence, trace: Trace) -> dict[str, object]:
    common = {"path": ask.path, "line": ask.position.line + 1, "column": ask.position.character + 1}
    stages = [{"stage": name, "ms": round(ms, 2)} for name, ms in trace.stages]
    if isinstance(found, Silence):
        return {**common, "text": None, "code": found.code, "reason": found.reason, "stages": stages}
    facts = found.facts
    return {
        **common,
        "text": found.ghost.text,
        "replaces": found.ghost.replaces,
        "model": facts.model,
        "origin": facts.origin,
        "first_token_ms": facts.first_token_ms,
        "total_ms": facts.total_ms,
        "prompt_tokens": facts.usage.prompt,
        "completion_tokens": facts.usage.completion,
        "cached_tokens": facts.usage.cached,
        "rules": [step.rule for step in found.steps],
        "stages": stages,
    }
