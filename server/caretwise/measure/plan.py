"""What may be concluded, in plain words, and how long an experiment will take at this team's pace."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from caretwise.measure.arm_told import ArmTold
from caretwise.measure.compare import Comparison, Measured
from caretwise.measure.sequence import ALPHA, EXPECTED, trials_for_one_look, trials_per_arm
from caretwise.measure.tally import ModelRow, Report
from caretwise.measure.wording import WORDS, dollars, seconds

DESIGN_EFFECT = 2.0
"""Of a difference within users whose arms change every 10 minutes, before one was measured: simulated teams give 1.6 to 3.5
(`tests/benchmarks/simulate_statistics.py`)."""

MOST_PAIRS = 3
"""Pairs of arms in one experiment that get a paragraph each."""

THESE_ONLY = "All figures describe"
"""How the paragraph begins that says of whom the figures speak."""

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment with arms of equal weight, before it begins."""

    rate: float
    """The acceptance rate, or the share of kept fixes, that is assumed."""
    per_arm: int
    """Shown suggestions, or requests for a fix, that each arm needs until a winner is named with 80 % probability, looking
    as often as one likes."""
    per_arm_one_look: int
    """The same for someone who looks once, at the end."""
    days: float | None
    """How long that is at the pace so far; None when there is no pace."""


def plan(report: Report, relative: float = EXPECTED, arms: int = 2, role: str = "inline") -> Plan | None:
    """A plan from what the journal shows; None when nothing was shown or accepted yet, or of fixes requested or kept.

    For `arms` of equal weight whose rates differ by `relative` of the rate.
    """
    rows = [row for row in report.rows if row.role == role]
    shown, accepted = sum(row.shown for row in rows), sum(row.accepted for row in rows)
    if role == "fix":
        shown = sum(row.requests.made for row in rows if row.requests)
        accepted = sum(row.requests.kept for row in rows if row.requests)
    if not 0 < accepted < shown:
        return None
    rate = accepted / shown
    each = trials_per_arm(rate, relative, DESIGN_EFFECT)
    pace = shown / max(((report.last_at or 0) - (report.first_at or 0)) / _DAY, 1.0)
    return Plan(rate, each, trials_for_one_look(rate, relative, DESIGN_EFFECT), arms * each / pace)


def conclusions(report: Report) -> tuple[str, ...]:
    """What the report comes to, a paragraph for each thing that can be said."""
    said = [*_compared(report)]
    compared = {one.role for one in report.comparisons}
    models = [row for row in report.rows if row.shown and not row.is_embedded and row.role not in compared]
    said.extend(_without_experiment(report, [row for row in models if row.role == "inline"]))
    said.extend(_fixes_without_experiment([row for row in models if row.role == "fix"]))
    if any(row.shown for row in report.rows) and report.describes_only_these_users:
        who = "the one person" if report.users <= 1 else f"the {report.users} people"
        said.append(
            f"{THESE_ONLY} {who} in this journal and this code only. What a model is worth to others cannot be told "
            "from so few people, by any method; the difference between two models for you can."
        )
    return tuple(said)


def _compared(report: Report) -> Iterator[str]:
    for (role, _), found in itertools.groupby(report.comparisons, lambda one: (one.role, one.experiment)):
        pairs = [*found]
        if len(pairs) > MOST_PAIRS:
            yield _of_many(pairs)
        else:
            yield from map(conclusion, pairs)
        if any(isinstance(pair.headline.difference, str) for pair in pairs):
            yield _at_the_start(report, len(arms_of(pairs)), role)


def arms_of(pairs: Sequence[Comparison]) -> tuple[str, ...]:
    """The arms of an experiment, the one with the highest headline so far first."""
    means = {arm: mean.value if mean else -1.0 for pair in pairs for arm, mean in pair.means()}
    return tuple(sorted(means, key=lambda arm: -means[arm]))


