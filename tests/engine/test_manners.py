"""What was sent away, or has just been deleted, does not come back; the menu; several candidates."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.engine.offer import Offer, Selected, Silence
from caretwise.text.edit import difference
from caretwise.text.position import Position, Range

HEAD = "def area(width, height):\n    return "


async def typed(made, before, marked: str):
    """The document becomes another, as an editor says it; then it asks."""
    after = made.ask(marked)
    if before is not None:
        made.app.changed(before.snapshot, difference(before.snapshot, after.snapshot.text), after.snapshot)
    return after, await made.app.suggester.suggest(after)


def code_of(found: Offer | Silence) -> str:
    return found.code if isinstance(found, Silence) else f"offered {found.ghost.text!r}"


async def test_what_was_sent_away_is_not_offered_there_again(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            ask, found = await typed(made, None, HEAD + "‸\n")
            assert isinstance(found, Offer)
            made.app.suggester.sent_away(found.id)
            again = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert code_of(again) == "rejected"
            _, on = await typed(made, ask, HEAD + "w‸\n")
            assert isinstance(on, Offer), "who types on into it wants it after all"
            by_hand = await made.app.suggester.suggest(made.ask(HEAD + "‸\n", invoked=True))
            assert isinstance(by_hand, Offer), "who asks by hand gets it all the same"
            elsewhere = await made.app.suggester.suggest(made.ask("x = 1\n\n" + HEAD + "‸\n"))
            assert isinstance(elsewhere, Offer)


async def test_what_was_sent_away_does_not_come_back_for_a_blank(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            first = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            made.app.suggester.sent_away(first.id)
            assert code_of(await made.app.suggester.suggest(made.ask(HEAD + " ‸\n"))) == "rejected"
            typed = await made.app.suggester.suggest(made.ask(HEAD + "wi‸\n"))
            assert typed.ghost.text == "dth * height"


async def test_what_was_taken_and_deleted_again_is_not_offered_again(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            ask, found = await typed(made, None, HEAD + "‸\n")
            assert isinstance(found, Offer)
            accepted, _ = await typed(made, ask, HEAD + found.ghost.text + "‸\n")
            assert made.app.accepted(found.id, "full")
            gone, undone = await typed(made, accepted, HEAD + "‸\n")
            assert code_of(undone) == "undo"
            other, _ = await typed(made, gone, HEAD + "x‸\n")
            back, found = await typed(made, other, HEAD + "‸\n")
            assert code_of(found) in {"rejected", "undo"}, "not after something else was tried either"
            assert back


async def test_a_part_of_what_was_deleted_is_not_put_back_and_more_than_that_is(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            ask, found = await typed(made, None, HEAD + "‸\n")
            assert isinstance(found, Offer)
            whole, _ = await typed(made, ask, HEAD + "width * height‸\n")
            _, found = await typed(made, whole, HEAD + "width * he‸\n")
            assert code_of(found) == "undo"
            begun, _ = await typed(made, ask, HEAD + "wid‸\n")
            _, found = await typed(made, begun, HEAD + "w‸\n")
            assert code_of(found) == "offered 'idth * height'", "a slip was mended: nothing is undone"


async def test_with_an_entry_of_the_menu_the_suggestion_goes_on_from_it(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double, config="debounce_ms = 0\n") as made:
            ask = made.ask(HEAD + "wi‸\n")
            entry = Range(Position(1, 11), Position(1, 13))
            found = await made.app.suggester.suggest(replace(ask, selected=Selected(entry, "width")))
            assert isinstance(found, Offer)
            assert (found.ghost.text, found.ghost.range) == ("width * height", entry)
            assert "    return width\n</before>" in double.requests[0].json["messages"][-1]["content"]
            elsewhere = Range(Position(1, 4), Position(1, 10))
            found = await made.app.suggester.suggest(replace(ask, selected=Selected(elsewhere, "return")))
            assert code_of(found) == "menu"


async def test_who_asks_by_hand_gets_up_to_three_that_differ(bench):
    said = iter(["width * height", "height * width", "width  *  height", "never asked"])
    answers = lambda _: f"```\n    return {next(said)}\n```"  # noqa: E731 (a table of one line)
    with ModelDouble(behaviour("moonshot", answerer=answers)) as double:
        async with bench(double) as made:
            await made.app.endpoint.warm()
            ask = made.ask(HEAD + "‸\n", invoked=True)
            found = await made.app.suggester.several(ask)
            texts = [one.ghost.text for one in found]
            assert len(texts) == len(set(texts)) >= 2
            assert {"".join(text.split()) for text in texts} == {"width*height", "height*width"}
            assert len({one.id for one in found}) == len(found)
            assert all(made.app.accepted(one.id, "full") for one in found[1:])
            assert 2 <= len(double.requests) <= 3
            again = await made.app.suggester.several(ask)
            assert [one.ghost for one in again] == [one.ghost for one in found]
            assert 2 <= len(double.requests) <= 3, "asked again at once, nothing is sent"
            typed_on = await made.app.suggester.several(made.ask(HEAD + "‸\n"))
            assert len(typed_on) == 1, "one while typing"


@pytest.mark.parametrize(
    ("config", "marked", "name", "code"),
    [
        ('comments = "off"\n', HEAD + "1  # why‸\n", "a.py", "in_comment"),
        ('strings = "manual"\n', 'x = "some‸"\ny = 1\n', "a.py", "in_string"),
        ('prose = "manual"\n', "# About this\n\nIt was ‸\n", "a.md", "in_prose"),
    ],
)
async def test_scopes(bench, config, marked, name, code):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double, config=config) as made:
            assert code_of(await made.app.suggester.suggest(made.ask(marked, name))) == code
            assert not double.requests
            await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert len(double.requests) == 1
            await made.app.suggester.suggest(made.ask(marked, name, invoked=True))
            assert len(double.requests) == (1 if '"off"' in config else 2)


async def test_the_next_is_prepared_only_where_it_is_free_and_wanted(bench, monkeypatch):
    monkeypatch.setattr("caretwise.measure.outcome.VISIBLE_SECONDS", 0.01)
    lines = "```\n    total = width\n```", "```\n    total = width + 1\n```"
    with ModelDouble(behaviour("moonshot", answerer=lambda _: lines[len(double.requests) - 1])) as double:
        async with bench(double, config="prepare_next = true\n") as made:
            monkeypatch.setattr(type(made.app.outside.inline), "price", lambda _: {"input": 1.0})
            await made.app.suggester.suggest(made.ask("def f(width):\n    total = ‸\n"))
            await asyncio.sleep(0.1)
            assert len(double.requests) == 1, "a request costs money"
