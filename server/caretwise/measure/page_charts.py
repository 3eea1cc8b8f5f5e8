"""The page's boxes with a chart in each."""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Callable, Sequence

from caretwise.measure.drawing import Axis, Bar, Line, intervals, legend, lines, nice
from caretwise.measure.report import printable
from caretwise.measure.tally import ModelRow, Slice

_LEAST_IN_SLICE = 20  # shown suggestions below which a point would be noise
_MOST_POINTS = 30
_WEEK = 7 * 86_400


def cards(rows: Sequence[ModelRow], *, compared: bool) -> list[str]:
    """The boxes that there is something to show in, for the rows of ghost text; `compared`: arms stand above them."""
    boxes = (_headline(rows, compared=compared), *(make(rows) for make, _ in _CHARTS))
    return [box for box in boxes if box]


def absent(rows: Sequence[ModelRow]) -> list[str]:
    """A sentence for each chart that there is not enough for yet."""
    return [why for make, why in _CHARTS if not make(rows)]


def _headline(rows: Sequence[ModelRow], *, compared: bool) -> str:
    bars = [
        Bar(
            model_name(row), row.headline.value, row.headline.low, row.headline.high, _tone(row, rows),
            note=f"{row.headline.value:.2f} ({row.headline.low:.2f} to {row.headline.high:.2f})",
        )
        for row in rows
        if row.headline and math.isfinite(row.headline.low)
    ]  # fmt: skip
    if not bars:
        return ""
    chart = intervals(bars, title="Retained characters per opportunity, by model, with 95% intervals")
    return _card(
        "Retained characters per opportunity",
        "The headline: what is still there 300 seconds later, for each time a suggestion could have been shown. These "
        f"intervals say how well each model's own figure is known{'; the comparison above is sharper' if compared else ''}.",
        chart,
    )


def _latency(rows: Sequence[ModelRow]) -> str:
    series: list[Line] = []
    for row in rows:
        slices = [one for one in row.waits if one.shown >= _LEAST_IN_SLICE]
        most = max((one.shown for one in slices), default=1)
        points = tuple(
            (one.start + 100, one.accepted / one.shown * 100,
             f"{model_name(row)}, from {one.start:.0f} ms: {one.accepted} of {one.shown}")
            for one in slices
        )  # fmt: skip
        if len(points) > 1:
            sizes = tuple(2.5 + 4 * math.sqrt(one.shown / most) for one in slices)
            series.append(Line(model_name(row), points, _tone(row, rows), sizes))
    if not series:
        return ""
    longest = max(x for line in series for x, _, _ in line.points)
    across = Axis("milliseconds until it was on screen", 0, longest + 100, tuple(nice(0, longest + 100, 5)))
    chart = lines(series, title="Acceptance against waiting time", across=across, up=_shares(series))
    return _card(
        "Acceptance against waiting time",
        f"Percent of shown suggestions accepted, by how long they took. Large marks: many suggestions; under "
        f"{_LEAST_IN_SLICE} none is drawn.",
        chart + _legend(series),
    )


def _retention(rows: Sequence[ModelRow]) -> str:
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
            series.append(Line(model_name(row), tuple(points), _tone(row, rows)))
    if not series:
        return ""
    least = min(y for line in series for _, y, _ in line.points)
    low = max(0.0, math.floor((least - 5) / 10) * 10.0)
    up = Axis("still there", low, 100, tuple((at, f"{at:.0f}%") for at, _ in nice(low, 100, 5)))
    across = Axis("seconds since it was accepted", 0, 600, tuple((at, f"{at:g}") for at in (30, 120, 300, 600)))
    note = "" if low == 0 else f" The scale begins at {low:.0f}%."
    chart = lines(series, title="Share of accepted characters still there", across=across, up=up)
    return _card(
        "How much stays", f"Percent of accepted characters that are still there.{note}", chart + _legend(series)
    )


def _time(rows: Sequence[ModelRow]) -> str:
    days = sorted({one.start for row in rows for one in row.days})
    by_week = len(days) > _MOST_POINTS
    series: list[Line] = []
    for row in rows:
        spans = _weeks(row.days) if by_week else row.days
        points = tuple(
            (one.start, one.retained_characters / one.opportunities,
             f"{model_name(row)}, {day(one.start)}: {one.retained_characters:,} in {one.opportunities:,}")
            for one in spans if one.opportunities >= _LEAST_IN_SLICE
        )  # fmt: skip
        if len(points) > 1:
            series.append(Line(model_name(row), points, _tone(row, rows), (3.2,) * len(points)))
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
        chart + _legend(series),
    )


