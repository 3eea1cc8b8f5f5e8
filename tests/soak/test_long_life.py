"""The short form of the long life, and that its judgement sees what it is there to see."""

from __future__ import annotations

import math

import pytest
from tests.soak.report import plot, table
from tests.soak.samples import Bounds, Latency, Sample, judge
from tests.soak.session import SHORT, SHORT_ALONE, Session

# Ten answers are compared with ten here, on a machine that does other things as well: only the long form says that answers
# become slower. What leaks, hangs or answers wrongly shows here too.
BRIEF = Bounds(growth=25, slower=math.inf)


async def test_a_short_life_grows_by_nothing_and_every_answer_is_right(tmp_path):
    outcome = await Session(SHORT, tmp_path, lambda _: None).run()
    assert outcome.wrong == []
    verdict = judge(outcome.samples, outcome.latencies, BRIEF)
    assert verdict.wrong == ()
    counts = outcome.counts
    assert counts.completions >= SHORT.completions
    assert counts.keystrokes >= SHORT.keystrokes
    assert counts.opened == counts.closed
    assert counts.fixes > 0
    assert len(outcome.recoveries) == 5
    assert "nothing wrong" in table(outcome, verdict)
    assert plot(outcome).count("<polyline") == 6


async def test_a_short_life_without_a_model_grows_by_nothing_and_every_answer_is_right(tmp_path):
    outcome = await Session(SHORT_ALONE, tmp_path, lambda _: None).run()
    assert outcome.wrong == []
    verdict = judge(outcome.samples, outcome.latencies, BRIEF, SHORT_ALONE.kinds)
    assert verdict.wrong == ()
    counts = outcome.counts
    assert counts.completions >= SHORT_ALONE.completions
    assert counts.opened == counts.closed
    assert counts.accepted > 0
    assert outcome.requests == 0
    text = table(outcome, verdict)
    assert "embedded p50 / p99 ms" in text
    assert "nothing wrong" in text


def steady(**late):
    """A run in which nothing changes but what `late` says of its last fifth, sample by sample."""
    found = []
    for number in range(100):
        more = {name: grow(number) for name, grow in late.items()} if number >= 80 else {}
        values = {"resident": 80.0, "descriptors": 16, "threads": 5, "tasks": 5} | more
        found.append(Sample(float(number), number / 100, cpu=number / 10, **values))
    return found


def answers(slower: float = 1.0, pace: float = 1.0):
    return [
        Latency(float(n), n / 100, kind, 10.0 * (slower if n >= 80 else 1), pace if n >= 80 else 1.0)
        for n in range(100)
        for kind in ("memory", "model")
    ]


def test_a_steady_run_is_right():
    assert judge(steady(), answers(), Bounds()).wrong == ()


@pytest.mark.parametrize(
    ("late", "said"),
    [
        ({"resident": lambda n: 80.0 + n}, "memory grew by"),
        ({"descriptors": lambda n: 16 + n}, "descriptors are not bounded"),
        ({"tasks": lambda n: 5 + n}, "tasks are not bounded"),
        ({"threads": lambda n: 5 + n}, "threads are not bounded"),
    ],
)
def test_what_grows_is_said(late, said):
    wrong = judge(steady(**late), answers(), Bounds()).wrong
    assert len(wrong) == 1
    assert said in wrong[0]


def test_a_short_peak_is_no_leak():
    assert judge(steady(tasks=lambda n: 12 if n == 90 else 5), answers(), Bounds()).wrong == ()


def test_slower_answers_are_said_unless_the_machine_was_slower():
    assert len(judge(steady(), answers(slower=1.6), Bounds()).wrong) == 2
    assert judge(steady(), answers(slower=1.6, pace=1.6), Bounds()).wrong == ()


def test_a_run_without_answers_is_not_called_right():
    assert len(judge(steady(), [], Bounds()).wrong) == 2
    assert judge([], [], Bounds()).wrong
