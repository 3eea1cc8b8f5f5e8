"""The page's boxes with a chart in each."""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Callable, Mapping, Sequence

from caretwise.measure.drawing import Axis, Line, lines, nice
from caretwise.measure.strips import Bar, amounts
from caretwise.measure.tally import ModelRow, Slice
from caretwise.measure.terminal_table import printable
from caretwise.measure.wording import dollars

LEAST_IN_SLICE = 20
"""Shown suggestions below which a point would be noise."""

_MOST_POINTS = 30
_WEEK = 7 * 86_400


Tones = Mapping[str, int]
"""The number of each model's colour: the same in all charts, whatever their order."""


def tones_of(rows: Sequence[ModelRow]) -> Tones:
    """A colour for each model, whatever its role."""
    return {model: number for number, model in enumerate(sorted({row.model for row in rows}))}


def cards(rows: Sequence[ModelRow], tones: Tones) -> list[str]:
    """The boxes that there is something to show in, for the rows of ghost text."""
    return [box for box in (make(rows, tones) for make, _ in _CHARTS) if box]


def absent(rows: Sequence[ModelRow]) -> list[str]:
    """A sentence for each chart that there is not enough for yet."""
    return [why for make, why in _CHARTS if not make(rows, {})]


def _latency(rows: Sequence[ModelRow], tones: Tones) -> str:
    series: list[Line] = []
    for row in rows:
        slices = [one for one in row.waits if one.shown >= LEAST_IN_SLICE]
        most = max((one.shown for one in slices), default=1)
        points = tuple(
            (one.start + 100, one.accepted / one.shown * 100,
             f"{model_name(row)}, from {one.start:.0f} ms: {one.accepted} of {one.shown}")
            for one in slices
        )  # fmt: skip
        if len(points) > 1:
            sizes = tuple(2.5 + 4 * math.sqrt(one.shown / most) for one in slices)
            series.append(Line(model_name(row), points, tones.get(row.model, 0), sizes))
    if not series:
        return ""
    longest = max(x for line in series for x, _, _ in line.points)
    across = Axis("milliseconds until it was on screen", 0, longest + 100, tuple(nice(0, longest + 100, 5)))
    chart = lines(series, title="Acceptance against waiting time", across=across, up=_shares(series))
    return _card(
        "Acceptance against waiting time",
        f"Percent of shown suggestions accepted, by how long they took. Large marks: many suggestions; under "
        f"{LEAST_IN_SLICE} none is drawn.",
        chart,
    )


def _retention(rows: Sequence[ModelRow], tones: Tones) -> str:
    series: list[Line] = []
    for row in rows:
        points = [(0.0, 100.0, f"{model_name(row)}: accepted")]
        points += [
            (
                float(k.after_s),
                k.share * 100,
                f"{model_name(row)}: {k.share:.1%} after {k.after_s} s, {k.looked} looked at",
            )
            for k in row.kept
            if k.share is not None
        ]
        if len(points) > 1:
            series.append(Line(model_name(row), tuple(points), tones.get(row.model, 0)))
    if not series:
        return ""
    least = min(y for line in series for _, y, _ in line.points)
    low = max(0.0, math.floor((least - 5) / 10) * 10.0)
    up = Axis("still there", low, 100, tuple((at, f"{at:.0f}%") for at, _ in nice(low, 100, 5)))
    across = Axis("seconds since it was accepted", 0, 600, tuple((at, f"{at:g}") for at in (30, 120, 300, 600)))
    note = "" if low == 0 else f" The scale begins at {low:.0f}%."
    chart = lines(series, title="Share of accepted characters still there", across=across, up=up)
    return _card("How much stays", f"Percent of accepted characters that are still there.{note}", chart)


