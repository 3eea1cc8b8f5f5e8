"""The tables that a run prints: one row for each arm, the comparisons, examples won and lost; and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from caretwise.bench.answer import Answer
from caretwise.bench.compare import Difference, verdict
from caretwise.bench.tally import METRICS, Comparison, Row
from caretwise.measure.report import printable
from caretwise.text.edit import common_prefix

_SHOWN = 72
_TITLES = {"exact": "exact match", "first_line": "first line", "similarity": "edit similarity", "identifiers": "names"}


def table(rows: Sequence[Row]) -> str:
    """One line for each arm, or for each kind of hole in it."""
    head = (
        "arm",
        "kind",
        "holes",
        "suggested",
        "exact (95 %)",
        "first line",
        "similarity",
        "names",
        "p50 ms",
        "tokens",
        "cost",
    )
    lines = [head, *(_cells(row) for row in rows)]
    if not any(row.kind for row in rows):
        lines = [(line[0], *line[2:]) for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    low, high = 100 * row.interval.low, 100 * row.interval.high
    none = not row.holes
    return (
        printable(row.arm),
        row.kind,
        str(row.holes),
        "" if none else f"{100 * row.suggested / row.holes:.0f} %",
        "" if none else f"{100 * row.exact / row.holes:.1f} % ({low:.1f}-{high:.1f})",
        "" if none else f"{100 * row.first_line / row.holes:.1f} %",
        "" if none else f"{row.similarity:.3f}",
        "" if none else f"{row.identifiers:.3f}",
        "" if row.median_ms is None else f"{row.median_ms:.0f}",
        f"{row.spent.tokens:,}" if row.spent.tokens else "",
        "" if row.spent.dollars is None else f"${row.spent.dollars:.4f}",
    )


def money(dollars: float) -> str:
    """US dollars in cents, or in smaller parts where there are too few cents to say anything."""
    return f"${dollars:.2f}" if dollars >= 1 or round(dollars, 2) == dollars else f"${dollars:.4f}"


def compared(found: Comparison) -> str:
    """A comparison in words and figures, with its examples."""
    first, second = printable(found.first), printable(found.second)
    lines = [f"{second} against {first}, {found.holes} holes that both were asked for"]
    if not found.holes:
        return lines[0]
    both = found.matches
    lines.append(
        f"  exact match: only {second} {both.second_only}, only {first} {both.first_only}; "
        f"McNemar p = {both.p:.3f}" + (f", adjusted {found.p:.3f}" if found.p != both.p else "")
    )
    lines += [f"  {_TITLES[metric]:<16}{_difference(found.differences[metric])}" for metric in METRICS]
    lines.append(f"  {verdict(both, found.p, first, second)}")
    lines += _examples(f"won by {second}", found.won, second, first)
    lines += _examples(f"lost by {second}", found.lost, second, first)
    return "\n".join(lines)


def _difference(found: Difference) -> str:
    interval = found.interval
    return f"{found.mean:+.3f}" + (f"  (95 %: {interval.low:+.3f} to {interval.high:+.3f})" if interval else "")


def _examples(title: str, pairs: Sequence[tuple[Answer, Answer]], second: str, first: str) -> list[str]:
    lines: list[str] = []
    for one, two in pairs:
        lines.append(click.style(f"  {title}: {printable(one.hole)}", dim=True))
        texts = {"truth": one.truth.strip(), second: two.text.strip(), first: one.text.strip()}
        start = _start([text for text in texts.values() if text])
        width = max(map(len, texts))
        lines += [f"    {name:<{width}}  {_short(text, start)}" for name, text in texts.items()]
    return lines


def _start(texts: Sequence[str]) -> int:
    """Where to begin to show texts that begin alike, so that it is seen where they part."""
    alike = min((common_prefix(texts[0], other) for other in texts[1:]), default=0)
    if alike < _SHOWN // 2:
        return 0
    start = texts[0].rfind("\n", 0, alike) + 1
    return start if alike - start < _SHOWN // 2 else alike - _SHOWN // 4


def _short(text: str, start: int = 0) -> str:
    """One line of a text from `start` on."""
    if not text:
        return "(nothing)"
    shown = ("…" if start else "") + printable(text[start:].strip().replace("\n", "⏎"))
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def as_json(rows: Sequence[Row], kinds: Sequence[Row], found: Sequence[Comparison]) -> dict[str, Any]:
    """The same for programs; grown only by adding."""
    return {
        "schema": 1,
        "arms": [asdict(row) for row in rows],
        "kinds": [asdict(row) for row in kinds],
        "comparisons": [
            {
                "first": one.first,
                "second": one.second,
                "holes": one.holes,
                "first_only": one.matches.first_only,
                "second_only": one.matches.second_only,
                "mcnemar_p": one.matches.p,
                "adjusted_p": one.p,
                "differences": {metric: asdict(value) for metric, value in one.differences.items()},
                "won": [_example(*pair) for pair in one.won],
                "lost": [_example(*pair) for pair in one.lost],
            }
            for one in found
        ],
    }


def _example(first: Answer, second: Answer) -> dict[str, str]:
    return {"hole": first.hole, "truth": first.truth, "first": first.text, "second": second.text}
