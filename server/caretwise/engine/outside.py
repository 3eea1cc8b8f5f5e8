"""Everything around the engine, in one value: what it may use, and what the user has chosen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from caretwise.adapters.ports import Cache, Endpoint
from caretwise.adapters.project import Project
from caretwise.adapters.settings import Settings
from caretwise.engine.breaker import Breaker
from caretwise.engine.embedded import EmbeddedEngine
from caretwise.engine.gather import Gatherer
from caretwise.engine.notices import Notices, Status, StatusKind
from caretwise.engine.record import Recorder
from caretwise.measure.event import EMBEDDED
from caretwise.models.failure import STANDING, Failure
from caretwise.models.profile import Profile
from caretwise.text.template import Template


@dataclass
class Outside:
    """The engine's surroundings. Wired in `app.py`; the fields that a workspace may change are replaced when it does."""

    settings: Settings
    inline: Profile | None
    """The model for ghost text; None: the embedded engine."""
    fix: Profile | None
    endpoint: Endpoint
    cache: Cache | None
    recorder: Recorder
    project: Project
    gatherer: Gatherer
    embedded: EmbeddedEngine
    notices: Notices
    templates: Mapping[str, Template]
    breaker: Breaker = field(default_factory=lambda: Breaker(time.monotonic))
    paused: bool = False

    def model_name(self) -> str:
        """What the status bar shows."""
        return self.inline.name if self.inline is not None else EMBEDDED

    def fingerprint(self) -> str:
        """What remembered answers belong to: another model's must not be taken for this one's."""
        profile = self.inline
        if profile is None:
            return EMBEDDED
        return f"{profile.name}|{profile.base_url}|{profile.model}|{profile.style}"

    def show_normal(self, message: str = "") -> None:
        """All is well (a pause that is shown stays)."""
        if self.paused:
            return
        self.notices.show(
            Status(StatusKind.NORMAL, message or f"suggestions from {self.model_name()}", self.model_name())
        )

    def rest(self) -> None:
        """Work that was shown as busy has ended; a trouble that is shown stays."""
        shown = self.notices.status
        if shown is not None and shown.kind is StatusKind.BUSY:
            self.show_normal()

    def failed(self, profile: Profile, failure: Failure) -> None:
        """A request failed: remember it, tell the user once, show it as a state."""
        self.breaker.failed(profile.name, failure)
        kind = StatusKind.ERROR if failure.kind in STANDING else StatusKind.WARNING
        self.notices.show(Status(kind, failure.sentence, profile.name, "caretwise.explainLast"))
        self.notices.tell(f"{profile.name}:{failure.kind}", failure.sentence)

    def succeeded(self, profile: Profile) -> None:
        """A request came back: whatever was wrong is over."""
        if self.breaker.succeeded(profile.name):
            self.notices.tell(f"{profile.name}:back", f"{profile.host} answers again.")
        self.show_normal()
