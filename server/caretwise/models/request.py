"""The one place where a request body is made. Nothing is sent that the endpoint's profile does not name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.models.profile import Json, Profile, Role


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be asked: chat `messages` as (role, text), or `prefix` and `suffix`; `stops` in order of importance."""

    role: Role
    messages: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    suffix: str = ""
    stops: tuple[str, ...] = ()
    max_tokens: int | None = None
    """The caller's limit for visible tokens; what the model thinks comes on top where it thinks."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes out: the path below the base URL, and the JSON body."""

    profile: Profile
    path: str
    body: Json
    thinking: bool | None
    """Whether thinking was asked for; None when the host has no switch for it."""


def build(profile: Profile, ask: Ask) -> Request:
    """The request for `ask`. Always a stream."""
    endpoint, defaults = profile.endpoint, profile.role(ask.role)
    body: Json = {"model": profile.model, "stream": True}
    if endpoint.api == "fim":
        body |= {"prompt": ask.prefix, "suffix": ask.suffix}
    else:
        body["messages"] = [{"role": role, "content": text} for role, text in ask.messages]
    if endpoint.usage_in_stream:
        body["stream_options"] = {"include_usage": True}
    switch = endpoint.thinking_on if defaults.thinking == "on" else endpoint.thinking_off
    thinking = (defaults.thinking == "on") if defaults.thinking and switch else None
    if defaults.thinking:
        body |= _copy(switch)
    if endpoint.sampling == "free":
        body |= dict(defaults.sampling)
    body[endpoint.token_field] = _limit(profile, ask, thinks=defaults.thinking == "on")
    stops = _stops(ask.stops, endpoint.stop_limit, endpoint.stop_bytes)
    if stops:
        body["stop"] = stops
    allowed = {key: value for key, value in body.items() if key in endpoint.allowed}
    return Request(profile, endpoint.path, allowed, thinking)


def _limit(profile: Profile, ask: Ask, *, thinks: bool) -> int:
    configured = profile.max_tokens.get(ask.role.value, profile.role(ask.role).max_tokens)
    if thinks or ask.max_tokens is None:
        return configured
    return min(configured, ask.max_tokens)


def _stops(stops: Sequence[str], limit: int, most_bytes: int) -> list[str]:
    fitting = [stop for stop in stops if not most_bytes or len(stop.encode("utf-8", "replace")) <= most_bytes]
    return fitting[:limit]


def _copy(fragment: object) -> Json:
    """A deep copy of a JSON fragment, so that no request can change a profile."""
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in dict(fragment).items()}  # type: ignore[call-overload]
