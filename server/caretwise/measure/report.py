"""The report for a terminal: an aligned table, bars, what it comes to, and what the numbers mean."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from caretwise.measure.compare import Comparison
from caretwise.measure.plan import MOST_PAIRS, arms_of, conclusions
from caretwise.measure.tally import ModelRow, Report
from caretwise.measure.terminal_table import (
    BAR,
    BOLD,
    DIM,
    Column,
    aligned_table,
    columns,
    filled,
    interval_bar,
    paint,
    printable,
)
from caretwise.measure.wording import dollars, seconds

__all__ = [
    "NOTHING_YET",
    "as_text",
    "best_first",
    "columns",
    "interval_bar",
    "left_ahead",
    "printable",
]

NOTHING_YET = (
    "There is nothing to report yet: no suggestion was shown. "
    "Write some code with caretwise switched on in your editor, then look again."
)

_RATE_NOTE = (
    "rate = accepted / shown: of the suggestions that were on the screen, those accepted in full or in part, "
    "each counted once."
)
_INTERVAL_NOTE = (
    "95% is the Wilson interval of the rate (▒ in the bar, █ is the rate), widened for clustered suggestions. It describes "
    "these users and this code only; it does not say which model is better elsewhere."
)
_FIX_NOTE = (
    "For fixes: applied / offered; kept of 100 = of 100 requests, those of which a fix was applied, and neither undone nor "
    "mostly written over in the five minutes after it."
)
_KEPT_NOTE = (
    "kept = characters of accepted suggestions that are known to be still there after 300 seconds; opportunity = a place "
    "where a suggestion could have been shown; to shown = half were on the screen within that time."
)
_NARROWEST = 44
_LEAST_TRIALS = 20  # below which a headline leads nobody


def as_text(report: Report, *, colour: bool, width: int) -> str:
    """The report in lines of at most `width` columns (never narrower than 44), ending with a line end.

    The least important columns are left out when the terminal is narrow. Without anything to count, a sentence.
    """
    width = max(width, _NARROWEST)
    rows = [row for row in report.rows if row.shown or row.asked or row.failed]
    if not rows:
        return filled(NOTHING_YET + _left_out(report), width) + "\n"
    parts = [_table(rows, colour=colour, width=width)]
    parts.extend(_kept_table(rows, colour=colour, width=width))
    parts.extend(_fix_table(rows, colour=colour, width=width))
    parts.extend(_differences(report.comparisons, width))
    parts.extend(_failure_lines(rows, width))
    parts.append(paint(filled(_footnote(rows) + _left_out(report), width), DIM, colour=colour))
    # The answer last: it stands right above the prompt.
    parts.extend(paint(filled(printable(text), width), BOLD, colour=colour) for text in conclusions(report))
    return "\n\n".join(parts) + "\n"


def best_first(rows: Sequence[ModelRow]) -> list[ModelRow]:
    """Rows of one role by their headline; those of which hardly anything is known behind, the embedded engine last."""

    def place(row: ModelRow) -> tuple[bool, bool, float, str]:
        mean = row.headline
        return row.is_embedded, mean is None or mean.trials < _LEAST_TRIALS, -mean.value if mean else 0.0, row.model

    return sorted(rows, key=place)


def _kept_table(rows: Sequence[ModelRow], *, colour: bool, width: int) -> list[str]:
    """What became of the suggestions, where anything of it is known."""
    rows = best_first([row for row in rows if row.role == "inline" and (row.headline or row.shown)])
    if not any(row.retained_characters or row.typed or row.dismissed or row.shown_p50 for row in rows):
        return []
    return [aligned_table(_kept_columns(rows), [row.is_embedded for row in rows], colour=colour, width=width)]


def _kept_columns(rows: Sequence[ModelRow]) -> list[Column]:
    def share(part: int, row: ModelRow) -> str:
        return f"{part / row.shown:.0%}" if row.shown else "-"

    return [
        Column("model", tuple(_name(row) for row in rows), right=False),
        Column("kept per opportunity", tuple(f"{row.headline.value:.2f}" if row.headline else "-" for row in rows)),
        Column("95%", tuple(_between(row, 1, 2) for row in rows), rank=1),
        Column("to shown", tuple(_wait(row.shown_p50) for row in rows), rank=2),
        Column("$/1,000 kept", tuple(_dollars(row.cost_per_1000) for row in rows), rank=3),
        Column("dismissed", tuple(share(row.dismissed, row) for row in rows), rank=4),
        Column("typed", tuple(share(row.typed, row) for row in rows), rank=5),
        Column("p90 / p99", tuple(f"{_wait(row.shown_p90)} / {_wait(row.shown_p99)}" for row in rows), rank=6),
    ]


def _fix_table(rows: Sequence[ModelRow], *, colour: bool, width: int) -> list[str]:
    """What became of the requests for a fix, where any is known."""
    rows = best_first([row for row in rows if row.role == "fix" and row.requests])
    if not rows:
        return []
    return [aligned_table(_fix_columns(rows), [row.is_embedded for row in rows], colour=colour, width=width)]


def _fix_columns(rows: Sequence[ModelRow]) -> list[Column]:
    found = [row.requests for row in rows if row.requests]
    return [
        Column("model", tuple(_name(row) for row in rows), right=False),
        Column("requests", tuple(str(one.made) for one in found)),
        Column("offered", tuple(str(one.offered) for one in found), rank=4),
        Column("applied", tuple(str(one.applied) for one in found), rank=4),
        Column("kept of 100", tuple(f"{row.headline.value * 100:.1f}" if row.headline else "-" for row in rows)),
        Column("95%", tuple(_between(row, 100, 0) for row in rows), rank=1),
        Column("to offered", tuple(_wait(row.shown_p50) for row in rows), rank=2),
        Column("$/kept", tuple(_dollars(row.cost_per_fix) for row in rows), rank=3),
        Column("verified", tuple(str(one.verified) for one in found), rank=5),
        Column("gone", tuple(str(one.gone) for one in found), rank=5),
        Column("undone", tuple(str(one.undone) for one in found), rank=5),
    ]


def _between(row: ModelRow, scale: int, digits: int) -> str:
    """The interval of the headline; a share's ends are no more than all and no less than none."""
    mean = row.headline
    if mean is None or not math.isfinite(mean.low):
        return "-"
    low, high = mean.low * scale, mean.high * scale
    if row.role == "fix":
        low, high = max(low, 0.0), min(high, float(scale))
    return f"{low:.{digits}f} to {high:.{digits}f}"


