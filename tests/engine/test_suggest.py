"""The walk of a keystroke, with real HTTP on loopback: joining, contradiction, limits, memory, trouble."""

from __future__ import annotations

import asyncio

import pytest
from tests.doubles import ModelDouble, Stepped
from tests.doubles.behaviours import behaviour

from caretwise.adapters import cache
from caretwise.adapters.journal import read_events
from caretwise.adapters.settings import state_folder
from caretwise.engine.offer import Offer, Silence
from caretwise.engine.pending import IDLE_SECONDS, MOST_FLIGHTS
from caretwise.engine.requests import Requests
from caretwise.engine.trace import Trace
from caretwise.measure.event import Kind
from caretwise.models.failure import Failure, FailureKind
from caretwise.text.edit import difference

HEAD = "def area(width, height):\n    return "


async def until(condition, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def text_of(found: Offer | Silence) -> str:
    assert isinstance(found, Offer), found
    return found.ghost.text


async def test_a_second_request_joins_the_running_stream(bench):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with bench(double) as made:
            first = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await until(lambda: double.requests)
            trace = Trace()
            second = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "wi‸\n"), trace))
            await until(lambda: "joined the answer under way" in trace.notes)
            pace.allow_all()
            assert text_of(await first) == "width * height"
            assert text_of(await second) == "dth * height"
            assert len(double.requests) == 1


async def test_of_many_that_wait_for_a_stream_the_newest_is_answered_first(bench):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with bench(double) as made:
            order = list[int]()
            tasks = list[asyncio.Task[Offer | Silence]]()
            for count in range(3):
                trace = Trace()
                asked = made.app.suggester.suggest(made.ask(f"{HEAD}{'width'[:count]}‸\n"), trace)
                tasks.append(asyncio.create_task(asked))
                tasks[-1].add_done_callback(lambda _, count=count: order.append(count))
                if count:
                    await until(lambda trace=trace: "joined the answer under way" in trace.notes)
                else:
                    await until(lambda: double.requests)
            pace.allow_all()
            assert text_of(await tasks[-1]) == "dth * height"
            await asyncio.gather(*tasks)
            assert order[0] == 2


async def test_a_contradicted_stream_is_closed_and_a_new_one_started(bench):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with bench(double) as made:
            first = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await until(lambda: double.requests)
            other = asyncio.create_task(made.app.suggester.suggest(made.ask("x = 1\n" + HEAD + "‸\n")))
            await until(lambda: len(double.requests) == 2)
            await until(lambda: double.hang_ups)
            pace.allow_all()
            assert text_of(await other) == "width * height"
            first.cancel()


async def test_a_stream_that_is_left_before_its_first_text_is_ended_after_it(bench):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with bench(double) as made:
            task = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await until(lambda: double.requests)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert made.app.suggester.running == 1, "the model may have to be loaded first"
            [flight] = made.app.suggester._model._flights._flights.values()
            pace.allow(3)
            await until(lambda: flight.text)
            await until(lambda: double.hang_ups, IDLE_SECONDS + 3)
            assert made.app.suggester.running == 0


async def test_a_stream_that_nobody_waits_for_is_ended(bench):
    with ModelDouble(behaviour("endless")) as double:
        async with bench(double) as made:
            task = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await until(lambda: double.requests)
            task.cancel()
            await until(lambda: double.hang_ups, IDLE_SECONDS + 5)


async def test_never_more_streams_than_allowed(bench):
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with bench(double) as made:
            tasks = []
            for number in range(MOST_FLIGHTS + 2):
                ask = made.ask(HEAD + "‸\n", f"f{number}.py")
                tasks.append(asyncio.create_task(made.app.suggester.suggest(ask)))
                await until(lambda count=number + 1: len(double.requests) == count)
                assert made.app.suggester.running <= MOST_FLIGHTS
            pace.allow_all()
            assert text_of(await tasks[-1]) == "width * height"
            for task in tasks:
                task.cancel()


async def test_only_the_newest_request_of_a_document_asks(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double, config="debounce_ms = 100\n") as made:
            asks = [made.ask(f"{HEAD}{'w' * n}‸\n") for n in range(5)]
            found = await asyncio.gather(*(made.app.suggester.suggest(ask) for ask in asks))
            assert len(double.requests) <= 1
            assert [one.code for one in found[:4] if isinstance(one, Silence)] == ["superseded"] * 4


async def test_the_disk_answers_the_same_question_without_the_network(bench, monkeypatch):
    monkeypatch.setattr(cache, "GET_SECONDS", 20.0)  # a busy machine's disk is waited for
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            assert text_of(await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))) == "width * height"
        async with bench(double) as made:
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert text_of(found) == "width * height"
            assert found.facts.origin == "disk"
        assert len(double.requests) == 1


