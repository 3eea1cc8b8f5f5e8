"""Insertions that come in an unusual form, and what the editor says about them; and what is over before a timer rang."""

from caretwise.measure.fact import Fact
from caretwise.measure.outcome import Outcomes
from caretwise.measure.schema import Kind
from caretwise.measure.tracked import Change
from caretwise.text.edit import TextEdit, replacement
from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range

URI = "file:///a.py"
GHOST = "compute(total)"


def edits(lines: Lines, *made: tuple[int, str]) -> tuple[Lines, list[Change]]:
    """Insertions into the second line, in order: column and text of each."""
    changes: list[Change] = []
    for column, text in made:
        place = Position(1, column)
        edit = TextEdit(Range(place, place), text)
        after = lines.replaced(*replacement(lines, edit.range, text))
        changes.append(Change(edit, lines, after))
        lines = after
    return lines, changes


def offered(editor: str) -> tuple[Outcomes, Lines]:
    """A suggestion on screen in an empty second line."""
    outcomes, lines = Outcomes(editor), Lines(["def f():\n", "    \n"])
    outcomes.offered(10.0, "s1", URI, GHOST, Position(1, 4))
    return outcomes, lines


def most(facts: list[Fact], kind: Kind) -> int:
    return max((fact.characters or 0 for fact in facts if fact.kind is kind), default=0)


def test_an_insertion_that_is_fed_as_keys_in_one_notification_is_accepted_by_the_editors_word():
    outcomes, lines = offered("Emacs")
    _, changes = edits(lines, *((4 + at, char) for at, char in enumerate(GHOST)))
    facts = outcomes.changed(11.0, URI, changes)
    facts += outcomes.accepted(11.1, "s1", "full")
    facts += outcomes.end(20.0)
    assert most(facts, Kind.ACCEPTED) == len(GHOST)
    assert most(facts, Kind.TYPED_THROUGH) == 0


def test_an_insertion_in_several_notifications_at_the_same_moment_is_one():
    outcomes, lines = offered("Neovim")
    outcomes.shown(10.1, "s1")
    facts: list[Fact] = []
    for column, text in ((4, "compu"), (9, "te(tot"), (15, "al)")):
        lines, changes = edits(lines, (column, text))
        facts += outcomes.changed(11.0, URI, changes)
    facts += outcomes.accepted(11.1, "s1", "full")
    facts += outcomes.end(400.0)
    assert most(facts, Kind.ACCEPTED) == len(GHOST)
    assert [fact.share for fact in facts if fact.kind is Kind.RETAINED and fact.after_s == 300] == [1.0]


def test_one_that_began_alike_is_not_accepted_by_the_beginning_of_the_others_insertion():
    outcomes, lines = offered("Kate")
    outcomes.offered(10.1, "s2", URI, "compare(total)", Position(1, 4))
    _, changes = edits(lines, (4, "comp"), (8, "are(total)"))
    facts = outcomes.changed(12.0, URI, changes)
    facts += outcomes.end(20.0)
    assert {fact.suggestion for fact in facts if fact.kind is Kind.ACCEPTED} == {"s2"}


def test_a_stale_item_is_all_of_what_was_inserted():
    outcomes, lines = offered("Neovim")
    lines, changes = edits(lines, (4, "c"))
    facts = outcomes.changed(11.0, URI, changes)
    _, changes = edits(lines, (4, GHOST))
    facts += outcomes.changed(11.1, URI, changes)
    facts += outcomes.accepted(11.1, "s1", "full")
    facts += outcomes.end(400.0)
    assert most(facts, Kind.ACCEPTED) == len(GHOST)
    assert [fact.share for fact in facts if fact.kind is Kind.RETAINED and fact.after_s == 300] == [1.0]


def test_what_stood_long_enough_was_shown_although_the_session_ends_before_a_timer_rang():
    for end in (lambda outcomes: outcomes.end(12.0), lambda outcomes: outcomes.closed(12.0, URI)):
        outcomes, _ = offered("Kate")
        assert [fact.evidence for fact in end(outcomes) if fact.kind is Kind.SHOWN] == ["timer"]
