"""`caretwise doctor`: configuration, key, endpoint, one completion and one fix request; what to change."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

import click

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.keys import key_of
from caretwise.adapters.resources import templates
from caretwise.adapters.settings import NOT_THERE, Loaded, cache_folder, load, state_folder
from caretwise.adapters.settings_check import Problem
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
    """One line of the examination. `good` None: for information. `then`: what to do about it, when it is not good."""

    good: bool | None
    text: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """What there is to examine: the sources, the models that can be used, and what is wrong."""

    loaded: Loaded
    profiles: Mapping[str, Profile]
    problems: Sequence[Problem]

    @property
    def file(self) -> str:
        """Path of the configuration file, there or not."""
        return str(self.loaded.looked_for)

    def source_of(self, profile: Profile) -> str:
        """Where a model was described."""
        environment = profile.name == self.loaded.environment_model
        return "the CARETWISE_ variables" if environment else f"[models.{profile.name}] in {self.file}"


@click.command("doctor")
@click.argument("model", required=False)
def command(model: str | None) -> None:
    """Examine the configuration and your models (or just MODEL): is there a key, does the host answer, is it fast?

    Sends one tiny request for each role that a model is configured for, with no code of yours. Exit status 1 when
    something is wrong. The last line says what to do next.
    """
    sys.exit(asyncio.run(_examine(model)))


async def _examine(only: str | None) -> int:
    examined = _examined()
    first: Check | None = None
    async for check in _checks(examined, only):
        mark, colour = {True: ("ok  ", "green"), False: ("FAIL", "red"), None: ("    ", None)}[check.good]
        click.echo(f"{click.style(mark, fg=colour)} {printable(check.text)}")
        if check.good is False and first is None:
            first = check
    then = f"{first.then}, then run `caretwise doctor` again." if first is not None else _when_well(examined)
    click.echo(f"Next: {printable(then)}")
    return 0 if first is None else 1


def _examined() -> Examined:
    loaded = load()
    profiles, wrong = resolve_models(loaded)
    defined = f"models.{loaded.environment_model}"
    own = [replace(problem, file="environment") if problem.key == defined else problem for problem in wrong]
    return Examined(loaded, profiles, [*loaded.problems, *own])


async def _checks(examined: Examined, only: str | None) -> AsyncIterator[Check]:
    loaded, profiles = examined.loaded, examined.profiles
    for check in (*_configuration(examined), *_roles(examined)):
        yield check
    if only is not None and only not in profiles:
        yield _not_examined(examined, only)
        return
    endpoint = OpenAIEndpoint(key_of, proxy=loaded.settings.proxy, ca_bundle=loaded.settings.ca_bundle)
    try:
        for profile in profiles.values():
            if only in {None, profile.name}:
                async for check in _model(profile, endpoint, examined):
                    yield check
    finally:
        await endpoint.close()


def _not_examined(examined: Examined, name: str) -> Check:
    if name in examined.loaded.settings.models:
        return Check(None, f"model {name} is not examined: it has the fault that is said above")
    known = ", ".join(examined.loaded.settings.models) or "none"
    return Check(
        good=False, text=f"there is no model {name!r}; configured: {known}", then="name one that is configured"
    )


def _configuration(examined: Examined) -> list[Check]:
    """The file with its state, then every problem, each in one line."""
    of_file = [problem for problem in examined.problems if problem.file == examined.file]
    others = [problem for problem in examined.problems if problem.file != examined.file]
    checks = [_file_state(examined, of_file)]
    # What is wrong with the file as a whole is said in its first line.
    each = [problem for problem in of_file if problem.key]
    checks += [Check(good=False, text=str(one), then=f"correct {examined.file}") for one in each]
    checks += [
        Check(good=False, text=str(one), then="correct the CARETWISE_ variables as said above") for one in others
    ]
    checks.append(Check(None, f"cache: {cache_folder(os.environ)}; journal: {state_folder(os.environ)}"))
    return checks


def _file_state(examined: Examined, problems: Sequence[Problem]) -> Check:
    """The path that was looked for, with "not there", "cannot be read: why" or "N problems"."""
    named, unread = f"configuration {examined.file}", examined.loaded.unread
    if unread == NOT_THERE and problems:
        text = f"{named}: {NOT_THERE}. {problems[0].message}"
        return Check(good=False, text=text, then="correct CARETWISE_CONFIG or unset it")
    if unread == NOT_THERE:
        return Check(None, f"{named}: {NOT_THERE} (environment and defaults are used)")
    if unread:
        return Check(good=False, text=f"{named}: cannot be read: {unread}", then=f"correct {examined.file}")
    counted = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return Check(None if problems else True, f"{named}: {counted}")


def _roles(examined: Examined) -> list[Check]:
    """Who serves each role, and what happens in one that nobody serves."""
    without = {Role.INLINE: "the embedded engine answers and nothing is sent", Role.FIX: "no fixes are offered"}
    checks: list[Check] = []
    for role in Role:
        name = getattr(examined.loaded.settings, role.value)
        lost = any(problem.key in {"", role.value} for problem in examined.problems)
        if name in examined.profiles:
            checks.append(Check(None, f"{role.value}: {name}"))
        elif name or lost:
            checks.append(Check(None, f"{role.value}: until that is corrected, {without[role]}"))
        else:
            checks.append(Check(None, f"{role.value}: not configured: {without[role]}"))
    return checks


def _when_well(examined: Examined) -> str:
    """What to do next when nothing failed."""
    settings = examined.loaded.settings
    if not settings.models:
        return "`caretwise setup` adds a model; `caretwise try` shows the embedded engine at work."
    if not settings.inline and not settings.fix:
        name = next(iter(settings.models))
        return f'no model is used yet: put inline = "{name}" and fix = "{name}" at the head of {examined.file}.'
    return "nothing has to be changed; `caretwise try` shows it at work."


async def _model(profile: Profile, endpoint: OpenAIEndpoint, examined: Examined) -> AsyncIterator[Check]:
    settings, source = examined.loaded.settings, examined.source_of(profile)
    yield Check(None, f"model {profile.name}: {profile.model} at {profile.base_url}")
    yield Check(None, f"  family {profile.family.title}, spoken to as {profile.endpoint.name}, "
                      f"checked {profile.endpoint.checked_on}")  # fmt: skip
    key = key_of(profile)
    if profile.key_env:
        good = bool(key) if profile.endpoint.key_needed else None
        state = "found" if key else "not set in this environment (an editor may have another one)"
        yield Check(good, f"  key: {profile.key_env} {state}", f"set {profile.key_env} to the key for {profile.host}")
    reachable = bool(key) or not profile.endpoint.key_needed
    listed = await endpoint.list_models(profile, seconds=_SECONDS) if reachable else []
    if isinstance(listed, Failure):
        yield Check(None, f"  the host's list of models: {listed.sentence}")
    elif listed and profile.model not in listed:
        said = f"  {profile.host} does not list {profile.model!r}; it lists: {', '.join(listed[:12])}"
        yield Check(good=False, text=said, then=f"write an id that the host lists as the model of {source}")
    for role in Role:
        if getattr(settings, role.value) != profile.name:
            yield Check(None, f"  {role.value}: not configured for {profile.name}, not tested")
        elif profile.cannot(role):
            yield Check(good=False, text=f"  {role.value}: {profile.cannot(role)}", then=_elsewhere(role, examined))
        elif not reachable:
            yield Check(None, f"  {role.value}: not tested without a key")
        else:
            async for check in _request(profile, endpoint, role):
                yield replace(check, then=f"correct {source}, or see to the host, as the first FAIL says")


def _elsewhere(role: Role, examined: Examined) -> str:
    """What to do about a model that cannot serve the role it is configured for."""
    how = f"name another model as {role.value} in {examined.file}, or none"
    name = examined.loaded.environment_model
    return f"unset CARETWISE_MODEL (it serves both roles) and {how}" if name else how


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
