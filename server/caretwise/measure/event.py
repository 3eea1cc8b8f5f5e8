"""Events: what the journal keeps of each suggestion. Numbers, times, names, keyed hashes; never code, prompts or paths.

Every text field has a bound, checked when an event is made and once more by the database, so that no field can carry
a text by accident. `schema.TABLE` says in one sentence what each field means.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caretwise.measure.schema import (
    BOUNDS,
    CHECKPOINTS,
    CHOICES,
    FIELDS,
    KINDS,
    PATTERNS,
    SCHEMA,
    TABLE,
    Amount,
    Disturbed,
    Evidence,
    Field,
    Kind,
    Origin,
    Role,
    Syntax,
    Trigger,
)

__all__ = [
    "BOUNDS",
    "CHECKPOINTS",
    "CHOICES",
    "EMBEDDED",
    "FIELDS",
    "KINDS",
    "SCHEMA",
    "TABLE",
    "Amount",
    "Disturbed",
    "Event",
    "Evidence",
    "Field",
    "Kind",
    "Origin",
    "Role",
    "Syntax",
    "Trigger",
    "Unreadable",
    "as_record",
    "from_record",
    "keyed_hash",
    "label",
]

EMBEDDED = "embedded"
"""The name under which the embedded engine is counted; never a model's name."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_COUNTS = ("characters", "lines", "prompt_tokens", "completion_tokens", "cached_tokens")
_TIMES = ("first_token_ms", "total_ms", "wait_ms", "offer_ms", "shown_ms", "visible_ms")
_SHARES = ("propensity", "share")
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
    user: str = ""
    block: str = ""
    experiment: str = ""
    propensity: float | None = None
    editor: str = ""
    syntax: Syntax = ""
    evidence: Evidence = ""
    wait_ms: float | None = None
    offer_ms: float | None = None
    shown_ms: float | None = None
    visible_ms: float | None = None
    after_s: int | None = None
    share: float | None = None
    disturbed: Disturbed = ""

    def __post_init__(self) -> None:
        reason = _fault(self)
        if reason:
            raise ValueError(reason)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored record that is not an event of this version, and why."""

    reason: str


@functools.lru_cache(maxsize=256)
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
    for name in _SHARES:
        value = getattr(event, name)
        if value is not None and not _is_number(value, 1):
            return f"{name} must be a finite number from 0 to 1, or None when it is not known"
    if event.after_s is not None and event.after_s not in CHECKPOINTS:
        return f"after_s must be one of {', '.join(map(str, CHECKPOINTS))}, or None"
    if event.cost_usd is not None and not _is_number(event.cost_usd, _LARGEST_USD):
        return "cost_usd must be US dollars as a finite number from 0 to 1e6, or None when it is not known"
    return ""


def _is_number(value: object, largest: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= largest  # false for NaN and for infinity too


def _choice_fault(event: Event) -> str:
    for name, choices in CHOICES.items():
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
        if value == "" and name != "suggestion":  # most are, and every pattern but that one takes it
            continue
        if not isinstance(value, str):
            return f"{name} must be text"
        if len(value) > bound:
            return f"{name} must have at most {bound} characters, it has {len(value)}"
        pattern = PATTERNS.get(name)
        if pattern and not pattern.fullmatch(value):
            return f"{name} must match {pattern.pattern}"
        if _UNSTORABLE.search(value):
            return f"{name} must not hold NUL or half of a surrogate pair"
    return ""
