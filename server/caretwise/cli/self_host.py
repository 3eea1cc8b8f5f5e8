"""`caretwise models --self-host NAME`: what serving a model takes, as a page of text or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from caretwise.adapters.resources import preset, preset_names
from caretwise.models.self_host import Fit, Memory, SelfHosted, command_for, fits, memory_of, read, reasons

NAMES = preset_names("self_host")
"""The models that there are figures for."""


def show(name: str, gpus: str, vram: float, ram: float, *, as_json: bool) -> None:
    """Print everything about serving a model. Raises click.UsageError when the cards are not understood."""
    known, cards = read(preset("self_host", name)), preset("presets", "gpus")
    memory = memory_of(gpus, vram, ram, cards["gigabytes"])
    if isinstance(memory, str):
        raise click.UsageError(memory)
    found = fits(known, memory)
    if as_json:
        click.echo(json.dumps(_as_json(name, known, memory, found), indent=2))
        return
    click.secho(f"{known.title}: {known.about}", bold=True)
    _source(known.source, known.checked_on)
    _memory(memory, found, f"{cards['source']}, {cards['checked_on']}" if gpus else "")
    click.secho("\nCommands, with what this server relies on", bold=True)
    for server in known.servers:
        command = command_for(known, server, memory)
        click.echo(f"  {server.name}:\n    {command}")
        for reason in reasons(server, command):
            click.echo(f"      {reason}")
        _source(server.source, server.checked_on, "      ")
        click.echo(f"    then in config.toml: [models.{known.config_name}]  {'; '.join(server.config)}")
    click.secho("\nWhat to expect", bold=True)
    for one in known.expect:
        click.echo(f"  {one.text}")
        _source(one.source, one.checked_on, "    ")


def _memory(memory: Memory, found: list[Fit], source: str) -> None:
    have = f"{memory.vram:g} GB on the cards, {memory.ram:g} GB of main memory" if memory.named else "none was named"
    click.secho(f"\nMemory (yours: {have})", bold=True)
    if source:
        click.echo(f"  (card sizes: {source})")
    together = memory.together[0]
    if together < memory.cards:
        click.echo(
            f"  (vLLM and SGLang spread a model over 1, 2, 4, 8 ... cards that are alike: {together} of your {memory.cards})"
        )
    for fit in found:
        one, server = fit.quantisation, fit.server
        where = "graphics memory" if one.memory == "vram" else "graphics and main memory together"
        runs = one.gigabytes if one.memory == "vram" else one.needed
        need = f"{one.gigabytes:g} GB of weights, {_gb(runs)} GB of {where}"
        click.echo(f"  {_mark(fit)} {one.name} on {server.name}: {need}{_left(fit)}")
        _source(one.source, one.checked_on, "         ")
    if not memory.named:
        click.echo("  Name yours to see what fits: --gpus 8xH200, --vram GB, --ram GB")


def _mark(fit: Fit) -> str:
    words = {True: ("fits   ", "green"), False: ("too big", "red"), None: ("       ", None)}
    text, colour = words[fit.fits]
    return click.style(text, fg=colour)


def _left(fit: Fit) -> str:
    if fit.fits is None:
        return ""
    if not fit.fits:
        return f"; {_gb(-fit.left)} GB more are needed"
    share = f" of the {fit.server.share:.0%} of the cards that {fit.server.name} uses" if fit.server.share < 1 else ""
    return f"; leaves {_gb(fit.left)} GB{share} for context and prefix cache"


def _gb(gigabytes: float) -> str:
    """Three digits at least, and never a power of ten."""
    return f"{gigabytes:.0f}" if gigabytes >= 100 else f"{gigabytes:.3g}"


def _source(source: str, checked_on: str, indent: str = "  ") -> None:
    click.secho(f"{indent}({source}; {checked_on})", dim=True)


def _as_json(name: str, known: SelfHosted, memory: Memory, found: list[Fit]) -> dict[str, object]:
    return {
        "schema": 1,
        "name": name,
        "memory": asdict(memory),
        "fits": [
            {
                "quantisation": asdict(fit.quantisation),
                "server": fit.server.name,
                "fits": fit.fits,
                "left_gb": round(fit.left, 2) if fit.fits is not None else None,
            }
            for fit in found
        ],
        "servers": [{**asdict(server), "command": command_for(known, server, memory)} for server in known.servers],
        "expect": [asdict(one) for one in known.expect],
    }
