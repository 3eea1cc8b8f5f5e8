"""The models that the settings name: their profiles, what is wrong with the others, and the way to them."""

from __future__ import annotations

from dataclasses import fields, replace

import attrs

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.keys import Keys
from caretwise.adapters.resources import catalog
from caretwise.adapters.route import forbidden
from caretwise.adapters.settings import Loaded, ModelSettings, Settings
from caretwise.adapters.settings_check import Problem
from caretwise.models.catalog import ModelChoice
from caretwise.models.profile import Profile


def resolve_models(loaded: Loaded) -> tuple[dict[str, Profile], list[Problem]]:
    """The profiles of all configured models, and what is wrong with the others."""
    profiles: dict[str, Profile] = {}
    problems: list[Problem] = []
    for name, model in loaded.settings.models.items():
        resolved = catalog().resolve(_choice(name, model))
        fault = resolved if isinstance(resolved, str) else fault_of_host(loaded.settings, resolved)
        if isinstance(resolved, str) or fault:
            source = str(loaded.config_file or "environment")
            problems.append(Problem(source, f"models.{name}", fault))
        else:
            elsewhere = model.key_command or model.key_keyring
            profiles[name] = replace(resolved, key_env="") if elsewhere else resolved
    return profiles, problems


def fault_of_host(settings: Settings, profile: Profile) -> str:
    """Why the settings forbid to connect to a profile's host; "" when they do not."""
    return forbidden(profile.base_url, settings.proxy, settings.own_hosts) if settings.self_hosted_only else ""


def endpoint_of(settings: Settings, keys: Keys | None = None) -> OpenAIEndpoint:
    """The way to the models, as the settings allow it."""
    return OpenAIEndpoint(
        keys or Keys(settings.models),
        proxy=settings.proxy,
        ca_bundle=settings.ca_bundle,
        forbidden=lambda profile: fault_of_host(settings, profile),
    )


def _choice(name: str, model: ModelSettings) -> ModelChoice:
    known = {field.name for field in fields(ModelChoice)}
    return ModelChoice(name=name, **{key: value for key, value in attrs.asdict(model).items() if key in known})