def _time(rows: Sequence[ModelRow], tones: Tones) -> str:
    days = sorted({one.start for row in rows for one in row.days})
    by_week = len(days) > _MOST_POINTS
    series: list[Line] = []
    for row in rows:
        spans = _weeks(row.days) if by_week else row.days
        points = tuple(
            (one.start, one.retained_characters / one.opportunities,
             f"{model_name(row)}, {day(one.start)}: {one.retained_characters:,} in {one.opportunities:,}")
            for one in spans if one.opportunities >= LEAST_IN_SLICE
        )  # fmt: skip
        if len(points) > 1:
            series.append(Line(model_name(row), points, tones.get(row.model, 0), (3.2,) * len(points)))
    if not series:
        return ""
    first, last = (
        end(x for line in series for x, _, _ in line.points) for end in (min, max)
    )  # a week begins before its days
    ticks = tuple((first + (last - first) * n / 3, day(first + (last - first) * n / 3)[5:]) for n in range(4))
    high = max(y for line in series for _, y, _ in line.points) * 1.08
    up = Axis("characters per opportunity", 0, high or 1, tuple(nice(0, high or 1, 5)))
    chart = lines(
        series,
        title="Retained characters per opportunity over time",
        across=Axis("day" if not by_week else "week", first, last, ticks),
        up=up,
    )
    return _card(
        "Over time",
        f"Retained characters per opportunity, by {'week' if by_week else 'day'} (UTC).",
        chart,
    )


def _weeks(days: Sequence[Slice]) -> list[Slice]:
    weeks: dict[float, list[Slice]] = {}
    for day in days:
        weeks.setdefault(day.start // _WEEK * _WEEK, []).append(day)
    return [
        Slice("", start, sum(d.opportunities for d in part), sum(d.shown for d in part), sum(d.accepted for d in part),
              sum(d.retained_characters for d in part)) for start, part in sorted(weeks.items())
    ]  # fmt: skip


def _cost(rows: Sequence[ModelRow], tones: Tones) -> str:
    bars = [
        Bar(model_name(row), cost * 100, 0.0, 0.0, tones.get(row.model, 0),
            note=f"{cost * 100:.2f} cents", more=f"{dollars(row.cost_usd or 0)} in all{_unknown(row)}")
        for row in rows
        if (cost := row.cost_per_1000) is not None
    ]  # fmt: skip
    if not bars:
        return ""
    chart = amounts(bars, title="US cents for 1,000 retained characters, by model")
    said = "US cents for 1,000 retained characters, from the tokens that the endpoint reports and the price in the profile."
    return _card("Cost", said, chart)


def _unknown(row: ModelRow) -> str:
    if not row.cost_unknown:
        return ""
    return f", without {row.cost_unknown:,} answer{'s' if row.cost_unknown > 1 else ''} of unknown cost"


_CHARTS: tuple[tuple[Callable[[Sequence[ModelRow], Tones], str], str], ...] = (
    (
        _latency,
        f"Acceptance against waiting time: wants {LEAST_IN_SLICE} shown suggestions in two ranges of waiting time.",
    ),
    (_retention, "How much stays: wants an accepted suggestion that is 30 seconds old."),
    (_time, f"Over time: wants two days with {LEAST_IN_SLICE} opportunities each."),
    (_cost, "Cost: wants tokens that the host reports, a price in the model's profile, and text that was kept."),
)
"""The charts, and what each wants before it can be drawn."""


def _card(title: str, said: str, inside: str) -> str:
    return f'<section><h2>{title}</h2><p class="soft">{safe(said)}</p>{inside}</section>'


def _shares(series: Sequence[Line]) -> Axis:
    high = min(100.0, max(y for line in series for _, y, _ in line.points) * 1.15 + 1)
    return Axis("accepted", 0, high, tuple((at, f"{text}%") for at, text in nice(0, high, 5)))


def model_name(row: ModelRow) -> str:
    """How a model is called on the page; not yet escaped."""
    return "embedded (no model)" if row.is_embedded else printable(row.model) or "(not asked)"


def day(at: float) -> str:
    """The day of a time, in UTC."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d")


def safe(text: str) -> str:
    """Text made fit for HTML, with everything that is not plainly visible written as an escape."""
    return html.escape(printable(text), quote=True)
