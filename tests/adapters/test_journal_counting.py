from __future__ import annotations

import dataclasses
import random
import sqlite3
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.benchmarks.report_team import Team, records

from caretwise.adapters.journal import JournalError
from caretwise.adapters.journal_counting import count_events, count_journal
from caretwise.adapters.journal_file import APPLICATION, NAME, migrations, open_journal
from caretwise.measure.event import FIELDS, Event, Kind, from_record
from caretwise.measure.schema import added


def happened(kind: Kind, suggestion: str, **more: object) -> Event:
    return Event(**{"at": 100.0, "kind": kind, "suggestion": suggestion, "role": "inline", "model": "kimi", **more})


def team(seed: int = 1) -> list[Event]:
    return [from_record(record) for record in records(Team(users=2, days=2, seed=seed))]


def test_a_fact_known_from_several_sources_counts_once():
    (row,) = count_events([
        happened(Kind.SHOWN, "s", evidence="notice"),
        happened(Kind.SHOWN, "s", evidence="timer"),
        happened(Kind.ACCEPTED, "s", evidence="command", amount="full", characters=9),
        happened(Kind.ACCEPTED, "s", evidence="text", amount="full", characters=9),
        happened(Kind.RETAINED, "s", after_s=300, characters=7, share=0.7),
    ]).rows  # fmt: skip
    assert (row.shown, row.accepted, row.accepted_characters, row.retained_characters) == (1, 1, 9, 7)


def test_the_same_events_twice_are_the_same_report_but_for_what_was_spent():
    found = team()
    once, twice = count_events(found), count_events(found + found)
    for one, two in zip(once.rows, twice.rows, strict=True):
        for name in (
            "shown",
            "accepted",
            "opportunities",
            "asked",
            "retained_characters",
            "kept",
            "interval",
            "headline",
        ):
            assert getattr(one, name) == getattr(two, name)


def test_what_nobody_could_look_at_is_not_counted_as_kept_or_lost():
    (row,) = count_events([
        *(happened(Kind.ACCEPTED, s, amount="full", characters=10) for s in "abcd"),
        happened(Kind.RETAINED, "a", after_s=300, characters=5, share=0.5),
        happened(Kind.RETAINED, "b", after_s=300, disturbed="closed"),
        happened(Kind.RETAINED, "c", after_s=300, characters=0, share=0.0, disturbed="many_files"),
        happened(Kind.RETAINED, "d", after_s=300, characters=0, share=0.0, disturbed="undo"),
    ]).rows  # fmt: skip
    (kept,) = row.kept
    assert (kept.looked, kept.characters, kept.accepted_characters, kept.share) == (2, 5, 20, 0.25)
    assert row.retained_characters == 5


def test_the_headline_is_retained_characters_per_opportunity():
    found = [happened(Kind.OPPORTUNITY, f"o{n}", user="1" * 16, block=f"{n % 3:016x}") for n in range(12)]
    found += [
        happened(Kind.ACCEPTED, "s", amount="full", characters=30, user="1" * 16, block="0" * 16),
        happened(Kind.RETAINED, "s", after_s=300, characters=24, share=0.8, user="1" * 16, block="0" * 16),
    ]
    (row,) = count_events(found).rows
    assert row.headline is not None
    assert row.headline.value == 2.0
    assert row.headline.low < 2 < row.headline.high


def test_the_headline_has_all_that_was_kept_whatever_block_it_is_told_of():
    found = [happened(Kind.OPPORTUNITY, f"o{n}", user="1" * 16, block="0" * 16) for n in range(4)]
    for number in range(2):
        of = {"user": "1" * 16, "block": f"{number:016x}"}
        found.append(happened(Kind.ACCEPTED, f"s{number}", amount="full", characters=10, **of))
        found.append(happened(Kind.RETAINED, f"s{number}", after_s=300, characters=10, share=1.0, **of))
    (row,) = count_events(found).rows
    assert row.headline is not None
    assert (row.headline.value, row.headline.trials) == (row.retained_characters / row.opportunities, 4) == (5.0, 4)


def test_people_with_fixes_alone_are_counted_in_the_row_of_fixes():
    found = [happened(Kind.FIX_OFFERED, f"f{n}", role="fix", user=f"{n % 3:016x}") for n in range(9)]
    (row,) = count_events(found).rows
    assert (row.users, row.shown) == (3, 9)


