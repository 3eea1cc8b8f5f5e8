"""How much is asked for, where it ends, and what becomes of the rest."""

from __future__ import annotations

import asyncio

import pytest
from tests.doubles import ModelDouble, Stepped
from tests.doubles.behaviours import behaviour

from caretwise.complete.draft import Place
from caretwise.complete.ghost import Ghost
from caretwise.complete.length import BLOCK, LINE, Extent, Length, length
from caretwise.complete.stream import enough, split, tail_head
from caretwise.engine.offer import Facts, Offer, Silence
from caretwise.engine.prepare import place_of
from caretwise.engine.take import take_all, what_follows
from caretwise.syntax.grammar import parse
from caretwise.text.language import by_path
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

HEAD = "def area(width, height):\n    return "
FUNCTION = Length(Extent.FUNCTION, 300)


def place(marked: str, *, multiline: bool = True) -> Place:
    prefix, _, suffix = marked.partition("‸")
    return Place(prefix, suffix, by_path("a.py"), multiline, "    ")


@pytest.mark.parametrize(
    ("name", "marked", "invoked", "extent"),
    [
        ("a.py", "def f(a):\n    ‸\n\n\nx = 1\n", False, Extent.FUNCTION),
        ("a.py", "def f(a):‸\n", False, Extent.FUNCTION),
        ("a.py", "def f(a):\n    b = a\n    ‸\n\n\nx = 1\n", False, Extent.BLOCK),
        ("a.py", "def f(a):\n    b = a\n    ‸\n\n\nx = 1\n", True, Extent.FUNCTION),
        ("a.py", "def f(a):\n    for b in a:‸\n", False, Extent.BLOCK),
        ("a.py", "def f(a):\n    for b in a:‸\n        print(b)\n", False, Extent.LINE),
        ("a.py", "def f(a):\n    return ‸\n", False, Extent.LINE),
        ("a.py", "def f(a):\n    # why\n    # be‸\n", True, Extent.LINE),
        ("a.py", 'def f(a):\n    """What\n\n    ‸\n    """\n', False, Extent.LINE),
        ("a.ts", "class A {\n  f(a: number) {\n    ‸\n  }\n}\n", False, Extent.FUNCTION),
        ("a.txt", "some text\n‸\n", True, Extent.LINE),
    ],
)
def test_extent(name, marked, invoked, extent):
    snapshot = Snapshot.of(marked.replace("‸", ""), uri=f"file:///p/{name}")
    at = snapshot.position(marked.index("‸"))
    language = by_path(name)
    found = length(snapshot, at, language, invoked=invoked, parsed=parse(snapshot, language, at))
    assert found.extent is extent


def test_a_block_ends_where_its_indentation_ends_and_the_rest_is_kept():
    here = place("def f(a):\n    if a:‸\n")
    text = "\n        return 1\n    return 2\n\n\nclass B:\n    pass"
    shown, tail = split(text, here, BLOCK)
    assert shown == "\n        return 1"
    assert tail == "\n    return 2\n\n\nclass B:\n    pass"
    assert tail_head(tail) == "\n    return 2"


def test_the_rest_of_a_function_goes_on_over_blank_lines_and_ends_with_the_function():
    here = place("def f(a):\n    ‸\n")
    text = "b = a\n\n\n    if b:\n        return 1\n    return 2\n\n\ndef g():\n    pass"
    assert split(text, here, FUNCTION)[0] == "b = a\n\n\n    if b:\n        return 1\n    return 2"
    assert split(text, here, BLOCK)[0] == "b = a"


def test_what_is_shown_does_not_depend_on_the_pieces_of_the_stream():
    here = place("def f(a):\n    ‸\n")
    text = "b = a\n    return b\n\n\ndef g():\n    pass\n"
    for size in range(1, len(text)):
        taken = next(
            text[:end] for end in range(size, len(text) + size, size) if enough(text[:end], here, "fim", BLOCK)
        )
        assert split(taken, here, BLOCK)[0].rstrip() == "b = a\n    return b"


