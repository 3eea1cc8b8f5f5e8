"""A fix belongs to the arm that it was asked of, to its end."""

from __future__ import annotations

from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.fix_kept import Kept, offered
from caretwise.engine.offer import AskedAt, Facts
from caretwise.engine.record import Recorder
from caretwise.measure.arm import BLOCK_SECONDS, Experiment
from caretwise.measure.event import Kind
from caretwise.repair.finding import Finding
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

URI = "file:///a.py"
ARMS = Experiment("who-fixes", "fix", {"kimi": 0.5, "qwen": 0.5})
TEXT = "def area(width, height):\n    return width * heigth\n"
SPAN = Range(Position(1, 19), Position(1, 25))


class Written:
    def __init__(self):
        self.events = []

    def record(self, event):
        self.events.append(event)


class Clock:
    poll = None
    time = BLOCK_SECONDS * 1000.0 - 0.5

    def now(self):
        return self.time


def test_what_happens_in_the_next_ten_minutes_is_told_of_the_block_in_which_it_was_asked_for():
    for number in range(8):  # the arm drawn next is the other one in half of the cases
        journal, clock = Written(), Clock()
        recorder = Recorder(journal, bytes([number]) * 32, clock)
        assignment = recorder.assign(ARMS, URI)
        asked = FixAsked(AskedAt(URI, "python", "invoked", assignment, asked_at=clock.now()))
        facts, name = Facts(model=assignment.arm, origin="network"), asked.new_id()
        before = Snapshot.of(TEXT, uri=URI)
        edits = [TextEdit(SPAN, "height")]
        kept = Kept(recorder, clock.now)
        kept.add(name, offered(facts, asked, before, edits, "verified", [Finding(SPAN, "Undefined name")]))
        clock.time += 2
        recorder.of_fix(Kind.FIX_OFFERED, name, facts, asked)
        after = apply_edits(before, edits)
        assert kept.applied(name)
        kept.changed([], after)
        kept.changed([], before)
        assert [one.kind.value for one in journal.events] == ["fix_offered", "fix_applied", "fix_gone", "fix_undone"]
        assert {(one.arm, one.experiment, one.propensity, one.block) for one in journal.events} == {
            (assignment.arm, "who-fixes", 0.5, assignment.block)
        }
        assert [one.offer_ms for one in journal.events] == [2000.0, None, None, None]


def test_what_comes_of_a_request_begins_with_its_identifier():
    asked = FixAsked(AskedAt(URI))
    names = [asked.new_id() for _ in range(9)]
    assert len({*names}) == 9
    assert {name.partition("-")[0] for name in names} == {asked.id}
