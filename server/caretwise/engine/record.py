"""From what happened to events in the journal: the one place where they are made."""

from __future__ import annotations

from collections.abc import Callable

from caretwise.adapters.ports import Journal
from caretwise.engine.offer import Ask, Facts, new_id
from caretwise.measure.event import Amount, Event, Kind, Role, Trigger, keyed_hash, label


class Recorder:
    """Writes events; with no journal it writes nothing."""

    def __init__(self, journal: Journal | None, key: bytes, clock: Callable[[], float]) -> None:
        """`key` hashes document addresses; `clock` gives seconds since the epoch."""
        self._journal, self._key, self._clock = journal, key, clock

    def note(
        self,
        kind: Kind,
        suggestion: str,
        role: Role,
        facts: Facts,
        *,
        uri: str = "",
        language: str = "",
        trigger: Trigger = "automatic",
        reason: str = "",
        amount: Amount = "",
        characters: int | None = None,
        lines: int | None = None,
    ) -> None:
        """Record one event."""
        if self._journal is None:
            return
        self._journal.record(
            Event(
                at=self._clock(),
                kind=kind,
                suggestion=suggestion,
                role=role,
                model=label("model", facts.model),
                model_asked=label("model_asked", facts.model_asked),
                model_answered=label("model_answered", facts.model_answered),
                endpoint=label("endpoint", facts.endpoint),
                host=label("host", facts.host),
                style=label("style", facts.style),
                template=label("template", facts.template),
                thinking=facts.thinking,
                trigger=trigger,
                language=label("language", language),
                origin=facts.origin,
                reason=reason,
                amount=amount,
                characters=characters,
                lines=lines,
                first_token_ms=facts.first_token_ms,
                total_ms=facts.total_ms,
                prompt_tokens=facts.usage.prompt,
                completion_tokens=facts.usage.completion,
                cached_tokens=facts.usage.cached,
                cost_usd=facts.cost_usd,
                document=keyed_hash(self._key, uri) if uri else "",
            )
        )

    def of_ask(
        self,
        kind: Kind,
        ask: Ask,
        facts: Facts,
        *,
        reason: str = "",
        characters: int | None = None,
        lines: int | None = None,
    ) -> None:
        """Record an event that belongs to a request and to no suggestion yet."""
        self.note(
            kind,
            new_id(),
            "inline",
            facts,
            uri=ask.uri,
            language=ask.language.id,
            trigger=ask.trigger.value,
            reason=reason,
            characters=characters,
            lines=lines,
        )