async def test_another_model_does_not_get_the_first_ones_answer(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
        async with bench(double, CARETWISE_MODEL="kimi-k2.5") as made:
            await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
        assert [request.json["model"] for request in double.requests] == ["kimi-k2.6", "kimi-k2.5"]


async def test_a_deletion_brings_the_earlier_suggestion_back(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            first = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert text_of(await made.app.suggester.suggest(made.ask(HEAD + "wid‸\n"))) == "th * height"
            assert text_of(await made.app.suggester.suggest(made.ask(HEAD + "w‸\n"))) == "idth * height"
            again = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert text_of(again) == text_of(first)
            assert len(double.requests) == 1


async def test_an_auto_closed_bracket_does_not_break_typing_through(bench):
    answers = {"call(": "```python\n    call(width, height)\n```"}
    with ModelDouble(behaviour("moonshot", answerer=lambda _: answers["call("])) as double:
        async with bench(double) as made:
            assert (
                text_of(await made.app.suggester.suggest(made.ask("def f(width, height):\n    ‸\n", invoked=True)))
                == "call(width, height)"
            )
            found = await made.app.suggester.suggest(made.ask("def f(width, height):\n    call(‸)\n"))
            assert (text_of(found), found.ghost.replaces) in {("width, height", 0), ("width, height)", 1)}
            assert len(double.requests) == 1


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ('languages_off = ["python"]\n', "language_off"),
        ("automatic = false\n", "manual_only"),
        ('ignore = ["*.py"]\n', "denied"),
    ],
)
async def test_silence_by_choice(bench, config, code):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double, config=config) as made:
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert isinstance(found, Silence)
            assert found.code == code
            assert not double.requests


async def test_no_request_in_the_middle_of_a_line_unless_invoked(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            found = await made.app.suggester.suggest(made.ask("def area(width, height):\n    return ‸width\n"))
            assert isinstance(found, Silence)
            assert found.code == "middle_of_line"
            await made.app.suggester.suggest(made.ask("def area(width, height):\n    return ‸width\n", invoked=True))
            assert len(double.requests) == 1


async def test_after_three_failures_a_model_is_left_alone(bench):
    with ModelDouble(behaviour("500")) as double:
        async with bench(double, config="debounce_ms = 0\n") as made:
            for number in range(12):
                await made.app.suggester.suggest(made.ask(HEAD + "w" * number + "‸\n"))
            assert len(double.requests) == 3
            assert len(made.said) == 1
            assert made.statuses[-1] == "warning"


async def test_every_outcome_is_in_the_journal_once(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert isinstance(found, Offer)
            assert made.app.accepted(found.id, "full")
            assert made.app.accepted(found.id, "full")
            assert not made.app.accepted("unknown", "full")
            await made.app.settle()
            events = list(read_events(state_folder(made.environ)))
    assert [event.kind for event in events] == [Kind.ASKED, Kind.RETURNED, Kind.OPPORTUNITY, Kind.SHOWN, Kind.ACCEPTED]
    returned = events[1]
    assert returned.model == "kimi-k2.6"
    assert returned.thinking is False
    assert returned.prompt_tokens is None  # the stream was closed when enough was written: unknown, not 0
    assert returned.first_token_ms is not None
    assert returned.host.startswith("127.0.0.1:")


async def test_an_answer_that_repeats_a_mask_is_no_suggestion(bench):
    key = "ghp_" + "a1B2" * 9
    masked = "\u2588" * len(key)
    with ModelDouble(behaviour("moonshot", answerer=lambda _: f'```python\nOTHER = "{masked}"\n```')) as double:
        async with bench(double) as made:
            found = await made.app.suggester.suggest(made.ask(f'KEY = "{key}"\nOTHER = ‸\n'))
            assert isinstance(found, Silence)
            assert double.requests


async def test_edits_of_a_denied_file_are_shown_to_nobody(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            before, after = made.ask("A=1\n‸" * 3, ".env").snapshot, made.ask("A=1\nTOKEN=hidden\n‸", ".env").snapshot
            made.app.changed(before, difference(before, after.text)[:1], after)
            other = made.ask("x = 1\n‸", "b.py").snapshot
            later = made.ask("x = 12\n‸", "b.py").snapshot
            made.app.changed(other, difference(other, later.text), later)
            await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
        assert "hidden" not in double.requests[0].body.decode()


async def test_what_was_typed_over_before_it_could_be_seen_was_not_shown(bench, monkeypatch):
    monkeypatch.setattr("caretwise.measure.outcome.VISIBLE_SECONDS", 0.05)
    pace = Stepped()
    with ModelDouble(behaviour("moonshot", pace=pace)) as double:
        async with bench(double, config="debounce_ms = 0\n") as made:
            pace.allow_all()
            assert isinstance(await made.app.suggester.suggest(made.ask(HEAD + "‸\n")), Offer)
            over = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "zzz‸\n")))
            await asyncio.sleep(0)
            over.cancel()
            await asyncio.sleep(0.1)
            await made.app.settle()
            events = list(read_events(state_folder(made.environ)))
    assert Kind.SHOWN not in [event.kind for event in events]


