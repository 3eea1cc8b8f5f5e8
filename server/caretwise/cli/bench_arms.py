"""Arms: the models and settings that a run compares, as they are named on the command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import attrs
import click

from caretwise import __version__
from caretwise.adapters.configured_models import resolve_models
from caretwise.adapters.settings import Loaded
from caretwise.models.profile import Profile

MODEL_KEYS = frozenset({"style", "family", "model", "endpoint"})
"""What an arm may say of its model."""

SETTING_KEYS = frozenset({"context_tokens", "related_tokens"})
"""What an arm may say of the settings."""

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison: a name for people, the settings, the model (None: the embedded engine)."""

    name: str
    loaded: Loaded
    profile: Profile | None

    @property
    def key(self) -> str:
        """A digest of everything that shapes the arm's answers."""
        profile, settings = self.profile, self.loaded.settings
        shape: dict[str, Any] = {name: getattr(settings, name) for name in sorted(SETTING_KEYS)}
        if profile is not None:
            shape |= {"model": profile.model, "base_url": profile.base_url, "family": profile.family.name}
            shape |= {"endpoint": profile.endpoint.name, "style": profile.style}
        text = json.dumps([__version__, profile is None, shape], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def prices(self) -> Mapping[str, float]:
        """US dollars per million tokens; empty when none are known or nothing is sent."""
        return self.profile.price() if self.profile is not None else {}


def arms_of(words: tuple[str, ...], loaded: Loaded) -> list[Arm]:
    """The arms that were asked for; without any the configured model, or the embedded engine.

    Raises click.BadParameter with a sentence for one that cannot be.
    """
    names = words or (loaded.settings.inline or EMBEDDED,)
    if len(set(names)) < len(names):
        raise click.BadParameter("an arm is named twice; each must differ from the others")
    return [_arm(name, loaded) for name in names]


def _arm(word: str, loaded: Loaded) -> Arm:
    model, _, rest = word.partition(":")
    said = dict(_pair(part, word) for part in rest.split(",") if part)
    settings = attrs.evolve(loaded.settings, journal=False, automatic=True, languages_off=(), fix="")
    settings = attrs.evolve(settings, fallback=False)  # an arm is one model, whatever becomes of it
    settings = attrs.evolve(settings, **{key: _number(key, said[key]) for key in SETTING_KEYS & said.keys()})
    if model == EMBEDDED:
        if MODEL_KEYS & said.keys():
            raise click.BadParameter(f"{word!r}: the embedded engine is no model of yours; it has no style")
        return Arm(word, attrs.evolve(loaded, settings=attrs.evolve(settings, inline="", cache=False)), None)
    if model not in settings.models:
        known = ", ".join(sorted(settings.models)) or "none is configured"
        raise click.BadParameter(f"there is no model {model!r}; configured: {known}, and always: {EMBEDDED}")
    chosen = attrs.evolve(settings.models[model], **{key: said[key] for key in MODEL_KEYS & said.keys()})
    settings = attrs.evolve(settings, inline=model, models={model: chosen})
    own = attrs.evolve(loaded, settings=settings)
    profiles, problems = resolve_models(own)
    if model not in profiles:
        raise click.BadParameter(f"{word!r}: {'; '.join(map(str, problems))}")
    return Arm(word, own, replace(profiles[model], name=word))


def _pair(part: str, word: str) -> tuple[str, str]:
    key, equals, value = part.partition("=")
    if not equals or key not in MODEL_KEYS | SETTING_KEYS:
        known = ", ".join(sorted(MODEL_KEYS | SETTING_KEYS))
        raise click.BadParameter(f"{word!r}: an arm is MODEL or MODEL:KEY=VALUE,...; keys are {known}")
    return key, value


def _number(key: str, value: str) -> int:
    if not value.isdecimal() or int(value) > 200_000:
        raise click.BadParameter(f"{key}={value!r}: a number of tokens from 0 to 200000 is wanted")
    return int(value)
