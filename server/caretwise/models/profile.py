"""A profile: everything about one model at one endpoint, merged from a family, an endpoint and the user's own words.

A *family* says what the model can do and what it is best asked (thinking, prompt style, limits). An *endpoint* says how
that host wants it said (path, names of fields, the thinking switch, what it refuses). The same model at another host has
another switch: that is why there are two.
"""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
"""A JSON object."""


class Role(enum.StrEnum):
    """What a model is used for."""

    INLINE = "inline"
    FIX = "fix"


@dataclass(frozen=True, slots=True)
class RoleDefaults:
    """How a family is used in one role. `style` is a prompt style; `thinking` is "on", "off" or "" (nothing to say)."""

    style: str = "snippet"
    thinking: str = ""
    max_tokens: int = 160
    sampling: Mapping[str, float] = field(default_factory=dict[str, float])
    refused: str = ""
    """Why this family must not be used in this role; empty when it may."""


@dataclass(frozen=True, slots=True)
class Family:
    """What a model can do. `models` are patterns for model ids (case-folded, `*` matches anything)."""

    name: str
    title: str
    models: tuple[str, ...]
    context: int
    inline: RoleDefaults
    fix: RoleDefaults
    checked_on: str = ""
    source: str = ""

    def matches(self, model: str) -> bool:
        """Whether a model id belongs to this family."""
        return any(fnmatch.fnmatchcase(model.lower(), pattern.lower()) for pattern in self.models)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a host wants to be spoken to. `allowed` names every body field that may be sent there: nothing else is.

    `stop_limit` 0 means that no stop strings are sent. Prices are US dollars per million tokens.
    """

    name: str
    title: str
    api: str
    """"chat" or "fim"."""
    path: str
    allowed: frozenset[str]
    hosts: tuple[str, ...] = ()
    base_url: str = ""
    key_env: str = ""
    key_needed: bool = True
    token_field: str = "max_tokens"
    stop_limit: int = 0
    stop_bytes: int = 0
    sampling: str = "omit"
    """"free": the family's values are sent; "omit": none are."""
    usage_in_stream: bool = True
    thinking_on: Mapping[str, Any] = field(default_factory=dict[str, Any])
    thinking_off: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    finish_reason_needed: bool = True
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    checked_on: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One model as the user configured it. `name` is what people see; `model` is the id that is sent."""

    name: str
    model: str
    base_url: str
    family: Family
    endpoint: Endpoint
    key_env: str
    style: str = ""
    max_tokens: Mapping[str, int] = field(default_factory=dict[str, int])

    def role(self, role: Role) -> RoleDefaults:
        """How this model is used in a role."""
        return self.family.inline if role is Role.INLINE else self.family.fix

    def style_for(self, role: Role) -> str:
        """The prompt style in a role: the host's for a host that only fills in the middle, else user's or family's."""
        if self.endpoint.api == "fim":
            return "fim"
        return self.style if self.style and role is Role.INLINE else self.role(role).style

    @property
    def host(self) -> str:
        """Host and port of the endpoint, for people and for the journal."""
        parts = urlsplit(self.base_url)
        return parts.hostname + (f":{parts.port}" if parts.port else "") if parts.hostname else ""

    def cannot(self, role: Role) -> str:
        """Why the model cannot serve a role; empty when it can."""
        if role is Role.FIX and self.endpoint.api == "fim":
            return f"{self.name} is reached through a fill-in-the-middle route, which writes completions and no fixes"
        return self.role(role).refused

    def reasoning_fields(self) -> tuple[str, ...]:
        """Where this host puts the model's thinking."""
        return self.endpoint.reasoning_fields

    def price(self) -> Mapping[str, float]:
        """US dollars per million tokens by kind ("input", "output", "cached"); empty when not known."""
        for pattern, price in self.endpoint.prices.items():
            if fnmatch.fnmatchcase(self.model.lower(), pattern.lower()):
                return price
        return {}