def _wait(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{seconds(milliseconds)} s"


def _dollars(value: float | None) -> str:
    return "-" if value is None else dollars(value)[1:]


def _differences(comparisons: Sequence[Comparison], width: int) -> list[str]:
    """The differences within users, a line for each measure; of many pairs the headline's of the best arm so far."""
    lines: list[str] = []
    for _, group in itertools.groupby(comparisons, lambda one: (one.role, one.experiment)):
        pairs = [*group]
        many = len(pairs) > MOST_PAIRS
        for pair in [pair for pair in pairs if arms_of(pairs)[0] in (pair.one, pair.other)] if many else pairs:
            found = [*_measure_lines(pair, headline_only=many)]
            lines += [printable(f"{pair.one} minus {pair.other} ({pair.experiment}):"), *found] if found else []
            lines += [printable(f"  {arm.sentence()}") for arm in pair.arms] if found and not many else []
        lines += ["The other pairs are told with --html and --json."] if many and lines else []
    return ["\n".join(filled(line, width, "    ") for line in lines)] if lines else []


def _measure_lines(comparison: Comparison, *, headline_only: bool) -> Iterator[str]:
    for measured in comparison.measures[: 1 if headline_only else None]:
        found = measured.difference
        if isinstance(found, str):
            continue
        form, scale, unit = ("+.1f", 100, " points") if measured.is_share else ("+.2f", 1, "")
        yield (
            f"  {measured.name} {found.value * scale:{form}}{unit} (95% {found.low * scale:{form}} to "
            f"{found.high * scale:{form}}; design effect {found.design_effect:.1f})"
        )


def _table(rows: Sequence[ModelRow], *, colour: bool, width: int) -> str:
    dim = [row.is_embedded for row in rows]
    return aligned_table(_columns_of(rows), dim, colour=colour, width=width)


def _columns_of(rows: Sequence[ModelRow]) -> list[Column]:
    def column(head: str, cells: Sequence[str], rank: int) -> Column:
        return Column(head, tuple(cells), rank=rank)

    bars = tuple(interval_bar(row.interval.low, row.interval.high, row.rate) for row in rows)
    return [
        Column("model", tuple(_name(row) for row in rows), right=False),
        Column("role", tuple(row.role for row in rows), right=False),
        column("shown", [str(row.shown) for row in rows], 0),
        column("accepted", [str(row.accepted) for row in rows], 0),
        column("rate", ["-" if row.rate is None else f"{row.rate:.0%}" for row in rows], 0),
        column("95%", [f"{row.interval.low:.0%}-{row.interval.high:.0%}" if row.shown else "-" for row in rows], 1),
        Column(f"0%{'100%':>{BAR - 2}}", bars, right=False, rank=2),
        column("chars", [f"{row.accepted_characters:,}" for row in rows], 4),
        column("first token", [_times(row.first_token_p50, row.first_token_p90) for row in rows], 3),
        column("whole answer", [_times(row.total_p50, row.total_p90) for row in rows], 5),
        column("tokens in", [_count(row.prompt_tokens) for row in rows], 7),
        column("out", [_count(row.completion_tokens) for row in rows], 7),
        column("failed", [str(row.failed) for row in rows], 6),
    ]


def _name(row: ModelRow) -> str:
    if row.is_embedded:
        return "embedded (no model)"
    return printable(row.model) or "(not asked)"


def _times(median: float | None, slow: float | None) -> str:
    """`p50 / p90` in ms, or in seconds from ten seconds on."""
    if median is None or slow is None:
        return "-"
    if slow >= 10_000:
        return f"{median / 1000:.1f} / {slow / 1000:.1f} s"
    return f"{median:.0f} / {slow:.0f} ms"


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _failure_lines(rows: Sequence[ModelRow], width: int) -> list[str]:
    lines = [
        f"{_name(row)} ({row.role}) failed: " + ", ".join(f"{reason} {count}" for reason, count in row.failures)
        for row in rows
        if row.failures
    ]
    return ["\n".join(filled(line, width, "  ") for line in lines)] if lines else []


def left_ahead(report: Report) -> str:
    """What is said of events that lie in the future; "" when there are none."""
    if not report.ahead:
        return ""
    events = "1 event lies" if report.ahead == 1 else f"{report.ahead:,} events lie"
    return f"{events} in the future, as a clock was set wrong, and {'is' if report.ahead == 1 else 'are'} left out."


def _left_out(report: Report) -> str:
    ahead = f" {left_ahead(report)}".rstrip()
    if not report.skipped:
        return ahead
    records = (
        "1 record could not be read and is"
        if report.skipped == 1
        else f"{report.skipped:,} records could not be read and are"
    )
    return f" {records} left out.{ahead}"


def _footnote(rows: Sequence[ModelRow]) -> str:
    sentences = [_RATE_NOTE, _INTERVAL_NOTE]
    if any(row.role == "fix" for row in rows):
        sentences.insert(1, _FIX_NOTE)
    if any(row.headline for row in rows):
        sentences.append(_KEPT_NOTE)
    if any(row.first_token_p50 is not None for row in rows):
        sentences.append("Times are p50 / p90 of answers that came from the endpoint, not from a cache.")
    if any(row.is_embedded for row in rows):
        sentences.append("The embedded engine is not a model; it is listed last and never counted under one.")
    return " ".join(sentences)
