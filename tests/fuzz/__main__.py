"""Fuzzing for as long as one likes: `python -m tests.fuzz --minutes 10`.

Each target gets its share of the time, in turns, with fresh seeds made from the one that is printed. What breaks something is
made small and kept in `tests/fuzz/found`, from where the everyday tests replay it. Exit status 1 when anything was found.
"""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import click
from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.fuzz.all_targets import TARGETS
from tests.fuzz.cases import FOUND, keep
from tests.fuzz.target import Target

SLICE = 8.0
"""Seconds of one target before it is another one's turn; less when there would not be a turn for each."""

SHRINK = 20.0
"""Seconds more in which what was found is made small."""

FIRST = 20
"""Inputs of which the first part of a turn consists."""

HANG = 15.0
"""Seconds of one input after which it counts as hanging."""


class HangError(Exception):
    """One input did not come to an end."""


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    def strike(*_: object) -> None:
        raise HangError(f"no end after {HANG:.0f} s")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, HANG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Slice:
    """One turn of a target: how many inputs, and the smallest that broke something."""

    def __init__(self, target: Target, number: int, seconds: float) -> None:
        self._target, self._number = target, number
        self._until = time.monotonic() + seconds
        self.inputs = 0
        self.broke: tuple[Any, BaseException] | None = None

    def run(self) -> None:
        """Fuzz until the time is up or something is found."""
        most = FIRST
        while (since := time.monotonic()) < self._until and self.broke is None:
            self._some(most)
            # Hypothesis goes on making inputs when the time is up: as many at once as take about two seconds.
            most = max(FIRST, int(2 * most / max(0.001, time.monotonic() - since)))

    def _some(self, most: int) -> None:
        self._number += 1

        @seed(self._number)
        @settings(
            max_examples=most, deadline=None, database=None, print_blob=False,
            phases=(Phase.generate, Phase.target, Phase.shrink), suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(self._target.inputs)
        def once(value: Any) -> None:
            if time.monotonic() > self._until + (SHRINK if self.broke else 0):
                return
            self.inputs += 1
            try:
                with _guarded():
                    self._target.run(value)
            except Exception as error:
                self.broke = (value, error)
                raise

        try:
            once()
        except Exception:
            if self.broke is None:  # else `broke` has it, made as small as it could be
                raise


@click.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option(
    "--seed", "chosen", type=int, help="Runs the same inputs again (as far as the time goes); printed at start."
)
@click.option("--only", multiple=True, type=click.Choice(sorted(TARGETS)), help="One target, or several.")
def main(minutes: float, chosen: int | None, only: tuple[str, ...]) -> None:
    """Fuzz all targets in turns."""
    start = random.SystemRandom().randrange(10**6) if chosen is None else chosen
    names = only or tuple(TARGETS)
    click.echo(f"seed {start}, {minutes:g} minutes, targets: {', '.join(names)}")
    share, until = min(SLICE, minutes * 60 / len(names)), time.monotonic() + minutes * 60
    inputs = dict.fromkeys(names, 0)
    found: dict[str, str] = {}
    turn = 0
    while time.monotonic() < until and len(found) < len(names):
        name = names[turn % len(names)]
        number = start * 1_000_003 + turn * 1_009
        turn += 1
        if name in found:
            continue
        one = Slice(TARGETS[name], number, min(share, until - time.monotonic()))
        one.run()
        inputs[name] += one.inputs
        if one.broke is not None:
            value, error = one.broke
            path = keep(name, f"{type(error).__name__}: {error}"[:300], value)
            found[name] = path.name
            click.echo(
                f"{name}: {type(error).__name__}: {str(error)[:400]}\n  kept as {path.relative_to(FOUND.parents[2])}"
            )
    for name, count in inputs.items():
        click.echo(f"{name:>16} {count:>9,} inputs  {found.get(name, '')}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
