"""The answers that `caretwise setup` needs: asked for or taken from flags, and refused in plain words when they are wrong."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import click

from caretwise.adapters.config_file import NOT_THERE
from caretwise.adapters.configured_models import fault_of_host
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings import Loaded
from caretwise.adapters.settings_check import key_name_fault, key_source_fault, model_name_fault
from caretwise.adapters.settings_load import load
from caretwise.cli import setup_choice
from caretwise.measure.report import printable
from caretwise.models.address import address_fault
from caretwise.models.catalog import ModelChoice
from caretwise.models.profile import Profile

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_ROUTES = ("/chat/completions", "/fim/completions", "/completions", "/infill")


@dataclass
class Wanted:
    """The answers so far; None: not asked yet."""

    name: str | None
    endpoint: str | None
    base_url: str | None
    model: str | None
    family: str | None
    key_env: str | None
    key_command: tuple[str, ...]
    key_keyring: str
    role: str


def fill(wanted: Wanted, *, ask: bool) -> bool:
    """Ask for what the flags left open; False when the user wants no model.

    Raises click.UsageError where something is missing and there is nobody to ask.
    """
    missing = "there is no terminal to ask on"
    choice = setup_choice.Choice("", model="kimi-k2.6")
    if not wanted.base_url and not wanted.endpoint:
        if not ask:
            raise click.UsageError(f"--base-url (or --endpoint) is missing, and {missing}. Nothing was written.")
        picked = setup_choice.ask_choice()
        if picked is None:
            return False
        choice = picked
        wanted.endpoint = choice.endpoint or None
        wanted.base_url = choice.base_url or ("" if choice.endpoint else setup_choice.ask_address())
    if not wanted.model:
        if not ask:
            raise click.UsageError(f"--model is missing, and {missing}. Nothing was written.")
        wanted.model = setup_choice.ask_model(choice)
    return True


def existing(path: Path) -> Loaded:
    """What the configuration file says, without the environment. Raises click.ClickException when it has faults."""
    loaded = load({"CARETWISE_CONFIG": str(path)})
    if loaded.problems and loaded.unread != NOT_THERE:
        raise click.ClickException(
            f"the configuration has faults, correct them first: {printable(str(loaded.problems[0]))}"
        )
    return loaded


def split(command: str) -> tuple[str, ...]:
    """A command in words, as a shell would have them. Raises click.UsageError for an open quote."""
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise click.UsageError(f"--key-command: {error}. Nothing was written.") from error


def check_keys(wanted: Wanted) -> None:
    """Raises click.UsageError when the key would come from two places, or when a key itself was given."""
    fault = key_name_fault(wanted.key_env or "")
    if fault:
        raise click.UsageError(f"--key-env: {fault}. Nothing was written.")
    fault = key_source_fault(wanted.key_env or "", wanted.key_command, wanted.key_keyring)
    if fault:
        raise click.UsageError(f"{fault}. Nothing was written.")


def bare_address(base_url: str) -> str:
    """The base URL without a route at its end. Raises click.UsageError for what is no plain address."""
    base_url = base_url.strip()
    fault = address_fault(base_url) if base_url else ""
    if fault:
        raise click.UsageError(f"--base-url: {fault}")
    bare = base_url.rstrip("/")
    route = next((one for one in _ROUTES if bare.endswith(one)), "")
    return bare.removesuffix(route) if route else base_url


def short_name(model: str) -> str:
    """A name for a model that was given none."""
    found = _NAME.findall(model.rsplit("/", 1)[-1].replace(".", "-"))
    return found[0].lower() if found else "model"


def check_name(name: str, old: Loaded) -> None:
    """Raises click.UsageError for a name that cannot be used, or is used already."""
    if not _NAME.fullmatch(name):
        raise click.UsageError(f"{name!r} is no name; letters, digits, _ and - are (40 at the most)")
    if fault := model_name_fault(name):
        raise click.UsageError(f"{fault}; give the model another one with --name")
    if name in old.settings.models:
        raise click.UsageError(f"{old.looked_for} has a model {name!r} already; give another --name or edit the file")


def resolved(choice: ModelChoice, old: Loaded) -> Profile:
    """The profile. Raises click.UsageError when there is none, or when `self_hosted_only` forbids its host."""
    profile = catalog().resolve(choice)
    if isinstance(profile, str):
        raise click.UsageError(profile)
    if fault := fault_of_host(old.settings, profile):
        raise click.UsageError(f"{fault}. Nothing was written.")
    return profile
