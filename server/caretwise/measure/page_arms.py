"""The page's sections of an experiment: how far its arms are apart, drawn about the line of no difference."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from caretwise.measure.compare import Comparison, Measured
from caretwise.measure.difference import Difference
from caretwise.measure.page_charts import safe
from caretwise.measure.plan import MOST_PAIRS, arms_of
from caretwise.measure.strips import Bar, intervals
from caretwise.measure.wording import Wording

_THICK = "Thick: the 95% interval, right for someone who looks once."
_THIN = (
    "Thin: the range that holds however often one looks; a winner is named when it leaves the dashed line (no difference) "
    "behind."
)
_NO_THIN = (
    "There is too little yet for the range that holds however often one looks, and which alone names a winner: it will be "
    "drawn thin."
)
_TONE = 2  # one colour for all differences: the models have theirs


def comparisons(found: Sequence[Comparison]) -> Iterator[str]:
    """A section for each pair; one for all pairs where they are many."""
    for _, group in itertools.groupby(found, lambda one: (one.role, one.experiment)):
        pairs = [*group]
        yield from [_many(pairs)] if len(pairs) > MOST_PAIRS else map(_comparison, pairs)


def _many(pairs: Sequence[Comparison]) -> str:
    """The headline of all pairs of an experiment with many arms: those of the best arm so far, the others folded away."""
    arms, words = arms_of(pairs), pairs[0].words
    best = arms[0]
    bars = [(pair, bar) for pair in pairs if (bar := _headline_bar(pair, best))]
    first = [
        (arms.index(pair.other if pair.one == best else pair.one), bar) for pair, bar in bars if best in _arms(pair)
    ]
    others = [bar for pair, bar in bars if best not in _arms(pair)]
    if not bars:
        return ""
    ordered = [bar for _, bar in sorted(first, key=lambda one: one[0])]
    rest = f"<details><summary>The other pairs</summary>{_drawn(others, words)}</details>" if others else ""
    return (
        f"<section><h2>{safe(best)} against each of the others{words.whose}</h2>"
        f'<p class="soft">Experiment {safe(pairs[0].experiment)}. How many more {words.unit} {safe(best)} has. '
        f"{_how_to_read(ordered)}</p>{_drawn(ordered, words)}{rest}</section>"
    )


def _how_to_read(bars: Sequence[Bar]) -> str:
    return f"{_THICK} {_THIN if any(bar.outer for bar in bars) else _NO_THIN}"


def _arms(pair: Comparison) -> tuple[str, str]:
    return pair.one, pair.other


def _drawn(bars: Sequence[Bar], words: Wording) -> str:
    title = f"{words.unit.capitalize()}: differences with their intervals"
    return intervals(bars, title=title, zero=True) if bars else ""


def _headline_bar(pair: Comparison, best: str) -> Bar | None:
    """The difference of a pair; where the best arm is one of the two, it is that one's lead over the other."""
    found, always = pair.headline.difference, pair.headline.always
    if isinstance(found, str):
        return None
    words = pair.words
    sign = -words.scale if pair.other == best else words.scale
    name = pair.one if pair.other == best else f"{'' if pair.one == best else f'{pair.one} - '}{pair.other}"
    low, high = sorted((sign * found.low, sign * found.high))
    outer = (min(sign * end for end in always), max(sign * end for end in always))
    form = f"+.{words.digits}f"
    note = f"{sign * found.value:{form}} ({low:{form}} to {high:{form}})"
    return Bar(name, sign * found.value, low, high, _TONE, outer if math.isfinite(always[0]) else None, note)


def _comparison(comparison: Comparison) -> str:
    """The difference for each measure: the headline, then the shares, all on one scale."""
    drawn = [(measured, bar) for measured in comparison.measures if (bar := _measure_bar(measured, comparison))]
    if not drawn:
        return ""
    charts = ""
    for is_share, group in itertools.groupby(drawn, lambda one: one[0].is_share):
        title = "Difference in percentage points" if is_share else "Difference"
        charts += f"<h3>{title}</h3>{intervals([bar for _, bar in group], title=title, zero=True)}"
    arms = "".join(f"<li>{safe(arm.sentence())}.</li>" for arm in comparison.arms)
    return (
        f"<section><h2>{safe(comparison.one)} against {safe(comparison.other)}{comparison.words.whose}</h2>"
        f'<p class="soft">Experiment {safe(comparison.experiment)}. Right of the dashed line {safe(comparison.one)} has '
        f"more, left of it {safe(comparison.other)}. {_how_to_read([bar for _, bar in drawn[:1]])}</p>"
        f'{charts}<ul class="soft">{arms}</ul><p class="soft">{_terms(comparison)}</p></section>'
    )


def _measure_bar(measured: Measured, comparison: Comparison) -> Bar | None:
    found = measured.difference
    if isinstance(found, str):
        return None
    scale, form = (100.0, "+.1f") if measured.is_share else (1.0, "+.2f")
    outer = (measured.always[0] * scale, measured.always[1] * scale) if math.isfinite(measured.always[0]) else None
    note = f"{found.value * scale:{form}} ({found.low * scale:{form}} to {found.high * scale:{form}})"
    means = [
        f"{name} {mean.value * scale:.{1 if measured.is_share else 2}f}{'%' if measured.is_share else ''}"
        for name, mean in ((comparison.one, measured.one), (comparison.other, measured.other))
        if mean
    ]
    more = f"{', '.join(means)}; {_basis(found)}"
    name = measured.name.capitalize()
    return Bar(name, found.value * scale, found.low * scale, found.high * scale, _TONE, outer, note, more)


def _basis(difference: Difference) -> str:
    people = f"{difference.users} {'people' if difference.users > 1 else 'person'}"
    return (
        f"{difference.trials:,} trials of {people} in {difference.blocks:,} blocks, design effect "
        f"{difference.design_effect:.1f}"
    )


def _terms(comparison: Comparison) -> str:
    """What the words in small letters mean."""
    by_user = any(isinstance(one.difference, Difference) and one.difference.by_user for one in comparison.measures)
    return (
        "A trial is one of what a figure is taken over. A block is 10 minutes of a person in a document, for which the model "
        "is drawn. Design effect: how many times more trials there are than independent ones that would tell as much "
        f"(clusters are {'people' if by_user else 'blocks'})."
    )