def test_typed_through_and_dismissed_leave_out_what_was_accepted():
    (row,) = count_events([
        *(happened(Kind.SHOWN, s) for s in "abc"),
        happened(Kind.TYPED_THROUGH, "a", characters=4),
        happened(Kind.TYPED_THROUGH, "b", characters=4),
        happened(Kind.ACCEPTED, "b", amount="word", characters=4),
        happened(Kind.DISMISSED, "b"),
        happened(Kind.DISMISSED, "c"),
        happened(Kind.TYPED_THROUGH, "never-shown", characters=2),
    ]).rows  # fmt: skip
    assert (row.shown, row.typed, row.dismissed) == (3, 1, 1)


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_counting_in_the_database_agrees_with_counting_by_hand(seed):
    draw = random.Random(seed)
    found = []
    for _ in range(60):
        kind = draw.choice(list(Kind))
        found.append(happened(kind, f"s{draw.randrange(12)}", model=draw.choice(["", "kimi", "kimi"]),
                              characters=draw.choice([None, 3, 8]), after_s=300 if kind is Kind.RETAINED else None))  # fmt: skip
    report = count_events(found)
    by_id: defaultdict[str, list[Event]] = defaultdict(list)
    for event in found:
        by_id[event.suggestion].append(event)

    def having(*kinds: Kind) -> set[str]:
        return {name for name, mine in by_id.items() if any(e.kind in kinds for e in mine)}

    assert sum(r.shown for r in report.rows) == len(
        having(Kind.SHOWN, Kind.ACCEPTED, Kind.FIX_OFFERED, Kind.FIX_APPLIED)
    )
    assert sum(r.accepted for r in report.rows) == len(having(Kind.ACCEPTED, Kind.FIX_APPLIED))
    assert sum(r.retained_characters for r in report.rows) == sum(
        max((e.characters or 0 for e in mine if e.kind is Kind.RETAINED), default=0) for mine in by_id.values()
    )
    assert sum(r.superseded for r in report.rows) == len(having(Kind.SUPERSEDED))


def fill(folder: Path, events: list[Event]) -> None:
    journal = open_journal(folder)
    assert journal.append(events) is None
    journal.close()


def test_a_journal_is_counted_like_its_events(tmp_path):
    found = team()
    fill(tmp_path / "state", found)
    before = (tmp_path / "state" / NAME).read_bytes()
    assert count_journal(tmp_path / "state") == count_events(found)
    assert (tmp_path / "state" / NAME).read_bytes() == before


@pytest.mark.parametrize("form", [1, 2])
def test_a_journal_of_an_older_form_is_counted_as_it_stands(tmp_path, form):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    connection = sqlite3.connect(folder / NAME)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {form}")
    for number, statements in migrations().items():
        for statement in statements if number <= form else []:
            connection.execute(statement)
    names = [name for name in FIELDS if name not in added(2) and (form > 1 or name != "cost_usd")]
    shown = dataclasses.asdict(happened(Kind.SHOWN, "s"))
    quoted = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"INSERT INTO event (schema, {quoted}) VALUES (1, {', '.join('?' * len(names))})",
        [shown[name] for name in names],
    )
    connection.commit()
    connection.close()
    (row,) = count_journal(folder).rows
    assert (row.model, row.shown, row.headline) == ("kimi", 1, None)


def test_events_of_a_newer_form_are_skipped_and_counted(tmp_path):
    fill(tmp_path / "state", team())
    connection = sqlite3.connect(tmp_path / "state" / NAME)
    connection.execute("UPDATE event SET schema = 99 WHERE id % 10 = 0")
    connection.commit()
    connection.close()
    report = count_journal(tmp_path / "state")
    assert report.skipped == len(team()) // 10
    assert report.events == len(team()) - report.skipped


def test_no_journal_is_an_empty_report(tmp_path):
    assert count_journal(tmp_path / "none").rows == ()


def test_a_damaged_journal_is_said_in_a_sentence(tmp_path):
    fill(tmp_path / "state", team())
    path = tmp_path / "state" / NAME
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(JournalError, match="damaged"):
        count_journal(tmp_path / "state")
