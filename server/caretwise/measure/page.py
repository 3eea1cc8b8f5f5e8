"""The report as one page of HTML: no script, no request to anywhere, light and dark, readable on a phone and on paper."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import math
from collections.abc import Callable, Iterator, Sequence

from caretwise.measure.compare import Comparison, Measured
from caretwise.measure.definitions import DEFINITIONS
from caretwise.measure.difference import Difference
from caretwise.measure.drawing import Bar, intervals
from caretwise.measure.page_charts import absent, cards, day, model_name, safe
from caretwise.measure.page_fixes import fix_table
from caretwise.measure.plan import MOST_PAIRS, arms_of, conclusions
from caretwise.measure.report import NOTHING_YET, left_ahead
from caretwise.measure.tally import ModelRow, Report
from caretwise.measure.wording import Wording

_HOW_TO_READ = (
    "Thick: the 95% interval for a single look. Thin: the range that holds however often one looks; a winner is named when "
    "it leaves the dashed line in the first chart."
)


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
        *_comparisons(report.comparisons),
        _table(rows),
        fix_table(rows),
        _paired(cards(inline, compared=bool(report.comparisons))),
        _missing(inline),
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
    ahead = f" {left_ahead(report)}".rstrip()
    return f'<p class="lead">{", ".join(said)}.{ahead} Made on {day(made_at)} by caretwise.</p>'


def _verdict(report: Report) -> str:
    paragraphs = "".join(f"<p>{safe(text)}</p>" for text in conclusions(report))
    return f'<section class="verdict"><h2>What this says</h2>{paragraphs}</section>' if paragraphs else ""


def _comparisons(found: Sequence[Comparison]) -> Iterator[str]:
    for _, group in itertools.groupby(found, lambda one: (one.role, one.experiment)):
        pairs = [*group]
        yield from [_many(pairs)] if len(pairs) > MOST_PAIRS else map(_comparison, pairs)


def _many(pairs: Sequence[Comparison]) -> str:
    """The headline of all pairs of an experiment with many arms: those of the best arm so far, the others folded away."""
    best, words = arms_of(pairs)[0], pairs[0].words
    bars = [(pair, bar) for pair in pairs if (bar := _headline_bar(pair, best))]
    first = [bar for pair, bar in bars if best in (pair.one, pair.other)]
    others = [bar for pair, bar in bars if best not in (pair.one, pair.other)]
    if not bars:
        return ""
    rest = f"<details><summary>The other pairs</summary>{_drawn(others, words)}</details>" if others else ""
    return (
        f"<section><h2>{safe(best)} against each of the others{words.whose}</h2>"
        f'<p class="soft">Experiment {safe(pairs[0].experiment)}. Difference in {words.unit}: right '
        f"of the dashed line {safe(best)} has more. {_HOW_TO_READ}</p>{_drawn(first, words)}{rest}</section>"
    )


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
    name = pair.one if pair.other == best else pair.other if pair.one == best else f"{pair.one} - {pair.other}"
    low, high = sorted((sign * found.low, sign * found.high))
    outer = (min(sign * end for end in always), max(sign * end for end in always))
    form = f"+.{words.digits}f"
    note = f"{sign * found.value:{form}} ({low:{form}} to {high:{form}})"
    return Bar(name, sign * found.value, low, high, 2, outer if math.isfinite(always[0]) else None, note)


def _comparison(comparison: Comparison) -> str:
    """The difference for each measure, drawn about the line of no difference."""
    drawn = [_difference(measured, comparison) for measured in comparison.measures]
    if not any(drawn):
        return ""
    title = f"{safe(comparison.one)} against {safe(comparison.other)}{comparison.words.whose}"
    arms = "".join(f"<li>{safe(arm.sentence())}.</li>" for arm in comparison.arms)
    return (
        f"<section><h2>{title}</h2>"
        f'<p class="soft">Experiment {safe(comparison.experiment)}. Right of the dashed line {safe(comparison.one)} has '
        f"more. {_HOW_TO_READ}</p>"
        f'<div class="pair trio">{"".join(drawn)}</div><ul class="soft">{arms}</ul></section>'
    )


def _difference(measured: Measured, comparison: Comparison) -> str:
    difference = measured.difference
    if isinstance(difference, str):
        return ""
    share = measured.is_share
    scale, unit, form = (100.0, " points", "+.1f") if share else (1.0, "", "+.2f")
    outer = (measured.always[0] * scale, measured.always[1] * scale) if math.isfinite(measured.always[0]) else None
    note = f"{difference.value * scale:{form}} ({difference.low * scale:{form}} to {difference.high * scale:{form}})"
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
        ("Typed through", lambda row: _of_ghosts(row, _percent(row.typed, row.shown))),
        ("Dismissed", lambda row: _of_ghosts(row, _percent(row.dismissed, row.shown))),
        ("Retained characters", lambda row: _of_ghosts(row, f"{row.retained_characters:,}")),
        (
            "To shown p50 / p90 / p99, ms",
            lambda row: _of_ghosts(row, _whole(row.shown_p50, row.shown_p90, row.shown_p99)),
        ),
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


def _of_ghosts(row: ModelRow, text: str) -> str:
    """What is counted of ghost text alone."""
    return "-" if row.role == "fix" else text


def _missing(rows: Sequence[ModelRow]) -> str:
    """Which charts there is not enough for yet, and what they want."""
    wanted = absent(rows)
    if not wanted or not rows:
        return ""
    return f'<section><h2>Not drawn yet</h2><p class="soft">{safe(" ".join(wanted))}</p></section>'


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _whole(*values: float | None) -> str:
    return " / ".join("-" if value is None else f"{value:,.0f}" for value in values)
