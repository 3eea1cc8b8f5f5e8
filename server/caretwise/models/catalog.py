"""The catalog of families and endpoints, and the merge of both with what the user wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from caretwise.models.address import address_fault
from caretwise.models.layout import Layout
from caretwise.models.profile import Endpoint, Family, Profile, RoleDefaults
from caretwise.models.route import APIS, CHAT, CHAT_STYLES, RAW_FIM, Route, api_of

GENERIC_ENDPOINT = "openai-compatible"
GENERIC_FAMILY = "chat"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the user wrote about one model. Empty strings mean: not said."""

    name: str
    model: str = ""
    base_url: str = ""
    endpoint: str = ""
    key_env: str = ""
    style: str = ""
    family: str = ""
    max_tokens: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Catalog:
    """All families and endpoints that are known, by name."""

    families: Mapping[str, Family]
    endpoints: Mapping[str, Endpoint]

    def family_of(self, model: str) -> Family:
        """The family whose pattern describes a model id most closely; the generic one when none fits."""
        closest = max(self.families.values(), key=lambda family: family.closeness(model))
        return closest if closest.matches(model) else self.families[GENERIC_FAMILY]

    def endpoint_of(self, base_url: str) -> Endpoint:
        """The endpoint that a host name stands for; the generic one when it stands for none."""
        parts = urlsplit(base_url)
        host = (parts.hostname or "").lower()
        names = {host, f"{host}:{parts.port}"} if host else set[str]()
        found = (endpoint for endpoint in self.endpoints.values() if any(map(endpoint.serves, names)))
        return next(found, self.endpoints[GENERIC_ENDPOINT])

    def resolve(self, choice: ModelChoice) -> Profile | str:
        """The merged profile, or a sentence that says what is wrong and what would be right."""
        if choice.endpoint and choice.endpoint not in self.endpoints:
            known = ", ".join(sorted(self.endpoints))
            return f"endpoint {choice.endpoint!r} is not known; one of these would be: {known}"
        if choice.family and choice.family not in self.families:
            known = ", ".join(sorted(self.families))
            return f"family {choice.family!r} is not known; one of these would be: {known}"
        if choice.base_url and (fault := address_fault(choice.base_url)):
            return f"base_url: {fault}"
        endpoint = self.endpoints[choice.endpoint] if choice.endpoint else self.endpoint_of(choice.base_url)
        base_url = (choice.base_url or endpoint.base_url).rstrip("/")
        if not base_url:
            return (
                f"base_url is missing: endpoint {endpoint.name!r} has none of its own (http://localhost:8000/v1, say)"
            )
        if not choice.model:
            return "model is missing: write the model's id as the host names it (kimi-k2.6, say)"
        family = self.families[choice.family] if choice.family else self.family_of(choice.model)
        if choice.style and (fault := _style_fault(choice.style, family, endpoint)):
            return f"style: {fault}"
        return Profile(
            name=choice.name,
            model=choice.model,
            base_url=base_url,
            family=family,
            endpoint=endpoint,
            key_env=choice.key_env or endpoint.key_envs.get(urlsplit(base_url).hostname or "", endpoint.key_env),
            style=choice.style,
            max_tokens=choice.max_tokens,
        )


def _style_fault(style: str, family: Family, endpoint: Endpoint) -> str:
    """What is wrong with a style that the user names; "" when nothing is."""
    api = api_of(style)
    if not api:
        known = ", ".join((*CHAT_STYLES[:2], *(one for one in APIS if one != CHAT)))
        return f"{style!r} is not known; one of these would be: {known}"
    if api not in endpoint.routes:
        return f"{style!r} needs a route that endpoint {endpoint.name!r} does not have ({', '.join(endpoint.routes)})"
    if api == RAW_FIM and family.layout is None:
        return f"{style!r} needs the model's control tokens, and family {family.name!r} names none; set family"
    return ""


def read_family(name: str, data: Mapping[str, Any]) -> Family:
    """A family from its TOML table.

    Raises KeyError or TypeError on data that is not as documented (these files are ours and tested).
    """
    layout = data.get("layout")
    return Family(
        name=name,
        title=data["title"],
        models=tuple(data["models"]),
        context=data["context"],
        inline=_role(data.get("inline", {}), RoleDefaults(max_tokens=160)),
        fix=_role(data.get("fix", {}), RoleDefaults(style="search_replace", max_tokens=2048)),
        fills_in=data.get("fills_in", True),
        layout=_layout(layout) if layout else None,
        checked_on=data.get("checked_on", ""),
        source=data.get("source", ""),
    )


def _role(data: Mapping[str, Any], default: RoleDefaults) -> RoleDefaults:
    fields: dict[str, Any] = {"style": default.style, "max_tokens": default.max_tokens, **data}
    return RoleDefaults(**fields)


def _layout(data: Mapping[str, Any]) -> Layout:
    fields: dict[str, Any] = {**data, **{key: tuple(data.get(key, ())) for key in ("tokens", "stops")}}
    return Layout(**fields)


def read_endpoint(name: str, data: Mapping[str, Any]) -> Endpoint:
    """An endpoint from its TOML table. Raises as `read_family` does."""
    routes = {api: _route(api, route) for api, route in data["routes"].items()}
    lists = {key: tuple(data[key]) for key in ("hosts", "version_paths", "reasoning_fields") if key in data}
    inline = tuple(data.get("inline", routes))
    fields: dict[str, Any] = {**data, **lists, "name": name, "routes": routes, "inline": inline}
    return Endpoint(**fields)


def _route(api: str, data: Mapping[str, Any]) -> Route:
    thinking = cast("Mapping[str, Any]", data.get("thinking", {}))
    rest = {key: value for key, value in data.items() if key != "thinking"}
    switches = {f"thinking_{key}": value for key, value in thinking.items()}
    fields: dict[str, Any] = {**rest, **switches, "api": api, "allowed": frozenset(data["allowed"])}
    return Route(**fields)
