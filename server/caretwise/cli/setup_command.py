"""`caretwise setup`: three questions (or flags), a test of the answers, then the configuration is written."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import click

from caretwise.adapters.atomic import write_text
from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.keys import key_of
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings import NOT_THERE, Loaded, Settings, config_path, load
from caretwise.adapters.settings_check import key_name_fault, structure
from caretwise.measure.report import printable
from caretwise.models.address import address_fault
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import Failure
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_ROUTES = ("/chat/completions", "/completions")
_WITHOUT = {Role.INLINE: "stays with the embedded engine", Role.FIX: "stays without a model"}


@click.command("setup")
@click.option("--name", help="A short name for the model, as it will be shown and counted.")
@click.option("--endpoint", help="How the host is spoken to (see `caretwise models`); else known from the address.")
@click.option("--base-url", help="Address of the API, usually ending in /v1.")
@click.option("--model", help="The model's id as the host names it.")
@click.option("--key-env", help="NAME of the environment variable that holds the key (never the key itself).")
@click.option("--role", type=click.Choice(["both", "inline", "fix"]), default="both", show_default=True)
@click.option("--no-test", is_flag=True, help="Do not send a request before writing.")
def command(
    name: str | None,
    endpoint: str | None,
    base_url: str | None,
    model: str | None,
    key_env: str | None,
    role: str,
    *,
    no_test: bool,
) -> None:
    """Add a model to your configuration. Existing models stay; a model of the same name is refused.

    No key is ever written: the configuration names the environment variable that holds it. A model that cannot serve one of
    the two roles is set up for the other.
    """
    path = config_path(os.environ)
    old = _existing(path)
    _check_key_name(key_env or "")
    base_url = base_url if base_url is not None or endpoint else click.prompt("Address of the API", type=str)
    address = _address(base_url or "")
    model = model or click.prompt("Model id", default="kimi-k2.6")
    choice = ModelChoice(name or _short(model), model, address, endpoint or "", key_env or "")
    _check_name(choice.name, old)
    profile = _resolved(choice)
    roles = _roles(profile, role)
    if key_env is None and not profile.key_env:
        entered = click.prompt("Environment variable with the key (empty: none needed)", default="", show_default=False)
        _check_key_name(entered)
        choice = replace(choice, key_env=entered)
        profile = _resolved(choice)
    if address != (base_url or ""):
        click.echo(f"base_url is written as {printable(address)}: {profile.endpoint.path} is added to it for requests.")
    if not no_test:
        _test(profile, roles[0])
    _write(path, choice, roles)
    _say_roles(profile, old.settings, roles, role)
    click.echo(f"Written to {path}. `caretwise doctor` examines it, `caretwise try` shows it at work.")


# -- the answers -------------------------------------------------------------------------------------------------------


def _existing(path: Path) -> Loaded:
    """What the configuration file says, without the environment. Raises click.ClickException when it has faults."""
    loaded = load({"CARETWISE_CONFIG": str(path)})
    if loaded.problems and loaded.unread != NOT_THERE:
        raise click.ClickException(
            f"the configuration has faults, correct them first: {printable(str(loaded.problems[0]))}"
        )
    return loaded


def _check_key_name(name: str) -> None:
    fault = key_name_fault(name)
    if fault:
        raise click.UsageError(f"--key-env: {fault}. Nothing was written.")


def _address(base_url: str) -> str:
    """The base URL without a route at its end. Raises click.UsageError for what is no plain address."""
    base_url = base_url.strip()
    fault = address_fault(base_url) if base_url else ""
    if fault:
        raise click.UsageError(f"--base-url: {fault}")
    bare = base_url.rstrip("/")
    route = next((one for one in _ROUTES if bare.endswith(one)), "")
    return bare.removesuffix(route) if route else base_url


def _short(model: str) -> str:
    found = _NAME.findall(model.rsplit("/", 1)[-1].replace(".", "-"))
    return found[0].lower() if found else "model"


def _check_name(name: str, old: Loaded) -> None:
    if not _NAME.fullmatch(name):
        raise click.UsageError(f"{name!r} is no name; letters, digits, _ and - are (40 at the most)")
    if name.lower() == "embedded":
        raise click.UsageError(
            f"{name!r} is the name of the engine that answers without a model, in reports and for --model; "
            "give the model another one with --name"
        )
    if name in old.settings.models:
        raise click.UsageError(f"{old.looked_for} has a model {name!r} already; give another --name or edit the file")


def _resolved(choice: ModelChoice) -> Profile:
    profile = catalog().resolve(choice)
    if isinstance(profile, str):
        raise click.UsageError(profile)
    return profile


# -- roles -------------------------------------------------------------------------------------------------------------


def _wanted(role: str) -> list[Role]:
    return list(Role) if role == "both" else [Role(role)]


def _roles(profile: Profile, role: str) -> list[Role]:
    """The wanted roles that the model can serve. Raises click.UsageError with the reasons when it can serve none."""
    wanted = _wanted(role)
    able = [one for one in wanted if not profile.cannot(one)]
    if not able:
        raise click.UsageError("; ".join(f"not for {one.value}: {profile.cannot(one)}" for one in wanted))
    return able


def _say_roles(profile: Profile, before: Settings, taken: list[Role], role: str) -> None:
    """One line for each role: who serves it now, and who did before; why not, where the model cannot."""
    for one in _wanted(role):
        was = getattr(before, one.value)
        if one in taken:
            click.echo(f"{one.value}: {profile.name}" + (f" (was {was})" if was else ""))
        else:
            stays = f"stays {was}" if was else _WITHOUT[one]
            click.echo(f"{one.value}: {stays}. {profile.name} is not set up for it: {profile.cannot(one)}.")


# -- asking and writing ------------------------------------------------------------------------------------------------


def _test(profile: Profile, role: Role) -> None:
    async def ask() -> Failure | None:
        endpoint = OpenAIEndpoint(key_of)
        wanted = Ask(
            role, messages=(("user", "Answer with the one word: ready"),), prefix="def a():\n    ", max_tokens=16
        )
        try:
            return (await endpoint.exchange(build(profile, wanted), lambda _: True, seconds=60)).failure
        finally:
            await endpoint.close()

    click.echo(f"Asking {profile.host} for a word from {printable(profile.model)} ...")
    failure = asyncio.run(ask())
    if failure is not None:
        raise click.ClickException(
            f"{printable(failure.sentence)} Nothing was written (--no-test writes without asking)."
        )
    click.secho("It answers.", fg="green")


def _write(path: Path, choice: ModelChoice, roles: list[Role]) -> None:
    """Add the model to the file, with the roles at its head. Raises click.ClickException when that cannot be done."""
    try:
        old = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        text = _with_model(old, choice, roles)
        if _faulty(text, path):
            raise click.ClickException(
                f"{path} is written in a way that a model cannot be added to by itself; add this by hand:\n"
                + _with_model("", choice, roles)
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text, mode=0o600)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or type(error).__name__}") from error


def _with_model(old: str, choice: ModelChoice, roles: list[Role]) -> str:
    table = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        for key in ("endpoint", "base_url", "model", "key_env")
        if (value := getattr(choice, key))
    )
    head = "".join(f'{role.value} = "{choice.name}"\n' for role in roles)
    kept = "".join(line for line in old.splitlines(keepends=True) if not any(_sets(line, role) for role in roles))
    parts = (head.rstrip(), kept.strip("\n").rstrip(), f"[models.{choice.name}]\n{table}")
    return "\n\n".join(part for part in parts if part)


def _sets(line: str, role: Role) -> bool:
    return re.match(rf"\s*(['\"]?){role.value}\1\s*=", line) is not None


def _faulty(text: str, path: Path) -> bool:
    """Whether the file would have faults with this text."""
    try:
        return bool(structure(tomllib.loads(text), Settings, str(path))[1])
    except tomllib.TOMLDecodeError:
        return True
