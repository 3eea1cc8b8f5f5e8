"""One engine session for a command: the app without an editor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click

from caretwise.adapters.settings import Loaded
from caretwise.adapters.settings_load import load
from caretwise.app import App, Surface
from caretwise.measure.report import printable
from caretwise.text.snapshot import Snapshot


def loaded_settings(model: str | None = None) -> Loaded:
    """The settings, with `--model` applied. What is wrong with them is told when the session starts.

    Raises click.UsageError when there is no such model.
    """
    flags: Mapping[str, Any] = {"inline": model, "fix": model} if model else {}
    if model == "embedded":
        flags = {"inline": "", "fix": ""}
    loaded = load(flags=flags)
    if model and model != "embedded" and model not in loaded.settings.models:
        known = ", ".join([*sorted(loaded.settings.models), "embedded"])
        raise click.BadParameter(f"there is no model {model!r}; there are: {known}", param_hint="--model")
    return loaded


def say(sentence: str) -> None:
    """One line on stderr, with nothing in it that a terminal would obey."""
    click.echo(f"caretwise: {printable(sentence)}", err=True)


@asynccontextmanager
async def session(
    loaded: Loaded, folder: Path, snapshot: Snapshot, *, learn: bool = True, tell: Callable[[str], None] = say
) -> AsyncIterator[App]:
    """An app with one open document, ready to be asked: what an editor has in the background is waited for here.

    `tell` gets the sentences that an editor would show.
    """
    app = App(loaded, [folder], Surface(tell=tell), lambda: [snapshot])
    try:
        app.start()
        app.opened(snapshot)
        await app.outside.gatherer.settle()
        if learn and app.outside.inline is None:
            await app.outside.embedded.learned()
        yield app
        await app.settle()
    finally:
        await app.close()
