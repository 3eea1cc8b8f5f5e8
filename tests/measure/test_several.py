"""Several candidates at one place: the editor may speak of one that does not fit any more."""

from caretwise.measure.outcome import Outcomes
from caretwise.measure.schema import Kind
from caretwise.measure.tracked import Change
from caretwise.text.edit import TextEdit, replacement
from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range

URI = "file:///a.py"


def test_one_that_is_shown_late_and_offered_again_does_not_end_the_counting():
    outcomes, lines = Outcomes("Emacs"), Lines(["def f():\n", "    \n"])
    outcomes.offered(10.0, "s1", URI, "compute(total)", Position(1, 4))
    outcomes.also(10.0, "s2", URI, "for item in total:", Position(1, 4), 0, 10.0)
    facts = []
    for at, column, text in ((11.0, 4, "compute"), (11.1, 11, "(total)")):
        place = Position(1, column)
        edit = TextEdit(Range(place, place), text)
        after = lines.replaced(*replacement(lines, edit.range, text))
        facts += outcomes.changed(at, URI, [Change(edit, lines, after)])
        facts += outcomes.shown(at, "s2")
        lines = after
    facts += outcomes.offered(11.2, "s2", URI, "", Position(1, 18))
    facts += outcomes.accepted(11.3, "s1", "full")
    facts += outcomes.end(20.0)
    assert max(fact.characters for fact in facts if fact.kind is Kind.ACCEPTED) == len("compute(total)")
