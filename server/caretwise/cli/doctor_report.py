"""What `doctor --json` prints. `SCHEMA` is its documentation: a test holds every key of the output to it.

Version 1 grows by adding only. A key never holds a secret: keys are named, not shown; prompts are given by their length.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA_VERSION = 1

SCHEMA: dict[str, str] = {
    "schema": "number: 1; later versions only add",
    "ok": "true when nothing failed (exit status 0)",
    "next": "what to do next, a sentence",
    "configuration.file": "path that was looked at, there or not",
    "configuration.problems[]": "what is wrong with the configuration, sentences",
    "configuration.self_hosted_only": "the setting",
    "roles.inline": 'name of the model for ghost text; "" for the embedded engine',
    "roles.fix": 'name of the model for fixes; "" for none',
    "checks[].good": "true, false, or null for information",
    "checks[].warning": "true where it works as it is, and is perhaps not what was meant",
    "checks[].text": "the line as it is printed",
    "checks[].then": "what to do about it",
    "models[].name": "your name for it",
    "models[].model": "the id that is sent",
    "models[].address": "base URL",
    "models[].endpoint": "how the host is spoken to",
    "models[].family": "what kind of model it is taken for",
    "models[].checked_on": "when the endpoint's facts were last checked",
    "models[].key.kind": "variable, command, keyring or none",
    "models[].key.source": "name of the variable, program or entry",
    "models[].key.found": "whether it gave a key (true, false)",
    "models[].connection": "null when no connection was tried or it failed",
    "models[].connection.proxy": 'the proxy in between, "" for none',
    "models[].connection.tls": 'TLS version and cipher, "" for plain HTTP',
    "models[].connection.issuer": "who signed the certificate",
    "models[].connection.expires": "when it ends",
    "models[].connection.authorities": "whose signatures are trusted",
    "models[].requests[].role": "inline or fix",
    "models[].requests[].address": "where it was sent",
    "models[].requests[].body": "the body as sent, each text replaced by its length",
    "models[].requests[].failure": 'what went wrong, a code ("" for nothing)',
    "models[].requests[].refused": 'the parameter that the host refused, when it named one, else ""',
    "models[].requests[].first_token_ms": "ms to the first content token, null for none",
    "models[].requests[].total_ms": "ms in all",
    "models[].requests[].prompt_tokens": "as the host counted, null when it did not say",
    "models[].requests[].completion_tokens": "the same",
    "models[].requests[].cached_tokens": "the same",
    "models[].requests[].reasoning_tokens": "the same",
    "models[].requests[].thinking_asked": "on, off, lowest, or empty when the host has no switch",
    "models[].requests[].thinking_seen": "whether thinking came back",
    "models[].requests[].stops_sent": "number of stop strings: the profile's limit",
    "models[].timing": "null when nothing was timed",
    "models[].timing.requests": "requests that were timed",
    "models[].timing.failed": "of these, how many failed",
    "models[].timing.p50_ms": "median time to the first content token, null when none came",
    "models[].timing.p95_ms": "95th percentile of the same (nearest rank)",
    "models[].timing.cold_ms": "the first, with a prompt that no cache knew",
    "models[].timing.warm_ms": "the second, with the same prompt",
    "models[].timing.prefix_cache": "true, false, or null when the host does not say",
    "models[].timing.cached_tokens": "tokens of the second prompt that came from the cache, null when not said",
    "models[].price": "null when it is not known",
    "models[].price.input": "US dollars per million tokens",
    "models[].price.output": "the same",
    "models[].price.cached": "the same; absent when not known",
    "models[].per_1000_suggestions": "US dollars, null when the price is not known",
    "models[].per_1000_basis": "which tokens that was reckoned with",
}


@dataclass
class KeyRecord:
    """Where a key comes from."""

    kind: str
    source: str
    found: bool


@dataclass
class RequestRecord:
    """One request in a role, and what came of it."""

    role: str
    address: str
    body: dict[str, Any]
    failure: str = ""
    refused: str = ""
    first_token_ms: float | None = None
    total_ms: float = 0.0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    thinking_asked: str = ""
    thinking_seen: bool = False
    stops_sent: int = 0


@dataclass
class TimingRecord:
    """Several requests with a long prompt."""

    requests: int
    failed: int
    p50_ms: float | None
    p95_ms: float | None
    cold_ms: float | None
    warm_ms: float | None
    prefix_cache: bool | None
    cached_tokens: int | None


@dataclass
class ModelRecord:
    """One model."""

    name: str
    model: str
    address: str
    endpoint: str
    family: str
    checked_on: str
    key: KeyRecord
    connection: dict[str, str] | None = None
    requests: list[RequestRecord] = field(default_factory=list[RequestRecord])
    timing: TimingRecord | None = None
    price: dict[str, float] | None = None
    per_1000_suggestions: float | None = None
    per_1000_basis: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `SCHEMA` describes it."""
        return asdict(self)


def schema_text() -> str:
    """The schema for `doctor --help`."""
    width = max(map(len, SCHEMA)) + 2
    return "\n".join(f"  {key:{width}}{meaning}" for key, meaning in SCHEMA.items())
