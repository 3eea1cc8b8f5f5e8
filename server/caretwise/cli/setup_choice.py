"""The first question of `caretwise setup` on a terminal: which model? Nothing leaves this machine to answer it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import click

from caretwise.adapters import local_servers as local
from caretwise.adapters.resources import catalog, preset
from caretwise.measure.report import printable
from caretwise.models.address import address_fault
from caretwise.models.catalog import GENERIC_FAMILY
from caretwise.models.profile import Profile

# What an endpoint is called for each kind of local server; where the catalog has none, the address decides.
_ENDPOINTS = {
    "vLLM": "vllm",
    "SGLang": "sglang",
    "llama.cpp": "llamacpp",
    "Ollama": "ollama",
    "LM Studio": "lmstudio",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the menu. An empty `base_url` with an empty `endpoint`: the user gives the address."""

    title: str
    model: str = ""
    base_url: str = ""
    endpoint: str = ""
    models: tuple[str, ...] = ()
    """The ids to choose from, where the server told."""


def at_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def ask_choice() -> Choice | None:
    """Show the menu; None when the user stays without a model."""
    ports = ", ".join(map(str, local.PORTS))
    click.echo(f"Looking for model servers on this machine (127.0.0.1, ports {ports}); nothing is sent elsewhere ...")
    choices = [*_found(), *_offered()]
    for number, choice in enumerate(choices, 1):
        click.echo(f"  {number}  {printable(choice.title)}")
    click.echo("  0  no model: the embedded engine, which sends nothing anywhere")

    def number_of(answer: str) -> int:
        numbers = [str(number) for number in range(len(choices) + 1)]
        if answer.strip() not in numbers:
            raise click.UsageError(f"type a number from 0 to {len(choices)}")
        return int(answer)

    picked = click.prompt("Which", value_proc=number_of, default="1" if choices[0].base_url else None)
    return choices[picked - 1] if picked else None


def ask_address() -> str:
    """The address of the API; asked for again until it is one."""

    def address(answer: str) -> str:
        if fault := address_fault(answer.strip()):
            raise click.UsageError(fault)
        return answer.strip()

    return click.prompt("Address of the API (usually ending in /v1)", value_proc=address)


def ask_model(choice: Choice) -> str:
    """The model's id: the one that the server has, or one of several, or what the user writes."""
    if len(choice.models) > 1:
        click.echo(f"It has: {printable(', '.join(choice.models[:20]))}")
    default = choice.models[0] if choice.models else choice.model or None
    return click.prompt("Model id", default=default)


def endpoint_named(owners: Iterable[str]) -> str:
    """The endpoint that belongs to the server which names itself as the owner of its models; "" for none."""
    kinds = {kind for owner in owners if (kind := local.kind_of(owner))}
    return _ENDPOINTS.get(kinds.pop(), "") if len(kinds) == 1 else ""


def family_unknown(profile: Profile) -> bool:
    """Whether the model's id says nothing of what it is, at a host where users name models as they like."""
    return profile.endpoint.ids_are_own and profile.family.name == GENERIC_FAMILY


def ask_family(profile: Profile, *, ask: bool) -> str:
    """What kind of model is behind such an id. Raises click.UsageError where there is nobody to ask."""
    known = ", ".join(sorted(name for name, family in catalog().families.items() if family.models))
    why = f"at {profile.endpoint.title} users name models, so {printable(profile.model)!r} does not say what it is"
    if not ask:
        raise click.UsageError(f"--family is missing: {why}. One of {known}. Nothing was written.")
    click.echo(f"A family is needed: {why}. Known are: {known}.")
    return click.prompt("Family", type=str)


def _found() -> list[Choice]:
    known = catalog().endpoints
    return [
        Choice(
            title=f"{server.kind} at {server.base_url}" + (f" ({server.models[0]})" if server.models else ""),
            base_url=server.base_url,
            endpoint=name if (name := _ENDPOINTS.get(server.kind, "")) in known else "",
            models=server.models,
        )
        for server in asyncio.run(local.local_servers(local.PORTS))
    ]


def _offered() -> list[Choice]:
    """The choices of the data file whose endpoint is known."""
    known = catalog().endpoints
    choices = [Choice(**entry) for entry in preset("presets", "first_run")["choices"]]
    return [choice for choice in choices if not choice.endpoint or choice.endpoint in known]