def test_code_that_stands_below_already_ends_a_block():
    here = place("def f(a):\n    ‸\n    return combined(a)\n")
    assert split("a = 1\n    return combined(a)\n    b = 2", here, BLOCK)[0] == "a = 1"


async def test_what_was_written_beyond_is_there_when_the_first_part_is_taken(bench):
    answer = "```\n    return width * height\n\n\ndef next_one(depth):\n    return depth\n```"
    with ModelDouble(behaviour("moonshot", answerer=lambda _: answer)) as double:
        async with bench(double) as made:
            marked = "def area(width, height):\n    ‸\n\n\nx = 1\n"
            found = await made.app.suggester.suggest(made.ask(marked))
            assert isinstance(found, Offer)
            first = found.ghost.text
            assert first == "return width * height"
            await asyncio.sleep(0)
            taken = await made.app.suggester.suggest(made.ask(marked.replace("‸", first + "‸")))
            assert len(double.requests) == 1
            assert isinstance(taken, Offer | Silence)


async def test_nothing_is_asked_where_a_line_was_taken_whole_until_something_is_typed(bench):
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as made:
            found = await made.app.suggester.suggest(made.ask(HEAD + "‸\n"))
            assert isinstance(found, Offer)
            await asyncio.sleep(0)
            done = await made.app.suggester.suggest(made.ask(HEAD + found.ghost.text + "‸\n"))
            assert isinstance(done, Silence)
            assert len(double.requests) == 1
            await made.app.suggester.suggest(made.ask(HEAD + found.ghost.text + " ‸\n"))
            assert len(double.requests) == 2


async def test_the_first_lines_of_a_slow_answer_are_shown_and_the_others_follow(bench):
    pace = Stepped()
    answer = "```\n    first = 1\n    second = 2\n    third = 3\n```"
    marked = "def f(width):\n    ‸\n\n\nx = 1\n"
    with ModelDouble(behaviour("moonshot", answerer=lambda _: answer, pace=pace)) as double:
        async with bench(double) as made:
            asked = asyncio.create_task(made.app.suggester.suggest(made.ask(marked)))
            await asyncio.to_thread(double.wait_until, lambda one: one.requests)
            pace.allow(-(-answer.index("second") // 4))
            async with asyncio.timeout(5):
                found = await asked
            assert isinstance(found, Offer)
            assert found.ghost.text == "first = 1"
            pace.allow_all()
            async with asyncio.timeout(5):
                while made.app.suggester.running:
                    await asyncio.sleep(0.01)
            more = await made.app.suggester.suggest(made.ask(marked.replace("‸", "fi‸")))
            assert isinstance(more, Offer)
            assert more.ghost.text == "rst = 1\n    second = 2\n    third = 3"
            assert more.id == found.id
            assert len(double.requests) == 1


def test_a_line_is_a_line():
    assert split("a + b\nc", place("x = ‸", multiline=False), LINE) == ("a + b", "\nc")
    assert enough("a + b\n", place("x = ‸", multiline=False), "fim", LINE)
    assert not enough("\n\n", place("x = ‸", multiline=False), "fim", LINE)


@pytest.mark.parametrize(
    ("after", "at"),
    [("", 18), (")", 19), (" + 1)", None)],
)
async def test_what_was_written_further_down_is_offered_behind_closers_and_before_nothing_else(bench, after, at):
    raw = "    print(v, v * 2" + after + "\n    print(v)\n"
    async with bench() as made:
        ask = made.ask(f"for v in range(9):\n    print(v, v‸{after}\n\nlast = 1\n")
        answer, tail = take_all(ask, "", place_of(ask, multiline=False), "snippet", raw, Facts(), LINE)
        assert answer.ghost is not None
        assert answer.ghost.text == " * 2"
        following = what_follows(ask, answer, tail, ended=True)
        if at is None:
            assert following is None
        else:
            assert following is not None
            assert following.ghost == Ghost("\n    print(v)", Position(1, at))
