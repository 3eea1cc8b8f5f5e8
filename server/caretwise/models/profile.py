"""A profile: everything about one model at one endpoint, merged from a family, an endpoint and the user's own words.

A *family* says what the model can do and what it is best asked (thinking, prompt style, limits). An *endpoint* says how
that host wants it said, route by route (path, names of fields, the thinking switch, what it refuses). The same model at
another host has another switch: that is why there are two.
"""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from caretwise.models.layout import Layout
from caretwise.models.route import CHAT, RAW_FIM, Route, api_of

Json = dict[str, Any]
"""A JSON object."""


class Role(enum.StrEnum):
    """What a model is used for."""

    INLINE = "inline"
    FIX = "fix"


@dataclass(frozen=True, slots=True)
class RoleDefaults:
    """How a family is used in one role. `style` is a prompt style."""

    style: str = "snippet"
    thinking: str = ""
    """"on", "off", "lowest" (it cannot be switched off; as little as the model allows), or "" (nothing to say)."""
    effort: str = ""
    """The model's word for how much it shall think, for hosts that have a field for it."""
    max_tokens: int = 160
    sampling: Mapping[str, float] = field(default_factory=dict[str, float])
    refused: str = ""
    """Why this family must not be used in this role; empty when it may."""

    @property
    def thinks(self) -> bool:
        """Whether the model will think, so that its limit must leave room for that."""
        return self.thinking in {"on", "lowest"}


@dataclass(frozen=True, slots=True)
class Family:
    """What a model can do. `models` are patterns for model ids (case-folded, `*` matches anything)."""

    name: str
    title: str
    models: tuple[str, ...]
    context: int
    inline: RoleDefaults
    fix: RoleDefaults
    fills_in: bool = True
    """False for a model that is known not to fill in the middle."""
    layout: Layout | None = None
    checked_on: str = ""
    source: str = ""

    def matches(self, model: str) -> bool:
        """Whether a model id belongs to this family."""
        return self.closeness(model) > 0

    def closeness(self, model: str) -> int:
        """How closely a pattern of this family describes a model id: its length; 0 when none fits.

        What stands before the last slash (`moonshotai/`, `openai/`) is not looked at.
        """
        return max((len(one) for one in self.models if _fits(model.rpartition("/")[2], one)), default=0)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a host wants to be spoken to. Prices are US dollars per million tokens, by patterns of model ids."""

    name: str
    title: str
    routes: Mapping[str, Route]
    """By what kind they are, see `route.APIS`."""
    inline: tuple[str, ...]
    """The routes that ghost text may take, best first: the first that the model can. Fixes take the chat route."""
    hosts: tuple[str, ...] = ()
    """Host names (`*` matches anything), with a port where that tells servers apart."""
    base_url: str = ""
    version_paths: tuple[str, ...] = ("/v1",)
    """What a base URL may end in; a route that lies `outside` is found without it."""
    key_env: str = ""
    key_envs: Mapping[str, str] = field(default_factory=dict[str, str])
    """By host name, where not all hosts take the same key."""
    key_needed: bool = True
    self_hosted: bool = False
    serves_any_id: bool = False
    """The host has one model and answers with it whatever id is sent."""
    ids_are_own: bool = False
    """Models have ids that their users gave them, which say nothing of what they are."""
    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    finish_reason_needed: bool = True
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    no_prices: str = ""
    """Why there are no prices, for a host that is not self-hosted."""
    checked_on: str = ""
    source: str = ""

    @property
    def allowed(self) -> frozenset[str]:
        """Every body field that is ever sent to this host."""
        return frozenset[str]().union(*(route.allowed for route in self.routes.values()))

    @property
    def path(self) -> str:
        """The path of the route that ghost text prefers, for people."""
        return self.routes[self.inline[0]].path

    def serves(self, host: str) -> bool:
        """Whether this is how a host (`name` or `name:port`) is spoken to."""
        return any(_fits(host, one) for one in self.hosts)


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

    def route(self, role: Role) -> Route:
        """The route that a role takes. Ghost text: the user's style decides, else the first that the model can."""
        routes = self.endpoint.routes
        if role is Role.FIX:
            return routes.get(CHAT) or routes[self.endpoint.inline[0]]
        wanted = api_of(self.style)
        if wanted in routes and (wanted != RAW_FIM or self.family.layout):
            return routes[wanted]
        able = [api for api in self.endpoint.inline if self._can(api)]
        return routes[able[0] if able else self.endpoint.inline[0]]

    def _can(self, api: str) -> bool:
        if api == CHAT:
            return True
        if api == RAW_FIM:
            return self.family.layout is not None
        return self.family.fills_in

    def style_for(self, role: Role) -> str:
        """The prompt style in a role: named like the route, or for a chat route the user's or the family's."""
        route = self.route(role)
        if route.api != CHAT:
            return route.api
        if role is Role.INLINE and api_of(self.style) == CHAT:
            return self.style
        return self.role(role).style

    @property
    def host(self) -> str:
        """Host and port of the endpoint, for people and for the journal."""
        parts = urlsplit(self.base_url)
        return parts.hostname + (f":{parts.port}" if parts.port else "") if parts.hostname else ""

    def address(self, route: Route) -> str:
        """The full address of a route."""
        root = self.base_url
        if route.outside:
            root = next((root.removesuffix(one) for one in self.endpoint.version_paths if root.endswith(one)), root)
        return root + route.path

    def cannot(self, role: Role) -> str:
        """Why the model cannot serve a role; empty when it can."""
        if role is Role.FIX and CHAT not in self.endpoint.routes:
            return f"{self.name} is reached through a fill-in-the-middle route, which writes completions and no fixes"
        return self.role(role).refused

    def reasoning_fields(self) -> tuple[str, ...]:
        """Where this host puts the model's thinking."""
        return self.endpoint.reasoning_fields

    def price(self) -> Mapping[str, float]:
        """US dollars per million tokens by kind ("input", "output", "cached"); empty when not known."""
        model = self.model.rpartition("/")[2]
        return self.endpoint.prices.get(_closest(model, self.endpoint.prices), {})


def _fits(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(text.lower(), pattern.lower())


def _closest(text: str, patterns: Iterable[str]) -> str:
    """The longest of the patterns that fit; "" when none does."""
    return max((one for one in patterns if _fits(text, one)), key=len, default="")
