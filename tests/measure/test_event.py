from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import hmac
import json
import math
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.measure.event import (
    BOUNDS,
    CHECKPOINTS,
    CHOICES,
    FIELDS,
    KINDS,
    SCHEMA,
    TABLE,
    Event,
    Kind,
    Unreadable,
    as_record,
    from_record,
    keyed_hash,
    label,
)

ID = "s1"
PATTERNED = {"suggestion", "host", "reason", "document", "user", "block"}
TEXT_FIELDS = sorted(BOUNDS)
FREE_NAMES = sorted(set(BOUNDS) - PATTERNED)


def event(**changes: object) -> Event:
    return Event(**{"at": 1_700_000_000.5, "kind": Kind.SHOWN, "suggestion": ID, "role": "inline", **changes})


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
counts = st.none() | st.integers(0, 2**53)
times = st.none() | st.floats(0, 1e9)
events = st.builds(
    Event,
    at=st.floats(0, 1e11),
    kind=st.sampled_from(Kind),
    suggestion=st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=64),
    role=st.sampled_from(["inline", "fix"]),
    model=names,
    model_asked=names,
    model_answered=names,
    endpoint=names,
    host=st.from_regex(r"[a-z0-9.-]{1,60}(:[0-9]{1,5})?", fullmatch=True),
    style=names,
    template=names,
    thinking=st.sampled_from([None, True, False]),
    arm=names,
    trigger=st.sampled_from(["automatic", "invoked"]),
    language=names,
    origin=st.sampled_from(["", "network", "memory", "disk", "joined", "typed", "embedded", "fallback"]),
    reason=st.from_regex(r"([a-z0-9_]{1,40})?", fullmatch=True),
    amount=st.sampled_from(["", "full", "word", "line"]),
    characters=counts,
    lines=counts,
    first_token_ms=times,
    total_ms=times,
    prompt_tokens=counts,
    completion_tokens=counts,
    cached_tokens=counts,
    document=st.sampled_from(["", "0123456789abcdef"]),
    cost_usd=st.none() | st.floats(0, 1e6),
    user=st.sampled_from(["", "0123456789abcdef"]),
    block=st.sampled_from(["", "0123456789abcdef"]),
    experiment=names,
    propensity=st.none() | st.floats(0, 1),
    editor=names,
    syntax=st.sampled_from(CHOICES["syntax"]),
    evidence=st.sampled_from(CHOICES["evidence"]),
    wait_ms=times,
    offer_ms=times,
    shown_ms=times,
    visible_ms=times,
    after_s=st.sampled_from([None, *CHECKPOINTS]),
    share=st.none() | st.floats(0, 1),
    disturbed=st.sampled_from(CHOICES["disturbed"]),
)


def test_every_field_is_documented_in_one_sentence_and_in_order():
    assert list(FIELDS) == [field.name for field in dataclasses.fields(Event)]
    for name, sentence in FIELDS.items():
        assert sentence.endswith("."), name
        assert len(sentence.split()) >= 3, name
        assert "\n" not in sentence, name


def test_every_text_field_is_bounded_or_a_choice():
    choices = {"kind", *CHOICES}
    numbers = {"at", "thinking"} | {f.name for f in dataclasses.fields(Event) if re.match("(float|int) ", str(f.type))}
    assert {f.name for f in dataclasses.fields(Event)} - numbers == set(BOUNDS) | choices
    assert not set(BOUNDS) & choices


def test_every_kind_is_documented_in_one_sentence():
    assert list(KINDS) == list(Kind)
    for kind, sentence in KINDS.items():
        assert sentence.endswith("."), kind
        assert len(sentence.split()) >= 4, kind


def test_every_field_says_with_which_form_it_came():
    assert {field.since for field in TABLE} == set(range(1, SCHEMA + 1))


def test_the_events_strategy_of_these_tests_fills_every_field():
    drawn: set[str] = set()

    @settings(max_examples=60, database=None)
    @given(events)
    def draw(one: Event) -> None:
        defaults = {f.name: f.default for f in dataclasses.fields(Event)}
        drawn.update(name for name in FIELDS if getattr(one, name) != defaults[name])

    draw()
    assert drawn == set(FIELDS)


def test_an_event_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        event().model = "other"  # pyright: ignore[reportAttributeAccessIssue]


@given(events)
def test_a_record_gives_the_event_back_through_json(one):
    record = json.loads(json.dumps(as_record(one)))
    assert record["schema"] == SCHEMA
    assert from_record(record) == one


@given(st.sampled_from(TEXT_FIELDS), st.text(min_size=1, max_size=700))
def test_no_field_holds_text_beyond_its_bound(name, text):
    with contextlib.suppress(ValueError):
        assert len(getattr(event(**{name: text}), name)) <= BOUNDS[name]
        return
    assert len(text) > BOUNDS[name] or not text.isalnum() or name in PATTERNED