def _weeks(days: Sequence[Slice]) -> list[Slice]:
    weeks: dict[float, list[Slice]] = {}
    for day in days:
        weeks.setdefault(day.start // _WEEK * _WEEK, []).append(day)
    return [
        Slice("", start, sum(d.opportunities for d in part), sum(d.shown for d in part), sum(d.accepted for d in part),
              sum(d.retained_characters for d in part)) for start, part in sorted(weeks.items())
    ]  # fmt: skip


def _cost(rows: Sequence[ModelRow]) -> str:
    known = [(row, row.cost_per_1000) for row in rows]
    bars = [
        Bar(model_name(row), cost * 100, 0.0, cost * 100, _tone(row, rows),
            note=f"{cost * 100:.2f} cents; {row.cost_usd or 0:.2f} US dollars in all")
        for row, cost in known if cost is not None
    ]  # fmt: skip
    if not bars:
        return ""
    unknown = sum(row.cost_unknown for row in rows)
    note = f" {unknown:,} answers whose cost is not known are left out." if unknown else ""
    chart = intervals(bars, title="US cents for 1,000 retained characters, by model")
    return _card(
        "Cost", f"US cents for 1,000 retained characters, from reported tokens and the profile's price.{note}", chart
    )


def _languages(rows: Sequence[ModelRow]) -> str:
    names = list(dict.fromkeys(one.name for row in rows for one in row.languages if one.shown >= _LEAST_IN_SLICE))[:6]
    if not names:
        return ""
    head = "".join(f'<th scope="col">{safe(model_name(row))}</th>' for row in rows)
    body = ""
    for name in names:
        cells = ""
        for row in rows:
            found = next((one for one in row.languages if one.name == name and one.shown), None)
            cells += f"<td>{f'{found.accepted / found.shown:.0%} of {found.shown:,}' if found else '-'}</td>"
        body += f'<tr><th scope="row">{safe(name)}</th>{cells}</tr>'
    top = f'<thead><tr><th scope="col">Language</th>{head}</tr></thead>'
    table = f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'
    return _card("By language", "Accepted, of those shown.", table)


_CHARTS: tuple[tuple[Callable[[Sequence[ModelRow]], str], str], ...] = (
    (
        _latency,
        f"Acceptance against waiting time: wants {_LEAST_IN_SLICE} shown suggestions in two ranges of waiting time.",
    ),
    (_retention, "How much stays: wants an accepted suggestion that is 30 seconds old."),
    (_time, f"Over time: wants two days with {_LEAST_IN_SLICE} opportunities each."),
    (_cost, "Cost: wants tokens that the host reports, a price in the model's profile, and text that was kept."),
    (_languages, f"By language: wants {_LEAST_IN_SLICE} shown suggestions in one language."),
)
"""The charts after the headline, and what each wants before it can be drawn."""


def _card(title: str, said: str, inside: str) -> str:
    return f'<section><h2>{title}</h2><p class="soft">{safe(said)}</p>{inside}</section>'


def _legend(series: Sequence[Line]) -> str:
    return legend((line.tone, line.label) for line in series)


def _shares(series: Sequence[Line]) -> Axis:
    high = min(100.0, max(y for line in series for _, y, _ in line.points) * 1.15 + 1)
    return Axis("accepted", 0, high, tuple((at, f"{text}%") for at, text in nice(0, high, 5)))


def _tone(row: ModelRow, rows: Sequence[ModelRow]) -> int:
    """The same colour for a model in all charts, whatever their order."""
    return sorted(other.model for other in rows).index(row.model)


def model_name(row: ModelRow) -> str:
    """How a model is called on the page; not yet escaped."""
    return "embedded (no model)" if row.is_embedded else printable(row.model) or "(not asked)"


def day(at: float) -> str:
    """The day of a time, in UTC."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d")


def safe(text: str) -> str:
    """Text made fit for HTML, with everything that is not plainly visible written as an escape."""
    return html.escape(printable(text), quote=True)
