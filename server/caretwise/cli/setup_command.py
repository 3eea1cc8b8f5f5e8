"""`caretwise setup`: a few questions (or flags), a test of the answers, then the configuration is written."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field, replace
from typing import Any

import attrs
import click

from caretwise.adapters.config_file import config_path
from caretwise.adapters.configured_models import endpoint_of
from caretwise.adapters.keys import Keys
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings import Loaded, ModelSettings
from caretwise.cli import setup_choice
from caretwise.cli.setup_answers import (
    Wanted,
    bare_address,
    check_keys,
    check_name,
    existing,
    fill,
    resolved,
    short_name,
    split,
)
from caretwise.cli.setup_file import write
from caretwise.measure.report import printable
from caretwise.models.catalog import GENERIC_ENDPOINT, ModelChoice
from caretwise.models.failure import Failure
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build

_WITHOUT = {Role.INLINE: "stays with the embedded engine", Role.FIX: "stays without a model"}

SCHEMA = {
    "schema": "number: 1; later versions only add",
    "ok": "true when the configuration was written (exit status 0)",
    "error": 'why it was not, a sentence; "" when it was',
    "file": "path of the configuration",
    "model": "the name under which the model was written",
    "roles.inline": 'who serves ghost text now; "" for the embedded engine',
    "roles.fix": 'who serves fixes now; "" for none',
    "tested": "true when the host was asked and answered",
    "said[]": "what is printed without --json",
}
"""What `setup --json` prints."""

_EPILOG = "\b\nKeys of --json (version 1; it grows by adding):\n" + "\n".join(
    f"  {key:14} {meaning}" for key, meaning in SCHEMA.items()
)


@dataclass
class _Done:
    """What came of it."""

    quiet: bool
    file: str = ""
    model: str = ""
    tested: bool = False
    said: list[str] = field(default_factory=list[str])
    roles: dict[str, str] = field(default_factory=lambda: {"inline": "", "fix": ""})

    def say(self, line: str, colour: str | None = None) -> None:
        self.said.append(line)
        if not self.quiet:
            click.secho(line, fg=colour)

    def as_json(self, error: str) -> dict[str, Any]:
        return {
            "schema": 1,
            "ok": not error,
            "error": printable(error),
            "file": self.file,
            "model": self.model,
            "roles": self.roles,
            "tested": self.tested,
            "said": self.said,
        }


@click.command("setup", epilog=_EPILOG)
@click.option("--name", help="A short name for the model, as it will be shown and counted.")
@click.option("--endpoint", help="How the host is spoken to (see `caretwise models`); else known from the address.")
@click.option("--base-url", help="Address of the API, usually ending in /v1.")
@click.option("--model", help="The model's id as the host names it.")
@click.option("--family", help="What kind of model it is (see `caretwise models`), where its id does not tell.")
@click.option("--key-env", help="NAME of the environment variable that holds the key (never the key itself).")
@click.option("--key-command", default="", help="Command that prints the key, such as 'pass show moonshot'.")
@click.option("--key-keyring", default="", help="Entry of the system's keyring, as service/user.")
@click.option("--role", type=click.Choice(["both", "inline", "fix"]), default="both", show_default=True)
@click.option("--no-test", is_flag=True, help="Do not send a request before writing.")
@click.option("--json", "as_json", is_flag=True, help="Ask nothing, print one JSON object (see below).")
def command(*, key_command: str, no_test: bool, as_json: bool, **flags: Any) -> None:
    """Add a model to your configuration. Existing models stay; a model of the same name is refused.

    On a terminal it asks for what the flags leave open, and says before it sends anything to anybody. Elsewhere it needs
    --base-url or --endpoint, and --model. No key is ever written: the configuration names where it comes from. A model
    that cannot serve one of the two roles is set up for the other.
    """
    done = _Done(as_json)
    try:
        wanted = Wanted(key_command=split(key_command), **flags)
        _set_up(wanted, done, test=not no_test, ask=not as_json and setup_choice.at_terminal())
    except click.ClickException as error:
        if not as_json:
            raise
        click.echo(json.dumps(done.as_json(error.format_message()), indent=2))
        sys.exit(error.exit_code)
    if as_json:
        click.echo(json.dumps(done.as_json(""), indent=2))


def _set_up(wanted: Wanted, done: _Done, *, test: bool, ask: bool) -> None:
    path = config_path(os.environ)
    done.file = str(path)
    old = existing(path)
    done.roles = {role.value: getattr(old.settings, role.value) for role in Role}
    check_keys(wanted)
    if not fill(wanted, ask=ask):
        done.say("Nothing was written: the embedded engine answers. `caretwise try` shows it at work.")
        return
    address = bare_address(wanted.base_url or "")
    model = wanted.model or ""
    choice = ModelChoice(
        wanted.name or short_name(model),
        model,
        address,
        wanted.endpoint or "",
        wanted.key_env or "",
        family=wanted.family or "",
    )
    check_name(choice.name, old)
    profile = resolved(choice, old)
    if not choice.family and setup_choice.family_unknown(profile):
        choice = replace(choice, family=setup_choice.ask_family(profile, ask=ask))
        profile = resolved(choice, old)
    roles = _roles(profile, wanted.role)
    if ask and wanted.key_env is None and not (profile.key_env or wanted.key_command or wanted.key_keyring):
        entered = click.prompt("Environment variable with the key (empty: none needed)", default="", show_default=False)
        wanted.key_env = entered
        check_keys(wanted)
        choice = replace(choice, key_env=entered)
        profile = resolved(choice, old)
    if address != (wanted.base_url or ""):
        done.say(f"base_url is written as {printable(address)}: the route is added to it for requests.")
    settings = ModelSettings(
        model=model,
        endpoint=choice.endpoint,
        base_url=address,
        family=choice.family,
        key_env=choice.key_env,
        key_command=wanted.key_command,
        key_keyring=wanted.key_keyring,
    )
    if test and (not ask or _may_test(profile)):
        if profile.endpoint.name == GENERIC_ENDPOINT and (named := _named_by_host(profile, settings, old)):
            done.say(f'{profile.host} says that it is {catalog().endpoints[named].title}: endpoint = "{named}".')
            settings = attrs.evolve(settings, endpoint=named)
            profile = resolved(replace(choice, endpoint=named), old)
        _test(profile, roles[0], settings, old, done)
    order = ("endpoint", "base_url", "model", "family", "key_env", "key_command", "key_keyring")
    write(path, choice.name, {key: attrs.asdict(settings)[key] for key in order}, roles)
    done.model = choice.name
    _say_roles(profile, roles, wanted.role, done)
    done.say(f"Written to {path}. `caretwise doctor` examines it, `caretwise try` shows it at work.")


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


def _say_roles(profile: Profile, taken: list[Role], role: str, done: _Done) -> None:
    """One line for each role: who serves it now, and who did before; why not, where the model cannot."""
    for one in _wanted(role):
        was = done.roles[one.value]
        if one in taken:
            done.say(f"{one.value}: {profile.name}" + (f" (was {was})" if was else ""))
            done.roles[one.value] = profile.name
        else:
            stays = f"stays {was}" if was else _WITHOUT[one]
            done.say(f"{one.value}: {stays}. {profile.name} is not set up for it: {profile.cannot(one)}.")


# -- asking ------------------------------------------------------------------------------------------------------------


def _may_test(profile: Profile) -> bool:
    """Whether the user wants the host asked: until now nothing was sent to it."""
    return click.confirm(f"Send one tiny request (no code of yours) to {profile.host} now, as a test?", default=True)


def _named_by_host(profile: Profile, model: ModelSettings, old: Loaded) -> str:
    """The endpoint that an address which tells nothing by its name turns out to be, by its list of models; "" for none."""

    async def ask() -> dict[str, str] | Failure:
        endpoint = endpoint_of(old.settings, Keys({profile.name: model}))
        try:
            return await endpoint.owners(profile, seconds=10)
        finally:
            await endpoint.close()

    found = asyncio.run(ask())
    return "" if isinstance(found, Failure) else setup_choice.endpoint_named(found.values())


def _test(profile: Profile, role: Role, model: ModelSettings, old: Loaded, done: _Done) -> None:
    async def ask() -> Failure | None:
        endpoint = endpoint_of(old.settings, Keys({profile.name: model}))
        wanted = Ask(
            role, messages=(("user", "Answer with the one word: ready"),), prefix="def a():\n    ", max_tokens=16
        )
        try:
            return (await endpoint.exchange(build(profile, wanted), lambda _: True, seconds=60)).failure
        finally:
            await endpoint.close()

    done.say(f"Asking {profile.host} for a word from {printable(profile.model)} ...")
    failure = asyncio.run(ask())
    if failure is not None:
        raise click.ClickException(
            f"{printable(failure.sentence)} Nothing was written (--no-test writes without asking)."
        )
    done.tested = True
    done.say("It answers.", "green")
