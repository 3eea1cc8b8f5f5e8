"""What is counted of a journal, and the rows of the report that are made of it: one for each model and role.

What is counted:

- A suggestion counts once, however often it was shown again, accepted in parts, or known from several sources. One that
  was accepted counts as shown, for editors that do not say when they draw.
- `rate` is accepted / shown; for fixes, applied / offered.
- `accepted_characters` adds up, for each suggestion, the largest number that any of its accept events gives: these
  count from the suggestion's start, so word after word is not counted again.
- `kept` is what was still there of accepted text at a look; texts that nobody could look at any more (closed, exchanged as a
  whole, changed with many others) are not in it, neither above nor below the line.
- `retained_characters` are those known to be there after 300 s; where nobody could look they count as none.
- Times and tokens come from `returned` events (tokens from `failed` ones too), of the endpoint or the embedded engine
  alone. What an answer out of a cache, or one that several requests shared, repeats of them is not counted again.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from caretwise.measure.arm_told import ArmSpent, Place
from caretwise.measure.compare import ArmCell, Comparison, compare
from caretwise.measure.difference import MANY_USERS, Mean, mean_of
from caretwise.measure.event import EMBEDDED
from caretwise.measure.fix_requests import RequestCounts, requests_of
from caretwise.measure.rates import Interval, percentile, wilson

HEADLINE_SECONDS = 300
"""When retained characters are read off for the headline figure."""

_LEAST_SHOWN = 20  # suggestions of a person below which a share would be noise

Key = tuple[str, str]
"""Model and role."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of accepted text by `after_s` seconds: suggestions looked at, characters left, characters accepted."""

    after_s: int
    looked: int
    characters: int
    accepted_characters: int

    @property
    def share(self) -> float | None:
        """Characters left / characters accepted; None when nothing was looked at."""
        return self.characters / self.accepted_characters if self.accepted_characters else None


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a row: a day, a range of waiting times, a language. `name` says which."""

    name: str
    start: float
    """For days seconds since 1970, for waiting times milliseconds; else 0."""
    opportunities: int
    shown: int
    accepted: int
    retained_characters: int


@dataclass(slots=True)
class Spent:
    """Times, tokens and cost of one model's own answers."""

    first_token: array[float] = field(default_factory=lambda: array("d"))
    total: array[float] = field(default_factory=lambda: array("d"))
    shown: array[float] = field(default_factory=lambda: array("d"))
    tokens: Counter[str] = field(default_factory=Counter[str])
    cost: float | None = None
    cost_unknown: int = 0


@dataclass(slots=True)
class Counts:
    """What was counted, before any figure is made of it."""

    events: int = 0
    skipped: int = 0
    """Records that are not events of this version."""
    ahead: int = 0
    """Events that lie in the future and are left out."""
    first_at: float | None = None
    last_at: float | None = None
    sums: dict[Key, dict[str, int]] = field(default_factory=dict[Key, dict[str, int]])
    failures: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter[str]))
    kept: dict[Key, list[Kept]] = field(default_factory=lambda: defaultdict(list[Kept]))
    spent: dict[Key, Spent] = field(default_factory=lambda: defaultdict(Spent))
    days: dict[Key, list[Slice]] = field(default_factory=lambda: defaultdict(list[Slice]))
    waits: dict[Key, list[Slice]] = field(default_factory=lambda: defaultdict(list[Slice]))
    languages: dict[Key, list[Slice]] = field(default_factory=lambda: defaultdict(list[Slice]))
    users: dict[Key, int] = field(default_factory=dict[Key, int])
    cells: list[ArmCell] = field(default_factory=list[ArmCell])
    arms: dict[Place, ArmSpent] = field(default_factory=lambda: defaultdict(ArmSpent))


