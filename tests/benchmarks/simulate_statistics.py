"""How the statistics of the report behave on simulated teams whose truth is known.

    python tests/benchmarks/simulate_statistics.py [--runs 2000] [--keep]

Each run is a team that works 30 days. Users differ in how readily they accept, and so do documents (blocks of 10 minutes)
and hours; arms are drawn for each block. *Covered*: how often the 95 % interval of the difference within users, after the
last day, holds the truth for these users. *False winners*: how often an arm that is not the better one is named on any of
30 daily looks, where there is no better one (or, where it suits the users unequally, where it is the worse one for them).
*Found*: how often the better arm is named within the 30 days; *wrong*: how often the worse one is.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caretwise.measure.difference import Cell, within_users
from caretwise.measure.rates import wilson
from caretwise.measure.sequence import decided

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.results import keep

COMMAND = "python tests/benchmarks/simulate_statistics.py --keep"
DAYS = 30


@dataclass(frozen=True)
class Team:
    """A kind of team. `spread` (users), `blocks_spread` and `drift` (days) are standard deviations on the log-odds scale."""

    name: str
    users: int
    blocks: float
    """Blocks of each user a day, on average."""
    shown: float
    """Suggestions shown in a block, on average; the number varies widely."""
    rate: float = 0.3
    effect: float = 0.0
    """What the better arm adds on the log-odds scale."""
    spread: float = 0.5
    blocks_spread: float = 0.5
    drift: float = 0.3
    varied: float = 0.0
    """Standard deviation over users of the effect."""
    characters: bool = False
    """Whether trials are retained characters (long-tailed, mostly none) and not acceptances."""


TEAMS = (
    Team("one user", 1, 7, 8),
    Team("five users", 5, 3, 8),
    Team("five users, strongly clustered", 5, 3, 8, spread=1.0, blocks_spread=1.0),
    Team("five users whom it suits unequally", 5, 3, 8, varied=0.4),
    Team("five users, few blocks", 5, 0.5, 20, blocks_spread=1.0),
    Team("twelve users", 12, 1.5, 8),
    Team("forty users", 40, 0.5, 8),
    Team("five users, retained characters", 5, 3, 20, characters=True),
    Team("forty users, retained characters", 40, 0.5, 20, characters=True),
    # A trial is a request for a fix: few in a block, and about half of them come to a fix that stays.
    Team("five users, fixes", 5, 4, 0.8, rate=0.5),
    Team("forty users, fixes", 40, 0.7, 0.8, rate=0.5),
)


def share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def a_fifth_more(rate: float) -> float:
    """What makes a rate a fifth larger, on the log-odds scale: 0.27 for 30 %."""
    return round(math.log(1.2 * rate / (1 - 1.2 * rate)) - math.log(rate / (1 - rate)), 2)


def accepted(draw: random.Random, trials: int, chance: float) -> int:
    return sum(draw.random() < chance for _ in range(trials))


def days(team: Team, draw: random.Random) -> Iterator[tuple[list[Cell], list[tuple[float, float]]]]:
    """Each day's cells, with (difference of the expected values in this block, its trials) for the truth."""
    base = math.log(team.rate / (1 - team.rate))
    people = [draw.gauss(0, team.spread) for _ in range(team.users)]
    effects = [draw.gauss(team.effect, team.varied) if team.effect or team.varied else 0.0 for _ in people]
    for day in range(DAYS):
        weather = draw.gauss(0, team.drift)
        cells: list[Cell] = []
        truths: list[tuple[float, float]] = []
        for user, (person, effect) in enumerate(zip(people, effects, strict=True)):
            count = accepted(draw, math.ceil(team.blocks * 2), team.blocks / math.ceil(team.blocks * 2))
            for block in range(count):
                trials = 1 + int(draw.expovariate(1 / team.shown))
                level = base + person + weather + draw.gauss(0, team.blocks_spread)
                if team.characters:
                    level -= 1.0
                arm = draw.random() < 0.5
                taken = accepted(draw, trials, share(level + (effect if arm else 0.0)))
                sizes = [1 + int(draw.lognormvariate(3, 1)) if team.characters else 1 for _ in range(taken)]
                scale = 1 + math.exp(3.5) if team.characters else 1.0
                truths.append(((share(level + effect) - share(level)) * scale, trials))
                name = f"{user}/{day}/{block}"
                cells.append(
                    Cell(
                        str(user),
                        name,
                        "b" if arm else "a",
                        trials,
                        float(sum(sizes)),
                        float(sum(s * s for s in sizes)),
                    )
                )
        yield cells, truths


