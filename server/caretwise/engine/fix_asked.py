"""One request of the user for a fix: what all events that come of it have in common, however much later they happen."""

from __future__ import annotations

from dataclasses import dataclass, field

from caretwise.engine.offer import AskedAt, new_id


@dataclass(frozen=True, slots=True)
class FixAsked:
    """A fix was asked for at `place`, whose arm serves it to its end: an undo minutes later is told of that arm too."""

    place: AskedAt
    id: str = field(default_factory=new_id)

    def new_id(self) -> str:
        """A new identifier for something that comes of it: its own one, a hyphen, and more."""
        return f"{self.id}-{new_id()}"
