"""What was answered lately is said at once, and is what the whole walk would say."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.context.privacy import Verdict
from caretwise.engine import gate
from caretwise.engine.gate import ALLOWED_SECONDS
from caretwise.engine.offer import Ask, Offer, Selected, Silence
from caretwise.measure.event import Kind
from caretwise.text.edit import difference
from caretwise.text.position import Position, Range

HEAD = "def area(width, height):\n    return "
GHOST = "width * height"


class Clock:
    """The time that the gate goes by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = 1000.0
        monkeypatch.setattr(gate, "_now", lambda: self.time)


def typed(made: Any, count: int, behind: str = "") -> Ask:
    return made.ask(f"{HEAD}{GHOST[:count]}{behind}‸\n")


async def noted(made: Any, *, at_once: bool) -> tuple[list[tuple[str, str, str]], list[str]]:
    """The ghosts of a session in which a suggestion is typed out, then something else; and what the journal has of it."""
    events: list[str] = []
    made.app._journal.record = lambda event: events.append(event.kind)
    found, before = await made.app.suggester.suggest(typed(made, 0)), typed(made, 0)
    said: list[tuple[str, str, str]] = []
    for step in [*range(1, 9), 8, 5, -3]:
        ask = typed(made, step) if step > 0 else typed(made, -step, "!")
        made.app.changed(before.snapshot, difference(before.snapshot, ask.snapshot.text), ask.snapshot)
        made.documents[:], before = [ask.snapshot], ask
        found = made.app.suggester.at_once(ask) if at_once else None
        found = found or await made.app.suggester.suggest(ask)
        origin = found.facts.origin if found.facts is not None else ""
        said.append((found.ghost.text if isinstance(found, Offer) else found.code, origin, type(found).__name__))
    made.app.screen.close()
    return said, sorted(events)


async def test_it_is_what_the_whole_walk_says(bench: Any) -> None:
    answers = behaviour("moonshot", answerer=lambda _: GHOST)
    sessions = []
    for at_once in (False, True):
        with ModelDouble(answers) as double:
            async with bench(double, CARETWISE_CACHE_DIR="/dev/null/none") as made:
                sessions.append(await noted(made, at_once=at_once))
    assert sessions[0] == sessions[1]
    assert sessions[1][0][0] == (GHOST[1:], "typed", "Offer")
    assert Kind.OPPORTUNITY in sessions[1][1]


async def test_it_is_said_only_where_nothing_has_to_be_waited_for(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    with ModelDouble(behaviour("moonshot", answerer=lambda _: GHOST)) as double:
        async with bench(double) as made:
            suggester = made.app.suggester
            assert suggester.at_once(typed(made, 0)) is None, "the disk was not asked, and nothing is known"
            assert isinstance(await suggester.suggest(typed(made, 0)), Offer)
            assert isinstance(suggester.at_once(typed(made, 2)), Offer)
            assert suggester.at_once(made.ask(f"{HEAD}wi‸\n", invoked=True)) is None
            assert suggester.at_once(made.ask(f"{HEAD}wi‸\n", "b.py")) is None, "it is another document"
            assert suggester.at_once(made.ask(f"{HEAD}wo‸\n")) is None, "nothing fits"
            entry = Selected(Range(Position(1, 11), Position(1, 13)), "width")
            assert suggester.at_once(replace(typed(made, 2), selected=entry)) is None
            made.app.outside.paused = True
            assert suggester.at_once(typed(made, 2)) is None
            made.app.outside.paused = False
            clock.time += ALLOWED_SECONDS + 0.01
            assert suggester.at_once(typed(made, 2)) is None, "the disk's word is too old"
            assert len(double.requests) == 1


async def test_what_was_sent_away_is_not_said_at_once_either(bench: Any) -> None:
    with ModelDouble(behaviour("moonshot", answerer=lambda _: GHOST)) as double:
        async with bench(double) as made:
            found = await made.app.suggester.suggest(typed(made, 0))
            assert isinstance(made.app.suggester.at_once(typed(made, 2)), Offer)
            # The suggestion was offered a moment ago, and what that means is not worked out yet.
            made.app.suggester.sent_away(found.id)
            again = made.app.suggester.at_once(typed(made, 2))
            assert isinstance(again, Silence)
            assert again.code == "rejected"


async def test_while_somebody_types_the_disk_is_asked_again_beside_that(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with ModelDouble(behaviour("moonshot", answerer=lambda _: GHOST)) as double:
        async with bench(double) as made:
            asked: list[str] = []
            said = [Verdict(True)]
            await made.app.suggester.suggest(typed(made, 0))
            monkeypatch.setattr(
                made.app.outside.project, "verdict_for_document", lambda uri: (asked.append(uri), said[0])[1]
            )
            for count in range(1, 9):
                clock.time += ALLOWED_SECONDS / 4
                assert isinstance(made.app.suggester.at_once(typed(made, count)), Offer)
                made.app.screen.catch_up()
                await asyncio.gather(*made.app.outside.gatherer._tasks)
            assert len(asked) == 4
            # What the disk says by now holds within the same second as before.
            said[0] = Verdict(False, "it is a secret", "denied")
            clock.time += ALLOWED_SECONDS * 0.6
            made.app.suggester.at_once(typed(made, 9))
            made.app.screen.catch_up()
            await asyncio.gather(*made.app.outside.gatherer._tasks)
            assert made.app.suggester.at_once(typed(made, 10)) is None