@dataclass
class Behaviour:
    """What a team's runs came to."""

    runs: int = 0
    estimated: int = 0
    covered: int = 0
    naive_covered: int = 0
    named: int = 0
    wrong: int = 0
    shown: int = 0
    design: float = 0.0


def one_run(team: Team, draw: random.Random, into: Behaviour, every: int = 1) -> None:
    """One team's 30 days, with a look after `every` so many of them."""
    cells: list[Cell] = []
    truths: list[tuple[float, float]] = []
    named: str = ""
    for day, (today, true_today) in enumerate(days(team, draw), 1):
        cells += today
        truths += true_today
        if not named and day % every == 0:
            look = within_users(cells, "b", "a")
            if not isinstance(look, str) and decided(look):
                named = "b" if look.value > 0 else "a"
    into.runs += 1
    into.shown += sum(cell.trials for cell in cells)
    truth = sum(t * n for t, n in truths) / sum(n for _, n in truths)
    into.named += bool(named)
    into.wrong += bool(named) and truth * (1 if named == "b" else -1) <= 0
    last = within_users(cells, "b", "a")
    if isinstance(last, str):
        return
    into.estimated += 1
    into.design += last.design_effect
    into.covered += last.low <= truth <= last.high
    into.naive_covered += abs(last.value - truth) <= 1.96 * last.error / math.sqrt(last.design_effect)


def behaviour(team: Team, runs: int, seed: int = 1) -> Behaviour:
    """`runs` teams of this kind."""
    found = Behaviour()
    draw = random.Random(f"{team.name} {seed}")
    for _ in range(runs):
        one_run(team, draw, found)
    return found


def main() -> None:
    """Run, print, and keep the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    lines = [
        f"{asked.runs:,} runs of each kind of team: a true 95 % shows as 95 % ± {1.96 * math.sqrt(0.0475 / asked.runs):.1%}.",
        "",
        "| team | shown | design effect | covered | if clusters were ignored | false winners, 30 daily looks | +20 %: found (wrong) |",
        "|---|---|---|---|---|---|---|",
    ]
    print(lines[-2], lines[-1], sep="\n", flush=True)
    for team in TEAMS:
        if asked.only not in team.name:
            continue
        begun = time.process_time()
        null = behaviour(team, asked.runs)
        better = behaviour(Team(**{**vars_of(team), "effect": a_fifth_more(team.rate)}), max(asked.runs // 4, 1))
        found = wilson(null.wrong, null.runs)
        lines.append(
            f"| {team.name} | {null.shown / null.runs:,.0f} | {null.design / max(null.estimated, 1):.1f} "
            f"| {null.covered / max(null.estimated, 1):.1%} | {null.naive_covered / max(null.estimated, 1):.1%} "
            f"| {null.wrong / null.runs:.1%} (at most {found.high:.1%}) "
            f"| {better.named / better.runs:.0%} ({better.wrong / better.runs:.1%}) |"
        )
        print(lines[-1], f"{time.process_time() - begun:.0f} s", flush=True)
    if asked.keep:
        keep("Statistics: coverage and false winners", COMMAND, "\n".join(lines))


def vars_of(team: Team) -> dict[str, object]:
    return {name: getattr(team, name) for name in Team.__dataclass_fields__}


if __name__ == "__main__":
    main()