@dataclass(frozen=True, slots=True, kw_only=True)
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
    verified: int
    """Of the applied fixes, those that the reporting checker had agreed to."""
    gone: int
    """Of the applied fixes, those whose problem is known to be gone."""
    shown: int
    """For fixes: offered."""
    accepted: int
    """In full or in part. For fixes: applied."""
    accepted_full: int
    typed: int
    """Typed through by hand and not accepted."""
    dismissed: int
    superseded: int
    undone: int
    edited: int
    accepted_characters: int
    typed_characters: int
    retained_characters: int
    interval: Interval
    """95 % interval of `rate`: Wilson's, on as many trials as the clustered ones are worth."""
    design_effect: float
    """How many times the variance of `rate` is that of independent trials."""
    users: int
    headline: Mean | None
    """Retained characters per opportunity, or fixes kept per request; None without opportunities."""
    requests: RequestCounts | None
    """Of fixes: what came of the requests. None when no request is known, and for ghost text."""
    kept: tuple[Kept, ...]
    first_token_p50: float | None
    first_token_p90: float | None
    total_p50: float | None
    total_p90: float | None
    shown_p50: float | None
    shown_p90: float | None
    shown_p99: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    """What is known to have been spent; None when nothing is known."""
    cost_unknown: int
    """Answers whose cost is not known (closed early, no price): they are not in `cost_usd`."""
    days: tuple[Slice, ...]
    waits: tuple[Slice, ...]
    languages: tuple[Slice, ...]

    @property
    def rate(self) -> float | None:
        """Accepted / shown; None when nothing was shown."""
        return self.accepted / self.shown if self.shown else None

    @property
    def cost_per_1000(self) -> float | None:
        """US dollars for 1,000 retained characters; None when one of the two is not known or nothing was retained."""
        if self.cost_usd is None or not self.retained_characters:
            return None
        return self.cost_usd / self.retained_characters * 1000

    @property
    def cost_per_fix(self) -> float | None:
        """US dollars that requests cost for each kept fix; None when one of the two is not known or none was kept."""
        if self.cost_usd is None or self.requests is None or not self.requests.kept:
            return None
        return self.cost_usd / self.requests.kept

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
    users: int = 0
    skipped: int = 0
    ahead: int = 0
    """Events that lie more than a day after the report was made, as of a clock that was set wrong: they are in no figure."""
    comparisons: tuple[Comparison, ...] = ()
    people: tuple[float, ...] = ()
    """Acceptance of each person with enough shown, in order of size, so that nobody is named by the place."""

    @property
    def describes_only_these_users(self) -> bool:
        """Whether there are too few users to say anything of others."""
        return self.users < MANY_USERS


def make_report(counts: Counts) -> Report:
    """The figures."""
    by_row: defaultdict[Key, list[ArmCell]] = defaultdict(list)
    for cell in counts.cells:
        by_row[cell.model, cell.role].append(cell)
    rows = [_row(key, counts, by_row[key]) for key in counts.sums]
    rows.sort(key=lambda row: (row.is_embedded, row.role != "inline", -row.shown, row.model))
    return Report(
        tuple(rows),
        counts.events,
        counts.first_at,
        counts.last_at,
        users=len({cell.user for cell in counts.cells}),
        skipped=counts.skipped,
        ahead=counts.ahead,
        comparisons=tuple(compare(counts.cells, counts.arms)),
        people=tuple(sorted(_by_person([cell for cell in counts.cells if cell.role == "inline"]))),
    )


def _by_person(cells: Sequence[ArmCell]) -> Iterator[float]:
    shown, accepted = Counter[str](), Counter[str]()
    for cell in cells:
        shown[cell.user] += cell.shown
        accepted[cell.user] += cell.accepted
    return (accepted[user] / number for user, number in shown.items() if number >= _LEAST_SHOWN)


def _row(key: Key, counts: Counts, cells: Sequence[ArmCell]) -> ModelRow:
    model, role = key
    sums, spent = counts.sums[key], counts.spent[key]
    acceptance = mean_of([cell.acceptance for cell in cells if cell.shown])
    effect = max(1.0, acceptance.design_effect) if acceptance else 1.0
    tokens = spent.tokens
    return ModelRow(
        model=model,
        role=role,
        failures=tuple(sorted(counts.failures[key].items(), key=lambda item: (-item[1], item[0]))),
        interval=wilson(sums["accepted"] / effect, sums["shown"] / effect),
        design_effect=effect,
        users=counts.users.get(key, 0),
        # What was asked for in one block may be all that is told of it, and what was kept all that is told of another.
        headline=mean_of([cell.retention for cell in cells if cell.opportunities or cell.retained]),
        requests=requests_of(cells) if role == "fix" else None,
        kept=tuple(counts.kept[key]),
        **_times(spent),
        prompt_tokens=tokens.get("prompt_tokens"),
        completion_tokens=tokens.get("completion_tokens"),
        cached_tokens=tokens.get("cached_tokens"),
        cost_usd=spent.cost,
        cost_unknown=spent.cost_unknown,
        days=tuple(counts.days[key]),
        waits=tuple(counts.waits[key]),
        languages=tuple(counts.languages[key]),
        **sums,
    )


def _times(spent: Spent) -> Mapping[str, float | None]:
    found: dict[str, float | None] = {}
    for name, values, shares in (
        ("first_token", spent.first_token, (50, 90)),
        ("total", spent.total, (50, 90)),
        ("shown", spent.shown, (50, 90, 99)),
    ):
        ordered = sorted(values)
        for share in shares:
            found[f"{name}_p{share}"] = percentile(ordered, share / 100)
    return found
