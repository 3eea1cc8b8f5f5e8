"""What was answered before, found again: typed on, deleted back, moved, bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.test_complete_cases import CASES, load
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.complete.ghost import Ghost, Spot, rest_after_typing
from caretwise.engine import answers as answers_module
from caretwise.engine.answers import MOST_BACK, Answer, Answers
from caretwise.engine.offer import Ask, Facts, Offer
from caretwise.engine.prepare import place_of
from caretwise.engine.take import take
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import by_path
from caretwise.text.snapshot import Snapshot

HEAD = "def area(width, height):\n"


def ask_at(marked: str, name: str = "a.py") -> Ask:
    """An ask at the `‸` in a text."""
    before = marked[: marked.index("‸")]
    language = by_path(name)
    snapshot = Snapshot.of(marked.replace("‸", ""), uri=f"file:///p/{name}", language_id=language.id)
    return Ask(snapshot, snapshot.position(len(before)), language, name)


def answer_at(marked: str, ghost: str | None, *, name: str = "a.py", model: str = "one", number: int = 0) -> Answer:
    ask = ask_at(marked, name)
    made = Ghost(ghost, ask.position) if ghost is not None else None
    return Answer(f"id{number}", Spot.of(ask.snapshot, ask.position), model, made, multiline=True, facts=Facts())


def kept(*given_: Answer) -> Answers:
    answers = Answers()
    for answer in given_:
        answers.add(answer)
    return answers


def text(answers: Answers, marked: str, *, name: str = "a.py", model: str = "one") -> str | None:
    """The ghost that is found; "" for a known silence, None for nothing."""
    found = answers.find(ask_at(marked, name), model)
    if found is None:
        return None
    return found[1].ghost.text if found[1] is not None else ""


def test_one_answer_serves_the_line_before_and_behind_it():
    answers = kept(answer_at(HEAD + "    return foo(w‸\n", "idth)"))
    assert text(answers, HEAD + "    return foo(w‸\n") == "idth)"
    assert text(answers, HEAD + "    return foo(wid‸\n") == "th)"
    assert text(answers, HEAD + "    return foo(‸\n") == "width)"
    assert text(answers, HEAD + "    return f‸\n") == "oo(width)"
    assert text(answers, HEAD + "    return foo(x‸\n") is None
    assert text(answers, HEAD + "    return foo(width)‸\n") is None
    assert text(answers, HEAD + "    ‸\n") is None, "an empty line is a new beginning"


def test_two_flights_on_a_line_serve_it_together():
    first = answer_at(HEAD + "    return ‸\n", "width * height", number=1)
    other = answer_at(HEAD + "    return x‸\n", " + 1", number=2)
    answers = kept(first, other)
    assert text(answers, HEAD + "    return w‸\n") == "idth * height"
    assert text(answers, HEAD + "    return x ‸\n") == "+ 1"
    assert text(answers, HEAD + "    return ‸\n") == "width * height", "what was asked for here goes before"
    assert text(answers, HEAD + "    retur‸\n") == "n x + 1", "the newest"


def test_a_deletion_reaches_so_far_and_no_further():
    line = "x" * 10 + "y" * MOST_BACK
    answers = kept(answer_at(line + "‸\n", "z"))
    assert text(answers, "x" * 10 + "‸\n") == "y" * MOST_BACK + "z"
    assert text(answers, "x" * 9 + "‸\n") is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"model": "other"},
        {"name": "b.py"},
        {"marked": "def volume(width, height):\n    foo(‸\n    end\n"},
        {"marked": HEAD + "    foo(‸\n    start\n"},
        {"marked": HEAD + "    foo(‸) + 1\n    end\n"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_another_model_another_document_other_surroundings(elsewhere):
    answers = kept(answer_at(HEAD + "    foo(w‸\n    end\n", "idth)"))
    assert text(answers, HEAD + "    foo(‸\n    end\n") == "width)"
    assert text(answers, **{"marked": HEAD + "    foo(‸\n    end\n", **elsewhere}) is None


def test_lines_that_come_or_go_far_above_change_nothing():
    body = "".join(f"line_{n} = {n}\n" for n in range(20)) + "total = foo(w{}‸\nend\n"
    answers = kept(answer_at("\n" * 5 + body.format(""), "idth)"))
    assert text(answers, "import os\n" * 9 + body.format("id")) == "th)"
    assert text(answers, body.format("")) == "idth)"


def test_several_lines_are_typed_out():
    answers = kept(answer_at(HEAD + "    ‸\n\nend\n", "if width:\n        return height\n    return 0"))
    assert text(answers, HEAD + "    if width:\n        ret‸\n\nend\n") == "urn height\n    return 0"
    assert text(answers, HEAD + "    if width:\n        return height\n    return‸\n\nend\n") == " 0"
    assert text(answers, HEAD + "    if height:\n        ret‸\n\nend\n") is None


def test_a_known_silence_holds_at_its_place_only_and_gives_way_to_a_ghost():
    answers = kept(answer_at("foo(‸\n", None))
    assert text(answers, "foo(‸\n") == ""
    assert text(answers, "foo(w‸\n") is None
    assert text(answers, "fo‸\n") is None
    answers.add(answer_at("foo(w‸\n", "idth)"))
    assert text(answers, "foo(‸\n") == "width)"


def test_the_number_of_answers_is_bounded_and_the_one_used_longest_ago_goes(monkeypatch):
    monkeypatch.setattr(answers_module, "MOST_ANSWERS", 3)
    answers = kept(*(answer_at(f"name{n} = ‸\n", "value") for n in range(3)))
    assert text(answers, "name0 = ‸\n") == "value"
    answers.add(answer_at("name3 = ‸\n", "value"))
    assert len(answers) == 3
    assert [text(answers, f"name{n} = ‸\n") for n in range(4)] == ["value", None, "value", "value"]


def test_the_characters_are_bounded_but_the_answer_on_screen_stays(monkeypatch):
    monkeypatch.setattr(answers_module, "MOST_CHARACTERS", 1_000)
    answers = Answers()
    for n in range(50):
        answers.add(answer_at(f"above {n}\nname = ‸\nbelow\n", "v" * 60))
        assert answers._characters == sum(answers._used.values()) <= 1_000
    assert 5 < len(answers) < 15
    answers.add(answer_at("#" * 5_000 + "‸\n", "value"))
    assert len(answers) == 1
    assert text(answers, "#" * 5_000 + "v‸\n") == "alue"
    answers.add(answer_at("a‸\n", "b"))
    assert answers._characters < 10


def test_a_closed_document_leaves_nothing():
    answers = kept(answer_at("foo(‸\n", "x"), answer_at("foo(‸\n", None, name="b.py"), answer_at("bar(‸\n", "x"))
    answers.forget("file:///p/a.py")
    assert len(answers) == len(answers._trees) == 1
    answers.forget("file:///p/b.py")
    assert (len(answers), len(answers._trees), answers._characters) == (0, 0, 0)


LINES = st.text("ab(\n", max_size=5)


@given(st.lists(st.tuples(LINES, LINES, st.text("ab(\n", min_size=1, max_size=6)), max_size=8), LINES, LINES)
def test_typing_on_finds_what_a_plain_list_would(given_, before, after):
    """The reference looks through all answers, the newest first; only the last one for the same text counts."""
    made = {}
    for number, (left, right, ghost) in enumerate(given_):
        answer = answer_at(left + "‸" + right + "\nend\n", ghost, number=number)
        key = (answer.spot.above, answer.spot.before, answer.spot.below)
        made.pop(key, None)
        made[key] = answer
    ask = ask_at(before + "‸" + after + "\nend\n")
    expected = [
        rest
        for answer in reversed(made.values())
        if (rest := rest_after_typing(answer.ghost, answer.spot, ask.snapshot, ask.position)) is not None
    ]
    found = kept(*made.values()).find(ask, "one")
    if expected:
        assert found is not None
        assert found[1] == expected[0]
    elif found is not None:  # deleted back: what was deleted, then the ghost, is what stood there with its ghost
        answer, rest = found
        assert rest is not None
        assert answer.ghost is not None
        assert ask.snapshot.before(ask.position) + rest.ghost.text == answer.spot.before + answer.ghost.text


def completed(snapshot: Snapshot, ghost: Ghost) -> str:
    return apply_edits(snapshot, [TextEdit(ghost.range, ghost.text)]).text


def test_deleting_back_from_any_golden_case_leads_to_the_same_document():
    tried = 0
    for path in CASES:
        case = load(path)
        asked = ask_at(case.prefix + "‸" + case.suffix, case.name)
        place = place_of(asked, multiline=case.setting("multiline", "true") == "true")
        answer = take(asked, "one", place, case.style or "snippet", case.answer or "", Facts())
        before, offset = asked.snapshot.before(asked.position), asked.snapshot.offset(asked.position)
        if answer.ghost is None:
            continue
        for deleted in range(1, min(len(before), MOST_BACK) + 1):
            if not before[:-deleted].strip():
                break
            whole = asked.snapshot.text
            later = ask_at(whole[: offset - deleted] + "‸" + whole[offset:], case.name)
            found = kept(answer).find(later, "one")
            assert found is not None
            assert found[1] is not None
            assert completed(later.snapshot, found[1].ghost) == completed(asked.snapshot, answer.ghost), path
            tried += 1
    assert tried > 500


async def test_deleting_back_asks_nobody_and_is_the_same_suggestion(bench):
    answer = "```python\n    return foo(width)\n```"
    with ModelDouble(behaviour("moonshot", answerer=lambda _: answer)) as double:
        async with bench(double) as made:
            suggest = made.app.suggester.suggest
            first = await suggest(made.ask(HEAD + "    return foo(wi‸\n"))
            assert isinstance(first, Offer)
            assert first.ghost.text == "dth)"
            back = await suggest(made.ask(HEAD + "    return foo(‸\n"))
            on = await suggest(made.ask(HEAD + "    return foo(wid‸\n"))
            assert isinstance(back, Offer)
            assert isinstance(on, Offer)
            assert (back.ghost.text, on.ghost.text) == ("width)", "th)")
            assert {first.id} == {back.id, on.id}
            assert (back.facts.origin, on.facts.origin) == ("typed", "typed")
            assert len(double.requests) == 1
