"""The report as one page of HTML: no script, no request to anywhere, light and dark, readable on a phone and on paper."""

from __future__ import annotations

import base64
import hashlib
import html
import math
from collections.abc import Callable, Sequence

from caretwise.measure.compare import Comparison, Measured
from caretwise.measure.definitions import DEFINITIONS
from caretwise.measure.difference import Difference
from caretwise.measure.drawing import Bar, intervals
from caretwise.measure.page_charts import cards, day, model_name, safe
from caretwise.measure.plan import conclusions
from caretwise.measure.report import NOTHING_YET
from caretwise.measure.tally import ModelRow, Report


def as_page(report: Report, style: str, made_at: float) -> str:
    """The page. `style` is the style sheet (`page.css`), `made_at` the time in seconds since 1970.

    Every name that came from outside is escaped, and the page's own policy forbids scripts and requests all the same.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy, quote=True)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>caretwise report</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{_body(report, made_at)}"
        "\n</main>\n</body>\n</html>\n"
    )


def _body(report: Report, made_at: float) -> str:
    rows = [row for row in report.rows if row.shown or row.asked or row.failed]
    head = f"<h1>Which suggestions were kept</h1>\n{_lead(report, made_at)}"
    if not rows:
        return f"{head}\n<section><p>{NOTHING_YET}</p></section>"
    inline = [row for row in rows if row.role == "inline" and row.shown]
    parts = [
        head,
        _verdict(report),
        *(_comparison(comparison) for comparison in report.comparisons),
        _table(rows),
        _paired(cards(inline)),
        _definitions(),
    ]
    return "\n".join(filter(None, parts))


def _lead(report: Report, made_at: float) -> str:
    said = [f"{report.events:,} events"]
    if report.first_at is not None and report.last_at is not None:
        said.append(f"{day(report.first_at)} to {day(report.last_at)}")
    if report.users:
        said.append(f"{report.users} {'people' if report.users > 1 else 'person'}")
    if report.skipped:
        said.append(f"{report.skipped:,} records could not be read")
    return f'<p class="lead">{", ".join(said)}. Made on {day(made_at)} by caretwise.</p>'


def _verdict(report: Report) -> str:
    paragraphs = "".join(f"<p>{safe(text)}</p>" for text in conclusions(report))
    return f'<section class="verdict"><h2>What this says</h2>{paragraphs}</section>' if paragraphs else ""


def _comparison(comparison: Comparison) -> str:
    """The difference for each measure, drawn about the line of no difference."""
    drawn = [_difference(measured, comparison) for measured in comparison.measures]
    if not any(drawn):
        return ""
    title = f"{safe(comparison.one)} against {safe(comparison.other)}"
    return (
        f"<section><h2>{title}</h2>"
        f'<p class="soft">Experiment {safe(comparison.experiment)}. Right of the dashed line {safe(comparison.one)} has '
        "more. "
        "Thick: the 95% interval for a single look. Thin: the range that holds however often one looks; a winner is named "
        "when it leaves the dashed line in the first chart.</p>"
        f'<div class="pair trio">{"".join(drawn)}</div></section>'
    )


def _difference(measured: Measured, comparison: Comparison) -> str:
    difference = measured.difference
    if isinstance(difference, str):
        return ""
    share = measured.name != comparison.measures[0].name
    scale, unit = (100.0, " points") if share else (1.0, "")
    outer = (measured.always[0] * scale, measured.always[1] * scale) if math.isfinite(measured.always[0]) else None
    note = f"{difference.value * scale:+.2f} ({difference.low * scale:+.2f} to {difference.high * scale:+.2f})"
    bar = Bar(f"Difference{unit and ' in' + unit}", difference.value * scale, difference.low * scale,
              difference.high * scale, 2, outer, note)  # fmt: skip
    means = [
        f"{safe(name)} {mean.value * scale:.{1 if share else 2}f}{'%' if share else ''}"
        for name, mean in ((comparison.one, measured.one), (comparison.other, measured.other))
        if mean
    ]
    chart = intervals([bar], title=f"{measured.name}: difference with its interval {note}", zero=True)
    return (
        f"<div><h3>{measured.name.capitalize()}</h3>{chart}"
        f'<p class="soft">{", ".join(means)}. {_basis(difference)}</p></div>'
    )


def _basis(difference: Difference) -> str:
    people = f"{difference.users} {'people' if difference.users > 1 else 'person'}"
    return (
        f"{difference.trials:,} trials of {people} in {difference.blocks:,} blocks; design effect "
        f"{difference.design_effect:.1f}, clusters are {'people' if difference.by_user else 'blocks'}."
    )


def _table(rows: Sequence[ModelRow]) -> str:
    heads: tuple[tuple[str, Callable[[ModelRow], str]], ...] = (
        ("Model", lambda row: model_name(row) + (" (fixes)" if row.role == "fix" else "")),
        ("Shown", lambda row: f"{row.shown:,}"),
        ("Accepted", lambda row: f"{row.accepted:,}"),
        ("Acceptance (95%)", _rate),
        ("Typed through", lambda row: _percent(row.typed, row.shown)),
        ("Dismissed", lambda row: _percent(row.dismissed, row.shown)),
        ("Retained characters", lambda row: f"{row.retained_characters:,}"),
        ("To shown p50 / p90 / p99, ms", lambda row: _whole(row.shown_p50, row.shown_p90, row.shown_p99)),
        ("Failed", lambda row: f"{row.failed:,}"),
    )
    body = ""
    for row in rows:
        cells = [f'<th scope="row">{safe(heads[0][1](row))}</th>']
        cells += [f'<td data-head="{name}">{safe(of(row))}</td>' for name, of in heads[1:]]
        body += f"<tr>{''.join(cells)}</tr>"
    head = "".join(f'<th scope="col">{name}</th>' for name, _ in heads)
    return (
        '<section><h2>By model</h2><div class="wide"><table class="cards">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _definitions() -> str:
    entries = "".join(f"<dt>{safe(name)}</dt><dd>{safe(text)}</dd>" for name, text in DEFINITIONS)
    return f"<section><details open><summary>How each number is made</summary><dl>{entries}</dl></details></section>"


def _paired(boxes: Sequence[str]) -> str:
    pairs = [boxes[n : n + 2] for n in range(0, len(boxes), 2)]
    return "\n".join(f'<div class="pair">{"".join(pair)}</div>' if len(pair) == 2 else pair[0] for pair in pairs)


def _rate(row: ModelRow) -> str:
    if row.rate is None:
        return "-"
    return f"{row.rate:.1%} ({row.interval.low:.0%} to {row.interval.high:.0%})"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _whole(*values: float | None) -> str:
    return " / ".join("-" if value is None else f"{value:,.0f}" for value in values)
