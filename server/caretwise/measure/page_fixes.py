"""The page's table of fixes: what came of the requests."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from caretwise.measure.fix_requests import RequestCounts
from caretwise.measure.page_charts import model_name, safe
from caretwise.measure.tally import ModelRow

_HEADS: tuple[tuple[str, Callable[[RequestCounts], str]], ...] = (
    ("Requests", lambda found: f"{found.made:,}"),
    ("Offered, of requests", lambda found: _part(found.offered, found.made)),
    ("Verified, of offered", lambda found: _part(found.verified, found.offered)),
    ("Applied, of offered", lambda found: _part(found.applied, found.offered)),
    ("Problem gone, of applied", lambda found: _part(found.gone, found.applied)),
    ("Undone, of applied", lambda found: _part(found.undone, found.applied)),
)


def fix_table(rows: Sequence[ModelRow]) -> str:
    """A line for each model that was asked for fixes; "" when none was, as far as is known."""
    body = ""
    for row in rows:
        if row.requests is None:
            continue
        cells = [(name, of(row.requests)) for name, of in _HEADS]
        cells += [("Kept per request (95%)", _kept(row)), ("To offered p50 / p90, s", _waits(row))]
        told = "".join(f'<td data-head="{name}">{safe(text)}</td>' for name, text in cells)
        body += f'<tr><th scope="row">{safe(model_name(row))}</th>{told}</tr>'
    if not body:
        return ""
    names = ("Model", *(name for name, _ in _HEADS), "Kept per request (95%)", "To offered p50 / p90, s")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        '<section><h2>Fixes, by request</h2><div class="wide"><table class="cards">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _part(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.0%})" if whole else "-"


def _kept(row: ModelRow) -> str:
    mean = row.headline
    if mean is None:
        return "-"
    known = math.isfinite(mean.low)
    return f"{mean.value:.1%}" + (f" ({mean.low:.0%} to {min(mean.high, 1):.0%})" if known else "")


def _waits(row: ModelRow) -> str:
    if row.shown_p50 is None or row.shown_p90 is None:
        return "-"
    return f"{row.shown_p50 / 1000:.1f} / {row.shown_p90 / 1000:.1f}"
