"""The page's sections on fixes: what came of the requests, model by model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from caretwise.measure.difference import Mean
from caretwise.measure.fix_requests import RequestCounts
from caretwise.measure.page_charts import Tones, model_name
from caretwise.measure.page_models import table
from caretwise.measure.strips import Bar, intervals
from caretwise.measure.tally import ModelRow
from caretwise.measure.wording import dollars, seconds

_OF_REQUESTS: tuple[tuple[str, Callable[[RequestCounts], str]], ...] = (
    ("Requests", lambda found: f"{found.made:,}"),
    ("Offered, of requests", lambda found: _part(found.offered, found.made)),
    ("Verified, of offered", lambda found: _part(found.verified, found.offered)),
    ("Applied, of offered", lambda found: _part(found.applied, found.offered)),
    ("Problem gone, of applied", lambda found: _part(found.gone, found.applied)),
    ("Undone, of applied", lambda found: _part(found.undone, found.applied)),
)


_SAID = (
    "Each request counts once, however many fixes it was offered. Verified: the checker that reported the problem agrees to "
    "the fix. Problem gone: it does not report it any more. To offered: the wait that 50 and 90 of 100 do not exceed."
)


def overview_of_fixes(rows: Sequence[ModelRow], tones: Tones, *, compared: bool) -> str:
    """Of how many requests a fix is kept, how well that is known, how long one takes and what it costs.

    `compared`: the same models are compared below, in an experiment.
    """
    bars = [_bar(row, row.headline, tones) for row in rows if row.headline]
    if not bars:
        return ""
    return (
        "<section><h2>Fixes kept of 100 requests</h2>"
        '<p class="soft">The headline for fixes: requests of which a fix was applied, and neither undone nor mostly written '
        "over in the five minutes after it. The more the better. The bar is the 95% interval: where the model's own figure "
        "may lie."
        f"{' Whether one model is better, the comparison below tells more sharply.' if compared else ''}</p>"
        f"{intervals(bars, title='Fixes kept of 100 requests, by model, with 95% intervals')}</section>"
    )


def _bar(row: ModelRow, mean: Mean, tones: Tones) -> Bar:
    value, low, high = mean.value * 100, max(mean.low * 100, 0), min(mean.high * 100, 100)
    known = math.isfinite(mean.low)
    note = f"{value:.1f} ({low:.0f} to {high:.0f})" if known else f"{value:.0f} (too few for an interval)"
    ends = (low, high) if known else (value, value)
    return Bar(model_name(row), value, *ends, tones.get(row.model, 0), None, note, _facts(row))


def _facts(row: ModelRow) -> str:
    said = [f"{row.requests.made:,} requests"] if row.requests else []
    if row.shown_p50 is not None:
        said.append(f"half offered within {seconds(row.shown_p50)} s")
    said.append("cost not known" if row.cost_per_fix is None else f"{dollars(row.cost_per_fix)} for a kept fix")
    return ", ".join(said)


def fix_table(rows: Sequence[ModelRow]) -> str:
    """A line for each model that was asked for fixes; "" without any.

    Of a journal that does not tell of requests, it says what is known: how many were offered and applied.
    """
    return table("Fixes, by model", [(model_name(row), _cells(row)) for row in rows], _SAID) if rows else ""


def _cells(row: ModelRow) -> list[tuple[str, str]]:
    if row.requests is None:
        told = ["-", f"{row.shown:,}", "-", _part(row.accepted, row.shown)]
        told += [_part(row.gone, row.accepted), _part(row.undone, row.accepted)]
    else:
        told = [of(row.requests) for _, of in _OF_REQUESTS]
    cells = [(name, text) for (name, _), text in zip(_OF_REQUESTS, told, strict=True)]
    return [*cells, ("To offered p50 / p90, s", _waits(row)), ("Failed", f"{row.failed:,}")]


def _part(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.0%})" if whole else "-"


def _waits(row: ModelRow) -> str:
    if row.shown_p50 is None or row.shown_p90 is None:
        return "-"
    return f"{seconds(row.shown_p50)} / {seconds(row.shown_p90)}"
