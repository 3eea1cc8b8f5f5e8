"""What the journal learns of a fix after it was offered: applied, its problem gone, undone."""

from __future__ import annotations

import pytest

from caretwise.adapters.journal_counting import count_events
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.fix_kept import UNDONE_SECONDS, Kept, offered
from caretwise.engine.offer import AskedAt, Facts
from caretwise.engine.record import Recorder
from caretwise.measure.tracked import advanced
from caretwise.repair.finding import Finding
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

TEXT = "import math\n\n\ndef area(width, height):\n    return width * heigth\n\n\nprint(area(1, 2))\n"
ASKED = FixAsked(AskedAt("file:///a.py", "python", "invoked"))
PROBLEM = Finding(Range(Position(4, 19), Position(4, 25)), "Undefined name `heigth`", code="F821")


class Written:
    def __init__(self):
        self.events = []

    def record(self, event):
        self.events.append(event)

    @property
    def kinds(self):
        return [(event.kind.value, event.reason) for event in self.events]


class Clock:
    poll = None
    time = 1000.0

    def now(self):
        return self.time


def edit(line: int, start: int, end: int, text: str, last: int | None = None) -> TextEdit:
    return TextEdit(Range(Position(line, start), Position(line if last is None else last, end)), text)


@pytest.fixture
def journal():
    return Written()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(journal, clock):
    return Kept(Recorder(journal, b"k" * 32, clock), clock.now)


def applied(kept: Kept, edits: list[TextEdit], level="parses") -> Snapshot:
    before = Snapshot.of(TEXT, uri="file:///a.py")
    kept.add("s1", offered(Facts(model="kimi"), ASKED, before, edits, level, [PROBLEM]))
    after = apply_edits(before, edits)
    kept.changed(edits, after)
    assert kept.applied("s1")
    return after


NAME = [edit(4, 19, 25, "height")]


def test_applied_is_noted_once_with_its_level(kept, journal):
    applied(kept, NAME)
    assert not kept.applied("s1")
    assert journal.kinds == [("fix_applied", "parses")]


def test_the_problem_of_a_verified_fix_is_gone_when_it_is_applied(kept, journal):
    applied(kept, NAME, "verified")
    kept.seen("file:///a.py", Range(Position(0, 0), Position(8, 0)), [])
    assert journal.kinds == [("fix_applied", "verified"), ("fix_gone", "checker")]
    row = count_events(journal.events).rows[0]
    assert (row.verified, row.gone, row.undone) == (1, 1, 0)


def test_the_problem_is_gone_when_the_editor_shows_it_no_more(kept, journal):
    applied(kept, NAME)
    whole = Range(Position(0, 0), Position(8, 0))
    kept.seen("file:///a.py", whole, [PROBLEM])
    kept.seen("file:///b.py", whole, [])
    kept.seen("file:///a.py", Range(Position(0, 0), Position(2, 0)), [])
    assert journal.kinds[1:] == []
    kept.seen("file:///a.py", whole, [Finding(PROBLEM.range, "something else")])
    kept.seen("file:///a.py", whole, [])
    assert journal.kinds[1:] == [("fix_gone", "editor")]


def changed(kept: Kept, before: Snapshot, edits: list[TextEdit]) -> Snapshot:
    after = apply_edits(before, edits)
    kept.changed(edits, after)
    return after


def test_undone_is_noted_also_after_lines_have_moved(kept, journal):
    after = applied(kept, NAME)
    after = changed(kept, after, [edit(0, 0, 0, "import os\nimport sys\n")])
    after = changed(kept, after, [edit(9, 0, 0, "x = 1\n")])
    assert len(journal.kinds) == 1
    changed(kept, after, [edit(6, 19, 25, "heigth")])
    assert journal.kinds[1:] == [("fix_undone", "")]


def test_what_is_typed_later_is_not_undoing(kept, journal, clock):
    after = applied(kept, NAME)
    clock.time += UNDONE_SECONDS + 1
    changed(kept, after, [edit(4, 19, 25, "heigth")])
    assert len(journal.kinds) == 1


@pytest.mark.parametrize(
    "edits",
    [
        [edit(4, 25, 25, "\n    # done")],
        [edit(4, 0, 0, "    heigth = height\n")],
        [edit(4, 0, 0, "", 5)],
        [edit(3, 0, 25, "def area(width, heigth):"), edit(7, 0, 0, "# calls\n")],
    ],
)
def test_lines_put_in_or_taken_out_are_undone_only_by_undoing(kept, journal, edits):
    after = applied(kept, edits)
    after = changed(kept, after, [edit(0, 0, 0, "#\n")])
    assert len(journal.kinds) == 1
    kept.changed([], Snapshot.of("#\n" + TEXT, uri="file:///a.py"))
    assert journal.kinds[1:] == [("fix_undone", "")]


IMPORT = "import os\n"
WITH_IMPORT = [
    (edit(1, 0, 0, IMPORT), NAME),
    (edit(0, 11, 11, "\nimport os"), NAME),
    (edit(3, 0, 0, IMPORT), [edit(3, 0, 25, "def area(width, heigth):")]),
    (edit(3, 0, 0, IMPORT), [edit(3, 0, 0, "", 4)]),
]


def undoing(before: Snapshot, part: list[TextEdit], above: TextEdit) -> list[TextEdit]:
    """What an editor sends when it takes these back, the last one first."""
    return [
        TextEdit(Range(start, advanced(start, one.new_text)), before.slice(one.range))
        for one, lines in [*((one, 1) for one in reversed(part)), (above, 0)]
        for start in [Position(one.range.start.line + lines, one.range.start.character)]
    ]


@pytest.mark.parametrize("told_first", [False, True])
@pytest.mark.parametrize(("above", "part"), WITH_IMPORT)
@pytest.mark.parametrize("only_the_part", [False, True])
def test_a_fix_with_an_import_above_is_undone_with_it_or_without(kept, journal, above, part, told_first, only_the_part):
    before = Snapshot.of(TEXT, uri="file:///a.py")
    kept.add("s1", offered(Facts(model="kimi"), ASKED, before, part, "parses", [PROBLEM]))
    after = apply_edits(before, [above, *part])
    if told_first:
        assert kept.applied("s1")
    kept.changed([*reversed(part), above], after)
    if not told_first:
        assert kept.applied("s1")
    assert journal.kinds == [("fix_applied", "parses")]
    last = len(after.lines) - 1
    kept.seen("file:///a.py", Range(Position(part[0].range.start.line + 1, 0), Position(last, 0)), [])
    assert journal.kinds[1:] == [("fix_gone", "editor")]
    back = apply_edits(before, [above]) if only_the_part else before
    kept.changed(undoing(before, part, above)[: len(part) if only_the_part else None], back)
    assert journal.kinds[2:] == [("fix_undone", "")]


def test_nothing_of_the_text_is_kept(kept):
    applied(kept, NAME)
    assert "height" not in repr(kept)
    assert "Undefined" not in repr(kept)
