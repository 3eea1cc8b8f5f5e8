"""A suggestion as a case: replayable, without secrets, without paths."""

from __future__ import annotations

from tests.cases.test_complete_cases import place_of, run
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.engine.capture import captured
from caretwise.engine.explain import explain
from caretwise.text.case import read

KEY = "ghp_" + "a1B2" * 9
DOCUMENT = f'TOKEN = "{KEY}"\n\n\ndef area(width, height):\n    return ‸\n\n\nMARK = "⟦x⟧"\n'


async def test_a_case_gives_the_same_ghost_and_holds_no_secret(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            ask = made.ask(DOCUMENT, "deep/folder/a.py")
            found = await made.app.suggester.suggest(ask)
            assert made.app.suggester.last_answered is not None
            text = captured(*made.app.suggester.last_answered)
            case = read(text)
            assert KEY not in text
            assert "folder" not in text
            assert case.ghost_text == found.ghost.text == "width * height"
            draft = run(case, place_of(case)).draft
            assert draft is not None
            assert draft.text == found.ghost.text


async def test_what_was_dropped_can_be_captured_too(bench):
    with ModelDouble(behaviour("moonshot", answerer=lambda _: "I cannot help with that.")) as double:
        async with bench(double) as made:
            await made.app.suggester.suggest(made.ask(DOCUMENT))
            assert made.app.suggester.last_answered is not None
            case = read(captured(*made.app.suggester.last_answered))
            assert case.answer == "I cannot help with that."
            assert case.ghost_text is None or case.ghost_text == case.answer


async def test_the_story_tells_why_it_waited_and_what_was_asked_for(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            await made.app.suggester.suggest(made.ask(DOCUMENT))
            assert made.app.suggester.last is not None
            story = explain(*made.app.suggester.last)
            assert "waited 0 ms" in story
            assert "the rest of the line" in story
            assert "Prompt, as sent (secrets masked)" in story
            assert KEY not in story
