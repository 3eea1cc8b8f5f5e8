"""`caretwise bench`: compare models, prompt styles and settings on your own code."""

from __future__ import annotations

import click

from caretwise.cli.bench_completion import completion


@click.group("bench")
def command() -> None:
    """Compare models, prompt styles and settings on your own code."""


command.add_command(completion)
