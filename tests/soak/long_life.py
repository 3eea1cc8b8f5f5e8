"""A long life in a few minutes: `python tests/soak/long_life.py`.

The real server on stdio, a model on loopback, 50,000 keystrokes, 5,000 completions, 500 files opened and closed, a network
that refuses, hangs, cuts, fails and recovers, a wall clock that is set forward and back. Then a shorter life without a
model, in which the embedded engine answers and learns. Memory, descriptors, threads, asyncio tasks and latency are sampled
all along. Exit status 1 when in one of them memory grows by 60 MB after the warm-up, anything is not bounded, answers become
slower, or one answer is wrong.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)  # and not this folder, whose names would hide others

import click  # noqa: E402 - the path is set first
from tests.soak import session  # noqa: E402
from tests.soak.report import keep, table  # noqa: E402
from tests.soak.samples import Bounds, judge  # noqa: E402


async def _run(plan: session.Plan, folder: Path) -> session.Outcome:
    label = "A long life" if plan.model else "One without a model"
    with click.progressbar(length=1000, label=label) as bar:
        return await session.Session(plan, folder, lambda part: bar.update(int(part * 1000) - bar.pos)).run()


def _live(plan: session.Plan, folder: Path) -> tuple[session.Outcome, str, bool]:
    """One life: what came of it, the same as text, and whether it was right."""
    folder.mkdir(parents=True, exist_ok=True)
    outcome = asyncio.run(_run(plan, folder))
    verdict = judge(outcome.samples, outcome.latencies, Bounds(), plan.kinds)
    text = table(outcome, verdict)
    click.echo(text)
    return outcome, text, not verdict.wrong and not outcome.wrong


@click.command()
@click.option("--short", is_flag=True, help="The form that the everyday tests run.")
@click.option("--keep", "kept", is_flag=True, help="Write the tables and the plot beside tests/benchmarks/RESULTS.md.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Work there and leave everything (log, journal, cache)."
)
def main(*, short: bool, kept: bool, seed: int, folder: Path | None) -> None:
    """Run a long session, print what it cost; then one without a model."""
    plans = (session.SHORT, session.SHORT_ALONE) if short else (session.LONG, session.LONG_ALONE)
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        (outcome, told, right), (_, told_alone, right_alone) = (
            _live(replace(plan, seed=seed), place / name)
            for plan, name in zip(plans, ("model", "embedded"), strict=True)
        )
    if kept:
        keep(outcome, f"{told}\n\nWithout a model:\n\n{told_alone}")
    sys.exit(0 if right and right_alone else 1)


if __name__ == "__main__":
    main()