async def test_an_answer_that_is_cut_where_it_is_enough_has_no_half_line(bench):
    pace = Stepped()
    answer = "```python\n    return width * height\n```"
    with ModelDouble(behaviour("moonshot", answerer=lambda _: answer, pace=pace)) as double:
        async with bench(double) as made:
            asked = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await until(lambda: double.requests)
            pieces = len(answer[: answer.rindex("```") + 1]) // 4 + 1
            pace.allow(pieces)
            assert text_of(await asked) == "width * height"


async def test_whoever_waits_for_a_stream_that_is_ended_is_told_at_once(bench):
    with ModelDouble(behaviour("hang")) as double:
        async with bench(double) as made:
            asked = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await until(lambda: double.requests)
            made.app.suggester.close()
            async with asyncio.timeout(3):
                found = await asked
            assert isinstance(found, Silence)
            assert found.code == "ended"


async def test_typing_something_else_still_ends_in_a_suggestion_for_what_was_typed(bench):
    pace = Stepped()
    answers = iter(["```python\n    return width * height\n```", "```python\n    return height\n```"])
    with ModelDouble(behaviour("moonshot", answerer=lambda _: next(answers), pace=pace)) as double:
        async with bench(double) as made:
            first = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "‸\n")))
            await until(lambda: double.requests)
            second = asyncio.create_task(made.app.suggester.suggest(made.ask(HEAD + "h‸\n")))
            await asyncio.sleep(0)
            pace.allow_all()
            await first
            assert text_of(await second) == "eight"
            assert len(double.requests) == 2


async def test_asking_by_hand_goes_past_a_remembered_silence(bench):
    answers = iter(["", "```python\n    return width * height\n```"])
    with ModelDouble(behaviour("moonshot", answerer=lambda _: next(answers))) as double:
        async with bench(double) as made:
            assert isinstance(await made.app.suggester.suggest(made.ask(HEAD + "‸\n")), Silence)
            assert isinstance(await made.app.suggester.suggest(made.ask(HEAD + "‸\n")), Silence)
            assert len(double.requests) == 1
            assert text_of(await made.app.suggester.suggest(made.ask(HEAD + "‸\n", invoked=True))) == "width * height"


async def test_the_probe_after_a_pause_is_not_spent_on_a_request_that_is_superseded(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double, config="debounce_ms = 30\n") as made:
            breaker, profile = made.app.outside.breaker, made.app.outside.inline
            clock = [100.0]
            breaker._clock = lambda: clock[0]
            for _ in range(3):
                breaker.failed(profile, Failure(FailureKind.SERVER_ERROR, "gone"))
            assert breaker.blocked(profile.name, invoked=False)
            clock[0] += 6
            asks = [made.ask(HEAD + "‸\n"), made.ask(HEAD + "w‸\n")]
            found = await asyncio.gather(*(made.app.suggester.suggest(ask) for ask in asks))
            assert text_of(found[1]) == "idth * height"


async def test_a_part_and_then_the_rest_is_one_acceptance_of_the_whole(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            first = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert made.app.screen.accepted_units(first.id, len("width * "))
            rest = await made.app.suggester.suggest(made.ask(HEAD + "width * ‸\n"))
            assert (rest.id, text_of(rest)) == (first.id, "height")
            assert made.app.accepted(rest.id, "full")
            report = await made.app.report()
    row = next(row for row in report.rows if row.role == "inline")
    assert (row.shown, row.accepted, row.accepted_full, row.accepted_characters) == (1, 1, 1, len("width * height"))


async def test_a_text_that_takes_a_grammar_too_long_is_not_parsed_at_the_next_key(bench):
    arrows = "x=>" * 1_000  # half a second in tree-sitter-java 0.23.5
    async with bench() as made:
        requests = Requests(made.app.outside)
        first = requests.parsed(made.ask(f"{arrows}‸\n", "A.java"))
        second = requests.parsed(made.ask(f"{arrows}y‸\n", "A.java"))
        other = requests.parsed(made.ask("class B {‸}\n", "B.java"))
    assert first is not None
    assert second is None
    assert other is not None


def waits(trace: Trace) -> str:
    """What the story of a request says of how long typing was let rest."""
    (told,) = [note for note in trace.notes if "counted on" in note]
    return told


async def test_a_model_that_has_nothing_to_say_while_typing_goes_on_is_waited_for_less_often(bench):
    with ModelDouble(behaviour("moonshot", answerer=lambda _: "")) as double:
        async with bench(double) as made:
            told = []
            for typed in ("w", "wi", "wid"):
                trace = Trace()
                found = await made.app.suggester.suggest(made.ask(f"{HEAD}{typed}‸\n"), trace)
                assert isinstance(found, Silence)
                told.append(waits(trace).partition(" are counted")[0].rpartition(" ")[2])
            assert told == ["100%", "50%", "25%"]
            # A new line is no contradiction: there was nothing more to say in the one above.
            trace = Trace()
            await made.app.suggester.suggest(made.ask(f"{HEAD}wid\n    ‸\n"), trace)
            assert "25%" in waits(trace)