@pytest.mark.parametrize("name", TEXT_FIELDS)
def test_one_character_over_the_bound_is_refused(name):
    fitting = "a" * BOUNDS[name]
    assert getattr(event(**{name: fitting}), name) == fitting
    with pytest.raises(ValueError, match=name):
        event(**{name: fitting + "a"})


@pytest.mark.parametrize("reason", ["HTTP 500", "no key: sk-123", "a-b", "a" * 41, "zeit\n", "ümlaut"])
def test_a_reason_is_a_code_and_never_free_text(reason):
    with pytest.raises(ValueError, match="reason"):
        event(reason=reason)


@pytest.mark.parametrize("host", ["http://x", "user@x", "x/path", "x y", "x?key=1", "x#a", "x\\y"])
def test_a_host_is_only_host_and_port(host):
    with pytest.raises(ValueError, match="host"):
        event(host=host)


@pytest.mark.parametrize("host", ["", "localhost:8000", "api.example.com", "[::1]:11434"])
def test_usual_hosts_are_fine(host):
    assert event(host=host).host == host


@pytest.mark.parametrize("document", ["src/app.py", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0"])
def test_a_document_is_a_hash_or_nothing(document):
    with pytest.raises(ValueError, match="document"):
        event(document=document)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", math.nan),
        ("at", math.inf),
        ("at", -1.0),
        ("at", 1.7e12),
        ("at", True),
        ("characters", -1),
        ("characters", 1.5),
        ("characters", True),
        ("prompt_tokens", 2**60),
        ("prompt_tokens", 10**400),
        ("first_token_ms", math.nan),
        ("total_ms", -0.1),
        ("role", "chat"),
        ("trigger", ""),
        ("origin", "cloud"),
        ("amount", "half"),
        ("kind", "shown "),
        ("thinking", "yes"),
        ("propensity", 1.01),
        ("share", -0.1),
        ("share", math.nan),
        ("share", True),
        ("after_s", 31),
        ("visible_ms", math.inf),
        ("syntax", "loop"),
        ("evidence", "guess"),
        ("disturbed", "moon"),
        ("user", "ada"),
        ("block", "0123"),
        ("suggestion", ""),
        ("suggestion", "a b"),
        ("model", "a\0b"),
        ("model", "\ud800"),
        ("model", None),
    ],
)
def test_values_outside_their_bounds_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        event(**{name: value})


def test_what_is_not_known_stays_unknown():
    record = as_record(event())
    assert [name for name, value in record.items() if value is None] == [
        "thinking", "characters", "lines", "first_token_ms", "total_ms",
        "prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd",
        "propensity", "wait_ms", "offer_ms", "shown_ms", "visible_ms", "after_s", "share",
    ]  # fmt: skip


def test_unknown_fields_are_ignored_and_missing_ones_keep_their_defaults():
    record = {"schema": 1, "at": 5.0, "kind": "shown", "suggestion": ID, "role": "fix", "mood": "good"}
    assert from_record(record) == Event(at=5.0, kind=Kind.SHOWN, suggestion=ID, role="fix")


@pytest.mark.parametrize(
    "change",
    [{"schema": SCHEMA + 1}, {"schema": None}, {"schema": "1"}, {"kind": "sung"}, {"kind": None}, {"at": "now"},
     {"thinking": "maybe"}, {"thinking": []}, {"model": 5}, {"characters": "4"}],
)  # fmt: skip
def test_a_record_that_does_not_fit_is_a_value_with_a_reason(change):
    found = from_record({**as_record(event()), **change})
    assert isinstance(found, Unreadable)
    assert found.reason


def test_a_record_without_what_is_needed_is_unreadable():
    assert isinstance(from_record({"schema": 1, "kind": "shown"}), Unreadable)
    assert isinstance(from_record({"schema": 1}), Unreadable)


def test_keyed_hash_is_hmac_sha256_cut_to_eight_bytes():
    key = bytes(range(32))
    whole = hmac.new(key, b"file:///a/b.py", hashlib.sha256).hexdigest()
    assert keyed_hash(key, "file:///a/b.py") == whole[:16]
    assert keyed_hash(key[::-1], "file:///a/b.py") != whole[:16]


@given(st.binary(min_size=32, max_size=32), st.text(st.characters()))
def test_a_keyed_hash_always_fits_the_field(key, text):
    hashed = keyed_hash(key, text)
    assert event(document=hashed).document == hashed


@given(st.sampled_from(FREE_NAMES), st.text(st.characters(), max_size=500))
def test_a_label_always_fits_its_field(name, text):
    made = label(name, text)
    assert getattr(event(**{name: made}), name) == made
    assert made.isprintable()


def test_a_label_keeps_a_good_name():
    assert label("model", "moonshotai/Kimi-K2.6 (turbo)") == "moonshotai/Kimi-K2.6 (turbo)"
    assert label("language", "c++\n\x1b[2J") == "c++??[2J"
