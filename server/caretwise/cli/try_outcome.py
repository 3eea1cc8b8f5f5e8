"""Whether the models of `caretwise try` could work: what the configuration says before, and the journal afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caretwise.adapters.settings import Settings
from caretwise.adapters.settings_check import Problem
from caretwise.measure.event import Event, Kind
from caretwise.models.profile import Profile, Role

_OF_MODELS = ("models", Role.INLINE.value, Role.FIX.value, "CARETWISE_")
"""How the keys of problems begin that may leave a role without its model."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the configuration: sentences to show, and the models that cannot work because of it."""

    sentences: tuple[str, ...]
    idle: tuple[str, ...]


def faults(settings: Settings, profiles: Mapping[str, Profile], problems: Sequence[Problem]) -> Faults:
    """The faults that are known before anything is asked."""
    sentences = [str(problem) for problem in problems]
    named = [settings.inline, settings.fix]
    idle = [name for name in named if name and name not in profiles]
    inline = profiles.get(settings.inline)
    if inline is not None and (refused := inline.cannot(Role.INLINE)):
        sentences.append(f"{inline.name} is not asked for ghost text: {refused}")
        idle.append(inline.name)
    if not idle and inline is None and any(not one.key or one.key.startswith(_OF_MODELS) for one in problems):
        idle.append("The configured model")
    return Faults(tuple(sentences), tuple(dict.fromkeys(idle)))


def failed(events: Sequence[Event], model: str) -> bool:
    """Whether a model was asked in a role and came to nothing but failures there."""
    asked = [event for event in events if event.model == model]
    roles = {event.role for event in asked if event.kind is Kind.FAILED}
    return bool(roles - {event.role for event in asked if event.kind is Kind.RETURNED})


def empty_answers(events: Sequence[Event], model: str) -> int:
    """How often a model was asked for ghost text, when each of its answers was empty; else 0."""
    answers = [one for one in events if one.model == model and one.role == "inline" and one.kind is Kind.RETURNED]
    return len(answers) if not any(one.characters for one in answers) else 0
