"""What can go wrong between us and a model's host, in words that say what to do. A failure is a value, no surprise."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Any, cast

from caretwise.models.profile import Profile


class FailureKind(enum.StrEnum):
    """The causes that are told apart; the values are the codes in the journal."""

    NO_KEY = "no_key"
    NOT_OWN = "not_own_host"
    REFUSED = "refused"
    QUOTA = "quota"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    TOO_LONG = "too_long"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    REDIRECT = "redirect"
    OFFLINE = "offline"
    TIMEOUT = "timeout"
    NOT_A_STREAM = "not_a_stream"
    BAD_ANSWER = "bad_answer"
    CUT = "cut"
    THINKING_ONLY = "thinking_only"
    TOO_LARGE = "too_large"
    INTERNAL = "internal"


STANDING = frozenset(
    {
        FailureKind.NO_KEY,
        FailureKind.NOT_OWN,
        FailureKind.REFUSED,
        FailureKind.QUOTA,
        FailureKind.NOT_FOUND,
        FailureKind.REDIRECT,
    }
)
"""Causes that do not go away by themselves: somebody has to change something."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: `sentence` is for people (and holds nothing that a host sent us); `retry_after` in seconds."""

    kind: FailureKind
    sentence: str
    retry_after: float | None = None
    refused_field: str = ""
    """A body field that the host named as the reason, when it did."""


_FIELD = re.compile(r"[a-z_]{2,40}")


def no_key(profile: Profile) -> Failure:
    """There is no key for a host that wants one."""
    where = profile.key_env or "key_env in the configuration"
    return Failure(
        FailureKind.NO_KEY,
        f"No key for {profile.host}: set {where} where the editor is started (CARETWISE_API_KEY for a model that "
        "CARETWISE_MODEL names). An editor that was started from a desktop "
        "menu does not see the shell's variables; start it from a terminal, or set the variable for all. "
        "`caretwise doctor` shows what the server sees.",
    )


def of_status(status: int, body: object, profile: Profile, retry_after: float | None = None) -> Failure:
    """The failure that an HTTP status stands for. `body` is the decoded JSON, used for what kind of 400 it was."""
    host, model = profile.host, profile.model
    if 300 <= status < 400:
        return Failure(
            FailureKind.REDIRECT,
            f"{host} sends us on to another address, and code is never sent after a redirect. "
            "Write the final address as base_url.",
        )
    if status in {401, 403}:
        return Failure(
            FailureKind.REFUSED,
            f"{host} refused the key ({status}). Check {profile.key_env or 'the key'}: is it for this host and region, "
            "and still valid?",
        )
    if status == 402:
        return Failure(FailureKind.QUOTA, f"{host} says that the account has no credit left (402).")
    if status == 404:
        return Failure(
            FailureKind.NOT_FOUND,
            f"{host} knows no model {model!r} or has nothing there (404). `caretwise doctor` lists its models; "
            "base_url usually ends in /v1.",
        )
    if status == 429:
        return Failure(FailureKind.RATE_LIMITED, f"{host} asks for a pause (429).", retry_after)
    if status in {400, 413, 422}:
        return _bad_request(status, body, profile)
    return Failure(FailureKind.SERVER_ERROR, f"{host} has a problem of its own ({status}).", retry_after)


def _bad_request(status: int, body: object, profile: Profile) -> Failure:
    error = _error(body)
    message, kind = str(error.get("message", "")).lower(), str(error.get("type", "")).lower()
    too_long = "context" in message and ("length" in message or "size" in kind)
    if too_long or "exceed_context" in kind or status == 413:
        return Failure(
            FailureKind.TOO_LONG,
            f"The prompt is longer than {profile.model} at {profile.host} takes. Make context_tokens smaller.",
        )
    name = error.get("param")
    field = name if isinstance(name, str) and _FIELD.fullmatch(name) else _named_field(message, profile)
    about = f" because of {field!r}" if field else ""
    return Failure(
        FailureKind.BAD_REQUEST,
        f"{profile.host} did not accept the request for {profile.model}{about} ({status}). It is spoken to as "
        f"{profile.endpoint.name!r}; `caretwise doctor` shows what is sent.",
        refused_field=field,
    )


def _named_field(message: str, profile: Profile) -> str:
    return next((name for name in sorted(profile.endpoint.allowed) if re.search(rf"\b{name}\b", message)), "")


def _error(body: object) -> dict[str, Any]:
    if isinstance(body, list) and body:
        return _error(cast("list[object]", body)[0])
    if not isinstance(body, dict):
        return {}
    data = cast("dict[str, Any]", body)
    inner = data.get("error")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else data
