"""Everything around the engine, in one value: what it may use, and what the user has chosen."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from caretwise.adapters.checker_run import Checkers
from caretwise.adapters.ports import Cache, Endpoint
from caretwise.adapters.project import Project
from caretwise.adapters.settings import Settings
from caretwise.engine.breaker import Breaker
from caretwise.engine.embedded import EmbeddedEngine
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.gather import Gatherer
from caretwise.engine.notices import Notices, Status, StatusKind
from caretwise.engine.offer import Ask, AskedAt
from caretwise.engine.pace import Pace, is_own
from caretwise.engine.record import Recorder
from caretwise.engine.spending import Spending, unpriced
from caretwise.measure.arm import Assignment
from caretwise.measure.event import EMBEDDED
from caretwise.models.failure import CONFIGURATION, STANDING, Failure, going_on, left_out, span
from caretwise.models.profile import Profile, Role
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
    checkers: Checkers
    more_fix: tuple[Profile, ...] = ()
    """More models that are asked for each fix."""
    breaker: Breaker = field(default_factory=lambda: Breaker(time.monotonic))
    pace: Pace = field(default_factory=Pace)
    spending: Spending = field(default_factory=lambda: Spending(0.0, None))
    arms: Mapping[str, Profile] = field(default_factory=dict[str, Profile])
    """The models that take part, by the name of the arm."""
    paused: bool = False
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    """What is said of fields that hosts refused, by model and role."""

    def model_name(self) -> str:
        """What the status bar shows."""
        return self.inline.name if self.inline is not None else EMBEDDED

    def embedded_answers(self) -> bool:
        """Whether the embedded engine may be asked, and so has to learn the project."""
        return self.inline is None or self.settings.fallback

    def assigned(self, ask: Ask) -> Ask:
        """The ask with its time and its arm."""
        assignment = (
            self.assignment("inline", ask.uri) if self.inline is not None else self.recorder.assign(None, ask.uri)
        )
        now = self.recorder.clock.now()
        # Not `replace`, which looks at every field by its name: this is done at each key.
        return Ask(ask.snapshot, ask.position, ask.language, ask.path, ask.trigger, ask.selected, now, assignment)

    def assignment(self, role: str, uri: str) -> Assignment:
        """What is drawn for a document now."""
        return self.recorder.assign(self.recorder.experiments.get(role), uri)

    def fix_asked(self, uri: str, language_id: str) -> FixAsked:
        """A fix is asked for now: its arm is drawn once."""
        assignment = self.assignment("fix", uri)
        return FixAsked(AskedAt(uri, language_id, "invoked", assignment, asked_at=self.recorder.clock.now()))

    def fix_for(self, asked: FixAsked) -> Profile | None:
        """The model for a fix that is asked for: its arm's, else the one that is set."""
        return self.arms.get(asked.place.assignment.arm) or self.fix

    def inline_for(self, ask: Ask) -> Profile | None:
        """The model for an ask: its arm's, else the one that is set; None: the embedded engine."""
        return self.arms.get(ask.assignment.arm) or self.inline

    def fingerprint(self, ask: Ask, *, embedded: bool = False) -> str:
        """What remembered answers belong to: another model's, or another arm's, must not be taken for this one's."""
        profile = self.inline_for(ask)
        if profile is None or embedded:
            return f"{EMBEDDED}|{self.embedded.withdrawn}"
        arm = f"{ask.assignment.experiment}|{ask.assignment.arm}"
        return f"{profile.name}|{profile.base_url}|{profile.model}|{profile.style}|{arm}"

    def show_normal(self, message: str = "") -> None:
        """All is well (a pause that is shown stays, and so does a day's cap)."""
        if self.paused or self.capped():
            return
        said = " ".join([message or f"suggestions from {self.model_name()}", *self.left_out.values()])
        self.notices.show(Status(StatusKind.NORMAL, said, self.model_name()))

    def show_busy(self, message: str) -> None:
        """Something takes longer than usual; a trouble that is shown stays."""
        shown = self.notices.status
        if shown is None or shown.kind is StatusKind.NORMAL:
            self.notices.show(Status(StatusKind.BUSY, message, self.model_name()))

    def rest(self) -> None:
        """Work that was shown as busy has ended; a trouble that is shown stays."""
        shown = self.notices.status
        if shown is not None and shown.kind is StatusKind.BUSY:
            self.show_normal()

    def capped(self) -> bool:
        """Whether the day's cap is reached; says so, once a day, and shows it."""
        if not self.spending.capped:
            return False
        self._tell_of_unpriced()
        day = self.spending.reached() if self.inline is not None else ""
        if not day:
            return False
        sentence = self.spending.sentence()
        self.notices.show(Status(StatusKind.WARNING, sentence, self.model_name()))
        self.notices.tell(f"cap:{day}", sentence)
        return True

    def _tell_of_unpriced(self) -> None:
        """A cap counts nothing of a model whose prices are not known: whoever set one is told, once for each model."""
        for profile in (self.inline, self.fix, *self.more_fix, *self.arms.values()):
            if profile is not None and not (
                profile.price() or profile.endpoint.self_hosted or is_own(profile.base_url)
            ):
                self.notices.tell(f"cap:unpriced:{profile.name}", unpriced(profile))

    def failed(self, profile: Profile, failure: Failure) -> None:
        """A request failed: remember it, tell the user once, show it as a state with the one command that helps."""
        failure = self.breaker.failed(profile, failure)
        kind = StatusKind.ERROR if failure.kind in STANDING else StatusKind.WARNING
        command = "caretwise.doctor" if failure.kind in CONFIGURATION else "caretwise.retry"
        embedded = self.settings.fallback and profile is self.inline
        said = going_on(failure)
        sentence = f"{failure.sentence} Until it is back, the embedded engine answers." if embedded else said
        self.notices.show(Status(kind, sentence, EMBEDDED if embedded else profile.name, command))
        self.notices.tell(f"{profile.name}:{failure.kind}", said)

    def retry(self) -> str:
        """The user wants models in a failed state asked again at once; a sentence that says what will be."""
        failing = [one for one in (self.inline, self.fix) if one is not None and self.breaker.trouble(one.name)]
        said: list[str] = []
        for profile in {one.name: one for one in failing}.values():
            wait = self.breaker.retry(profile.name)
            asked = f"{profile.host} asked for a pause and is tried again in {span(wait)}" if wait else ""
            said.append(asked or f"{profile.name} is asked again with the next key")
        return "; ".join(said) + "." if said else "No model is in a failed state."

    def succeeded(self, profile: Profile, refused: Iterable[str] = (), role: Role = Role.INLINE) -> None:
        """A request came back: whatever was wrong is over. `refused` are fields that the host does not take."""
        said = left_out(profile, role.value, refused)
        if said:
            self.left_out[f"{profile.name}:{role}"] = said
        if self.breaker.succeeded(profile.name):
            self.notices.tell(f"{profile.name}:back", f"{profile.host} answers again.")
        self.show_normal()
