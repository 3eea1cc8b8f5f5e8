from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.adapters.journal_counting import count_events as summarise
from caretwise.measure.compare import ArmCell, compare
from caretwise.measure.event import Event, Kind
from caretwise.measure.rates import wilson
from caretwise.measure.report import (
    NOTHING_YET,
    as_text,
    columns,
    interval_bar,
    printable,
)
from caretwise.measure.report_json import as_json
from caretwise.measure.tally import ModelRow
from caretwise.measure.terminal_table import filled, shortened


def happened(kind: Kind, suggestion: str, model: str = "kimi", role: str = "inline", **more: object) -> Event:
    return Event(**{"at": 100.0, "kind": kind, "suggestion": suggestion, "role": role, "model": model, **more})


def only_row(*events: Event) -> ModelRow:
    (row,) = summarise(events).rows
    return row


def day() -> list[Event]:
    """Two models, the embedded engine, a failure and two fixes."""
    events = [
        happened(Kind.OPPORTUNITY, "a1"),
        happened(Kind.ASKED, "a1"),
        happened(Kind.RETURNED, "a1", origin="network", first_token_ms=200.0, total_ms=400.0, prompt_tokens=900,
                 completion_tokens=20, cached_tokens=0),
        happened(Kind.SHOWN, "a1", characters=30),
        happened(Kind.ACCEPTED, "a1", characters=30, amount="full"),
        happened(Kind.SHOWN, "a2", origin="memory"),
        happened(Kind.DISMISSED, "a2"),
        happened(Kind.ASKED, "a3"),
        happened(Kind.FAILED, "a3", reason="timeout", origin="network", total_ms=10_000.0),
        happened(Kind.SHOWN, "b1", "codestral"),
        happened(Kind.SHOWN, "b2", "codestral"),
        happened(Kind.SHOWN, "b3", "codestral"),
        happened(Kind.FIX_OFFERED, "f1", role="fix"),
        happened(Kind.FIX_OFFERED, "f2", role="fix"),
        happened(Kind.FIX_APPLIED, "f2", role="fix", characters=12),
        happened(Kind.FIX_WITHHELD, "f3", role="fix", reason="parses_worse"),
    ]  # fmt: skip
    return events + [happened(Kind.SHOWN, f"e{n}", "embedded", origin="embedded") for n in range(9)]


def test_a_suggestion_counts_once_however_often_it_was_shown_and_accepted():
    row = only_row(
        happened(Kind.SHOWN, "s", characters=20),
        happened(Kind.SHOWN, "s", characters=20),
        happened(Kind.ACCEPTED, "s", amount="word", characters=4),
        happened(Kind.ACCEPTED, "s", amount="word", characters=9),
        happened(Kind.ACCEPTED, "s", amount="full", characters=20),
        happened(Kind.SHOWN, "t", characters=7),
    )
    assert (row.shown, row.accepted, row.accepted_full) == (2, 1, 1)
    assert row.accepted_characters == 20
    assert row.rate == 0.5
    assert row.interval == wilson(1, 2)


def test_accepted_in_part_is_accepted_but_not_in_full():
    row = only_row(happened(Kind.SHOWN, "s"), happened(Kind.ACCEPTED, "s", amount="line", characters=8))
    assert (row.accepted, row.accepted_full, row.accepted_characters) == (1, 0, 8)


def test_accepted_counts_as_shown_where_the_editor_does_not_say():
    row = only_row(happened(Kind.ACCEPTED, "s", amount="full", characters=3))
    assert (row.shown, row.accepted, row.rate) == (1, 1, 1.0)


def test_an_event_without_a_model_belongs_to_the_suggestion_s_model():
    row = only_row(happened(Kind.SHOWN, "s"), happened(Kind.ACCEPTED, "s", model="", amount="full"))
    assert (row.model, row.accepted) == ("kimi", 1)


def test_dismissed_after_a_partial_accept_is_not_counted_against_it():
    row = only_row(
        happened(Kind.SHOWN, "s"), happened(Kind.ACCEPTED, "s", amount="word"), happened(Kind.DISMISSED, "s")
    )
    assert (row.accepted, row.dismissed) == (1, 0)


