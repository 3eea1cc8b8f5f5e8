"""Telling the user: each cause once, never once a keystroke. What lasts is shown as a state."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass


class StatusKind(enum.StrEnum):
    """How things stand, as shown in an editor's status bar."""

    NORMAL = "normal"
    BUSY = "busy"
    WARNING = "warning"
    ERROR = "error"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Status:
    """A state to show. `command` is a command of the server that helps, or empty."""

    kind: StatusKind
    message: str
    model: str
    command: str = ""


class Notices:
    """Keeps which causes were told, and the state that was last shown."""

    def __init__(self, tell: Callable[[str], None], show: Callable[[Status], None]) -> None:
        """`tell` puts one sentence before the user; `show` sets the status."""
        self._tell, self._show = tell, show
        self._told: set[str] = set()
        self._status: Status | None = None

    def tell(self, cause: str, sentence: str) -> bool:
        """Tell a sentence unless its cause was told before; whether it was told now."""
        if cause in self._told:
            return False
        self._told.add(cause)
        self._tell(sentence)
        return True

    def over(self, cause: str) -> None:
        """The cause is gone: should it come back, it is worth telling again."""
        self._told.discard(cause)

    @property
    def status(self) -> Status | None:
        """The state that is shown."""
        return self._status

    def show(self, status: Status) -> None:
        """Show a state, unless it is shown already."""
        if status != self._status:
            self._status = status
            self._show(status)
