"""The short form of `tests/benchmarks/simulate_statistics.py`: enough runs to catch a statistic that is plainly wrong."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.benchmarks.simulate_statistics import TEAMS, Behaviour, days, one_run

from caretwise.measure.difference import within_users

SMALL = {team.name: team for team in TEAMS}


@pytest.mark.parametrize(
    "name", ["five users, strongly clustered", "forty users, retained characters", "five users, fixes"]
)
def test_intervals_cover_and_winners_are_seldom_false(name):
    team = replace(SMALL[name], users=min(SMALL[name].users, 30), shown=min(SMALL[name].shown, 4))
    found = Behaviour()
    draw = random.Random(7)
    for _ in range(60):
        one_run(team, draw, found, every=5)
    # With a true 95 %, 52 or fewer of 60 would be one run in 200; ignoring the clusters gives about 45.
    assert found.covered >= 53
    assert found.wrong <= 4


def test_an_effect_is_found_where_there_is_one():
    team = replace(SMALL["five users"], effect=0.8)
    draw = random.Random(11)
    cells = [cell for today, _ in days(team, draw) for cell in today]
    found = within_users(cells, "b", "a")
    assert not isinstance(found, str)
    assert found.low > 0
