"""Refusals as data: a host's rules about a body are a table of `Check`s, each with what it says when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .answers import Body
from .understood import stops_of


class RefusedError(Exception):
    """A request that the host answers with an error; it says how in its own shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: Any = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.param, self.code = status, message, kind, param, code


@dataclass(frozen=True, slots=True)
class Check:
    """A body is refused when `wrong(value of field, body)` holds; a field that is absent or null is not looked at.

    `message` may show the value as `{value}`.
    """

    field: str
    wrong: Callable[[Any, Body], bool]
    message: str
    status: int = 400
    kind: str = "invalid_request_error"
    code: Any = None

    def broken_by(self, body: Body) -> RefusedError | None:
        """The refusal of `body`, or None."""
        value = body.get(self.field)
        if value is None or not self.wrong(value, body):
            return None
        message = self.message.replace("{value}", str(value))
        return RefusedError(self.status, message, kind=self.kind, param=self.field, code=self.code)


def check(body: Body, checks: Sequence[Check]) -> None:
    """Raise the first refusal that `body` earns."""
    for one in checks:
        if refused := one.broken_by(body):
            raise refused


def always(value: Any, body: Body) -> bool:
    """Wrong whatever the value."""
    del value, body
    return True


def other_than(*allowed: Any) -> Callable[[Any, Body], bool]:
    """Wrong unless it is one of `allowed`."""
    return lambda value, _: value not in allowed


def more_stops_than(most: int) -> Callable[[Any, Body], bool]:
    """Wrong when there are more stop strings."""
    return lambda _, body: len(stops_of(body)) > most


def not_a_count(value: Any, body: Body) -> bool:
    """Wrong unless it is an integer of at least 1."""
    del body
    return not isinstance(value, int) or isinstance(value, bool) or value < 1


def no_messages(value: Any, body: Body) -> bool:
    """Wrong unless it is a list of messages."""
    del body
    return not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value)
