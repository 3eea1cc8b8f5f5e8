"""Values one below the other on one scale, drawn in rows: a name, a strip, and the value in words.

The strips are as wide as the page leaves them, and their marks and letters keep their size: places in them are percent.
Names and values are text of the page, which wraps, so that no name is cut.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caretwise.measure.drawing import TONES, broken, mark, nice
from caretwise.measure.terminal_table import printable

_TICKS = 5
_MARGIN = 2.0  # percent on either side, so that a mark at an end is whole
_THICK = 12  # px of a bar


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval, and perhaps a wider one around it. `tone`: number of its colour and mark."""

    label: str
    value: float
    low: float
    high: float
    tone: int = 0
    outer: tuple[float, float] | None = None
    note: str = ""
    more: str = ""
    """What stands below the label in small letters."""


def intervals(bars: Sequence[Bar], *, title: str, zero: bool = False) -> str:
    """Values with their intervals. `zero`: draw the line of no difference."""
    ends = [x for b in bars for x in (b.value, b.low, b.high, *(b.outer or ())) if math.isfinite(x)]
    ends += [0.0] if zero else []
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if not zero and low >= 0:
        low = 0.0
    room = (high - low or 1.0) * 0.06
    low, high = low - (room if low < 0 else 0.0), high + room
    return _rows(bars, title, low, high, zero, _interval)


def amounts(bars: Sequence[Bar], *, title: str) -> str:
    """Values as plain bars from nothing, without any interval."""
    high = max((b.value for b in bars), default=0.0) or 1.0
    return _rows(bars, title, 0.0, high * 1.03, zero=False, draw=_amount)


_Place = Callable[[float], float]


def _rows(
    bars: Sequence[Bar], title: str, low: float, high: float, zero: bool, draw: Callable[[Bar, _Place], str]
) -> str:
    def x(value: float) -> float:
        return _MARGIN + (min(max(value, low), high) - low) / (high - low) * (100 - 2 * _MARGIN)

    ticks = nice(low, high, _TICKS)
    grid = "".join(_upright(x(at), "zero" if at == 0 and zero else "grid") for at, _ in ticks)
    texts = "".join(
        f'<text class="tick" x="{x(at):.2f}%" y="13" text-anchor="middle">{text}</text>' for at, text in ticks
    )
    rows = ""
    for bar in bars:
        more = f'<span class="soft">{html.escape(printable(bar.more))}</span>' if bar.more else ""
        said = html.escape(printable(f"{bar.label}: {bar.note}"), quote=True)
        rows += (
            f'<li><span class="who">{broken(bar.label)}{more}</span>'
            f'<span class="value">{html.escape(bar.note)}</span>'
            f'<span class="strip"><svg role="img" aria-label="{said}">{grid}{draw(bar, x)}</svg></span></li>'
        )
    rows += (
        f'<li class="scale" aria-hidden="true"><span></span><span></span><span class="strip"><svg>{texts}</svg></span>'
    )
    return f'<ul class="strips" aria-label="{html.escape(title, quote=True)}">{rows}</li></ul>'


def _interval(bar: Bar, x: _Place) -> str:
    tone = f"c{bar.tone % TONES}"
    parts = _level(x(bar.outer[0]), x(bar.outer[1]), f"outer {tone}") if bar.outer else ""
    parts += _level(x(bar.low), x(bar.high), f"inner {tone}")
    placed = f'<svg x="{x(bar.value):.2f}%" y="50%" overflow="visible">{mark(0, 0, 6, bar.tone, "")}</svg>'
    return parts + placed


def _amount(bar: Bar, x: _Place) -> str:
    start = x(0)
    return (
        f'<svg x="{start:.2f}%" y="50%" overflow="visible"><rect class="amount c{bar.tone % TONES}" x="0" '
        f'y="-{_THICK / 2:.0f}" width="{max(x(bar.value) - start, 0.2):.2f}%" height="{_THICK}"/></svg>'
    )


def _level(start: float, end: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{start:.2f}%" x2="{end:.2f}%" y1="50%" y2="50%"/>'


def _upright(x: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="100%"/>'
