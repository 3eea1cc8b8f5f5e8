from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.benchmarks.report_team import Team, records

from caretwise.adapters.journal import JournalError, read_events
from caretwise.adapters.journal_counting import count_events
from caretwise.adapters.journal_export import as_line, count_files
from caretwise.adapters.journal_file import NAME, open_journal
from caretwise.cli import main
from caretwise.measure.event import Event, from_record
from caretwise.measure.report_json import as_json


def made(users: int = 2, seed: int = 1) -> list[Event]:
    return [from_record(record) for record in records(Team(users=users, days=2, seed=seed))]


def export(path: Path, events: list[Event]) -> Path:
    path.write_text("".join(as_line(event) + "\n" for event in events))
    return path


def same(one, two) -> None:
    assert (one.events, one.users, one.comparisons) == (two.events, two.users, two.comparisons)
    assert [row.model for row in one.rows] == [row.model for row in two.rows]
    for a, b in zip(one.rows, two.rows, strict=True):
        for name in (
            "shown",
            "accepted",
            "opportunities",
            "retained_characters",
            "interval",
            "headline",
            "prompt_tokens",
        ):
            assert getattr(a, name) == pytest.approx(getattr(b, name)) or getattr(a, name) == getattr(b, name), name
        assert a.cost_usd == pytest.approx(b.cost_usd)


def test_a_line_is_an_event_and_back():
    for event in made()[:200]:
        assert from_record(json.loads(as_line(event))) == event


def test_files_are_counted_together_whatever_their_kind_and_twice_is_once(tmp_path):
    events = made()
    third = len(events) // 3
    one = export(tmp_path / "one.jsonl", events[: 2 * third])
    two = tmp_path / "two.jsonl.gz"
    two.write_bytes(gzip.compress(export(tmp_path / "plain", events[third:]).read_bytes()))
    journal = open_journal(tmp_path / "state")
    assert journal.append(events[-third:]) is None
    journal.close()
    same(count_files([one, two, tmp_path / "state" / NAME]), count_events(events))


def test_old_and_new_forms_mix_and_strangers_are_told_apart_by_file(tmp_path):
    old = {"schema": 1, "at": 100.0, "kind": "shown", "suggestion": "o1", "role": "inline", "model": "kimi"}
    (tmp_path / "a").write_text(json.dumps(old) + "\n")
    (tmp_path / "b").write_text(json.dumps({**old, "suggestion": "o2"}) + "\n")
    report = count_files([tmp_path / "a", tmp_path / "b", export(tmp_path / "c", made(users=2))])
    assert report.users == 4
    assert report.skipped == 0


EVENT = {"schema": 2, "at": 1.0, "kind": "returned", "suggestion": "s", "role": "inline"}


@pytest.mark.parametrize("line", [
    "{", "[]", "null", "1", '{"schema": 99}', '"x"', "\x00", "[" * 5000,
    json.dumps({"schema": 1, "at": 1.0, "kind": "shown", "suggestion": "../../etc", "role": "inline"}),
    json.dumps({"schema": 1, "at": 1.0, "kind": "shown", "suggestion": "s", "role": "admin"}),
    json.dumps({"schema": 1, "at": "soon", "kind": "shown", "suggestion": "s", "role": "inline"}),
    json.dumps({"schema": 1, "at": 1.0, "kind": "shown", "suggestion": "s", "role": "inline", "model": ["x"]}),
    json.dumps({"schema": 1, "at": 1.0, "kind": "shown", "suggestion": "s", "role": "inline", "shown_ms": "x"}),
    *(json.dumps({**EVENT, name: value}) for name, values in {
        "at": [float("nan"), float("inf"), -1.0, True, 10**30], "kind": [[], {}, None, "sold"], "schema": [[], 1.0],
        "characters": [float("nan"), -5, 2.5, 10**30], "prompt_tokens": [-3], "shown_ms": [float("inf"), -1],
        "cost_usd": [float("inf"), -1], "after_s": [31], "model": ["x" * 121, "\ud800"], "amount": ["all"],
    }.items() for value in values),
])  # fmt: skip
def test_what_is_no_event_is_counted_as_skipped(tmp_path, line):
    path = export(tmp_path / "one", made()[:50])
    path.write_text(path.read_text() + line + "\n")
    report = count_files([path])
    assert (report.events, report.skipped) == (50, 1)


def test_counts_are_whole_numbers_in_a_merged_report_too(tmp_path):
    merged = count_files([export(tmp_path / "one", made())])
    assert json.dumps(as_json(merged)) == json.dumps(as_json(count_events(made())))


