"""Small charts as inline SVG. Colours come from the page's style sheet, so that light and dark need no second drawing."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from caretwise.measure.report import columns

WIDTH = 400
"""Units of a drawing's width: it is shown at about this many pixels, so that its letters stay readable on a phone."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 14, 26, 34
_HEIGHT = 244
_ROW = 46
_MARKS = ("circle", "square", "diamond", "triangle")
_TONES = 6
_ROW_OF_NAMES = 16
_BESIDE, _ALONE = 44, 50  # columns for a bar's label and its note together, and for a label on a line of its own


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


@dataclass(frozen=True, slots=True)
class Line:
    """A series of points: x, y and what is said when a pointer rests on it; `sizes` are the marks' radii."""

    label: str
    points: tuple[tuple[float, float, str], ...]
    tone: int = 0
    sizes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows. `ticks`: place and text."""

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


def intervals(bars: Sequence[Bar], *, title: str, unit: str = "", zero: bool = False) -> str:
    """Values with their intervals, one below the other, on one scale. `zero`: draw the line of no difference."""
    ends = [x for b in bars for x in (b.value, b.low, b.high, *(b.outer or ())) if math.isfinite(x)]
    ends += [0.0] if zero else []
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if not zero and low >= 0:
        low = 0.0
    room = (high - low or 1.0) * 0.06
    low, high = low - (room if low < 0 else 0.0), high + room
    lower = _ROW_OF_NAMES if any(columns(bar.label) + columns(bar.note) > _BESIDE for bar in bars) else 0
    row = _ROW + lower
    height = row * len(bars) + 40

    def x(value: float) -> float:
        return 10 + (min(max(value, low), high) - low) / (high - low) * (WIDTH - 20)

    parts = [_grid_line(x(at), 24, height - 26, "zero" if at == 0 and zero else "grid") for at, _ in nice(low, high, 5)]
    parts += [_text(x(at), height - 10, text, "middle", "tick") for at, text in nice(low, high, 5)]
    for index, bar in enumerate(bars):
        parts += _bar(bar, row * index + 6, x, unit, lower)
    return _svg(height, title, parts)


def lines(series: Sequence[Line], *, title: str, across: Axis, up: Axis) -> str:
    """Lines over a common axis, with marks of different shapes so that they can be told apart without colour."""

    def x(value: float) -> float:
        return _LEFT + (value - across.low) / ((across.high - across.low) or 1) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (value - up.low) / ((up.high - up.low) or 1) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_text(4, 11, up.title, "start", "axis")]
    for at, text in up.ticks:
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(at):.1f}" y2="{y(at):.1f}"/>')
        parts.append(_text(_LEFT - 6, y(at) + 4, text, "end", "tick"))
    for at, text in across.ticks:
        anchor = "end" if x(at) > WIDTH - _RIGHT - 12 else "middle"
        parts.append(_text(x(at), _HEIGHT - _BOTTOM + 15, text, anchor, "tick"))
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, _HEIGHT - 3, across.title, "middle", "axis"))
    for one in series:
        places = [(x(a), y(b), said) for a, b, said in one.points]
        path = " ".join(f"{'M' if i == 0 else 'L'}{a:.1f} {b:.1f}" for i, (a, b, _) in enumerate(places))
        parts.append(f'<path class="line c{one.tone % _TONES}" d="{path}"/>')
        sizes = one.sizes or (4.0,) * len(places)
        parts += [_mark(a, b, size, one.tone, said) for (a, b, said), size in zip(places, sizes, strict=True)]
    return _svg(_HEIGHT, title, parts)


def legend(names: Iterable[tuple[int, str]]) -> str:
    """Which mark belongs to whom."""
    items = "".join(
        f'<li><svg class="key" viewBox="0 0 24 14" aria-hidden="true">'
        f'<path class="line c{tone % _TONES}" d="M1 7 L23 7"/>{_mark(12, 7, 4.5, tone, "")}</svg>{html.escape(name)}</li>'
        for tone, name in names
    )
    return f'<ul class="legend">{items}</ul>'


def nice(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """At most about `most` round places between two values, with their texts."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [(low, f"{low:g}")]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough * 0.999)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [(n * step, f"{n * step:.{places}f}") for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _bar(bar: Bar, top: int, place: Callable[[float], float], unit: str, lower: int) -> list[str]:
    """`lower`: how far below its label the note stands, where long names leave no room beside them."""
    middle = top + 28 + lower
    said = f"{bar.label}: {bar.value:.2f}{unit}"
    parts = [
        _text(10, top + 12, shortened(bar.label, _ALONE if lower else _BESIDE), "start", "name", bar.label),
        _text(WIDTH - 10, top + 12 + lower, bar.note or f"{bar.value:.2f}{unit}", "end", "value"),
    ]
    if bar.outer is not None:
        parts.append(
            f'<line class="outer c{bar.tone % _TONES}" x1="{place(bar.outer[0]):.1f}" '
            f'x2="{place(bar.outer[1]):.1f}" y1="{middle}" y2="{middle}"/>'
        )
    ends = f'x1="{place(bar.low):.1f}" x2="{place(bar.high):.1f}"'
    parts.append(f'<line class="inner c{bar.tone % _TONES}" {ends} y1="{middle}" y2="{middle}"/>')
    return [*parts, _mark(place(bar.value), middle, 6, bar.tone, said)]


def shortened(name: str, most: int) -> str:
    """A name in at most `most` columns, its middle left out: what tells models apart stands at either end."""
    if columns(name) <= most:
        return name
    head, tail = name[: most // 2], name[-(most // 2) :]
    while columns(head) + columns(tail) >= most and head:
        head, tail = (head[:-1], tail) if columns(head) >= columns(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def _mark(x: float, y: float, size: float, tone: int, said: str) -> str:
    shape, title = _MARKS[(tone + tone // _TONES) % len(_MARKS)], f"<title>{html.escape(said)}</title>" if said else ""
    if shape == "circle":
        return f'<circle class="mark c{tone % _TONES}" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}">{title}</circle>'
    if shape == "square":
        side = size * 1.8
        return (
            f'<rect class="mark c{tone % _TONES}" x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" '
            f'height="{side:.1f}">{title}</rect>'
        )
    reach = size * 1.3
    ends = [(0, -reach), (reach, 0), (0, reach), (-reach, 0)] if shape == "diamond" else [
        (0, -reach), (reach, reach * 0.8), (-reach, reach * 0.8)
    ]  # fmt: skip
    path = "M" + " L".join(f"{x + a:.1f} {y + b:.1f}" for a, b in ends) + "Z"
    return f'<path class="mark c{tone % _TONES}" d="{path}">{title}</path>'


def _grid_line(x: float, top: float, bottom: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.0f}" y2="{bottom:.0f}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str, said: str = "") -> str:
    title = f"<title>{html.escape(said)}</title>" if said and said != text else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{html.escape(text)}{title}</text>'


def _svg(height: float, title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{html.escape(title, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )
