"""The catalog of families and endpoints, and the merge of both with what the user wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from caretwise.models.address import address_fault
from caretwise.models.profile import Endpoint, Family, Profile, RoleDefaults

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
        """The family of a model id; the generic one when none fits."""
        found = (family for family in self.families.values() if family.matches(model))
        return next(found, self.families[GENERIC_FAMILY])

    def endpoint_of(self, base_url: str) -> Endpoint:
        """The endpoint that a host name stands for; the generic one when it stands for none."""
        host = (urlsplit(base_url).hostname or "").lower()
        found = (endpoint for endpoint in self.endpoints.values() if host and host in endpoint.hosts)
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
        return Profile(
            name=choice.name,
            model=choice.model,
            base_url=base_url,
            family=self.families[choice.family] if choice.family else self.family_of(choice.model),
            endpoint=endpoint,
            key_env=choice.key_env or endpoint.key_env,
            style=choice.style,
            max_tokens=choice.max_tokens,
        )


def read_family(name: str, data: Mapping[str, Any]) -> Family:
    """A family from its TOML table.

    Raises KeyError or TypeError on data that is not as documented (these files are ours and tested).
    """
    return Family(
        name=name,
        title=data["title"],
        models=tuple(data["models"]),
        context=data["context"],
        inline=_role(data.get("inline", {}), RoleDefaults(max_tokens=160)),
        fix=_role(data.get("fix", {}), RoleDefaults(style="search_replace", max_tokens=2048)),
        checked_on=data.get("checked_on", ""),
        source=data.get("source", ""),
    )


def _role(data: Mapping[str, Any], default: RoleDefaults) -> RoleDefaults:
    return RoleDefaults(
        style=data.get("style", default.style),
        thinking=data.get("thinking", default.thinking),
        max_tokens=data.get("max_tokens", default.max_tokens),
        sampling=data.get("sampling", {}),
        refused=data.get("refused", ""),
    )


def read_endpoint(name: str, data: Mapping[str, Any]) -> Endpoint:
    """An endpoint from its TOML table. Raises as `read_family` does."""
    thinking = cast("Mapping[str, Any]", data.get("thinking", {}))
    plain = ("base_url", "key_env", "key_needed", "token_field", "stop_limit", "stop_bytes", "sampling",
             "usage_in_stream", "finish_reason_needed", "checked_on", "source", "prices")  # fmt: skip
    return Endpoint(
        name=name,
        title=data["title"],
        api=data["api"],
        path=data["path"],
        allowed=frozenset(data["allowed"]),
        hosts=tuple(data.get("hosts", ())),
        thinking_on=thinking.get("on", {}),
        thinking_off=thinking.get("off", {}),
        reasoning_fields=tuple(data.get("reasoning_fields", ("reasoning_content", "reasoning"))),
        **{key: data[key] for key in plain if key in data},
    )