def _at_the_start(report: Report, arms: int, role: str) -> str:
    found, words = plan(report, arms=arms, role=role), WORDS[role]
    if found is None:
        return f"How long it will take cannot be told before something was {'kept' if role == 'fix' else 'accepted'}."
    days = f", {duration(found.days)} in all at the pace so far" if found.days is not None else ""
    return (
        f"It takes about {rounded(found.per_arm)} {words.planned} of each arm{days}, until a difference of {EXPECTED:.0%} "
        f"in {words.rate} would show with 80% probability, however often you look."
    )


def _of_many(pairs: Sequence[Comparison]) -> str:
    """One paragraph for an experiment whose pairs are too many for one each."""
    arms, words = arms_of(pairs), pairs[0].words
    beaten = {
        arm: tuple(pair.other if pair.one == arm else pair.one for pair in pairs if pair.winner == arm) for arm in arms
    }
    text = _leader(pairs, arms, beaten[arms[0]])
    others = dict[tuple[str, ...], list[str]]()
    for arm in arms[1:]:
        others.setdefault(beaten[arm], []).append(arm)
    won = [
        f"{_listed(winners)} {'are' if len(winners) > 1 else 'is'} better than {_listed(losers)}"
        for losers, winners in others.items()
        if losers
    ]
    text += f" Of the others, {'; '.join(won)}." if won else ""
    more = [rounded(_missing(pair)) for pair in sorted(pairs, key=_missing) if not pair.winner and _missing(pair)]
    if more:
        span = more[0] if more[0] == more[-1] else f"{more[0]} to {more[-1]}"
        text += f" The pairs that are still open need about {span} more {words.trials}."
    return text


def _missing(pair: Comparison) -> int:
    return pair.more_opportunities or 0


def _leader(pairs: Sequence[Comparison], arms: Sequence[str], beaten: Sequence[str]) -> str:
    """What may be said of the arm with the highest headline so far."""
    first, words = arms[0], pairs[0].words
    best = dict(one for pair in pairs for one in pair.means())[first]
    text = f"Of {len(arms)} models that are compared{words.whose}, {first} has the highest figure so far"
    text += f": {words.amount(best.value)} {words.unit}." if best else "."
    left = len(arms) - 1 - len(beaten)
    if not beaten:
        text += " It may owe that to chance: no winner is named between it and any other yet."
    elif left:
        rest = "the other one" if left == 1 else f"the other {left}"
        text += f" It is better than {_listed(beaten)}; its lead over {rest} may be chance."
    else:
        text += f" It is better than {_listed(beaten) if len(beaten) == 1 else 'all the others'}."
    told = {arm.arm: arm for pair in pairs for arm in pair.arms}[first]
    return text + (f" It takes {_price(told)}." if _price(told) else "")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def conclusion(comparison: Comparison) -> str:
    """What one comparison comes to."""
    headline, words = comparison.headline, comparison.words
    difference = headline.difference
    if isinstance(difference, str):
        return f"{comparison.one} and {comparison.other} cannot be compared yet{words.whose}: {difference}."
    if comparison.winner:
        return _won(comparison, headline)
    ahead = comparison.one if difference.value > 0 else comparison.other
    text = (
        f"No winner between {comparison.one} and {comparison.other}{words.whose} yet. {ahead} is ahead by "
        f"{words.amount(abs(difference.value))} {words.unit}, which may be chance."
    )
    return f"{text} {_how_long(comparison)}".strip() + _prices(comparison)


def _won(comparison: Comparison, headline: Measured) -> str:
    difference, words = headline.difference, comparison.words
    if isinstance(difference, str):  # a winner has a difference
        return ""
    first = comparison.winner == comparison.one
    loser = comparison.other if first else comparison.one
    low, high = (difference.low, difference.high) if first else (-difference.high, -difference.low)
    worse = headline.other if first else headline.one
    relative = f", {abs(difference.value) / worse.value:.0%} more" if worse and worse.value > 0 else ""
    return (
        f"{comparison.winner} is better than {loser}{words.whose} here: {words.amount(abs(difference.value))} more "
        f"{words.unit} (95% interval {words.amount(low)} to {words.amount(high)}){relative}. This "
        f"holds however often you look: if there were no difference, a winner would be named in at most "
        f"{comparison.alpha:.1%} of such experiments.{_prices(comparison)}"
    )