def test_a_file_that_is_nothing_of_ours_is_a_sentence(tmp_path):
    (tmp_path / "x.gz").write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(JournalError, match="cannot be read"):
        count_files([tmp_path / "x.gz"])


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "\x89PNG\r\n\x1a\n", "[1, 2]\n"])
def test_a_file_that_is_something_else_is_a_sentence_too(tmp_path, text):
    good = export(tmp_path / "one", made()[:50])
    (tmp_path / "wrong").write_text(text, "latin-1")
    with pytest.raises(JournalError, match=r"wrong holds no events: none of its \d lines is one"):
        count_files([good, tmp_path / "wrong"])
    (tmp_path / "empty").touch()
    assert count_files([good, tmp_path / "empty"]).events == 50


def test_a_packed_file_that_is_damaged_in_its_middle_is_a_sentence(tmp_path):
    packed = bytearray(gzip.compress(export(tmp_path / "one", made()).read_bytes()))
    packed[len(packed) // 2 :] = b"\xff" * (len(packed) // 2)
    (tmp_path / "x.gz").write_bytes(packed)
    with pytest.raises(JournalError, match="cannot be read"):
        count_files([tmp_path / "x.gz"])


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "state"
    monkeypatch.setenv("CARETWISE_STATE_DIR", str(folder))
    journal = open_journal(folder)
    assert journal.append(made()) is None
    journal.close()
    return folder


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == code, done.output
    return done.output


def test_an_export_says_who_nobody_is(home, tmp_path):
    whole = json.loads(run("report", "--json"))
    assert whole["users"] == 2
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    run("log", "export", "--out", str(files[0]))
    lines = files[0].read_text().splitlines()
    assert not any("user" in json.loads(line) for line in lines)
    assert not any(event.user in files[0].read_text() for event in made())
    counts = json.loads(run("report", "--json", str(files[0])))
    assert counts["users"] == 1
    assert [row["shown"] for row in counts["models"]] == [row["shown"] for row in whole["models"]]
    files[1].write_text("".join(line.replace('"suggestion": "', '"suggestion": "f') + "\n" for line in lines))
    assert json.loads(run("report", "--json", *map(str, files)))["users"] == 2


def test_log_exports_what_report_reads(home, tmp_path):
    out = tmp_path / "out.jsonl"
    assert f"{len(made()):,} events" in run("log", "export", "--with-user", "--out", str(out))
    assert json.loads(run("report", "--json"))["models"] == json.loads(run("report", "--json", str(out)))["models"]
    assert "is there already" in run("log", "export", "--out", str(out), code=2)


def test_log_shows_and_purges(home):
    shown = run("log", "show", "--last", "3").splitlines()
    assert len(shown) == 3
    assert "retained:" in run("log", "show", "--fields")
    assert "--yes" in run("log", "purge", code=2)
    assert len(list(read_events(home))) == len(made())
    assert "0 events deleted" in run("log", "purge", "--yes", "--older-than", "36500")
    assert f"{len(made()):,} events deleted" in run("log", "purge", "--yes")
    assert run("log", "show") == "The journal is empty.\n"


def test_counts_by_person_are_refused_under_five_people(home, tmp_path):
    assert "there are 2" in run("report", "--people", code=2)
    path = str(export(tmp_path / "team", made(users=6)))
    people = json.loads(run("report", "--json", "--people", path))["people"]
    assert people == sorted(people)
    assert 5 <= len(people) <= 6
    assert "people" not in json.loads(run("report", "--json", path))


def test_one_busy_person_among_others_is_not_shown_alone(home, tmp_path):
    path = export(tmp_path / "team", made(users=6))
    lines = path.read_text().splitlines()
    seen: Counter[str] = Counter()
    kept: list[str] = []
    for line in lines:
        user = json.loads(line)["user"]
        seen[user] += 1
        if user.endswith("1") or seen[user] <= 30:
            kept.append(line)
    path.write_text("\n".join(kept))
    said = run("report", "--people", str(path), code=2)
    assert "with at least 20 shown" in said
    assert "there are 1 of 6" in said


def test_the_page_is_written(home, tmp_path):
    run("report", "--html", str(tmp_path / "page.html"))
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")
    assert "cannot be written" in run("report", "--html", str(tmp_path / "no folder" / "page.html"), code=1)


def test_the_terminal_says_how_many_records_were_left_out(home, tmp_path):
    path = export(tmp_path / "one", made())
    path.write_text(path.read_text() + "{half a line\n")
    assert "1 record could not be read and is left out" in " ".join(run("report", str(path)).split())
