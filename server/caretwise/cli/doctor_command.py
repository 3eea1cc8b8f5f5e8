"""`caretwise doctor`: configuration, key, endpoint, one completion and one fix request; what to change."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import click

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.keys import key_of
from caretwise.adapters.resources import templates
from caretwise.adapters.settings import Loaded, cache_folder, load, state_folder
from caretwise.app import resolve_models
from caretwise.complete.draft import Place
from caretwise.complete.prompt import prompt
from caretwise.complete.recipe import unwrap
from caretwise.complete.stream import enough
from caretwise.context.pack import Context
from caretwise.context.window import Window
from caretwise.measure.report import printable
from caretwise.models.failure import Failure
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build
from caretwise.text.language import by_id

_PREFIX = "def area(width, height):\n    return "
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination. `good` None: for information."""

    good: bool | None
    text: str


@click.command("doctor")
@click.argument("model", required=False)
def command(model: str | None) -> None:
    """Examine the configuration and your models (or just MODEL): is there a key, does the host answer, is it fast?

    Sends two tiny requests to each model, with no code of yours. Exit status 1 when something is wrong.
    """
    sys.exit(asyncio.run(_examine(model)))


async def _examine(only: str | None) -> int:
    wrong = 0
    async for check in _checks(only):
        mark, colour = {True: ("ok  ", "green"), False: ("FAIL", "red"), None: ("    ", None)}[check.good]
        click.echo(f"{click.style(mark, fg=colour)} {printable(check.text)}")
        wrong += check.good is False
    return 1 if wrong else 0


async def _checks(only: str | None) -> AsyncIterator[Check]:
    loaded = load()
    for check in _configuration(loaded):
        yield check
    profiles, problems = resolve_models(loaded)
    for problem in problems:
        yield Check(good=False, text=str(problem))
    if only is not None and only not in profiles:
        yield Check(good=False, text=f"there is no model {only!r}; configured: {', '.join(profiles) or 'none'}")
        return
    if not profiles:
        yield Check(good=True, text="no model is configured: the embedded engine answers, nothing is sent anywhere")
    endpoint = OpenAIEndpoint(key_of, proxy=loaded.settings.proxy, ca_bundle=loaded.settings.ca_bundle)
    try:
        for profile in profiles.values():
            if only in {None, profile.name}:
                async for check in _model(profile, endpoint, loaded):
                    yield check
    finally:
        await endpoint.close()


def _configuration(loaded: Loaded) -> list[Check]:
    where = str(loaded.config_file) if loaded.config_file else "no config.toml (environment and defaults are used)"
    checks = [Check(None, f"configuration: {where}")]
    checks += [Check(good=False, text=str(problem)) for problem in loaded.problems]
    checks.append(Check(None, f"cache: {cache_folder(os.environ)}; journal: {state_folder(os.environ)}"))
    return checks


async def _model(profile: Profile, endpoint: OpenAIEndpoint, loaded: Loaded) -> AsyncIterator[Check]:
    roles = [role.value for role in Role if getattr(loaded.settings, role.value) == profile.name]
    used = f", used for {' and '.join(roles)}" if roles else ""
    yield Check(None, f"model {profile.name}: {profile.model} at {profile.base_url}{used}")
    yield Check(None, f"  family {profile.family.title}, spoken to as {profile.endpoint.name}, "
                      f"checked {profile.endpoint.checked_on}")  # fmt: skip
    key = key_of(profile)
    if profile.key_env:
        good = bool(key) if profile.endpoint.key_needed else None
        state = "found" if key else "not set in this environment (an editor may have another one)"
        yield Check(good, f"  key: {profile.key_env} {state}")
    listed = await endpoint.list_models(profile, seconds=_SECONDS)
    if isinstance(listed, Failure):
        yield Check(None, f"  the host's list of models: {listed.sentence}")
    elif listed and profile.model not in listed:
        yield Check(
            good=False, text=f"  {profile.host} does not list {profile.model!r}; it lists: {', '.join(listed[:12])}"
        )
    for role in Role:
        refused = profile.cannot(role)
        if refused:
            yield Check(None, f"  not for {role.value}: {refused}")
            continue
        async for check in _request(profile, endpoint, role):
            yield check


async def _request(profile: Profile, endpoint: OpenAIEndpoint, role: Role) -> AsyncIterator[Check]:
    """One tiny request in a role."""
    python = by_id("python")
    place = Place(_PREFIX, "\n", python, multiline=False, indent_unit="    ")
    style = profile.style_for(role)
    if role is Role.INLINE:
        made = prompt(Context("area.py", python.id, python.title, Window("", _PREFIX, "\n", 0)), style, templates())
        ask = Ask(role, messages=made.messages, prefix=made.prefix, suffix=made.suffix, stops=made.stops, max_tokens=64)
        exchange = await endpoint.exchange(
            build(profile, ask), lambda text: enough(text, place, style), seconds=_SECONDS
        )
    else:
        messages = (("user", "Answer with the one word: ready"),)
        exchange = await endpoint.exchange(build(profile, Ask(role, messages=messages)), lambda _: False, seconds=90)
    if exchange.failure is not None:
        yield Check(good=False, text=f"  {role.value}: {exchange.failure.sentence}")
        return
    first = f"{exchange.first_token_ms:.0f} ms to the first token" if exchange.first_token_ms is not None else "no text"
    said = ""
    if role is Role.INLINE:
        draft = unwrap(exchange.text, place, style).draft
        said = f", suggests {draft.text!r}" if draft is not None else ", but nothing usable was in the answer"
    counted = "" if exchange.usage.prompt is None else f", {exchange.usage.prompt} + {exchange.usage.completion} tokens"
    yield Check(good=True, text=f"  {role.value}: answers, {first}{counted}{said}")
    if exchange.usage.reasoning and profile.role(role).thinking == "off":
        yield Check(good=False, text=f"  {role.value}: the model still thinks although it was asked not to")
