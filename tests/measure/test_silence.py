"""An editor that has spoken of its insertions, and then inserts without a word."""

from __future__ import annotations

import pytest
from tests.measure.replay import Replay, Session, found_in

from caretwise.text.position import PositionEncoding

Steps = list[tuple[float, str, list[str]]]
COMMAND: Steps = [
    (0.0, "open", ["a", "text", r'"\n\n\n\n\n"']),
    (0.1, "offer", ["s0", "a", "0:0", '"one = 1 + 1"']),
    (1.0, "change", ["a", "0:0-0:0", '"one = 1 + 1"']),
    (1.1, "accept", ["s0", "full"]),
]


def inserted(at: float, number: int, text: str, *more: tuple[float, str, list[str]]) -> Steps:
    """Suggestion `number` is offered in the line of its number and stands there two seconds later."""
    offer = (at, "offer", [f"s{number}", "a", f"{number}:0", f'"{text}"'])
    return [offer, (at + 2, "change", ["a", f"{number}:0-{number}:0", f'"{text}"']), *more]


def accepted(*steps: tuple[float, str, list[str]], editor: str = "an editor") -> dict[str, int]:
    session = Session("", editor, PositionEncoding.UTF32, [*steps, (2000.0, "end", [])], {}, {})
    return {name: one.accepted for name, one in sorted(found_in(Replay(session).run()).items())}


def test_one_insertion_without_a_word_is_another_s_and_is_noted_once_as_not_taken():
    steps = [*COMMAND, *inserted(10, 1, "two = 2 + 2")]
    assert accepted(*steps) == {"s0": 11, "s1": 0}
    session = Session("", "an editor", PositionEncoding.UTF32, [*steps, (2000.0, "end", [])], {}, {})
    of_it = [fact.kind.value for fact in Replay(session).run() if fact.suggestion == "s1"]
    assert of_it == ["shown", "superseded"]


def test_two_in_turn_are_the_editor_s_habit_and_so_are_all_that_follow():
    steps = [*COMMAND, *inserted(10, 1, "two = 2 + 2"), *inserted(20, 2, "x = 3"), *inserted(900, 3, "y = 4 + x")]
    assert accepted(*steps) == {"s0": 11, "s1": 11, "s2": 5, "s3": 9}


def test_the_first_is_given_up_when_the_second_comes_too_late_to_look_at_it():
    steps = [*COMMAND, *inserted(10, 1, "two = 2 + 2"), *inserted(90, 2, "x = 3"), *inserted(200, 3, "y = 4 + x")]
    assert accepted(*steps) == {"s0": 11, "s1": 0, "s2": 5, "s3": 9}


def test_a_word_of_the_editor_s_says_that_it_speaks():
    second = inserted(20, 2, "x = 3", (22.1, "accept", ["s2", "full"]))
    steps = [*COMMAND, *inserted(10, 1, "two = 2 + 2"), *second, *inserted(30, 3, "y = 4 + x")]
    assert accepted(*steps) == {"s0": 11, "s1": 0, "s2": 5, "s3": 0}


def test_a_word_that_comes_late_is_of_the_insertion_that_waits():
    late = (15.0, "accept", ["s1", "full"])
    assert accepted(*COMMAND, *inserted(10, 1, "two = 2 + 2", late)) == {"s0": 11, "s1": 11}


def test_what_a_menu_puts_in_says_nothing():
    steps = [*COMMAND, *inserted(10, 1, "append("), *inserted(20, 2, "extend"), *inserted(30, 3, "y = 4 + x")]
    assert accepted(*steps) == {"s0": 11, "s1": 0, "s2": 0, "s3": 0}


def test_a_plugin_of_ours_never_falls_silent():
    shown = (0.2, "shown", ["s0"])
    steps = [*COMMAND[:2], shown, *COMMAND[2:], *inserted(10, 1, "two = 2 + 2"), *inserted(20, 2, "x = 3 + two")]
    assert accepted(*steps, editor="Neovim") == {"s0": 11, "s1": 0, "s2": 0}


@pytest.mark.parametrize("last", [(13.5, "close", ["a"]), (13.5, "end", [])])
def test_what_waits_when_a_document_or_the_session_ends_is_not_ours(last: tuple[float, str, list[str]]):
    assert accepted(*COMMAND, *inserted(10, 1, "two = 2 + 2"), last) == {"s0": 11, "s1": 0}
