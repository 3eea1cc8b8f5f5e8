"""What can go wrong between us and a model's host, in words that say what to do. A failure is a value, no surprise."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from caretwise.models.error_body import is_quota, refused_field, speaks_of_key, speaks_of_model, status_in, too_long
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

CONFIGURATION = STANDING | {
    FailureKind.BAD_REQUEST,
    FailureKind.TOO_LONG,
    FailureKind.NOT_A_STREAM,
    FailureKind.THINKING_ONLY,
}
"""Causes for which looking at the configuration helps more than trying again."""


UNPAID = STANDING | {
    FailureKind.BAD_REQUEST,
    FailureKind.TOO_LONG,
    FailureKind.RATE_LIMITED,
    FailureKind.SERVER_ERROR,
    FailureKind.OFFLINE,
}
"""Causes for which nothing is charged when no text has come."""

PASSING = frozenset(
    {
        FailureKind.RATE_LIMITED,
        FailureKind.SERVER_ERROR,
        FailureKind.OFFLINE,
        FailureKind.TIMEOUT,
        FailureKind.BAD_ANSWER,
        FailureKind.CUT,
    }
)
"""Causes that may be gone by themselves."""

MOST_RETRY_AFTER = 3600.0
"""Seconds: a host that asks for a longer pause is tried again after this one, and the sentence says so."""

_NOTHING_THERE = frozenset({404, 405, 410})
"""Statuses of an address that nothing stands behind, or something else than an API (a web page takes no POST: 405)."""

_MAY_PASS = frozenset({408, 409, 425})
"""Statuses that lay the blame on the request and may be gone with the next one: too slow, in each other's way."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: `sentence` is for people (and holds nothing that a host sent us).

    `retry_after` is what the host asks for, in seconds, at most `MOST_RETRY_AFTER`.
    """

    kind: FailureKind
    sentence: str
    retry_after: float | None = None
    refused_field: str = ""
    """A body field that the host named as the reason, when it did."""


def no_key(profile: Profile, status: int = 0) -> Failure:
    """There is no key for a host that wants one; `status` is what it answered without, 0 when nothing was sent."""
    said = f"{profile.host} refused a request without a key ({status})" if status else f"No key for {profile.host}"
    if profile.key_env:
        advice = (
            f"set {profile.key_env} where the editor is started "
            "(CARETWISE_API_KEY for a model that CARETWISE_MODEL names)"
        )
    else:
        advice = (
            "set CARETWISE_API_KEY where the editor is started, for a model that CARETWISE_MODEL names, or name the key's "
            "variable (`caretwise setup --key-env`, or key_env in config.toml)"
        )
    return Failure(
        FailureKind.NO_KEY,
        f"{said}: {advice}. An editor that was started from a desktop menu does not see the shell's variables; start it "
        "from a terminal, or set the variable for all. `caretwise doctor` shows what the server sees.",
    )


def of_status(
    status: int,
    body: object,
    profile: Profile,
    retry_after: float | None = None,
    sent: Iterable[str] = (),
    *,
    keyed: bool = True,
) -> Failure:
    """The failure that an HTTP status stands for.

    `body` is the decoded JSON, used for what kind of 400 or 429 it was; `sent` are the fields of the request's body;
    `keyed`: whether a key was sent.
    """
    host, model = profile.host, profile.model
    if status in {402, 403, 429} and is_quota(body):
        status = 402
    if 300 <= status < 400:
        return Failure(
            FailureKind.REDIRECT,
            f"{host} sends us on to another address, and code is never sent after a redirect. "
            "Write the final address as base_url.",
        )
    if status in {401, 403} or (status == 400 and speaks_of_key(body)):
        if not keyed:
            return no_key(profile, status)
        return Failure(
            FailureKind.REFUSED,
            f"{host} refused the key ({status}). Check {profile.key_env or 'the key'}: is it for this host and region, "
            "and still valid?",
        )
    if status == 402:
        return out_of_credit(profile)
    if status in _NOTHING_THERE or (status == 400 and speaks_of_model(body)):
        return Failure(
            FailureKind.NOT_FOUND,
            f"{host} knows no model {model!r} or has nothing there ({status}). `caretwise doctor` lists its models; "
            "base_url usually ends in /v1.",
        )
    if status == 429:
        return _paused(Failure(FailureKind.RATE_LIMITED, f"{host} asks for a pause (429)."), retry_after)
    if status == 407:
        return Failure(FailureKind.OFFLINE, proxy_wants_password(host))
    if 400 <= status < 500 and status not in _MAY_PASS:
        return _bad_request(status, body, profile, sent)
    return _paused(Failure(FailureKind.SERVER_ERROR, f"{host} has a problem of its own ({status})."), retry_after)


def going_on(failure: Failure) -> str:
    """The sentence, and that nobody has to do anything for it to be tried again, where that is so."""
    passes = failure.kind in PASSING and failure.retry_after is None
    return f"{failure.sentence} It is tried again by itself." if passes else failure.sentence


def proxy_wants_password(host: str) -> str:
    """What is said of a proxy that answers 407."""
    return (
        f"The proxy on the way to {host} wants a user name and password (407): write them into its address "
        "(http://NAME:PASSWORD@proxy.example:3128)."
    )


def thinking_only(profile: Profile, body: Mapping[str, Any], *, thinking: bool | None) -> Failure:
    """The whole answer went into thoughts; `thinking`: whether `body` asked for them (None: it says nothing of it)."""
    name = profile.endpoint.name
    if thinking:
        advice = "Its limit leaves no more room: name a model that thinks less, or another family."
    elif "chat_template_kwargs" in body:
        advice = (
            f"It was asked not to with chat_template_kwargs = {body['chat_template_kwargs']}, which its chat template does "
            "not heed. Serve it with the model's own template and reasoning parser (for Kimi K2.6 on vLLM: "
            "--reasoning-parser kimi_k2), or name a model that does not think."
        )
    elif thinking is None:
        advice = (
            f"Endpoint {name!r} has no switch for that: set endpoint to what the host really is (vllm, sglang, moonshot ...; "
            "`caretwise models` lists them), or name a model that does not think."
        )
    else:
        advice = (
            f"The switch of endpoint {name!r} did not reach it: set endpoint to what the host really is (vllm or sglang for "
            "a server of your own), or family, when it is the model that is not known."
        )
    return Failure(
        FailureKind.THINKING_ONLY, f"{profile.model} at {profile.host} spent the whole answer on thinking. {advice}"
    )


def out_of_time(profile: Profile, seconds: float) -> Failure:
    """A model that had not answered, or not to the end, when the time was up."""
    return Failure(FailureKind.TIMEOUT, f"{profile.host} took longer than {seconds:.0f} s to answer.")


def out_of_credit(profile: Profile) -> Failure:
    """The account is used up."""
    return Failure(
        FailureKind.QUOTA,
        f"{profile.host} says that the account has no credit or quota left. Waiting a moment does not help: look at the "
        "account's billing page.",
    )


def repeated_rate_limit(profile: Profile) -> Failure:
    """A rate limit again and again, without a word on when it ends: a used-up quota looks like that."""
    return Failure(
        FailureKind.QUOTA,
        f"{profile.host} asks for pauses again and again (429) and does not say for how long. The account's quota may be "
        "used up: look at its billing page.",
    )


def in_stream(error: object, profile: Profile) -> Failure:
    """The failure of a host that began an answer with status 200 and then reported an error in it."""
    body: Mapping[str, object] = {"error": error}
    if is_quota(body):
        return out_of_credit(profile)
    status = status_in(body)
    if 400 <= status < 500:
        return of_status(status, body, profile)
    return Failure(FailureKind.SERVER_ERROR, f"{profile.host} reported an error in the middle of its answer.")


def left_out(profile: Profile, role: str, fields: Iterable[str]) -> str:
    """What is said of fields that a host refused and that are left out from then on; "" for none."""
    names = ", ".join(sorted(fields))
    return f"{profile.host} does not take {names} ({role} requests): left out for this session." if names else ""


def _paused(failure: Failure, retry_after: float | None) -> Failure:
    """The failure with what the host said about when to come back, cut to what we wait at most."""
    if retry_after is None:
        return failure
    if retry_after <= MOST_RETRY_AFTER:
        return replace(failure, retry_after=retry_after, sentence=f"{failure.sentence[:-1]}: {span(retry_after)}.")
    sentence = f"{failure.sentence[:-1]}: {span(retry_after)}; it is asked again after {span(MOST_RETRY_AFTER)}."
    return replace(failure, retry_after=MOST_RETRY_AFTER, sentence=sentence)


def span(seconds: float) -> str:
    """A duration in words: 7 s, 12 min, 3 h, 2 days."""
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{-(-seconds // size):.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def _bad_request(status: int, body: object, profile: Profile, sent: Iterable[str]) -> Failure:
    if status == 413 or too_long(body):
        return Failure(
            FailureKind.TOO_LONG,
            f"The prompt is longer than {profile.model} at {profile.host} takes. Make context_tokens smaller.",
        )
    field = refused_field(body, sent, profile.endpoint.allowed)
    about = f" because of {field!r}" if field else ""
    return Failure(
        FailureKind.BAD_REQUEST,
        f"{profile.host} did not accept the request for {profile.model}{about} ({status}). It is spoken to as "
        f"{profile.endpoint.name!r}; `caretwise doctor` shows what is sent.",
        refused_field=field,
    )
