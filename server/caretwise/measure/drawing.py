"""Small charts as inline SVG. Colours come from the page's style sheet, so that light and dark need no second drawing."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from caretwise.measure.terminal_table import printable, shortened

MOST_TOGETHER = 5
"""Lines that one chart holds; more are drawn in a small chart each, before the others in grey."""

TONES = 6
_CAPTION = 44  # columns over a small chart; the whole name stands in the tables
_MARKS = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The units of a drawing: it is shown at about as many pixels, so that its letters stay readable on a phone."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


_LARGE = _Frame(400, 244, 44, 14, 26, 34)
_SMALL = _Frame(172, 116, 40, 8, 8, 18)


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


def lines(series: Sequence[Line], *, title: str, across: Axis, up: Axis) -> str:
    """Lines over a common axis, with a legend; where they are too many for one chart, a small one for each."""
    if len(series) > MOST_TOGETHER:
        return _apart(series, title, across, up)
    drawn = _axes(_LARGE, across, up)
    drawn.append(_text(4, 11, up.title, "start", "axis"))
    middle = (_LARGE.left + _LARGE.width - _LARGE.right) / 2
    drawn.append(_text(middle, _LARGE.height - 3, across.title, "middle", "axis"))
    for one in series:
        drawn += _line(_LARGE, one, across, up)
    return _svg(_LARGE, title, drawn) + legend((one.tone, one.label) for one in series)


def _apart(series: Sequence[Line], title: str, across: Axis, up: Axis) -> str:
    """A small chart for each line, all on the same axes."""
    few = Axis(across.title, across.low, across.high, across.ticks[:1] + across.ticks[-1:])
    behind = [f'<path class="behind" d="{_path(_SMALL, one, across, up)}"/>' for one in series]
    charts = ""
    for one in series:
        sizes = tuple(0.6 * size for size in one.sizes or (4.0,) * len(one.points))
        plain = Line(one.label, one.points, 0, sizes)
        drawn = [*_axes(_SMALL, few, up), *behind, *_line(_SMALL, plain, across, up)]
        chart = _svg(_SMALL, f"{title}: {one.label}", drawn)
        charts += f"<figure><figcaption>{broken(shortened(one.label, _CAPTION))}</figcaption>{chart}</figure>"
    said = f"Upwards {up.title}, to the right {across.title}. Grey: the others."
    return f'<p class="soft">{html.escape(said)}</p><div class="apart">{charts}</div>'


def _places(frame: _Frame, across: Axis, up: Axis) -> tuple[Callable[[float], float], Callable[[float], float]]:
    def x(value: float) -> float:
        share = (value - across.low) / ((across.high - across.low) or 1)
        return frame.left + share * (frame.width - frame.left - frame.right)

    def y(value: float) -> float:
        share = (value - up.low) / ((up.high - up.low) or 1)
        return frame.height - frame.bottom - share * (frame.height - frame.top - frame.bottom)

    return x, y


def _axes(frame: _Frame, across: Axis, up: Axis) -> list[str]:
    x, y = _places(frame, across, up)
    parts: list[str] = []
    for at, text in up.ticks:
        ends = f'x1="{frame.left}" x2="{frame.width - frame.right}"'
        parts.append(f'<line class="grid" {ends} y1="{y(at):.1f}" y2="{y(at):.1f}"/>')
        parts.append(_text(frame.left - 6, y(at) + 4, text, "end", "tick"))
    for at, text in across.ticks:
        anchor = "end" if x(at) > frame.width - frame.right - 12 else "middle"
        parts.append(_text(x(at), frame.height - frame.bottom + 15, text, anchor, "tick"))
    return parts


def _path(frame: _Frame, one: Line, across: Axis, up: Axis) -> str:
    x, y = _places(frame, across, up)
    return " ".join(f"{'L' if i else 'M'}{x(a):.1f} {y(b):.1f}" for i, (a, b, _) in enumerate(one.points))


def _line(frame: _Frame, one: Line, across: Axis, up: Axis) -> list[str]:
    """The line with a mark on each point, of another shape for each tone: they can be told apart without colour."""
    x, y = _places(frame, across, up)
    sizes = one.sizes or (4.0,) * len(one.points)
    marks = [mark(x(a), y(b), size, one.tone, said) for (a, b, said), size in zip(one.points, sizes, strict=True)]
    return [f'<path class="line c{one.tone % TONES}" d="{_path(frame, one, across, up)}"/>', *marks]


def legend(names: Iterable[tuple[int, str]]) -> str:
    """Which mark belongs to whom."""
    items = "".join(
        f'<li><svg class="key" viewBox="0 0 24 14" aria-hidden="true"><path class="line c{tone % TONES}" d="M1 7 L23 7"/>'
        f"{mark(12, 7, 4.5, tone, '')}</svg><span>{broken(name)}</span></li>"
        for tone, name in names
    )
    return f'<ul class="legend">{items}</ul>'


def broken(name: str) -> str:
    """A name as HTML that may be broken behind each slash, before anywhere else."""
    return html.escape(printable(name), quote=True).replace("/", "/<wbr>")


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


def mark(x: float, y: float, size: float, tone: int, said: str) -> str:
    """The mark of a tone at a place; `said` is what a pointer that rests on it is told."""
    shape, title = _MARKS[(tone + tone // TONES) % len(_MARKS)], f"<title>{html.escape(said)}</title>" if said else ""
    if shape == "circle":
        return f'<circle class="mark c{tone % TONES}" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}">{title}</circle>'
    if shape == "square":
        side = size * 1.8
        return (
            f'<rect class="mark c{tone % TONES}" x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" '
            f'height="{side:.1f}">{title}</rect>'
        )
    reach = size * 1.3
    ends = [(0, -reach), (reach, 0), (0, reach), (-reach, 0)] if shape == "diamond" else [
        (0, -reach), (reach, reach * 0.8), (-reach, reach * 0.8)
    ]  # fmt: skip
    path = "M" + " L".join(f"{x + a:.1f} {y + b:.1f}" for a, b in ends) + "Z"
    return f'<path class="mark c{tone % TONES}" d="{path}">{title}</path>'


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _svg(frame: _Frame, title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {frame.width} {frame.height}" role="img" '
        f'aria-label="{html.escape(title, quote=True)}">{"".join(parts)}</svg>'
    )
