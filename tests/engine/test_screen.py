"""The screen: units, line ends, and a clock that is put forward."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from caretwise.complete.ghost import Ghost
from caretwise.engine.offer import Ask, Facts, Offer
from caretwise.engine.record import Recorder, name_of
from caretwise.engine.screen import Screen
from caretwise.measure.arm import Experiment
from caretwise.measure.event import Kind
from caretwise.measure.outcome import Outcomes
from caretwise.text.language import by_id
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

GHOST = "größe 🎈\n    return 1"


class Clock:
    def __init__(self, poll: float | None) -> None:
        self.poll, self.time = poll, 1000.0

    def now(self) -> float:
        return self.time


class Written(list[Any]):
    def record(self, event: Any) -> None:
        self.append(event)

    def of(self, kind: Kind) -> list[Any]:
        return [event for event in self if event.kind is kind]


def offered(editor: str, text: str, clock: Clock) -> tuple[Screen, Written]:
    written = Written()
    screen = Screen(Recorder(written, b"k" * 32, clock, editor), clock, editor)
    screen.offered(*another("s1", text))
    return screen, written


def another(name: str, text: str = "def f():\n    \n") -> tuple[Ask, Offer]:
    ask = Ask(Snapshot.of(text, uri="file:///a.py"), Position(1, 4), by_id("python"), "a.py")
    return ask, Offer(name, Ghost(GHOST, ask.position), Facts(model="kimi", origin="network"))


@pytest.mark.parametrize(
    ("editor", "end", "units"),
    # The balloon has two units; what is accepted is "größe 🎈", a line end and "    return": 18 code points.
    [("Emacs", "\n", 19), ("Emacs", "\r\n", 20), ("Neovim", "\n", 19), ("Neovim", "\r\n", 19)],
)
async def test_a_part_is_counted_in_code_points_whatever_the_line_ends(editor: str, end: str, units: int) -> None:
    screen, written = offered(editor, f"def f():{end}    {end}", Clock(None))
    assert screen.accepted_units("s1", units)
    (one,) = written.of(Kind.ACCEPTED)
    assert (one.characters, one.lines, one.amount, one.evidence) == (len("größe 🎈\n    return"), 2, "line", "notice")
    screen.close()


async def test_a_clock_that_is_put_forward_is_seen_within_50_ms() -> None:
    clock = Clock(0.01)
    screen, written = offered("kak", "def f():\n    \n", clock)
    await asyncio.sleep(0.03)
    assert not written.of(Kind.SHOWN)
    clock.time += 0.8
    async with asyncio.timeout(5):
        while not written.of(Kind.SHOWN):
            await asyncio.sleep(0.005)
    (one,) = written.of(Kind.SHOWN)
    assert (one.evidence, one.at, one.visible_ms) == ("timer", 1000.75, 750.0)
    screen.close()


async def test_the_embedded_engine_belongs_to_no_arm() -> None:
    written, clock = Written(), Clock(None)
    recorder = Recorder(written, b"k" * 32, clock)
    drawn = recorder.assign(Experiment("x", "inline", {"kimi": 1.0, "b": 1e-9}), "file:///a.py")
    assert drawn.arm == "kimi"
    ask = Ask(Snapshot.of("x", uri="file:///a.py"), Position(0, 1), by_id("python"), "a.py", assignment=drawn)
    for facts in (
        Facts(model="kimi", origin="network"),
        Facts(),
        Facts(origin="fallback"),
        Facts(model="b", origin="disk"),
    ):
        recorder.of_ask(Kind.RETURNED, ask, facts)
    assert [(one.arm, one.experiment, one.propensity is None) for one in written] == [
        ("kimi", "x", False), ("", "", True), ("", "", True), ("", "", True),
    ]  # fmt: skip
    assert len({one.block for one in written}) == 1


async def test_a_fault_at_one_edit_costs_that_edit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, written = offered("Emacs", "def f():\n    \n", Clock(None))
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

    def faulty(*_: object) -> list[Any]:
        raise IndexError("there is no line 9")

    monkeypatch.setattr(Outcomes, "changed", faulty)
    screen.changed("file:///a.py", [])
    screen.offered(*another("s2"))
    assert screen.accepted("s2", "full")
    screen.close()
    assert [(one.suggestion, one.characters) for one in written.of(Kind.ACCEPTED)] == [("s2", len(GHOST))]
    assert [str(error) for error in told] == ["there is no line 9"]


async def test_what_waits_is_done_in_its_order_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, _ = offered("Emacs", "def f():\n    \n", Clock(None))
    done: list[int] = []
    monkeypatch.setattr(Outcomes, "changed", lambda _self, _at, uri, _changes: (done.append(int(uri)), [])[1])
    most = 0
    for number in range(0, 5000, 2):
        screen.changed(str(number), [])
        screen.later(lambda number=number + 1: done.append(number))
        most = max(most, len(screen._waiting))
    assert most <= 500
    await asyncio.wait_for(_until(lambda: not screen._waiting), 10)
    assert done == list(range(5000))
    screen.changed("5000", [])
    assert done[-1] == 4999
    assert not screen.accepted("unknown", "full")
    assert done[-1] == 5000, "whoever asks about the outcomes sees what came before"
    screen.close()


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


KEY = "sk-proj-SeCrEtKeY0123456789abcdefGHIJ"


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("model_answered", "moonshotai/Kimi-K2.6", "moonshotai/Kimi-K2.6"),
        ("model_answered", "Kimi K2.6 (turbo)", "Kimi K2.6 (turbo)"),
        ("model_answered", "/home/alice/models/kimi.gguf", "kimi.gguf"),
        ("model_answered", "C:\\Users\\alice\\kimi.gguf", "kimi.gguf"),
        ("model_answered", "total = price * 2", ""),
        ("model_answered", "def f():\n    return 1", ""),
        ("model_asked", "/data/alice/Kimi-K2.6", "Kimi-K2.6"),
        ("editor", "Visual Studio Code", "Visual Studio Code"),
        ("language", "c++", "c++"),
    ],
)
def test_a_name_from_outside_is_a_name_without_folders(field: str, text: str, kept: str) -> None:
    assert name_of(field, text) == kept


@pytest.mark.parametrize("field", ["model", "model_asked", "model_answered", "editor", "language", "arm"])
def test_a_name_that_is_a_key_is_not_kept(field: str) -> None:
    assert "SeCrEt" not in name_of(field, KEY)
    assert "SeCrEt" not in name_of(field, f"Ed {KEY}")