def test_times_and_tokens_come_from_the_model_s_own_answers():
    def answer(number: int, origin: str, first: float, tokens: int | None) -> Event:
        return happened(
            Kind.RETURNED, f"s{number}", origin=origin, first_token_ms=first, total_ms=first * 2, prompt_tokens=tokens
        )

    network = [answer(n, "network", 100.0 * n, 10) for n in range(1, 11)]
    others = [answer(20 + n, origin, 1.0, 99) for n, origin in enumerate(("memory", "disk", "typed", "joined"))]
    repeated = happened(Kind.EMPTY, "again", origin="network", first_token_ms=1.0, total_ms=1.0, prompt_tokens=7)
    row = only_row(*network, *others, repeated)
    assert (row.first_token_p50, row.first_token_p90) == (500.0, 900.0)
    assert (row.total_p50, row.total_p90) == (1000.0, 1800.0)
    assert row.prompt_tokens == 100
    assert row.completion_tokens is None
    assert row.cached_tokens is None


def test_a_failure_costs_tokens_but_is_no_speed():
    row = only_row(
        happened(Kind.FAILED, "s", reason="timeout", origin="network", total_ms=9000.0, prompt_tokens=50),
        happened(Kind.FAILED, "t", reason="http_429"),
        happened(Kind.FAILED, "u", reason="timeout"),
        happened(Kind.FAILED, "v"),
    )
    assert row.failures == (("timeout", 2), ("http_429", 1), ("unknown", 1))
    assert (row.failed, row.total_p50, row.prompt_tokens) == (4, None, 50)


def test_rows_are_ordered_and_the_embedded_engine_is_last():
    rows = summarise(day()).rows
    assert [(row.model, row.role) for row in rows] == [
        ("codestral", "inline"), ("kimi", "inline"), ("kimi", "fix"), ("embedded", "inline"),
    ]  # fmt: skip
    assert [row.is_embedded for row in rows] == [False, False, False, True]


def test_fixes_count_offered_and_applied():
    fix = next(row for row in summarise(day()).rows if row.role == "fix")
    assert (fix.shown, fix.accepted, fix.withheld, fix.rate, fix.accepted_characters) == (2, 1, 1, 0.5, 12)


def test_json_has_the_promised_form():
    report = json.loads(json.dumps(as_json(summarise(day())), allow_nan=False))
    assert report["schema"] == 1
    assert (report["events"], report["first_at"], report["last_at"]) == (25, 100.0, 100.0)
    promised = {"model", "role", "shown", "accepted", "accepted_characters", "rate", "low", "high"}
    for row in report["models"]:
        assert promised <= set(row)
        assert 0 <= row["low"] <= (row["rate"] or 0) <= row["high"] <= 1
    kimi = next(row for row in report["models"] if row["model"] == "kimi" and row["role"] == "inline")
    assert kimi["failures"] == {"timeout": 1}
    assert kimi["first_token_ms"] == {"p50": 200.0, "p90": 200.0}
    assert (kimi["prompt_tokens"], kimi["cached_tokens"]) == (900, 0)
    fix = next(row for row in report["models"] if row["role"] == "fix")
    assert (fix["offered"], fix["applied"], fix["withheld"]) == (2, 1, 1)


def test_json_without_a_denominator_has_no_rate():
    (row,) = as_json(summarise([happened(Kind.ASKED, "s")]))["models"]
    assert (row["rate"], row["low"], row["high"]) == (None, 0.0, 1.0)


def test_json_of_nothing():
    assert as_json(summarise([]))["models"] == []


def test_nothing_yet_is_a_sentence_and_no_table():
    for events in ([], [happened(Kind.OPPORTUNITY, "s"), happened(Kind.SUPPRESSED, "s", reason="in_comment")]):
        text = as_text(summarise(events), colour=False, width=80)
        assert " ".join(text.split()) == NOTHING_YET
        assert "█" not in text


@pytest.mark.parametrize("width", [10, 44, 60, 80, 100, 200])
def test_the_table_is_aligned_and_fits(width):
    text = as_text(summarise(day()), colour=False, width=width)
    lines = text.splitlines()
    assert max(map(columns, lines)) <= max(width, 44)
    head, *rows = lines[:5]
    end = head.index("accepted") + len("accepted")
    assert [row[:end].split()[-1] for row in rows] == ["0", "1", "1", "0"]
    assert rows[0].startswith("codestral")
    assert rows[3].startswith("embedded")


def test_the_footnote_says_what_the_numbers_are():
    text = " ".join(as_text(summarise(day()), colour=False, width=100).split())
    assert "rate = accepted / shown" in text
    assert "each counted once" in text
    assert "describes these users and this code only" in text
    assert "applied / offered" in text
    assert "embedded engine is not a model" in text
    assert "kimi (inline) failed: timeout 1" in text


def test_colour_changes_the_colour_only():
    plain = as_text(summarise(day()), colour=False, width=100)
    coloured = as_text(summarise(day()), colour=True, width=100)
    assert "\x1b" not in plain
    assert "\x1b[32m" in coloured
    stripped = coloured
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m"):
        stripped = stripped.replace(code, "")
    assert stripped == plain


