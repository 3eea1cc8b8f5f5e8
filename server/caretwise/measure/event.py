"""Events: what the journal keeps of each suggestion. Numbers, times, names, keyed hashes; never code, prompts or paths.

Every text field has a bound, checked when an event is made and once more by the database, so that no field can carry
a text by accident. `FIELDS` says in one sentence what each field means.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

SCHEMA = 1
"""Number of the event's form. It grows when a field changes its meaning; a new optional field leaves it alone."""

EMBEDDED = "embedded"
"""The name under which the embedded engine is counted; never a model's name."""

Role = Literal["inline", "fix"]
Trigger = Literal["automatic", "invoked"]
Origin = Literal["", "network", "memory", "disk", "joined", "typed", "embedded", "fallback"]
Amount = Literal["", "full", "word", "line"]


class Kind(enum.StrEnum):
    """What happened."""

    OPPORTUNITY = "opportunity"
    SUPPRESSED = "suppressed"
    ASKED = "asked"
    RETURNED = "returned"
    EMPTY = "empty"
    FAILED = "failed"
    SHOWN = "shown"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    FIX_OFFERED = "fix_offered"
    FIX_APPLIED = "fix_applied"
    FIX_WITHHELD = "fix_withheld"
    FIX_GONE = "fix_gone"
    FIX_UNDONE = "fix_undone"


FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "at": "When it happened, in seconds since 1970-01-01 UTC.",
        "kind": "What happened: opportunity, suppressed, asked, returned, empty, failed, shown, accepted, dismissed, "
        "fix_offered, fix_applied, fix_withheld, fix_gone (its problem) or fix_undone.",
        "suggestion": "A random identifier that ties the events of one suggestion together.",
        "role": "Which of the two roles asked: inline or fix.",
        "model": "The model's name as it is shown to the user; embedded for the embedded engine.",
        "model_asked": "The model's name as it was sent to the endpoint.",
        "model_answered": "The model's name as the endpoint gave it back.",
        "endpoint": "Name of the endpoint profile.",
        "host": "Host and port of the endpoint, without scheme, user or path.",
        "style": "The prompt's style, for example fim or hole.",
        "template": "Name and version of the prompt template.",
        "thinking": "Whether the model was asked to think first; empty when it was not said.",
        "arm": "The arm of the running experiment; empty outside an experiment.",
        "trigger": "automatic while typing, invoked when the user asked for it.",
        "language": "The document's LSP language identifier.",
        "origin": "Where the answer came from: network, memory, disk, joined, typed, embedded, or fallback "
        "(the embedded engine in place of a model in a failed state); else empty.",
        "reason": "A short code of ours for why something was suppressed, empty, failed or withheld; for a fix that was "
        "offered or applied, how far it was verified.",
        "amount": "How much was accepted: full, word or line; empty for other events.",
        "characters": "Length in code points; for accepted, counted from the suggestion's start to the end of what is "
        "accepted by now.",
        "lines": "Length in lines, counted like characters.",
        "first_token_ms": "Milliseconds from asking to the first token.",
        "total_ms": "Milliseconds from asking to the end of the answer.",
        "prompt_tokens": "Tokens of the prompt as the endpoint reported them; empty when it did not.",
        "completion_tokens": "Tokens of the answer as the endpoint reported them; empty when it did not.",
        "cached_tokens": "Tokens of the prompt that the endpoint took from its cache; empty when it did not say.",
        "document": "First 8 bytes, in hex, of a keyed hash of the document's address; the key stays on this machine.",
        "cost_usd": "US dollars, from the reported tokens and the profile's price; empty when one of the two is not known.",
    }
)

