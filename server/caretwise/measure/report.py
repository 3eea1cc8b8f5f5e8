"""The report for a terminal: an aligned table, bars, what it comes to, and what the numbers mean."""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from caretwise.measure.compare import Comparison
from caretwise.measure.plan import MOST_PAIRS, conclusions
from caretwise.measure.tally import ModelRow, Report

__all__ = [
    "NOTHING_YET",
    "as_text",
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
_KEPT_NOTE = (
    "kept = characters of accepted suggestions that are known to be still there after 300 seconds; opportunity = a place "
    "where a suggestion could have been shown."
)
_BOLD, _DIM, _GREEN, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"
_GAP = "  "
_NARROWEST_NAME = 12
_WIDEST_NAME = 40
_NARROWEST = 44
_BAR = 16


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its head, its cells, whether numbers stand to the right, and which columns go first when it is tight."""

    head: str
    cells: tuple[str, ...]
    right: bool = True
    rank: int = 0
    """0 stays always; the highest goes first."""

    @property
    def width(self) -> int:
        return max(map(columns, (self.head, *self.cells)))


def printable(text: str) -> str:
    """The text with everything that is not plainly visible written as an escape, so that no name can steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def columns(text: str) -> int:
    """How many terminal columns the (printable) text takes: wide characters two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def interval_bar(low: float, high: float, rate: float | None, width: int = _BAR) -> str:
    """`width` blocks for 0 to 100%: ▒ from `low` to `high`, █ at `rate`, ░ elsewhere."""

    def cell(share: float) -> int:
        return min(width - 1, max(0, int(share * width)))

    bar = ["▒" if cell(low) <= index <= cell(high) else "░" for index in range(width)]
    if rate is not None:
        bar[cell(rate)] = "█"
    return "".join(bar)


def as_text(report: Report, *, colour: bool, width: int) -> str:
    """The report in lines of at most `width` columns (never narrower than 44), ending with a line end.

    The least important columns are left out when the terminal is narrow. Without anything to count, a sentence.
    """
    width = max(width, _NARROWEST)
    rows = [row for row in report.rows if row.shown or row.asked or row.failed]
    if not rows:
        return textwrap.fill(NOTHING_YET + _left_out(report), width) + "\n"
    parts = [_table(rows, colour=colour, width=width)]
    parts.extend(_kept_table(rows, colour=colour, width=width))
    parts.extend(_differences(report.comparisons, width))
    parts.extend(_failure_lines(rows, width))
    parts.extend(_paint(textwrap.fill(printable(text), width), _BOLD, colour=colour) for text in conclusions(report))
    parts.append(_paint(textwrap.fill(_footnote(rows) + _left_out(report), width), _DIM, colour=colour))
    return "\n\n".join(parts) + "\n"


def _kept_table(rows: Sequence[ModelRow], *, colour: bool, width: int) -> list[str]:
    """What became of the suggestions, where anything of it is known."""
    rows = [row for row in rows if row.role == "inline" and (row.headline or row.shown)]
    if not any(row.retained_characters or row.typed or row.dismissed or row.shown_p50 for row in rows):
        return []
    return [_aligned_table(_kept_columns(rows), rows, colour=colour, width=width)]


def _kept_columns(rows: Sequence[ModelRow]) -> list[_Column]:
    def share(part: int, row: ModelRow) -> str:
        return f"{part / row.shown:.0%}" if row.shown else "-"

    def kept(row: ModelRow) -> str:
        return f"{row.headline.value:.2f}" if row.headline else "-"

    def between(row: ModelRow) -> str:
        mean = row.headline
        return f"{mean.low:.2f} to {mean.high:.2f}" if mean and math.isfinite(mean.low) else "-"

    def cost(row: ModelRow) -> str:
        return "-" if row.cost_per_1000 is None else f"{row.cost_per_1000:.4f}"

    return [
        _Column("model", tuple(_name(row) for row in rows), right=False),
        _Column("kept per opportunity", tuple(map(kept, rows))),
        _Column("95%", tuple(map(between, rows)), rank=1),
        _Column("typed", tuple(share(row.typed, row) for row in rows), rank=3),
        _Column("dismissed", tuple(share(row.dismissed, row) for row in rows), rank=2),
        _Column("to shown", tuple(_three(row) for row in rows), rank=4),
        _Column("$ per 1,000 kept", tuple(map(cost, rows)), rank=5),
    ]


def _three(row: ModelRow) -> str:
    values = (row.shown_p50, row.shown_p90, row.shown_p99)
    return " / ".join("-" if value is None else f"{value:.0f}" for value in values) + " ms"


def _differences(comparisons: Sequence[Comparison], width: int) -> list[str]:
    """The differences within users, a line for each measure; of many pairs the headline's alone."""
    lines: list[str] = []
    for comparison in comparisons:
        many = sum((o.role, o.experiment) == (comparison.role, comparison.experiment) for o in comparisons) > MOST_PAIRS
        found = [*_measure_lines(comparison, headline_only=many)]
        if found:
            lines += [printable(f"{comparison.one} minus {comparison.other} ({comparison.experiment}):"), *found]
            lines += [] if many else [printable(f"  {arm.sentence()}") for arm in comparison.arms]
    return ["\n".join(textwrap.fill(line, width, subsequent_indent="    ") for line in lines)] if lines else []


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
    return _aligned_table(_columns_of(rows), rows, colour=colour, width=width)


def _aligned_table(all_columns: list[_Column], rows: Sequence[ModelRow], *, colour: bool, width: int) -> str:
    shown = _fitting(all_columns, width)
    room = width - sum(column.width + len(_GAP) for column in shown[1:])
    name_width = min(shown[0].width, max(_NARROWEST_NAME, room))
    widths = [name_width, *(column.width for column in shown[1:])]
    head = _GAP.join(_aligned(c.head, w, right=c.right) for c, w in zip(shown, widths, strict=True)).rstrip()
    lines = [_paint(head, _BOLD, colour=colour)]
    for index, row in enumerate(rows):
        cells: list[str] = []
        for column, cell_width in zip(shown, widths, strict=True):
            cell = _aligned(column.cells[index], cell_width, right=column.right)
            is_bar = column.head.startswith("0%")
            cells.append(_painted_bar(cell) if colour and is_bar and not row.is_embedded else cell)
        line = _GAP.join(cells).rstrip()
        lines.append(_paint(line, _DIM, colour=colour and row.is_embedded))
    return "\n".join(lines)


def _columns_of(rows: Sequence[ModelRow]) -> list[_Column]:
    def column(head: str, cells: Sequence[str], rank: int) -> _Column:
        return _Column(head, tuple(cells), rank=rank)

    bars = tuple(interval_bar(row.interval.low, row.interval.high, row.rate) for row in rows)
    return [
        _Column("model", tuple(_name(row) for row in rows), right=False),
        _Column("role", tuple(row.role for row in rows), right=False),
        column("shown", [str(row.shown) for row in rows], 0),
        column("accepted", [str(row.accepted) for row in rows], 0),
        column("rate", ["-" if row.rate is None else f"{row.rate:.0%}" for row in rows], 0),
        column("95%", [f"{row.interval.low:.0%}-{row.interval.high:.0%}" if row.shown else "-" for row in rows], 1),
        _Column(f"0%{'100%':>{_BAR - 2}}", bars, right=False, rank=2),
        column("chars", [f"{row.accepted_characters:,}" for row in rows], 4),
        column("first token", [_times(row.first_token_p50, row.first_token_p90) for row in rows], 3),
        column("whole answer", [_times(row.total_p50, row.total_p90) for row in rows], 5),
        column("tokens in", [_count(row.prompt_tokens) for row in rows], 7),
        column("out", [_count(row.completion_tokens) for row in rows], 7),
        column("failed", [str(row.failed) for row in rows], 6),
    ]


def _fitting(all_columns: list[_Column], width: int) -> list[_Column]:
    """The columns that fit beside a name of bearable width."""
    kept = list(all_columns)
    name = min(all_columns[0].width, max(_NARROWEST_NAME, width // 4))
    while sum(c.width + len(_GAP) for c in kept[1:]) + name > width and any(c.rank for c in kept):
        highest = max(c.rank for c in kept)
        kept = [c for c in kept if c.rank < highest]
    return kept


def _name(row: ModelRow) -> str:
    if row.is_embedded:
        return "embedded (no model)"
    return printable(row.model) or "(not asked)"


def _aligned(text: str, width: int, *, right: bool) -> str:
    while columns(text) > width:
        text = text[:-2] + "…"
    blanks = " " * (width - columns(text))
    return blanks + text if right else text + blanks


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
    return ["\n".join(textwrap.fill(line, width, subsequent_indent=_GAP) for line in lines)] if lines else []


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
        sentences.insert(1, "For fixes: applied / offered; kept = applied and not undone within 5 minutes.")
    if any(row.headline for row in rows):
        sentences.append(_KEPT_NOTE)
    if any(row.first_token_p50 is not None for row in rows):
        sentences.append("Times are p50 / p90 of answers that came from the endpoint, not from a cache.")
    if any(row.is_embedded for row in rows):
        sentences.append("The embedded engine is not a model; it is listed last and never counted under one.")
    return " ".join(sentences)


def _painted_bar(bar: str) -> str:
    """The bar with its interval in green."""
    first = min((i for i in map(bar.find, "▒█") if i >= 0), default=0)
    last = max(map(bar.rfind, "▒█")) + 1
    return bar[:first] + _GREEN + bar[first:last] + _RESET + bar[last:]


def _paint(text: str, code: str, *, colour: bool) -> str:
    return "\n".join(f"{code}{line}{_RESET}" for line in text.split("\n")) if colour else text
