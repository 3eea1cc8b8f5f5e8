"""The page's sections on ghost text, model by model: what to look at first, all counts, and the languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from caretwise.measure.difference import Mean
from caretwise.measure.drawing import broken
from caretwise.measure.page_charts import LEAST_IN_SLICE, Tones, model_name, safe
from caretwise.measure.strips import Bar, intervals
from caretwise.measure.tally import ModelRow, Slice
from caretwise.measure.wording import dollars, seconds

_MOST_LANGUAGES = 6
_SAID = (
    "Accepted: in full or in part, of those shown. Typed through, dismissed: the share of those shown that was typed out by "
    "hand, or sent away. Retained: still there after 300 seconds. To shown: the wait that 50, 90 and 99 of 100 do not "
    "exceed. Failed: requests that the endpoint did not answer."
)


def overview(rows: Sequence[ModelRow], tones: Tones, *, compared: bool) -> str:
    """What each model's ghost text is worth, how well that is known, how long it takes and what it costs.

    `compared`: the same models are compared below, in an experiment.
    """
    bars = [
        Bar(model_name(row), mean.value, *_ends(mean), tones.get(row.model, 0), None, _spread(mean), _facts(row))
        for row in rows
        if (mean := row.headline)
    ]
    if not bars:
        return ""
    return (
        "<section><h2>Retained characters per opportunity</h2>"
        '<p class="soft">The headline: of accepted text, what is still there 300 seconds later, for each time a suggestion '
        "could have been shown. The more the better. The bar is the 95% interval: where the model's own figure may lie."
        f"{' Whether one model is better than another, the comparison below tells more sharply.' if compared else ''}</p>"
        f"{intervals(bars, title='Retained characters per opportunity, by model, with 95% intervals')}</section>"
    )


def _ends(mean: Mean) -> tuple[float, float]:
    return (mean.low, mean.high) if math.isfinite(mean.low) else (mean.value, mean.value)


def _spread(mean: Mean) -> str:
    if not math.isfinite(mean.low):
        return f"{mean.value:.2f} (too few for an interval)"
    return f"{mean.value:.2f} ({mean.low:.2f} to {mean.high:.2f})"


def _facts(row: ModelRow) -> str:
    said = [f"{row.opportunities:,} opportunities"]
    if row.rate is not None:
        said.append(f"{row.rate:.0%} of {row.shown:,} shown accepted")
    if row.shown_p50 is not None:
        said.append(f"half on screen within {seconds(row.shown_p50)} s")
    if row.cost_per_1000 is not None:
        said.append(f"{dollars(row.cost_per_1000)} for 1,000 retained characters")
    elif not row.is_embedded:
        said.append("cost not known")
    return ", ".join(said)


def model_table(rows: Sequence[ModelRow], *, both: bool) -> str:
    """The counts of ghost text. `both`: there is a table of fixes too, so that it must be said which this is."""
    if not rows:
        return ""
    heads: tuple[tuple[str, Callable[[ModelRow], str]], ...] = (
        ("Shown", lambda row: f"{row.shown:,}"),
        ("Accepted", lambda row: f"{row.accepted:,}"),
        ("Acceptance (95%)", _rate),
        ("Typed through", lambda row: _percent(row.typed, row.shown)),
        ("Dismissed", lambda row: _percent(row.dismissed, row.shown)),
        ("Retained characters", lambda row: f"{row.retained_characters:,}"),
        ("To shown p50 / p90 / p99, s", lambda row: _waits(row.shown_p50, row.shown_p90, row.shown_p99)),
        ("Failed", lambda row: f"{row.failed:,}"),
    )
    title = "Ghost text, by model" if both else "By model"
    return table(title, [(model_name(row), [(name, of(row)) for name, of in heads]) for row in rows], _SAID)


def language_table(rows: Sequence[ModelRow]) -> str:
    """Acceptance by language, for those in which some model has shown enough."""
    found = dict.fromkeys(one.name for row in rows for one in row.languages if one.shown >= LEAST_IN_SLICE)
    names = list(found)[:_MOST_LANGUAGES]
    if not names:
        return ""
    told: list[tuple[str, list[tuple[str, str]]]] = []
    for row in rows:
        of = {one.name: one for one in row.languages if one.shown}
        told.append((model_name(row), [(name, _of_shown(of.get(name))) for name in names]))
    return table("By language", told, "Accepted, of those shown.")


def _of_shown(one: Slice | None) -> str:
    return f"{one.accepted / one.shown:.0%} of {one.shown:,}" if one else "-"


def table(title: str, rows: Sequence[tuple[str, Sequence[tuple[str, str]]]], said: str = "") -> str:
    """A section with a table: for each row its name and its cells with their heads; on a phone a card for each row."""
    head = "".join(f'<th scope="col">{safe(name)}</th>' for name in ("Model", *(name for name, _ in rows[0][1])))
    body = "".join(
        f'<tr><th scope="row">{broken(name)}</th>'
        + "".join(f'<td data-head="{safe(head)}">{safe(text)}</td>' for head, text in cells)
        + "</tr>"
        for name, cells in rows
    )
    said = f'<p class="soft">{safe(said)}</p>' if said else ""
    return (
        f'<section><h2>{title}</h2>{said}<div class="wide"><table class="cards">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _rate(row: ModelRow) -> str:
    if row.rate is None:
        return "-"
    return f"{row.rate:.1%} ({row.interval.low:.0%} to {row.interval.high:.0%})"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _waits(*values: float | None) -> str:
    return " / ".join("-" if value is None else seconds(value) for value in values)
