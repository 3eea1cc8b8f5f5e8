"""What the engine needs of the outside world, as protocols: the engine knows these and none of the classes behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from caretwise.measure.event import Event
from caretwise.models.chunk import Usage
from caretwise.models.failure import Failure
from caretwise.models.profile import Profile
from caretwise.models.request import Request


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it. Times in ms since the request was made; None where it never came to that."""

    text: str
    finish: str
    """The host's finish reason; "enough" when we stopped reading; "" when the stream just ended."""
    failure: Failure | None
    usage: Usage
    model: str
    """The model that the host says it answered with."""
    first_token_ms: float | None
    total_ms: float
    left_out: tuple[str, ...] = ()
    """Body fields that this host had refused and that were not sent."""
    reasoning: int = 0
    """Characters of thinking that were streamed beside the text."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a host is reached: what a person needs to see when a proxy or a certificate is in the way."""

    proxy: str = ""
    """The proxy in between, without its password; "" for none."""
    tls: str = ""
    """Version and cipher; "" for plain HTTP."""
    issuer: str = ""
    """Who signed the host's certificate."""
    expires: str = ""
    """When the certificate ends, as it says itself."""
    authorities: str = ""
    """Whose signatures are trusted."""


class Endpoint(Protocol):
    """A way to reach models."""

    async def exchange(
        self, request: Request, on_text: Callable[[str], bool], *, seconds: float, first_seconds: float = 0.0
    ) -> Exchange:
        """Send a request and read the stream. `on_text` gets all text so far and says whether it is enough.

        Never raises but for cancellation, which closes the connection. Ends within `seconds`; where `first_seconds` is more,
        the first text may come that late, and what is written then has `seconds` again. Sends twice at the most: when a
        connection that stood open was gone, or without a field that the host refused.
        """
        ...

    async def list_models(self, profile: Profile, *, seconds: float) -> list[str] | Failure:
        """The ids that the host offers to this key."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Cache(Protocol):
    """Text by text. Every trouble is a miss."""

    async def get(self, key: str) -> str | None:
        """The value, or None."""
        ...

    def set(self, key: str, value: str) -> None:
        """Keep a value; returns at once."""
        ...


class Journal(Protocol):
    """Where events go."""

    def record(self, event: Event) -> None:
        """Take an event; returns at once."""
        ...
