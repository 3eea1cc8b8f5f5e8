"""The values that travel through the walk of a keystroke: what was asked, what is offered, or why there is silence."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from caretwise.complete.ghost import Ghost
from caretwise.complete.recipe import Step
from caretwise.complete.trigger import Trigger
from caretwise.measure.arm import Assignment
from caretwise.measure.cursor import syntax_of
from caretwise.measure.event import EMBEDDED, Origin, Syntax
from caretwise.measure.event import Trigger as EventTrigger
from caretwise.models.chunk import Usage
from caretwise.text.language import Language
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Selected:
    """The entry that is selected in the editor's completion menu: a suggestion must go on from it."""

    range: Range
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of the editor, with the text as it was when the request came in. `path` is relative to the project."""

    snapshot: Snapshot
    position: Position
    language: Language
    path: str
    trigger: Trigger = Trigger.AUTOMATIC
    selected: Selected | None = None
    asked_at: float | None = None
    """When the request came in, in seconds since 1970; None: not said."""
    assignment: Assignment = field(default_factory=Assignment)
    """The arm of the running experiment."""

    @property
    def uri(self) -> str:
        """The document's address."""
        return self.snapshot.uri

    @property
    def invoked(self) -> bool:
        """Whether the user asked for it."""
        return self.trigger is Trigger.INVOKED

    @property
    def place(self) -> AskedAt:
        """What the journal may know of it."""
        before, after = self.snapshot.before(self.position), self.snapshot.after(self.position)
        return AskedAt(
            self.uri,
            self.language.id,
            self.trigger.value,
            self.assignment,
            syntax_of(before, after, self.language),
            self.asked_at,
            self.snapshot.line_end,
        )


@dataclass(frozen=True, slots=True)
class AskedAt:
    """What is kept of an ask for as long as its suggestion is followed: nothing of the document's text."""

    uri: str
    language_id: str = ""
    trigger: EventTrigger = "automatic"
    assignment: Assignment = field(default_factory=Assignment)
    syntax: Syntax = ""
    asked_at: float | None = None
    line_end: str = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where a suggestion comes from and what it cost: everything of it that may go into the journal."""

    model: str = EMBEDDED
    model_asked: str = ""
    model_answered: str = ""
    endpoint: str = ""
    host: str = ""
    style: str = ""
    template: str = ""
    thinking: bool | None = None
    origin: Origin = "embedded"
    first_token_ms: float | None = None
    total_ms: float | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion, ready to be shown. `id` names it in the journal; `steps` tell which rules changed the answer."""

    id: str
    ghost: Ghost
    facts: Facts
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """No suggestion: `code` for the journal, `reason` for people. `asked` when a model was asked and came to nothing."""

    code: str
    reason: str
    facts: Facts | None = None
    steps: tuple[Step, ...] = ()


def new_id() -> str:
    """A random identifier for a suggestion. It need not be hard to guess, and the system's generator costs a call."""
    return f"{random.getrandbits(64):016x}"
