"""The file of captured suggestions: consent, other people's files, age, two writers."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from caretwise.adapters.disk_trouble import Trouble
from caretwise.adapters.sample_store import (
    CONSENT,
    FOLDER,
    NAME,
    SampleStore,
    consent,
    consented,
    read_samples,
    withdraw,
)
from caretwise.measure.fact import Fact
from caretwise.measure.sample import Sample
from caretwise.measure.schema import Kind

DAY = 86_400.0


def sample(name: str, at: float = 100 * DAY) -> Sample:
    return Sample(name, at, "kimi", "python", "x = ", "größe \ud83d", "\n")


def write(state: Path, *names: str, at: float = 100 * DAY) -> list[str]:
    said: list[str] = []
    store = SampleStore(state, on_problem=lambda cause, _: said.append(cause), now=lambda: at)
    for name in names:
        store.record(
            Fact(Kind.DISMISSED, name, at), lambda name=name: Sample(name, at, "kimi", "python", "x", "y", "z")
        )
        store.record(Fact(Kind.RETAINED, name, at, after_s=300, share=0.5), None)
        store.record(Fact(Kind.RETAINED, "unknown", at, after_s=300, share=0.5), None)
    store.close()
    return said


def names(state: Path) -> list[str]:
    found = read_samples(state)
    assert not isinstance(found, Trouble)
    return [one.id for one in found[0]]


def test_consent_is_a_private_file_that_can_be_taken_back(tmp_path: Path) -> None:
    assert consented(tmp_path) is None
    assert consent(tmp_path, 5.0) is None
    assert consented(tmp_path) == 5.0
    assert stat.S_IMODE((tmp_path / FOLDER / CONSENT).stat().st_mode) == 0o600
    assert write(tmp_path, "a") == []
    assert withdraw(tmp_path, delete=False) is None
    assert consented(tmp_path) is None
    assert names(tmp_path) == ["a"]
    assert withdraw(tmp_path, delete=True) is None
    assert names(tmp_path) == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"consent": 2, "at": 1}', '{"consent": 1, "at": "x"}', "[" * 4000])
def test_what_is_no_consent(tmp_path: Path, text: str) -> None:
    consent(tmp_path, 5.0)
    (tmp_path / FOLDER / CONSENT).write_text(text)
    assert consented(tmp_path) is None


def test_a_link_is_no_consent(tmp_path: Path) -> None:
    consent(tmp_path, 5.0)
    path = tmp_path / FOLDER / CONSENT
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert consented(tmp_path) is None


def test_facts_of_what_was_not_captured_are_not_kept(tmp_path: Path) -> None:
    consent(tmp_path, 5.0)
    write(tmp_path, "a", "b")
    write(tmp_path, "b", "c")
    found = read_samples(tmp_path)
    assert not isinstance(found, Trouble)
    assert [one.id for one in found[0]] == ["a", "b", "c"]
    assert {fact.suggestion for fact in found[1]} == {"a", "b", "c"}
    assert {(fact.after_s, fact.share) for fact in found[1] if fact.kind is Kind.RETAINED} == {(300, 0.5)}


def test_what_the_rules_forbid_is_not_written(tmp_path: Path) -> None:
    consent(tmp_path, 5.0)
    store = SampleStore(tmp_path, on_problem=lambda *_: None)
    store.record(Fact(Kind.DISMISSED, "a", 1.0), lambda: None)
    store.close()
    assert not (tmp_path / FOLDER / NAME).exists()


def test_old_ones_are_forgotten(tmp_path: Path) -> None:
    consent(tmp_path, 5.0)
    write(tmp_path, "old", at=1 * DAY)
    write(tmp_path, "new", at=92 * DAY)
    assert names(tmp_path) == ["new"]
    assert b"old" not in (tmp_path / FOLDER / NAME).read_bytes()


def test_what_was_deleted_stays_deleted_and_a_new_file_is_written(tmp_path: Path) -> None:
    consent(tmp_path, 5.0)
    store = SampleStore(tmp_path, on_problem=lambda *_: None)

    def captured(name: str) -> None:
        written = threading.Event()
        store.record(Fact(Kind.DISMISSED, name, 1e12), lambda: Sample(name, 1e12, "kimi", "python", "x", "y", "z"))
        store.record(Fact(Kind.DISMISSED, "after it", 1e12), written.set)
        assert written.wait(10)

    captured("a")
    withdraw(tmp_path, delete=True)
    consent(tmp_path, 6.0)
    write(tmp_path, "from another window", at=1e12)
    captured("b")
    store.close()
    assert names(tmp_path) == ["from another window", "b"]


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    consent(tmp_path, 5.0)
    path = tmp_path / FOLDER / NAME
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = path.read_bytes()
    assert write(tmp_path, "a", "b") == ["capture_foreign"]
    assert path.read_bytes() == before
    assert isinstance(read_samples(tmp_path), Trouble)


def test_trouble_costs_one_sample_and_not_the_next(tmp_path: Path) -> None:
    consent(tmp_path, 5.0)
    said: list[str] = []
    store = SampleStore(tmp_path, on_problem=lambda cause, _: said.append(cause))
    store.record(Fact(Kind.DISMISSED, "half", 1.0), lambda: sample("half", 1e12))  # half a character: SQLite refuses it
    store.record(Fact(Kind.DISMISSED, "a", 1.0), lambda: Sample("a", 1e12, "kimi", "python", "x", "y", "z"))
    store.close()
    assert names(tmp_path) == ["a"]
    assert said == ["capture_error"]


def test_files_are_private_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        consent(tmp_path, 5.0)
        write(tmp_path, "a")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / FOLDER).iterdir()} == {0o600}
