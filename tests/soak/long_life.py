"""A long life in a few minutes: `python tests/soak/long_life.py`.

The real server on stdio, a model on loopback, 50,000 keystrokes, 5,000 completions, 500 files opened and closed, a network
that refuses, hangs, cuts, fails and recovers, a wall clock that is set forward and back. Memory, descriptors, threads,
asyncio tasks and latency are sampled all along. Exit status 1 when memory grows by 60 MB after the warm-up, anything is not
bounded, answers become slower, or one answer is wrong.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)  # and not this folder, whose names would hide others

import click  # noqa: E402 - the path is set first
from tests.soak import session  # noqa: E402
from tests.soak.report import keep, table  # noqa: E402
from tests.soak.samples import Bounds, judge  # noqa: E402


async def _run(plan: session.Plan, folder: Path) -> session.Outcome:
    with click.progressbar(length=1000, label="A long life") as bar:
        return await session.Session(plan, folder, lambda part: bar.update(int(part * 1000) - bar.pos)).run()


@click.command()
@click.option("--short", is_flag=True, help="The form that the everyday tests run.")
@click.option("--keep", "kept", is_flag=True, help="Write the table and the plot beside tests/benchmarks/RESULTS.md.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Work there and leave everything (log, journal, cache)."
)
def main(*, short: bool, kept: bool, seed: int, folder: Path | None) -> None:
    """Run a long session, print what it cost."""
    chosen = session.SHORT if short else session.LONG
    plan = session.Plan(**{**{name: getattr(chosen, name) for name in session.Plan.__slots__}, "seed": seed})
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        outcome = asyncio.run(_run(plan, place))
    verdict = judge(outcome.samples, outcome.latencies, Bounds())
    text = table(outcome, verdict)
    click.echo(text)
    if kept:
        keep(outcome, text)
    sys.exit(1 if verdict.wrong or outcome.wrong else 0)


if __name__ == "__main__":
    main()