def test_a_name_cannot_steer_the_terminal():
    events = [happened(Kind.SHOWN, "s", model="\x1b]52;c;AAAA\x07\u202e\u200b\nkimi")]
    text = as_text(summarise(events), colour=False, width=200)
    assert r"\x1b]52;c;AAAA\x07\u202e\u200b\nkimi" in text
    assert not set(text) & set("\x1b\x07\u202e\u200b")


@given(st.text(st.characters(), max_size=60))
def test_printable_text_is_printable(text):
    assert printable(text).isprintable()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=120),
       st.integers(1, 200))  # fmt: skip
def test_any_name_fits_any_width(name, width):
    text = as_text(summarise([happened(Kind.SHOWN, "s", model=name)]), colour=False, width=width)
    assert all(columns(line) <= max(width, 44) for line in text.split("\n"))
    assert text.replace("\n", "").isprintable()


def test_a_name_that_is_too_long_keeps_both_ends():
    name = "organisation/" + "x" * 80 + "/model-7"
    assert shortened(name, 30).startswith("organisation")
    assert shortened(name, 30).endswith("/model-7")
    assert columns(shortened("模型" * 40, 30)) <= 30
    twins = [happened(Kind.SHOWN, "s", f"organisation/a-rather-long-model-name-{n}-instruct") for n in "12"]
    for event, said in zip(twins, ("1-instruct", "2-instruct"), strict=True):
        assert said in as_text(summarise([event]), colour=False, width=60).splitlines()[1]


def test_lines_are_filled_by_columns_and_names_stay_whole():
    assert filled("one two-three four", 9) == "one\ntwo-three\nfour"
    assert filled("  one two", 6, "    ") == "  one\n    tw\n    o"
    assert filled("模型模型 x", 5) == "模型\n模型\nx"
    assert filled("模型模型 x", 6) == "模型模\n型 x"
    assert filled("", 9) == ""


def test_the_answer_is_the_last_that_is_said():
    paragraphs = as_text(summarise(day()), colour=False, width=100).split("\n\n")
    assert paragraphs[-1].startswith("All figures describe")
    assert paragraphs[-2].startswith("kimi") or "nobody drew by lot" in " ".join(paragraphs[-3:])


def test_the_bar_shows_interval_and_rate():
    assert interval_bar(0.0, 1.0, None, 10) == "▒" * 10
    assert interval_bar(0.2, 0.55, 0.35, 10) == "░░▒█▒▒░░░░"
    assert interval_bar(0.9, 1.0, 1.0, 10) == "░░░░░░░░░█"


@given(st.lists(st.tuples(st.sampled_from(Kind), st.sampled_from("abc"), st.sampled_from(["", "m", "embedded"]),
                          st.sampled_from(["inline", "fix"]), st.none() | st.integers(0, 99))))  # fmt: skip
def test_any_events_give_a_sound_report(happenings):
    events = [happened(kind, i, model, role, characters=n) for kind, i, model, role, n in happenings]
    report = summarise(events)
    for row in report.rows:
        assert 0 <= row.accepted_full <= row.accepted <= row.shown
        assert row.interval == wilson(row.accepted, row.shown)
    json.dumps(as_json(report), allow_nan=False)
    assert as_text(report, colour=True, width=80)


def cell(arm: str, day: int, number: int, kept: float = 10.0) -> ArmCell:
    return ArmCell("e", arm, arm, "u", f"{arm}{day}{number}", 10, 8, 3, 1, kept + number, 200.0, day * 86_400.0)


def test_an_arm_that_was_renamed_is_not_compared_with_its_old_name():
    cells = [cell(arm, day, n) for day in range(30) for n in range(4) for arm in ("kept", "old" if day < 15 else "new")]
    found = {(one.one, one.other): one for one in compare(cells)}
    apart = next(one for pair, one in found.items() if set(pair) == {"old", "new"})
    assert apart.headline.difference == "they were never drawn at the same time"
    assert apart.opportunities == 0
    beside = next(one for pair, one in found.items() if set(pair) == {"kept", "old"})
    assert beside.opportunities == 2 * 15 * 4 * 10


def test_the_pace_of_an_experiment_is_counted_from_its_own_first_day():
    begun = [cell(arm, day, n, kept=10.0 * (n % 3)) for day in range(100, 105) for n in range(10) for arm in ("a", "b")]
    (found,) = compare(begun)
    assert found.more_opportunities
    assert found.more_days == pytest.approx(found.more_opportunities / (found.opportunities / 5))