BOUNDS: Mapping[str, int] = MappingProxyType(
    {
        "suggestion": 64,
        "model": 120,
        "model_asked": 200,
        "model_answered": 200,
        "endpoint": 80,
        "host": 261,  # a DNS name has at most 253 characters (RFC 1035, 2.3.4), then brackets, colon and port
        "style": 40,
        "template": 80,
        "arm": 80,
        "language": 40,
        "reason": 40,
        "document": 16,
    }
)
"""Longest text that each free text field may hold, in code points."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "role": get_args(Role),
    "trigger": get_args(Trigger),
    "origin": get_args(Origin),
    "amount": get_args(Amount),
}
_PATTERNS = {
    "suggestion": re.compile(r"[A-Za-z0-9_-]{1,64}"),
    "host": re.compile(r"[^\s/@?#\\]{0,261}"),
    "reason": re.compile(r"(?:[a-z0-9_]{1,40})?"),
    "document": re.compile(r"(?:[0-9a-f]{16})?"),
}
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_COUNTS = ("characters", "lines", "prompt_tokens", "completion_tokens", "cached_tokens")
_TIMES = ("first_token_ms", "total_ms")
_LARGEST_COUNT = 2**53  # exact in JSON and in SQLite
_LARGEST_MS = 1e9
_LARGEST_USD = 1e6
_LATEST = 1e11  # the year 5138: catches milliseconds given as seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one suggestion. `FIELDS` documents each field; None always means "not known".

    Raises ValueError for a value outside its bounds; pass names that come from outside through `label` first.
    """

    at: float
    kind: Kind
    suggestion: str
    role: Role
    model: str = ""
    model_asked: str = ""
    model_answered: str = ""
    endpoint: str = ""
    host: str = ""
    style: str = ""
    template: str = ""
    thinking: bool | None = None
    arm: str = ""
    trigger: Trigger = "automatic"
    language: str = ""
    origin: Origin = ""
    reason: str = ""
    amount: Amount = ""
    characters: int | None = None
    lines: int | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    document: str = ""
    cost_usd: float | None = None

    def __post_init__(self) -> None:
        reason = _fault(self)
        if reason:
            raise ValueError(reason)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored record that is not an event of this version, and why."""

    reason: str


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of `text` under `key`, cut to its first 8 bytes: 16 hex characters.

    The same text gives the same hash on this machine only, so that an address cannot be guessed from it elsewhere.
    """
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:8].hex()


def label(field: str, text: str) -> str:
    """A name from outside (a server, an editor) made fit for `field`: cut to its bound, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text[: BOUNDS[field]])


def as_record(event: Event) -> dict[str, Any]:
    """The event as plain values in the order of `FIELDS`, with `schema` first; fit for JSON and for a database row."""
    record: dict[str, Any] = {"schema": SCHEMA}
    for name in FIELDS:
        value = getattr(event, name)
        record[name] = value.value if isinstance(value, Kind) else value
    return record


def from_record(record: Mapping[str, Any]) -> Event | Unreadable:
    """The event that `as_record` wrote. Fields that are not known are ignored, missing ones keep their defaults."""
    schema = record.get("schema")
    if not isinstance(schema, int) or not 1 <= schema <= SCHEMA:
        return Unreadable(f"its form is number {schema!r:.20}, this version reads 1 to {SCHEMA}")
    values = {name: record[name] for name in FIELDS if name in record}
    thinking = values.get("thinking")
    if isinstance(thinking, int) and thinking in {0, 1}:
        values["thinking"] = bool(thinking)
    try:
        values["kind"] = Kind(values["kind"])
        return Event(**values)
    except (KeyError, TypeError, ValueError) as error:
        return Unreadable(f"it does not fit: {error!s:.200}")


def _fault(event: Event) -> str:
    """Why the event is not acceptable, as a sentence; empty when it is."""
    checks = (_number_fault(event), _choice_fault(event), _text_fault(event))
    return next(filter(None, checks), "")


def _number_fault(event: Event) -> str:
    if not _is_number(event.at, _LATEST):
        return "at must be seconds since 1970 as a finite number"
    for name in _COUNTS:
        value = getattr(event, name)
        if value is not None and not (isinstance(value, int) and _is_number(value, _LARGEST_COUNT)):
            return f"{name} must be a whole number from 0 to 2**53, or None when it is not known"
    for name in _TIMES:
        value = getattr(event, name)
        if value is not None and not _is_number(value, _LARGEST_MS):
            return f"{name} must be milliseconds as a finite number from 0 to 1e9, or None when it is not known"
    if event.cost_usd is not None and not _is_number(event.cost_usd, _LARGEST_USD):
        return "cost_usd must be US dollars as a finite number from 0 to 1e6, or None when it is not known"
    return ""


def _is_number(value: object, largest: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= largest  # false for NaN and for infinity too


def _choice_fault(event: Event) -> str:
    for name, choices in _CHOICES.items():
        if getattr(event, name) not in choices:
            return f"{name} must be one of {', '.join(filter(None, choices))}"
    if not isinstance(event.kind, Kind):  # pyright: ignore[reportUnnecessaryIsInstance]
        return "kind must be a Kind"
    if event.thinking not in (None, True, False):
        return "thinking must be True, False or None"
    return ""


def _text_fault(event: Event) -> str:
    for name, bound in BOUNDS.items():
        value: object = getattr(event, name)
        if not isinstance(value, str):
            return f"{name} must be text"
        if len(value) > bound:
            return f"{name} must have at most {bound} characters, it has {len(value)}"
        pattern = _PATTERNS.get(name)
        if pattern and not pattern.fullmatch(value):
            return f"{name} must match {pattern.pattern}"
        if _UNSTORABLE.search(value):
            return f"{name} must not hold NUL or half of a surrogate pair"
    return ""
