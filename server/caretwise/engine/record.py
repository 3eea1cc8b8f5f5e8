"""From what happened to events in the journal: the one place where they are made."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from typing import TypedDict, Unpack

from caretwise.adapters.clock import Clock
from caretwise.adapters.ports import Journal
from caretwise.context.privacy import mask
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.offer import Ask, AskedAt, Facts, new_id
from caretwise.measure.arm import BLOCK_SECONDS, Assignment, Experiment, assign
from caretwise.measure.event import EMBEDDED, Amount, Disturbed, Event, Evidence, Kind, Role, keyed_hash, label
from caretwise.measure.fact import Fact, milliseconds

_NO_ARM = {"embedded", "fallback"}
_FOLDERS = re.compile(r"(?:[A-Za-z]:)?[\\/].*[\\/](?=[^\\/]+$)")
_NAME = re.compile(r"[\w./:@+#()-]+(?: [\w./:@+#()-]+){0,5}")


@functools.lru_cache(maxsize=256)
def name_of(field: str, text: str) -> str:
    """A name from outside as the journal may know it: without the folders that a server's file lies in, keys masked.

    What a host gives back as its model's name and is none is left out: it may be anything, the prompt too.
    """
    name = _FOLDERS.sub("", text, count=1) if _FOLDERS.match(text) else text
    if field == "model_answered" and not _NAME.fullmatch(name):
        return ""
    return label(field, mask(name).text)


class Details(TypedDict, total=False):
    """Fields of an event that belong to some kinds only."""

    reason: str
    amount: Amount
    evidence: Evidence
    characters: int | None
    lines: int | None
    wait_ms: float | None
    offer_ms: float | None
    shown_ms: float | None
    visible_ms: float | None
    after_s: int | None
    share: float | None
    disturbed: Disturbed


class Recorder:
    """Writes events; with no journal it writes nothing."""

    def __init__(self, journal: Journal | None, key: bytes, clock: Clock, editor: str = "") -> None:
        """`key` hashes document addresses and draws arms; `editor` is the name that the editor gives itself."""
        self._journal, self._key, self.clock = journal, key, clock
        self._editor = name_of("editor", editor)
        self.experiments: Mapping[str, Experiment] = {}
        """What is compared, by role."""
        self._user = keyed_hash(key, "the user of this machine")
        self._drawn: tuple[tuple[Experiment | None, str, int], Assignment] | None = None
        """What was drawn last, and for what."""

    def assign(self, experiment: Experiment | None, uri: str) -> Assignment:
        """The arm for a document now."""
        at = self.clock.now()
        drawn = experiment, uri, math.floor(at / BLOCK_SECONDS)
        if self._drawn is None or self._drawn[0] != drawn:  # it holds for many keys, and costs four hashes
            self._drawn = drawn, assign(experiment, self._key, self._user, keyed_hash(self._key, uri), at)
        return self._drawn[1]

    def note(
        self,
        kind: Kind,
        suggestion: str,
        role: Role,
        facts: Facts,
        place: AskedAt,
        *,
        at: float | None = None,
        **details: Unpack[Details],
    ) -> None:
        """Record one event; `at` is when it happened, if not now."""
        if self._journal is None:
            return
        arm = place.assignment
        if facts.model == EMBEDDED or facts.origin in _NO_ARM or arm.arm != facts.model:
            arm = arm.without_arm()
        self._journal.record(
            Event(
                at=self.clock.now() if at is None else at,
                kind=kind,
                suggestion=suggestion,
                role=role,
                model=name_of("model", facts.model),
                model_asked=name_of("model_asked", facts.model_asked),
                model_answered=name_of("model_answered", facts.model_answered),
                endpoint=label("endpoint", facts.endpoint),
                host=label("host", facts.host),
                style=label("style", facts.style),
                template=label("template", facts.template),
                thinking=facts.thinking,
                arm=name_of("arm", arm.arm),
                experiment=label("experiment", arm.experiment),
                propensity=arm.propensity,
                trigger=place.trigger,
                language=name_of("language", place.language_id),
                syntax=place.syntax,
                origin=facts.origin,
                first_token_ms=facts.first_token_ms,
                total_ms=facts.total_ms,
                prompt_tokens=facts.usage.prompt,
                completion_tokens=facts.usage.completion,
                cached_tokens=facts.usage.cached,
                cost_usd=facts.cost_usd,
                document=keyed_hash(self._key, place.uri) if place.uri else "",
                user=self._user,
                block=arm.block,
                editor=self._editor,
                **details,
            )
        )

    def of_ask(self, kind: Kind, ask: Ask, facts: Facts, **details: Unpack[Details]) -> None:
        """Record an event that belongs to a request and to no suggestion yet."""
        if self._journal is None:
            return
        if kind is Kind.ASKED and ask.asked_at is not None:
            details["wait_ms"] = milliseconds(ask.asked_at, self.clock.now())
        self.note(kind, new_id(), "inline", facts, ask.place, **details)

    def of_fix(
        self,
        kind: Kind,
        suggestion: str,
        facts: Facts,
        asked: FixAsked,
        *,
        reason: str = "",
        characters: int | None = None,
    ) -> None:
        """Record an event of a fix that was asked for."""
        details = Details(reason=reason, characters=characters)
        if kind is Kind.FIX_OFFERED and asked.place.asked_at is not None:
            details["offer_ms"] = milliseconds(asked.place.asked_at, self.clock.now())
        self.note(kind, suggestion, "fix", facts, asked.place, **details)

    def of_fix_left(self, fact: Fact, facts: Facts, asked: FixAsked, characters: int) -> None:
        """Record how much is left of a fix that put in so many characters."""
        details = Details(after_s=fact.after_s, share=fact.share, disturbed=fact.disturbed)
        if fact.share is not None:
            details["characters"] = round(characters * fact.share)
        self.note(fact.kind, fact.suggestion, "fix", facts, asked.place, at=fact.at, **details)

    def fact(self, fact: Fact, place: AskedAt, facts: Facts, *, offer_ms: float | None) -> None:
        """Record what was found out about a suggestion."""
        self.note(
            fact.kind,
            fact.suggestion,
            "inline",
            facts,
            place,
            at=fact.at,
            reason=fact.reason,
            amount=fact.amount,
            evidence=fact.evidence,
            characters=fact.characters,
            lines=fact.lines,
            offer_ms=offer_ms if fact.kind is Kind.SHOWN else None,
            shown_ms=fact.shown_ms,
            visible_ms=fact.visible_ms,
            after_s=fact.after_s,
            share=fact.share,
            disturbed=fact.disturbed,
        )