def _prices(comparison: Comparison) -> str:
    """What either arm costs and how long it takes, for whoever is to choose; "" while nothing of it is known."""
    one, other = sorted(comparison.arms, key=lambda arm: arm.arm != comparison.winner)
    if not (_price(one) and _price(other)):
        return ""
    return f" {one.arm} takes {_price(one)}, {other.arm} {_price(other)}."


def _price(arm: ArmTold) -> str:
    words = WORDS[arm.role]
    said = [f"{dollars(arm.cost_per_kept)} for {words.cost_for}"] if arm.cost_per_kept is not None else []
    said += [f"{seconds(arm.wait_p50)} s until half are {words.wait}"] if arm.wait_p50 is not None else []
    return " and ".join(said)


def _how_long(comparison: Comparison) -> str:
    more = comparison.more_opportunities
    if more is None:
        return ""
    if more == 0:
        return f"A difference of {EXPECTED:.0%} would very likely have shown by now: if there is one, it is smaller."
    days = f", {duration(comparison.more_days)} at the pace so far" if comparison.more_days is not None else ""
    return (
        f"Not enough data: about {rounded(more)} more {comparison.words.trials}{days}, until a difference of "
        f"{EXPECTED:.0%} would show with 80% probability."
    )


def _without_experiment(report: Report, models: Sequence[ModelRow]) -> Iterator[str]:
    if len(models) > 1:
        yield (
            "The models stand side by side, and no winner is named: nobody drew by lot which of them answers, so days, tasks "
            "and people may make the difference. An experiment in the configuration draws."
        )
    else:
        yield from map(_alone, models)
    found = plan(report)
    if models and found:
        days = f", {duration(found.days)} at the pace so far" if found.days is not None else ""
        yield (
            f"An experiment with two models would need about {rounded(found.per_arm)} shown suggestions of each{days}, until "
            f"a difference of {EXPECTED:.0%} in acceptance would show with 80% probability, however often you look "
            f"(and a false winner in at most {ALPHA:.0%})."
        )


def _alone(row: ModelRow) -> str:
    """The one model there is, in a sentence."""
    said = f"{row.model}: {row.accepted:,} of {row.shown:,} shown suggestions were accepted"
    if row.headline is not None:
        said += f", {row.headline.value:.2f} {WORDS['inline'].unit}"
    return f"{said}{'' if row.cost_per_1000 is None else f', {dollars(row.cost_per_1000)} for 1,000 of them'}."


def _fixes_without_experiment(models: Sequence[ModelRow]) -> Iterator[str]:
    told = [(row, row.requests) for row in models if row.requests]
    said = [
        f"{row.model}: of {found.made:,} request{'s' if found.made > 1 else ''} for a fix {found.kept:,} came to one that "
        f"was kept{'' if row.cost_per_fix is None else f', {dollars(row.cost_per_fix)} for each'}"
        for row, found in told
    ]
    if said:
        drawn = " No winner is named: nobody drew by lot which of them is asked." if len(said) > 1 else ""
        yield f"{'; '.join(said)}.{drawn}"


def duration(days: float | None) -> str:
    """So many days in words."""
    if days is None or not math.isfinite(days):
        return "an unknown time"
    if days > 730:
        return "more than two years"
    if days > 60:
        return f"about {days / 30.4:.0f} months"
    return f"about {max(1, math.ceil(days))} day{'s' if days > 1 else ''}"


def rounded(number: float) -> str:
    """To two digits, with thousands marked."""
    if number < 10:
        return str(math.ceil(number))
    step = 10 ** (math.floor(math.log10(number)) - 1)
    return f"{math.ceil(number / step) * step:,}"
