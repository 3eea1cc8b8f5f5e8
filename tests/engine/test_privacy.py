"""Whatever passes through the engine's bookkeeping, nothing of it is found in the journal's files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types

from caretwise.adapters.journal import Journal, read_events
from caretwise.complete.ghost import Ghost
from caretwise.engine.fix_asked import FixAsked
from caretwise.engine.offer import Ask, AskedAt, Facts, Offer
from caretwise.engine.record import Recorder
from caretwise.engine.screen import Screen
from caretwise.lsp.document import Documents
from caretwise.measure.event import Kind
from caretwise.text.language import by_id
from caretwise.text.position import PositionEncoding

MARK = "zq7"
"""Stands in every text, path and name that is fed in, and in nothing else."""

secrets = st.lists(
    st.sampled_from([f"{MARK}pass", f"{MARK}Ω(", f"{MARK})", "\n", " ", "\t", f"{MARK}🎈"]), min_size=1, max_size=8
)
actions = st.lists(
    st.tuples(
        st.sampled_from(
            ["offer", "type", "take", "full", "part", "shown", "dismiss", "clear", "wait", "undo", "close", "ask"]
        ),
        secrets.map("".join),
        st.integers(0, 700),
    ),
    max_size=25,
)


class Clock:
    poll = None
    time = 1_700_000_000.0

    def now(self) -> float:
        return self.time


class User:
    """Somebody who edits one document, and an engine that keeps the books."""

    def __init__(self, journal: Journal, clock: Clock, number: int) -> None:
        self.clock, self.number, self.offers = clock, number, 0
        self.recorder = Recorder(journal, b"k" * 32, clock, "pytest")
        self.screen = Screen(self.recorder, clock, "pytest")
        self.documents = Documents()
        self.uri = f"file:///home/{MARK}/{MARK}{number}.py"
        self.open()
        self.ghost = ""

    def open(self) -> None:
        self.documents.open(types.TextDocumentItem(self.uri, "python", 0, f"{MARK} = 1\n"))

    def do(self, action: str, text: str, number: int) -> None:
        getattr(self, f"_{action}")(text, number)

    @property
    def id(self) -> str:
        return f"s{self.number}x{self.offers}"

    def _ask_here(self) -> Ask:
        snapshot = self.documents.snapshot(self.uri)
        assert snapshot is not None
        return Ask(snapshot, snapshot.end, by_id("python"), f"{MARK}.py", asked_at=self.clock.now())

    def _offer(self, text: str, _: int) -> None:
        self.offers += 1
        self.ghost = text
        ask = self._ask_here()
        self.screen.offered(ask, Offer(self.id, Ghost(text, ask.position), Facts(model="kimi", origin="network")))

    def _change(self, start: Any, end: Any, text: str) -> None:
        document = self.documents.get(self.uri)
        assert document is not None
        span = types.Range(types.Position(start.line, start.character), types.Position(end.line, end.character))
        edits = [types.TextDocumentContentChangePartial(span, text)]
        document.change(edits, document.version + 1, PositionEncoding.UTF32)
        self.screen.changed(self.uri, document.take_changes(document.version))

    def _type(self, text: str, _: int) -> None:
        end = self._ask_here().position
        self._change(end, end, text)

    def _take(self, _: str, __: int) -> None:
        self._type(self.ghost, 0)

    def _full(self, _: str, __: int) -> None:
        self.screen.accepted(self.id, "full")

    def _part(self, _: str, number: int) -> None:
        self.screen.accepted_units(self.id, number % 9)

    def _shown(self, _: str, __: int) -> None:
        self.screen.shown(self.id)

    def _dismiss(self, _: str, __: int) -> None:
        self.screen.dismissed(self.id)

    def _clear(self, _: str, __: int) -> None:
        self.screen.cleared(self.uri)

    def _wait(self, _: str, number: int) -> None:
        self.clock.time += number
        self.screen.changed(self.uri, [])

    def _undo(self, _: str, number: int) -> None:
        snapshot = self._ask_here().snapshot
        self._change(snapshot.position(number % 30), snapshot.end, "")

    def _close(self, _: str, __: int) -> None:
        self.screen.closed(self.uri)
        self.open()

    def _ask(self, text: str, number: int) -> None:
        kind = [Kind.OPPORTUNITY, Kind.ASKED, Kind.EMPTY, Kind.FAILED][number % 4]
        self.recorder.of_ask(kind, self._ask_here(), Facts(model="kimi"), reason="empty", characters=len(text))
        self.recorder.of_fix(Kind.FIX_OFFERED, "f1", Facts(model="kimi"), FixAsked(AskedAt(self.uri, "python")))


def test_nothing_that_was_edited_is_found_in_the_journal(tmp_path: Path) -> None:
    problems: list[str] = []
    journal = Journal.open(tmp_path, on_problem=lambda *one: problems.append(str(one)), keep_days=None)
    clock = Clock()
    kinds: set[Kind] = set()
    runs = 0

    @settings(max_examples=150, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(actions)
    def edit(steps: list[tuple[str, str, int]]) -> None:
        nonlocal runs
        runs += 1

        async def session() -> None:
            user = User(journal, clock, runs)
            # So that each run has an accepted suggestion, whatever is drawn.
            for step in [("offer", f"{MARK} + {MARK}", 0), ("take", "", 0), ("full", "", 0), *steps]:
                user.do(*step)
            user.screen.close()

        asyncio.run(session())

    edit()
    assert journal.flush(20.0)
    journal.close()
    assert problems == []
    events = list(read_events(tmp_path))
    kinds = {event.kind for event in events}
    assert {Kind.SHOWN, Kind.ACCEPTED, Kind.RETAINED, Kind.SUPERSEDED, Kind.FIX_OFFERED} <= kinds
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert MARK.encode() not in content, file.name
        assert MARK.encode("utf-16-le") not in content, file.name


def test_what_is_accepted_is_noted_once_by_each_witness_whatever_happens(tmp_path: Path) -> None:
    """Counts only grow, and no witness says the same twice."""

    @settings(max_examples=100, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(actions)
    def edit(steps: list[tuple[str, str, int]]) -> None:
        noted: list[Any] = []

        class Noted:
            def record(self, event: Any) -> None:
                noted.append(event)

        async def session() -> None:
            user = User(Noted(), Clock(), 1)  # pyright: ignore[reportArgumentType]
            for step in steps:
                user.do(*step)
            user.screen.close()

        asyncio.run(session())
        last: dict[tuple[str, str], int] = {}
        for event in noted:
            if event.kind is Kind.ACCEPTED:
                key = event.suggestion, event.evidence
                assert event.characters > last.get(key, 0)
                last[key] = event.characters
        for kind in (Kind.SHOWN, Kind.UNDONE, Kind.EDITED, Kind.SUPERSEDED):
            ids = [event.suggestion for event in noted if event.kind is kind]
            assert len(ids) == len(set(ids)), kind
        looks = [(event.suggestion, event.after_s) for event in noted if event.kind is Kind.RETAINED]
        assert len(looks) == len(set(looks))

    edit()
