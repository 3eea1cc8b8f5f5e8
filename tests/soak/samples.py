"""What was measured in a long session, and what must hold for it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment: seconds and part (0 to 1) of the run, resident MB, and what is open in it."""

    seconds: float
    part: float
    resident: float
    descriptors: int
    threads: int
    tasks: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Latency:
    """One answer: when, after which part of the run, from where (`model`, `embedded` or `memory`), and in how many ms.

    `pace` is how long a fixed piece of work took the machine around then, against its usual time in this run.
    """

    seconds: float
    part: float
    kind: str
    ms: float
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run may cost. Growth in MB; the others say how many more there may be late than early."""

    growth: float = 60.0
    descriptors: int = 4
    threads: int = 2
    tasks: int = 4
    slower: float = 1.5
    most_descriptors: int = 120
    most_tasks: int = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """Lines of figures, and what is wrong with them."""

    lines: tuple[str, ...]
    wrong: tuple[str, ...] = field(default=())


WARM_UP = 0.2
"""The first part of a run, in which memory may grow as it likes."""


def judge(
    samples: Sequence[Sample],
    latencies: Sequence[Latency],
    bounds: Bounds,
    kinds: Sequence[str] = ("memory", "model"),
) -> Verdict:
    """Compare the second fifth of a run with its last. There must be answers of all `kinds`."""
    early = [one for one in samples if WARM_UP <= one.part < 2 * WARM_UP]
    late = [one for one in samples if one.part >= 1 - WARM_UP]
    lines: list[str] = []
    wrong: list[str] = []
    if not early or not late:
        return Verdict((), ("there are too few samples to judge",))
    base, top = early[0].resident, max(one.resident for one in samples if one.part >= WARM_UP)
    lines.append(f"resident after warm-up {base:.1f} MB, at most {top:.1f} MB later: growth {top - base:.1f} MB")
    if top - base >= bounds.growth:
        wrong.append(f"memory grew by {top - base:.1f} MB, allowed are {bounds.growth:.0f}")
    for name, more, most in (
        ("descriptors", bounds.descriptors, bounds.most_descriptors),
        ("threads", bounds.threads, bounds.most_tasks),
        ("tasks", bounds.tasks, bounds.most_tasks),
    ):
        # The quietest moment of each: what happens to be going on is no leak, what never ends is.
        low, high = (min(getattr(one, name) for one in part) for part in (early, late))
        peak = max(getattr(one, name) for one in samples)
        lines.append(f"{name}: at least {low} early, at least {high} late, at most {peak}")
        if high > low + more or peak > most:
            wrong.append(f"{name} are not bounded: {low} early, {high} late, {peak} at the most")
    for kind in kinds:
        low, high = (_median(latencies, kind, *part) for part in ((WARM_UP, 2 * WARM_UP), (1 - WARM_UP, 2.0)))
        if low is None or high is None:
            wrong.append(f"there are too few answers from {kind} to judge")
            continue
        ratio = high / low
        lines.append(f"latency p50, {kind}: {low:.2f} ms in the second fifth, {high:.2f} in the last: {ratio:.2f} x")
        if ratio > bounds.slower:
            wrong.append(f"answers from {kind} became slower: {ratio:.2f} x, allowed are {bounds.slower} x")
    return Verdict(tuple(lines), tuple(wrong))


def _median(latencies: Sequence[Latency], kind: str, start: float, end: float) -> float | None:
    found = [one.ms / one.pace for one in latencies if one.kind == kind and start <= one.part < end]
    return statistics.median(found) if len(found) >= 5 else None


def percentile(values: Sequence[float], of: float) -> float:
    """The value that `of` (0 to 1) of all do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(of * len(ordered)))] if ordered else 0.0
