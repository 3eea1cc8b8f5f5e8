"""`caretwise doctor`: configuration, keys, the way to each host, what a model answers, how fast, at what price."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import click

from caretwise.adapters.configured_models import endpoint_of, resolve_models
from caretwise.adapters.keys import Keys
from caretwise.adapters.settings_load import load
from caretwise.cli.doctor_checks import Check, Examined, configuration_checks, role_checks, when_well
from caretwise.cli.doctor_model import Examination
from caretwise.cli.doctor_report import SCHEMA_VERSION, KeyRecord, ModelRecord, schema_text
from caretwise.measure.report import printable
from caretwise.models.profile import Profile

_EPILOG = f"\b\nKeys of --json (version {SCHEMA_VERSION}; it grows by adding):\n{schema_text()}"


@click.command("doctor", epilog=_EPILOG)
@click.argument("model", required=False)
@click.option(
    "--requests",
    type=click.IntRange(0, 100),
    default=5,
    show_default=True,
    help="Requests to time for each model of ghost text, each with about 2,600 tokens; 0: only the tiny ones.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (see below).")
def command(model: str | None, requests: int, *, as_json: bool) -> None:
    """Examine the configuration and your models (or just MODEL): is there a key, does the host answer, is it fast?

    Sends one tiny request for each role that a model is configured for, then a few longer ones that are timed, and says
    before what they cost. No code of yours is sent and no key is ever shown. Exit status 1 when something is wrong. The
    last line says what to do next.
    """
    sys.exit(asyncio.run(_examine(model, requests, as_json=as_json)))


@dataclass
class _Outcome:
    """What was found so far."""

    checks: list[Check] = field(default_factory=list[Check])
    models: list[ModelRecord] = field(default_factory=list[ModelRecord])

    @property
    def first_failed(self) -> Check | None:
        return next((check for check in self.checks if check.good is False), None)


async def _examine(only: str | None, requests: int, *, as_json: bool) -> int:
    examined, outcome = _examined(), _Outcome()
    progress = _Progress(quiet=as_json)
    async for check in _checks(examined, only, requests, outcome, progress):
        outcome.checks.append(check)
        progress.clear()
        if not as_json:
            mark, colour = {True: ("ok  ", "green"), False: ("FAIL", "red"), None: ("    ", None)}[check.good]
            mark, colour = ("WARN", "yellow") if check.warning else (mark, colour)
            click.echo(f"{click.style(mark, fg=colour)} {printable(check.text)}")
    progress.clear()
    first = outcome.first_failed
    then = f"{first.then}, then run `caretwise doctor` again." if first is not None else when_well(examined)
    if as_json:
        click.echo(json.dumps(_as_json(examined, outcome, then), indent=2))
    else:
        click.echo(f"Next: {printable(then)}")
    return 0 if first is None else 1


def _examined() -> Examined:
    loaded = load()
    profiles, wrong = resolve_models(loaded)
    defined = f"models.{loaded.environment_model}"
    own = [replace(problem, file="environment") if problem.key == defined else problem for problem in wrong]
    return Examined(loaded, profiles, [*loaded.problems, *own], Keys(loaded.settings.models))


async def _checks(
    examined: Examined, only: str | None, requests: int, outcome: _Outcome, progress: _Progress
) -> AsyncIterator[Check]:
    for check in (*configuration_checks(examined), *role_checks(examined)):
        yield check
    if only is not None and only not in examined.profiles:
        yield _not_examined(examined, only)
        return
    endpoint = endpoint_of(examined.loaded.settings, examined.keys)
    try:
        for profile in examined.profiles.values():
            if only in {None, profile.name}:
                record = _record(profile)
                outcome.models.append(record)
                one = Examination(profile, endpoint, examined, requests, progress.say, record)
                async for check in one.checks():
                    yield check
    finally:
        await endpoint.close()


def _record(profile: Profile) -> ModelRecord:
    return ModelRecord(
        name=profile.name,
        model=profile.model,
        address=profile.base_url,
        endpoint=profile.endpoint.name,
        family=profile.family.name,
        checked_on=profile.endpoint.checked_on,
        key=KeyRecord("none", "", found=False),
    )


def _not_examined(examined: Examined, name: str) -> Check:
    if name in examined.loaded.settings.models:
        return Check(None, f"model {name} is not examined: it has the fault that is said above")
    known = ", ".join(examined.loaded.settings.models) or "none"
    return Check(
        good=False, text=f"there is no model {name!r}; configured: {known}", then="name one that is configured"
    )


def _as_json(examined: Examined, outcome: _Outcome, then: str) -> dict[str, Any]:
    """As `doctor_report.SCHEMA` describes it."""
    settings = examined.loaded.settings
    return {
        "schema": SCHEMA_VERSION,
        "ok": outcome.first_failed is None,
        "next": printable(then),
        "configuration": {
            "file": examined.file,
            "problems": [printable(str(problem)) for problem in examined.problems],
            "self_hosted_only": settings.self_hosted_only,
        },
        "roles": {"inline": settings.inline, "fix": settings.fix},
        "checks": [
            {
                "good": check.good,
                "warning": check.warning,
                "text": printable(check.text.strip()),
                "then": check.then if check.good is False else "",
            }
            for check in outcome.checks
        ],
        "models": [record.as_json() for record in outcome.models],
    }


class _Progress:
    """One line on a terminal's stderr that says what is waited for."""

    def __init__(self, *, quiet: bool) -> None:
        self._on = not quiet and sys.stderr.isatty()
        self._width = 0

    def say(self, words: str) -> None:
        if self._on:
            shown = printable(words)[:76] + " ..."
            click.echo(f"\r{shown:{self._width}}", err=True, nl=False)
            self._width = len(shown)

    def clear(self) -> None:
        if self._width:
            click.echo(f"\r{'':{self._width}}\r", err=True, nl=False)
            self._width = 0
