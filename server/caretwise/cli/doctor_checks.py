"""What `doctor` says about the configuration itself, before any model is asked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caretwise.adapters.config_file import NOT_THERE
from caretwise.adapters.keys import Keys
from caretwise.adapters.settings import Loaded, cache_folder, state_folder
from caretwise.adapters.settings_check import Problem
from caretwise.models.profile import Profile, Role


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination. `good` None: for information. `then`: what to do about it, when it is not good.

    `warning`: it works as it is, and is perhaps not what was meant.
    """

    good: bool | None
    text: str
    then: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Examined:
    """What there is to examine: the sources, the models that can be used, and what is wrong."""

    loaded: Loaded
    profiles: Mapping[str, Profile]
    problems: Sequence[Problem]
    keys: Keys

    @property
    def file(self) -> str:
        """Path of the configuration file, there or not."""
        return str(self.loaded.looked_for)

    def source_of(self, profile: Profile) -> str:
        """Where a model was described."""
        environment = profile.name == self.loaded.environment_model
        return "the CARETWISE_ variables" if environment else f"[models.{profile.name}] in {self.file}"


def configuration_checks(examined: Examined) -> list[Check]:
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
    if examined.loaded.settings.self_hosted_only:
        own = ", ".join(examined.loaded.settings.own_hosts) or "none"
        checks.append(Check(None, f"self_hosted_only: no other host is connected to; own_hosts: {own}"))
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


def role_checks(examined: Examined) -> list[Check]:
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


def when_well(examined: Examined) -> str:
    """What to do next when nothing failed."""
    settings = examined.loaded.settings
    if not settings.models:
        return "`caretwise setup` adds a model; `caretwise try` shows the embedded engine at work."
    if not settings.inline and not settings.fix:
        name = next(iter(settings.models))
        return f'no model is used yet: put inline = "{name}" and fix = "{name}" at the head of {examined.file}.'
    return "nothing has to be changed; `caretwise try` shows it at work."
