"""What a host made of a request that it accepted: the other half of strictness, since much is ignored without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SAMPLING = ("temperature", "top_p", "top_k", "min_p", "seed")
"""Names of sampling values, in any dialect."""


def names(text: str) -> frozenset[str]:
    """A set of names, written as one text with spaces."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Understood:
    """One accepted request, as the host took it.

    `limit` is in tokens; None means that the request named none that the host looks at, so that its own default holds.
    `sampling` holds the values that were sent and that the host looks at. `ignored` are fields that it does not look at.
    `cached` is the number of prompt tokens that it had read before.
    """

    path: str
    model: str
    thinking: bool
    limit: int | None
    stops: tuple[str, ...] = ()
    sampling: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    cached: int = 0


def sampling_of(body: Mapping[str, Any], looked_at: Iterable[str]) -> dict[str, Any]:
    """The sampling values of `body` among the fields that are looked at."""
    known = frozenset(looked_at)
    return {name: body[name] for name in SAMPLING if name in body and name in known}


def stops_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The stop strings of `body`, which may be one string, a list or nothing."""
    stop = body.get("stop")
    return (stop,) if isinstance(stop, str) else tuple(stop or ())
