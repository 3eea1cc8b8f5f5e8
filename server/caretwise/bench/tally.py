"""Answers counted up: one row for each arm, one comparison for each arm after the first, examples won and lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caretwise.bench.answer import Answer
from caretwise.bench.compare import Difference, Matches, difference, holm, matches
from caretwise.bench.cost import Spent, spent
from caretwise.measure.rates import Interval, percentile, wilson

METRICS = ("exact", "first_line", "similarity", "identifiers")
"""What arms are compared by."""


@dataclass(frozen=True, slots=True)
class Row:
    """One arm (or one kind of hole in it). Shares and means are from 0 to 1, times in ms."""

    arm: str
    kind: str
    holes: int
    suggested: int
    exact: int
    interval: Interval
    first_line: int
    similarity: float
    identifiers: float
    median_ms: float | None
    spent: Spent
    leaks: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second arm against the first over the holes that both were asked for. `p` is adjusted over all comparisons."""

    first: str
    second: str
    holes: int
    matches: Matches
    p: float
    differences: dict[str, Difference]
    won: tuple[tuple[Answer, Answer], ...]
    lost: tuple[tuple[Answer, Answer], ...]


def rows(answers: Sequence[Answer], arms: Sequence[str], *, by_kind: bool = False) -> list[Row]:
    """A row for each arm in this order; with `by_kind`, one for each kind in it."""
    made: list[Row] = []
    for arm in arms:
        own = [answer for answer in answers if answer.arm == arm]
        kinds = list(dict.fromkeys(answer.kind for answer in own)) if by_kind else [""]
        made += [_row(arm, kind, [one for one in own if kind in {"", one.kind}]) for kind in kinds]
    return made


def _row(arm: str, kind: str, answers: Sequence[Answer]) -> Row:
    clean = [answer for answer in answers if not answer.leak]
    count = len(clean)
    exact = sum(answer.exact for answer in clean)
    # What came from a cache says nothing about how long one waits.
    times = [answer.ms for answer in clean if answer.origin in {"network", "embedded"}]
    return Row(
        arm,
        kind,
        count,
        sum(answer.suggested for answer in clean),
        exact,
        wilson(exact, count),
        sum(answer.first_line for answer in clean),
        sum(answer.similarity for answer in clean) / max(1, count),
        sum(answer.identifiers for answer in clean) / max(1, count),
        percentile(times, 0.5),
        spent(answers),
        len(answers) - count,
    )


def comparisons(
    answers: Sequence[Answer], arms: Sequence[str], draw: Callable[[int], int], *, examples: int = 3
) -> list[Comparison]:
    """The first arm against each other one, on the holes that both have an answer for."""
    by_arm = {arm: {one.hole: one for one in answers if one.arm == arm} for arm in arms}
    pairs = {
        arm: [(one, by_arm[arm][hole]) for hole, one in by_arm[arms[0]].items() if hole in by_arm[arm]]
        for arm in arms[1:]
    }
    clean = {arm: [pair for pair in some if not pair[0].leak and not pair[1].leak] for arm, some in pairs.items()}
    found = {arm: matches([a.exact for a, _ in some], [b.exact for _, b in some]) for arm, some in clean.items()}
    adjusted = dict(zip(found, holm([one.p for one in found.values()]), strict=True))
    return [
        Comparison(
            arms[0],
            arm,
            len(some),
            found[arm],
            adjusted[arm],
            _differences(some, draw) if some else {},
            tuple(pair for pair in some if pair[1].exact and not pair[0].exact)[:examples],
            tuple(pair for pair in some if pair[0].exact and not pair[1].exact)[:examples],
        )
        for arm, some in clean.items()
    ]


def _differences(pairs: Sequence[tuple[Answer, Answer]], draw: Callable[[int], int]) -> dict[str, Difference]:
    clusters = [one.path for one, _ in pairs]
    return {
        metric: difference(
            [float(getattr(one, metric)) for one, _ in pairs],
            [float(getattr(two, metric)) for _, two in pairs],
            clusters,
            draw,
        )
        for metric in METRICS
    }
