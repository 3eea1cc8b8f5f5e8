"""`caretwise setup`: three questions (or flags), a test of the answers, then the configuration is written."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import click

from caretwise.adapters.atomic import write_text
from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.keys import key_of
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings import config_path, load
from caretwise.measure.report import printable
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import Failure
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@click.command("setup")
@click.option("--name", help="A short name for the model, as it will be shown and counted.")
@click.option("--endpoint", help="How the host is spoken to (see `caretwise models`); else known from the address.")
@click.option("--base-url", help="Address of the API, usually ending in /v1.")
@click.option("--model", help="The model's id as the host names it.")
@click.option("--key-env", help="Environment variable that holds the key.")
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

    No key is ever written: the configuration names the environment variable that holds it.
    """
    base_url = base_url if base_url is not None or endpoint else click.prompt("Address of the API", type=str)
    model = model or click.prompt("Model id", default="kimi-k2.6")
    choice = ModelChoice(name or _short(model), model, base_url or "", endpoint or "", key_env or "")
    profile = catalog().resolve(choice)
    if isinstance(profile, str):
        raise click.UsageError(profile)
    if key_env is None and not profile.key_env:
        entered = click.prompt("Environment variable with the key (empty: none needed)", default="", show_default=False)
        choice = ModelChoice(choice.name, choice.model, choice.base_url, choice.endpoint, entered)
        resolved = catalog().resolve(choice)
        assert isinstance(resolved, Profile), "only the key's name was added"
        profile = resolved
    if not no_test:
        _test(profile)
    path = config_path(os.environ)
    _write(path, choice, role)
    click.echo(f"Written to {path}. `caretwise doctor` examines it, `caretwise try` shows it at work.")


def _short(model: str) -> str:
    found = _NAME.findall(model.rsplit("/", 1)[-1].replace(".", "-"))
    return found[0].lower() if found else "model"


def _test(profile: Profile) -> None:
    async def ask() -> Failure | None:
        endpoint = OpenAIEndpoint(key_of)
        role = Role.INLINE if not profile.cannot(Role.INLINE) else Role.FIX
        wanted = Ask(role, messages=(("user", "Say: ready"),), prefix="def a():\n    ", max_tokens=16)
        try:
            return (await endpoint.exchange(build(profile, wanted), lambda _: True, seconds=60)).failure
        finally:
            await endpoint.close()

    click.echo(f"Asking {profile.host} for a word from {profile.model} ...")
    failure = asyncio.run(ask())
    if failure is not None:
        raise click.ClickException(
            f"{printable(failure.sentence)} Nothing was written (--no-test writes without asking)."
        )
    click.secho("It answers.", fg="green")


def _write(path: Path, choice: ModelChoice, role: str) -> None:
    if not _NAME.fullmatch(choice.name):
        raise click.UsageError(f"{choice.name!r} is no name; letters, digits, _ and - are (40 at the most)")
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    loaded = load({"CARETWISE_CONFIG": str(path)}) if old else None
    if loaded is not None and loaded.problems:
        raise click.ClickException(f"the configuration has faults, correct them first: {loaded.problems[0]}")
    if loaded is not None and choice.name in loaded.settings.models:
        raise click.UsageError(f"{path} has a model {choice.name!r} already; give another --name or edit the file")
    table = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        for key in ("endpoint", "base_url", "model", "key_env")
        if (value := getattr(choice, key))
    )
    wanted = {"inline", "fix"} if role == "both" else {role}
    head = "".join(f'{one} = "{choice.name}"\n' for one in sorted(wanted, reverse=True))
    kept = "".join(line for line in old.splitlines(keepends=True) if not _sets(line, wanted))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, f"{head}{kept.rstrip()}\n\n[models.{choice.name}]\n{table}".lstrip(), mode=0o600)


def _sets(line: str, roles: set[str]) -> bool:
    return any(re.match(rf"{role}\s*=", line) for role in roles)
