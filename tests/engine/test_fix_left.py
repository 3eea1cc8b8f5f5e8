"""What is left of an applied fix as time goes by, and what that means for the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from caretwise.adapters.journal_counting import count_events
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.fix_kept import Kept, offered
from caretwise.engine.offer import AskedAt, Facts
from caretwise.engine.record import Recorder
from caretwise.engine.screen import Screen
from caretwise.measure.event import Event, Kind
from caretwise.measure.tracked import Change, put_in
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.lines import Lines
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

URI = "file:///shop.rb"
TEXT = "class Shop\n  def total(items)\n    items.sum { |i| i.prise * 2 }\n  end\nend\n"


def edit(line: int, start: int, end: int, text: str, last: int | None = None) -> TextEdit:
    return TextEdit(Range(Position(line, start), Position(line if last is None else last, end)), text)


@dataclass
class Session:
    """One open document, a screen, and the fixes offered for it; the clock stands until it is put forward."""

    text: str = TEXT
    time: float = 5000.0
    poll = None
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asked = FixAsked(AskedAt(URI, "ruby", "invoked"))
        recorder = Recorder(self, b"k" * 32, self)
        self.now_is = Snapshot.of(self.text, uri=URI)
        self.screen = Screen(recorder, self)
        self.kept = Kept(recorder, self.now)
        self.screen.follows(self.kept, lambda: [self.now_is])

    def now(self) -> float:
        return self.time

    def record(self, event: Event) -> None:
        self.events.append(event)

    def offer(self, edits: Sequence[TextEdit], part: Sequence[TextEdit] | None = None) -> None:
        fix = offered(Facts(model="kimi"), self.asked, self.now_is, part or edits, "parses", [], edits)
        self.kept.add(f"{self.asked.id}-1", fix)

    def change(self, edits: Sequence[TextEdit]) -> None:
        for one in sorted(edits, key=lambda one: one.range.start, reverse=True):
            after = apply_edits(self.now_is, [one])
            self.screen.changed(URI, [Change(one, Lines(self.now_is.lines), Lines(after.lines))])
            self.now_is = after
        self.kept.changed(edits, self.now_is)

    def apply(self, edits: Sequence[TextEdit]) -> None:
        self.change(edits)
        assert self.kept.applied(f"{self.asked.id}-1")

    def wait(self, seconds: float) -> None:
        self.time += seconds
        self.screen.cleared(URI)

    def shares(self) -> dict[int | None, float | None]:
        return {one.after_s: one.share for one in self.events if one.kind is Kind.RETAINED}

    def kept_of_requests(self) -> tuple[int, int]:
        user = self.events[0].user
        asked = Event(at=1.0, kind=Kind.OPPORTUNITY, suggestion=self.asked.id, role="fix", model="kimi", user=user)
        (row,) = count_events([asked, *self.events]).rows
        assert row.requests is not None
        return row.requests.kept, row.requests.applied


NAME = [edit(2, 22, 27, "price")]


async def test_a_fix_that_stays_is_looked_at_four_times_and_kept():
    session = Session()
    session.offer(NAME)
    session.apply(NAME)
    session.change([edit(0, 0, 0, "# a shop\n")])
    session.wait(700)
    assert session.shares() == {30: 1.0, 120: 1.0, 300: 1.0, 600: 1.0}
    retained = [one for one in session.events if one.kind is Kind.RETAINED]
    assert {(one.role, one.suggestion, one.characters, one.model) for one in retained} == {
        ("fix", f"{session.asked.id}-1", 5, "kimi")
    }
    assert [one.at - 5000 for one in retained] == [30, 120, 300, 600]
    assert session.kept_of_requests() == (1, 1)


async def test_a_fix_that_is_written_over_is_not_kept_although_nothing_was_undone():
    session = Session()
    session.offer(NAME)
    session.apply(NAME)
    session.time += 60
    session.change([edit(2, 10, 31, "{ |i| i.cost }")])
    session.wait(700)
    assert session.shares() == {30: 1.0, 120: 0.0, 300: 0.0, 600: 0.0}
    assert not any(one.kind in {Kind.FIX_UNDONE, Kind.UNDONE} for one in session.events)
    assert session.kept_of_requests() == (0, 1)


async def test_a_fix_that_is_written_over_later_than_that_was_kept():
    session = Session()
    session.offer(NAME)
    session.apply(NAME)
    session.wait(310)
    session.change([edit(2, 10, 31, "{ |i| i.cost }")])
    session.wait(400)
    assert session.shares()[600] == 0.0
    assert session.kept_of_requests() == (1, 1)


async def test_a_fix_of_which_the_larger_part_stays_is_kept():
    edits = [edit(1, 0, 0, "  def count(items)\n    items.size\n  end\n\n", 1)]
    session = Session()
    session.offer(edits)
    session.apply(edits)
    session.change([edit(2, 10, 14, "length")])
    session.wait(700)
    assert session.shares()[300] == pytest.approx(8 / 9)
    assert session.kept_of_requests() == (1, 1)


async def test_the_word_of_the_editor_may_come_ahead_of_its_edits():
    session = Session()
    session.offer(NAME)
    assert session.kept.applied(f"{session.asked.id}-1")
    session.change(NAME)
    session.wait(700)
    assert session.shares()[300] == 1.0


async def test_an_import_above_counts_with_the_fix():
    part, above = [edit(2, 22, 27, "price")], edit(0, 0, 0, "require 'bigdecimal'\n")
    session = Session()
    session.offer([above, *part], part)
    session.apply([above, *part])
    session.change([edit(3, 22, 27, "cost")])
    session.wait(700)
    assert session.shares()[300] == pytest.approx(4 / 5)


Step = Callable[[Session], None]


@pytest.mark.parametrize(
    "step",
    [
        lambda session: session.screen.closed(URI),
        lambda session: session.screen.close(),
    ],
)
async def test_what_nobody_can_look_at_any_more_is_held_against_no_fix(step: Step):
    session = Session()
    session.offer(NAME)
    session.apply(NAME)
    session.time += 100
    step(session)
    assert session.shares() == {30: 1.0, 120: None, 300: None, 600: None}
    assert session.kept_of_requests() == (1, 1)


async def test_a_document_that_never_held_the_fix_and_one_that_only_takes_out_are_not_looked_at():
    for offer, change in ((NAME, [edit(2, 22, 27, "cost")]), ([edit(2, 29, 33, "")], [edit(2, 29, 33, "")])):
        session = Session()
        session.offer(offer)
        session.change(change)
        assert session.kept.applied(f"{session.asked.id}-1")
        for column in range(5):
            session.change([edit(0, column, column, "x")])
        session.wait(700)
        assert session.shares() == {}
        assert session.kept_of_requests() == (1, 1)


def test_where_edits_put_something_in():
    before = Snapshot.of(TEXT, uri=URI)
    edits = [
        edit(0, 0, 0, "require 'set'\n\n"),
        edit(1, 12, 17, "things"),
        edit(2, 0, 0, "    things.sum { |thing| thing.price }\n", 3),
        edit(4, 0, 3, "end # Shop"),
    ]
    after = apply_edits(before, edits)
    text = "".join(after.lines)
    offsets = [0]
    for line in after.lines:
        offsets.append(offsets[-1] + len(line))
    found = [
        text[offsets[one.start.line] + one.start.character : offsets[one.end.line] + one.end.character]
        for one in put_in(before.lines, edits)
    ]
    assert found == ["require 'set'\n\n", "thing", "things", "thing", "thing", "price", " # Shop"]


def test_of_a_large_edit_no_words_are_compared_while_the_editor_waits():
    before = Snapshot.of("".join(f"def f{n}(a):\n    return a + {n}\n" for n in range(100)), uri=URI)
    other = "".join(f"def g{n}(b):\n    return {n} * b\n" for n in range(100))
    (found,) = put_in(before.lines, [edit(0, 0, 0, other, 200)])
    assert found.start.line == 0
    assert found.end.line >= 198
