"""The machine's clock is set while a suggestion is on screen: no duration is made up, and nothing raises."""

import pytest

from caretwise.measure.fact import milliseconds
from caretwise.measure.outcome import Outcomes
from caretwise.measure.tracked import Change
from caretwise.text.edit import TextEdit, replacement
from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range


@pytest.mark.parametrize(
    ("earlier", "later", "between"),
    [(10.0, 10.25, 250.0), (10.0, 10.0, 0.0), (10.0, 9.0, None), (10.0, 10.0 + 40 * 86_400, None)],
)
def test_time_between_two_looks_at_the_clock(earlier, later, between):
    assert milliseconds(earlier, later) == between


URI = "file:///a.py"


def changed(outcomes: Outcomes, at: float, lines: Lines, place: Position, text: str) -> Lines:
    """One insertion, and the lines after it."""
    edit = TextEdit(Range(place, place), text)
    after = lines.replaced(*replacement(lines, edit.range, text))
    outcomes.changed(at, URI, [Change(edit, lines, after)])
    return after


@pytest.mark.parametrize("back", [0.5, 4.0, 3600.0])
def test_when_the_clock_is_set_back_nothing_is_due_in_the_past(back):
    outcomes, lines = Outcomes("Kakoune"), Lines(["def f():\n", "    \n"])
    outcomes.offered(5000.0, "s1", URI, "compute(total)", Position(1, 4))
    lines = changed(outcomes, 5000.2, lines, Position(1, 4), "compute")
    now = 5000.2 - back
    lines = changed(outcomes, now + 0.1, lines, Position(1, 11), "(total)")
    for _ in range(50):
        if (due := outcomes.due()) is None or due > now + 20:
            return
        now = max(now, due)
        outcomes.tick(now)
        assert outcomes.due() != due
    raise AssertionError("it goes on for ever")
