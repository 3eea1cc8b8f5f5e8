"""Events counted up, one row for each model and role.

What is counted:

- A suggestion counts once, however often it was shown again or accepted in parts. One that was accepted counts as
  shown, for editors that do not say when they draw.
- `rate` is accepted / shown; for fixes, applied / offered.
- `accepted_characters` adds up, for each suggestion, the largest number that any of its accept events gives: these
  count from the suggestion's start, so word after word is not counted again.
- Times and tokens come from `returned` events (tokens from `failed` ones too), of the endpoint or the embedded engine
  alone. What an answer out of a cache, or one that several requests shared, repeats of them is not counted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from caretwise.measure.event import EMBEDDED, Event, Kind
from caretwise.measure.rates import Interval, percentile, wilson

_SHOWN = {Kind.SHOWN, Kind.ACCEPTED, Kind.FIX_OFFERED, Kind.FIX_APPLIED}
_ACCEPTED = {Kind.ACCEPTED, Kind.FIX_APPLIED}
_ENDED = {Kind.RETURNED, Kind.FAILED}  # one of the two for each request; `empty` may come after `returned`
_OWN_ANSWER = {"", "network", "embedded"}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model in one role. Counts are of suggestions; None means that nobody said."""

    model: str
    role: str
    opportunities: int
    suppressed: int
    asked: int
    returned: int
    empty: int
    failed: int
    failures: tuple[tuple[str, int], ...]
    """Reason codes of failures with their counts, the most frequent first."""
    withheld: int
    shown: int
    """For fixes: offered."""
    accepted: int
    """In full or in part. For fixes: applied."""
    accepted_full: int
    dismissed: int
    accepted_characters: int
    interval: Interval
    """95 % Wilson interval of `rate`."""
    first_token_p50: float | None
    first_token_p90: float | None
    total_p50: float | None
    total_p90: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    """What is known to have been spent; None when nothing is known."""
    cost_unknown: int
    """Answers whose cost is not known (closed early, no price): they are not in `cost_usd`."""
    verified: int = 0
    """Of the applied fixes, those that the reporting checker had agreed to."""
    gone: int = 0
    """Of the applied fixes, those whose problem is known to be gone."""
    undone: int = 0
    """Of the applied fixes, those whose old lines were back within 5 minutes."""

    @property
    def rate(self) -> float | None:
        """Accepted / shown; None when nothing was shown."""
        return self.accepted / self.shown if self.shown else None

    @property
    def is_embedded(self) -> bool:
        """Whether this is the embedded engine and not a model."""
        return self.model == EMBEDDED


@dataclass(frozen=True, slots=True)
class Report:
    """All rows: inline before fix, the most shown first, the embedded engine last."""

    rows: tuple[ModelRow, ...]
    events: int
    first_at: float | None
    """Seconds since 1970 of the oldest event; None without events."""
    last_at: float | None


@dataclass(slots=True)
class _Tally:
    """What is known of one model in one role while events are read. Sets hold suggestion identifiers."""

    ids: dict[Kind, set[str]] = field(default_factory=lambda: {kind: set[str]() for kind in Kind})
    shown: set[str] = field(default_factory=set[str])
    full: set[str] = field(default_factory=set[str])
    verified: set[str] = field(default_factory=set[str])
    characters: dict[str, int] = field(default_factory=dict[str, int])
    failures: Counter[str] = field(default_factory=Counter[str])
    first_token: list[float] = field(default_factory=list[float])
    total: list[float] = field(default_factory=list[float])
    tokens: dict[str, int] = field(default_factory=dict[str, int])
    costs: list[float] = field(default_factory=list[float])
    cost_unknown: int = 0

    def add(self, event: Event) -> None:
        if event.kind is Kind.FAILED and event.suggestion not in self.ids[Kind.FAILED]:
            self.failures[event.reason or "unknown"] += 1
        self.ids[event.kind].add(event.suggestion)
        if event.kind in _SHOWN:
            self.shown.add(event.suggestion)
        if event.kind in _ACCEPTED:
            known = self.characters.get(event.suggestion, 0)
            self.characters[event.suggestion] = max(known, event.characters or 0)
            if event.amount == "full" or event.kind is Kind.FIX_APPLIED:
                self.full.add(event.suggestion)
        if event.kind is Kind.FIX_APPLIED and event.reason == "verified":
            self.verified.add(event.suggestion)
        if event.kind in _ENDED and event.origin in _OWN_ANSWER:
            self._add_answer(event)

    def _add_answer(self, event: Event) -> None:
        if event.kind is not Kind.FAILED:  # how long a failure took is no speed of the model
            if event.first_token_ms is not None:
                self.first_token.append(event.first_token_ms)
            if event.total_ms is not None:
                self.total.append(event.total_ms)
        if event.cost_usd is not None:
            self.costs.append(event.cost_usd)
        elif event.origin == "network":
            self.cost_unknown += 1
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens"):
            count = getattr(event, name)
            if count is not None:
                self.tokens[name] = self.tokens.get(name, 0) + count

    def row(self, model: str, role: str) -> ModelRow:
        accepted = len(self.ids[Kind.ACCEPTED] | self.ids[Kind.FIX_APPLIED])
        return ModelRow(
            model=model,
            role=role,
            opportunities=len(self.ids[Kind.OPPORTUNITY]),
            suppressed=len(self.ids[Kind.SUPPRESSED]),
            asked=len(self.ids[Kind.ASKED]),
            returned=len(self.ids[Kind.RETURNED]),
            empty=len(self.ids[Kind.EMPTY]),
            failed=len(self.ids[Kind.FAILED]),
            failures=tuple(sorted(self.failures.items(), key=lambda item: (-item[1], item[0]))),
            withheld=len(self.ids[Kind.FIX_WITHHELD]),
            shown=len(self.shown),
            accepted=accepted,
            accepted_full=len(self.full),
            dismissed=len(self.ids[Kind.DISMISSED] - self.ids[Kind.ACCEPTED]),
            accepted_characters=sum(self.characters.values()),
            interval=wilson(accepted, len(self.shown)),
            first_token_p50=percentile(self.first_token, 0.5),
            first_token_p90=percentile(self.first_token, 0.9),
            total_p50=percentile(self.total, 0.5),
            total_p90=percentile(self.total, 0.9),
            prompt_tokens=self.tokens.get("prompt_tokens"),
            completion_tokens=self.tokens.get("completion_tokens"),
            cached_tokens=self.tokens.get("cached_tokens"),
            cost_usd=sum(self.costs) if self.costs else None,
            cost_unknown=self.cost_unknown,
            verified=len(self.verified),
            gone=len(self.ids[Kind.FIX_GONE]),
            undone=len(self.ids[Kind.FIX_UNDONE]),
        )


def summarise(events: Iterable[Event]) -> Report:
    """Count the events up. They may come in any order but for one thing: an event without a model belongs to the
    model that an earlier event of the same suggestion named.
    """
    tallies: dict[tuple[str, str], _Tally] = {}
    owners: dict[str, str] = {}
    count, first, last = 0, None, None
    for event in events:
        count += 1
        first = event.at if first is None else min(first, event.at)
        last = event.at if last is None else max(last, event.at)
        model = event.model or owners.get(event.suggestion, "")
        if model:
            owners[event.suggestion] = model
        tallies.setdefault((model, event.role), _Tally()).add(event)
    rows = [tally.row(model, role) for (model, role), tally in tallies.items()]
    rows.sort(key=lambda row: (row.is_embedded, row.role != "inline", -row.shown, row.model))
    return Report(tuple(rows), count, first, last)
