"""`caretwise models`: what is known about model families and endpoints, and which models you have configured."""

from __future__ import annotations

import json

import click

from caretwise.adapters.configured_models import resolve_models
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings_load import load
from caretwise.cli.self_host import NAMES, show
from caretwise.measure.report import printable
from caretwise.models.profile import Endpoint, Family, Profile, Role


@click.command("models")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--self-host", "self_host", type=click.Choice(NAMES), help="What it takes to serve this model yourself.")
@click.option("--gpus", default="", help="With --self-host: your cards, such as 8xH200.")
@click.option("--vram", type=click.FloatRange(0), default=0.0, help="With --self-host: graphics memory in all, in GB.")
@click.option("--ram", type=click.FloatRange(0), default=0.0, help="With --self-host: main memory, in GB.")
def command(*, as_json: bool, self_host: str | None, gpus: str, vram: float, ram: float) -> None:
    """List your models, and the families and endpoints that caretwise knows, with the date they were checked.

    With --self-host: memory per quantisation against yours, the commands, what to expect, each with its source.
    """
    if self_host is not None:
        show(self_host, gpus, vram, ram, as_json=as_json)
        return
    if gpus or vram or ram:
        raise click.UsageError("--gpus, --vram and --ram belong to --self-host")
    profiles, problems = resolve_models(load())
    known = catalog()
    if as_json:
        click.echo(json.dumps({
            "models": [_profile(profile) for profile in profiles.values()],
            "families": [_family(family) for family in known.families.values()],
            "endpoints": [_endpoint(endpoint) for endpoint in known.endpoints.values()],
        }, indent=2))  # fmt: skip
        return
    click.secho("Your models", bold=True)
    for profile in profiles.values():
        click.echo(f"  {printable(profile.name):24} {printable(profile.model)} at {printable(profile.host)}, "
                   f"{profile.family.title}, spoken to as {profile.endpoint.name}")  # fmt: skip
    for problem in problems:
        click.secho(f"  {printable(str(problem))}", fg="red")
    if not profiles and not problems:
        click.echo("  none: the embedded engine answers (`caretwise setup` adds one)")
    click.secho("\nEndpoints", bold=True)
    for endpoint in known.endpoints.values():
        where = endpoint.base_url or "at your base_url"
        routes = ", ".join(f"{route.path} ({api})" for api, route in endpoint.routes.items())
        click.echo(f"  {endpoint.name:24} {endpoint.title}, {where}, checked {endpoint.checked_on}")
        click.echo(f"  {'':24} {routes}")
    click.secho("\nFamilies", bold=True)
    for family in known.families.values():
        click.echo(f"  {family.name:24} {family.title}, context {family.context:,} tokens, checked {family.checked_on}")
        for role, defaults in ((Role.INLINE, family.inline), (Role.FIX, family.fix)):
            if defaults.refused:
                click.echo(f"  {'':24} not for {role.value}: {defaults.refused}")


def _profile(profile: Profile) -> dict[str, object]:
    return {
        "name": profile.name,
        "model": profile.model,
        "host": profile.host,
        "endpoint": profile.endpoint.name,
        "family": profile.family.name,
        "style": profile.style_for(Role.INLINE),
        "addresses": {role.value: profile.address(profile.route(role)) for role in Role if not profile.cannot(role)},
        "refused": {role.value: reason for role in Role if (reason := profile.cannot(role))},
        "price": dict(profile.price()),
    }


def _family(family: Family) -> dict[str, object]:
    return {
        "name": family.name,
        "title": family.title,
        "models": list(family.models),
        "context": family.context,
        "inline": not family.inline.refused,
        "fix": not family.fix.refused,
        "fills_in": family.fills_in,
        "checked_on": family.checked_on,
        "source": family.source,
    }


def _endpoint(endpoint: Endpoint) -> dict[str, object]:
    return {
        "name": endpoint.name,
        "title": endpoint.title,
        "base_url": endpoint.base_url,
        "key_env": endpoint.key_env,
        "self_hosted": endpoint.self_hosted,
        "routes": {api: route.path for api, route in endpoint.routes.items()},
        "prices": {model: dict(price) for model, price in endpoint.prices.items()},
        "checked_on": endpoint.checked_on,
        "source": endpoint.source,
    }
