"""The table and the plot of a long session."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.soak.clock import MOVES
from tests.soak.samples import Sample, Verdict, percentile
from tests.soak.session import Outcome

_BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
_TITLE = "Long life"
_ANSWERING = {True: "model", False: "embedded engine"}


def table(outcome: Outcome, verdict: Verdict) -> str:
    """Everything as text: what was done, a row for each minute, the judgement."""
    counts = outcome.counts
    done = (
        f"{counts.keystrokes:,} keystrokes, {counts.completions:,} completions from the "
        f"{_ANSWERING[outcome.plan.model]} and {counts.from_memory:,} from memory, {counts.cancelled:,} requests taken back, "
        f"{counts.opened:,} files opened and {counts.closed:,} closed, {counts.fixes:,} fixes, {len(outcome.recoveries)} "
        f"breaks of the network, in {outcome.seconds:.0f} s"
    )
    moves = ", ".join(words for _, _, words in MOVES)
    slowest = max((took for _, took in outcome.recoveries), default=None)
    told = [
        done,
        "" if slowest is None else f"the first suggestion after a break came within {slowest:.1f} s",
        f"the wall clock went {moves}",
        *verdict.lines,
        *(f"objects: {name} {before:,} to {after:,}" for name, before, after in outcome.grown[:8]),
        *(f"WRONG: {one}" for one in (*verdict.wrong, *outcome.wrong)),
        "" if verdict.wrong or outcome.wrong else "nothing wrong",
    ]
    return "\n".join([*_rows(outcome), "", *(f"- {line}" for line in told if line)])


def _rows(outcome: Outcome) -> list[str]:
    heads = (
        "minute",
        "resident MB",
        "descriptors",
        "threads",
        "tasks",
        "CPU %",
        *(f"{kind} p50 / p99 ms" for kind in outcome.plan.kinds),
    )
    rows = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    before: Sample | None = None
    for minute in range(int(max((one.seconds for one in outcome.samples), default=0) // 60) + 1):
        samples = [one for one in outcome.samples if one.seconds // 60 == minute]
        if not samples:
            continue
        first, last = before or samples[0], samples[-1]
        cpu = 100 * (last.cpu - first.cpu) / max(0.001, last.seconds - first.seconds)
        before = last
        cells = [str(minute + 1), f"{max(one.resident for one in samples):.1f}"]
        for name in ("descriptors", "threads", "tasks"):
            values = [getattr(one, name) for one in samples]
            cells.append(f"{min(values)} to {max(values)}")
        cells.append(f"{cpu:.0f}")
        for kind in outcome.plan.kinds:
            values = [one.ms for one in outcome.latencies if one.kind == kind and one.seconds // 60 == minute]
            cells.append(f"{percentile(values, 0.5):.1f} / {percentile(values, 0.99):.1f}" if values else "")
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def keep(outcome: Outcome, text: str) -> None:
    """Put the table under its title in RESULTS.md, in place of the last one, and the plot beside it."""
    (_BENCHMARKS / "long_life.svg").write_text(plot(outcome))
    machine = f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    date = dt.datetime.now(dt.UTC).date().isoformat()
    head = (
        f"## {_TITLE}\n\n`python tests/soak/long_life.py --keep`, {date}, {machine}.\n\n![over time](long_life.svg)\n\n"
    )
    file = _BENCHMARKS / "RESULTS.md"
    old = file.read_text() if file.exists() else "# Results\n"
    before, _, rest = old.partition(f"## {_TITLE}\n")
    _, mark, after = rest.partition("\n## ")
    file.write_text(f"{before.rstrip()}\n\n{head}{text}\n{mark}{after}")


def plot(outcome: Outcome) -> str:
    """Memory, what is open, and latency over time: three panels, no library."""
    end = max((one.seconds for one in outcome.samples), default=1.0) or 1.0
    samples = outcome.samples

    def line(of: Callable[[Sample], float]) -> list[tuple[float, float]]:
        return [(one.seconds, of(one)) for one in samples]

    answers = {
        kind: [(one.seconds, one.ms) for one in outcome.latencies if one.kind == kind] for kind in outcome.plan.kinds
    }
    panels = [
        ("resident, MB", {"resident": line(lambda one: one.resident)}),
        (
            "open in the server",
            {
                "descriptors": line(lambda one: one.descriptors),
                "threads": line(lambda one: one.threads),
                "tasks": line(lambda one: one.tasks),
            },
        ),
        ("answers, ms (median of 10 s)", {kind: _smooth(values) for kind, values in answers.items()}),
    ]
    drawn = "".join(_panel(number, title, lines, end) for number, (title, lines) in enumerate(panels))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 560" font-family="sans-serif" font-size="11">'
        f'<rect width="760" height="560" fill="white"/>{drawn}</svg>\n'
    )


def _smooth(values: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    slots: dict[int, list[float]] = {}
    for at, value in values:
        slots.setdefault(int(at // 10), []).append(value)
    return [(slot * 10 + 5, percentile(found, 0.5)) for slot, found in sorted(slots.items())]


_COLOURS = ("#1f6fb2", "#c05621", "#3a7d34")


def _panel(number: int, title: str, lines: dict[str, list[tuple[float, float]]], end: float) -> str:
    top, height, left, width = 30 + number * 180, 130, 50, 690
    most = max((value for points in lines.values() for _, value in points), default=1.0) * 1.1 or 1.0
    parts = [
        f'<text x="{left}" y="{top - 8}" font-weight="bold">{title}</text>',
        f'<path d="M{left} {top}V{top + height}H{left + width}" fill="none" stroke="#888"/>',
        f'<text x="{left - 6}" y="{top + 10}" text-anchor="end">{most:.0f}</text>',
        f'<text x="{left - 6}" y="{top + height}" text-anchor="end">0</text>',
        f'<text x="{left + width}" y="{top + height + 14}" text-anchor="end">{end:.0f} s</text>',
    ]
    for colour, (name, points), place in zip(_COLOURS, lines.items(), range(3), strict=False):
        path = " ".join(
            f"{left + at / end * width:.1f},{top + height - value / most * height:.1f}" for at, value in points
        )
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.3"/>')
        parts.append(f'<text x="{left + width - 90}" y="{top + 2 + 13 * place}" fill="{colour}">{name}</text>')
    return "".join(parts)
