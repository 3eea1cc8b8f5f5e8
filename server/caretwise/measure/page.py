"""The report as one page of HTML: no script, no request to anywhere, light and dark, readable on a phone and on paper."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Sequence

from caretwise.measure.definitions import DEFINITIONS
from caretwise.measure.difference import Difference
from caretwise.measure.drawing import MOST_TOGETHER
from caretwise.measure.page_arms import comparisons
from caretwise.measure.page_charts import absent, cards, day, safe, tones_of
from caretwise.measure.page_fixes import fix_table, overview_of_fixes
from caretwise.measure.page_models import language_table, model_table, overview
from caretwise.measure.plan import THESE_ONLY, conclusions
from caretwise.measure.report import NOTHING_YET, best_first, left_ahead
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
    ghosts = best_first([row for row in rows if row.role == "inline"])
    fixes = best_first([row for row in rows if row.role == "fix"])
    shown, tones = [row for row in ghosts if row.shown], tones_of(rows)
    compared = {one.role for one in report.comparisons if isinstance(one.headline.difference, Difference)}
    parts = [
        head,
        _verdict(report),
        overview(ghosts, tones, compared="inline" in compared),
        overview_of_fixes(fixes, tones, compared="fix" in compared),
        *comparisons(report.comparisons),
        model_table(ghosts, both=bool(fixes)),
        fix_table(fixes),
        _paired(cards(shown, tones), len(shown)),
        language_table(shown),
        _missing(shown),
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
    """The conclusions. The first is the answer, and where more sentences follow the first one is."""
    paragraphs = ""
    for number, text in enumerate(conclusions(report)):
        found = re.match(r"(.+?[.])( .*|)$", text, re.DOTALL)
        if found and not text.startswith(THESE_ONLY) and (found[2] or not number):
            paragraphs += f"<p><strong>{safe(found[1])}</strong>{safe(found[2])}</p>"
        else:
            paragraphs += f"<p>{safe(text)}</p>"
    return f'<section class="verdict"><h2>What this says</h2>{paragraphs}</section>' if paragraphs else ""


def _definitions() -> str:
    entries = "".join(f"<dt>{safe(name)}</dt><dd>{safe(text)}</dd>" for name, text in DEFINITIONS)
    return f"<section><details open><summary>How each number is made</summary><dl>{entries}</dl></details></section>"


def _paired(boxes: Sequence[str], models: int) -> str:
    """Two beside each other, but for many models, whose charts want the width."""
    if models > MOST_TOGETHER:
        return "\n".join(boxes)
    pairs = [boxes[n : n + 2] for n in range(0, len(boxes), 2)]
    return "\n".join(f'<div class="pair">{"".join(pair)}</div>' if len(pair) == 2 else pair[0] for pair in pairs)


def _missing(rows: Sequence[ModelRow]) -> str:
    """Which charts there is not enough for yet, and what they want."""
    wanted = absent(rows)
    if not wanted or not rows:
        return ""
    return f'<section><h2>Not drawn yet</h2><p class="soft">{safe(" ".join(wanted))}</p></section>'
