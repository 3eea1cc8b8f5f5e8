"""What is worked out a moment later comes out as what is worked out at once, in whatever order things happen."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from lsprotocol import types

from caretwise.complete.ghost import Ghost
from caretwise.engine.offer import Ask, Facts, Offer
from caretwise.engine.record import Recorder
from caretwise.engine.screen import Screen
from caretwise.lsp.document import Documents
from caretwise.text.language import by_id
from caretwise.text.position import Position, PositionEncoding

GHOSTS = ("width * height", "compute(items, rate)", "for item in items:\n        go(item)\n    return 1")


class Clock:
    poll = None
    time = 1e6

    def now(self) -> float:
        return self.time


class Written(list[Any]):
    def record(self, event: Any) -> None:
        self.append(event)


class AtOnce(Screen):
    """Works out each edit and each offer before anything else happens."""

    def _afterwards(self, happened: Callable[[], list[Any]]) -> None:
        super()._afterwards(happened)
        self.catch_up()


class Play:
    """The same events for the same seed."""

    def __init__(self, kind: type[Screen], seed: int) -> None:
        self.draw, self.clock, self.written = random.Random(seed), Clock(), Written()
        editor = self.draw.choice(["Neovim", "Visual Studio Code", "Kakoune"])
        self.screen = kind(Recorder(self.written, b"k" * 32, self.clock, editor), self.clock, editor)
        self.documents, self.at, self.versions = Documents(), {"a": (1, 4), "b": (1, 4)}, defaultdict[str, int](int)
        for uri in self.at:
            self.documents.open(types.TextDocumentItem(uri, "python", 0, "def f():\n    \n\nx = 1\n"))
        self.offers: list[str] = []
        self.ghost: dict[str, tuple[str, str]] = {}

    def change(self, uri: str, line: int, low: int, high: int, text: str) -> None:
        document = self.documents.get(uri)
        assert document is not None
        self.versions[uri] += 1
        span = types.Range(types.Position(line, low), types.Position(line, high))
        changes = [types.TextDocumentContentChangePartial(span, text)]
        document.change(changes, self.versions[uri], PositionEncoding.UTF16)
        self.screen.changed(uri, document.take_changes(self.versions[uri]))
        first, breaks, rest = text.rpartition("\n")
        self.at[uri] = line + text.count("\n"), len(rest) if breaks else low + len(first + rest)

    def offer(self, uri: str, *, beside: bool = False) -> None:
        place = Position(*self.at[uri])
        snapshot = self.documents.snapshot(uri)
        assert snapshot is not None
        again = self.offers and self.draw.random() < 0.2
        name = self.draw.choice(self.offers) if again else f"s{len(self.offers)}"
        ask = Ask(snapshot, place, by_id("python"), "a.py", asked_at=self.clock.time - 0.1)
        ghost = self.draw.choice(GHOSTS)
        offered = Offer(name, Ghost(ghost, place), Facts(model="kimi", origin="network"))
        (self.screen.also if beside else self.screen.offered)(ask, offered)
        self.offers.append(name)
        self.ghost[uri] = name, ghost

    def insert(self, uri: str) -> None:
        name, ghost = self.ghost.get(uri, ("", "q"))
        part = ghost[: self.draw.choice([1, 5, len(ghost)])]
        says = self.draw.choice(["first", "after", "never"])
        for now in ("first", "edit", "after"):
            if now == "edit":
                self.change(uri, *self.at[uri], self.at[uri][1], part)
                self.ghost[uri] = name, ghost[len(part) :]
            elif now == says and part == ghost:
                self.screen.accepted(name, "full")
            elif now == says:
                self.screen.accepted_units(name, len(part))

    def time(self) -> None:
        self.clock.time += self.draw.choice([0.001, 0.01, 0.2, 0.8, 3, 20, -0.5, -5])
        self.screen.catch_up()
        self.screen._tick()

    def step(self) -> None:
        draw, uri = self.draw, self.draw.choice("ab")
        (line, column), some = self.at[uri], self.draw.choice([*self.offers, "unknown"])
        match draw.randrange(14):
            case 0 | 1 | 2:
                self.offer(uri)
            case 3 | 4 | 5:
                self.insert(uri)
            case 6:
                self.change(uri, line, column, column, draw.choice(["q", "\n    ", "()"]))
            case 7:
                self.change(uri, line, max(0, column - draw.randint(1, 9)), column, "")
            case 8:
                self.screen.shown(some)
            case 9:
                self.screen.dismissed(some)
            case 10:
                self.screen.cleared(uri)
            case 11:
                self.screen.stood(uri)
            case 12:
                self.offer(uri, beside=True)
            case _:
                self.screen.closed(uri)

    def run(self) -> list[str]:
        for _ in range(40):
            if self.draw.random() < 0.4:
                self.time()
            self.step()
        self.screen.close()
        return sorted(map(repr, self.written))


@pytest.mark.parametrize("seed", range(8))
async def test_later_is_as_at_once(seed: int) -> None:
    for number in range(25):
        assert Play(Screen, 25 * seed + number).run() == Play(AtOnce, 25 * seed + number).run()
