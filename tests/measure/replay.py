"""Editing sessions as text files, and how one is played back.

A file has sections. `-- about --` says what the session shows, `-- editor --` holds `name:` and `encoding:`. Each line of
`-- steps --` begins with the time in seconds:

    0.0 open a.py python "def f():\\n    "
    0.1 offer s1 a.py 1:4 "return 1" [replaces=1] [menu="return"]     what the server sent
    0.9 change a.py 1:4-1:4 "r" [1:5-1:5 "e" ...]                      one notification; or: change a.py full "..."
    1.0 shown s1 | accept s1 full | part s1 7 | dismiss s1 | clear a.py | close a.py | end

Positions count from 0, columns in units of the encoding; lengths of parts in UTF-16 units of the item as it was sent.
`-- truth --` has a line for each suggestion: `s1: accepted 8, typed 2, retained 30 1.0, undone, edited, dismissed`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types

from caretwise.lsp.document import Documents
from caretwise.measure.fact import Fact
from caretwise.measure.outcome import Outcomes
from caretwise.measure.schema import Kind
from caretwise.text.position import Position, PositionEncoding, to_code_points

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "sessions"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*")+')


@dataclass
class Truth:
    """What really became of a suggestion; `found` has the same form."""

    accepted: int = 0
    typed: int = 0
    retained: dict[int, float | None] = field(default_factory=dict[int, float | None])
    marks: set[str] = field(default_factory=set[str])


@dataclass
class Session:
    """One file."""

    name: str
    editor: str
    encoding: PositionEncoding
    steps: list[tuple[float, str, list[str]]]
    truth: dict[str, Truth]
    text_alone: dict[str, Truth]


def read(path: Path) -> Session:
    """Read a file. Raises AssertionError for a line that is not understood."""
    parts = dict(re.findall(r"^-- ([a-z ]+) --\n(.*?)(?=^-- |\Z)", path.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    settings = dict(re.findall(r"^(\w+): *(.*)$", parts["editor"], re.MULTILINE))
    steps: list[tuple[float, str, list[str]]] = []
    for line in filter(None, map(str.strip, parts["steps"].splitlines())):
        time, kind, *words = _WORD.findall(line)
        steps.append((float(time), kind, words))
    truth = _truth(parts["truth"])
    alone = {**truth, **_truth(parts.get("truth of the text alone", ""))}
    return Session(path.stem, settings["name"], PositionEncoding(settings["encoding"]), steps, truth, alone)


def _truth(text: str) -> dict[str, Truth]:
    found: dict[str, Truth] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, said = line.partition(":")
        one = found[name] = Truth()
        for word in filter(None, map(str.strip, said.split(","))):
            first, *rest = word.split()
            if first == "accepted":
                one.accepted = int(rest[0])
            elif first == "typed":
                one.typed = int(rest[0])
            elif first == "retained":
                one.retained[int(rest[0])] = None if rest[1] == "?" else float(rest[1])
            else:
                assert first in {"undone", "edited", "dismissed", "shown", "many_files", "replaced"}, word
                one.marks.add(first)
    return found


class Replay:
    """Plays a session into a fresh `Outcomes`, through the server's own documents. `deaf`: the editor says nothing."""

    def __init__(self, session: Session, *, deaf: bool = False) -> None:
        self.session, self.deaf = session, deaf
        self.documents = Documents()
        self.outcomes = Outcomes(session.editor)
        self.facts: list[Fact] = []
        self.items: dict[str, str] = {}
        self.now = 0.0

    def run(self) -> list[Fact]:
        for at, kind, words in self.session.steps:
            self._until(at)
            self.facts += getattr(self, f"_{kind}")(at, *words) or []
        return self.facts

    def _until(self, at: float) -> None:
        while (due := self.outcomes.due()) is not None and due <= at:
            self.now = max(self.now, due)
            more = self.outcomes.tick(self.now)
            self.facts += more
            assert more or self.outcomes.due() != due, f"nothing came of {due}"
        self.now = at

    def _open(self, _: float, uri: str, language: str, text: str) -> None:
        self.documents.open(types.TextDocumentItem(uri, language, 0, json.loads(text)))

    def _offer(self, at: float, suggestion: str, uri: str, place: str, text: str, *more: str) -> list[Fact]:
        options = dict(word.split("=", 1) for word in more)
        self.items[suggestion] = json.loads(text)
        return self.outcomes.offered(
            at,
            suggestion,
            uri,
            json.loads(text).replace("\r\n", "\n"),
            self._place(uri, place),
            replaces=int(options.get("replaces", "0")),
            menu=json.loads(options.get("menu", '""')),
        )

    def _place(self, uri: str, place: str) -> Position:
        line, units = map(int, place.split(":"))
        snapshot = self.documents.snapshot(uri)
        assert snapshot is not None
        return Position(line, to_code_points(snapshot.line(line), units, self.session.encoding))

    def _change(self, at: float, uri: str, *words: str) -> list[Fact]:
        changes: list[types.TextDocumentContentChangeEvent] = []
        for place, text in zip(words[::2], words[1::2], strict=True):
            if place == "full":
                changes.append(types.TextDocumentContentChangeWholeDocument(json.loads(text)))
                continue
            start, end = (types.Position(*map(int, one.split(":"))) for one in place.split("-"))
            changes.append(types.TextDocumentContentChangePartial(types.Range(start, end), json.loads(text)))
        document = self.documents.get(uri)
        assert document is not None
        document.change(changes, document.version + 1, self.session.encoding)
        return self.outcomes.changed(at, uri, document.take_changes(document.version))

    def _shown(self, at: float, suggestion: str) -> list[Fact]:
        return [] if self.deaf else self.outcomes.shown(at, suggestion)

    def _accept(self, at: float, suggestion: str, amount: str) -> list[Fact]:
        return [] if self.deaf else self.outcomes.accepted(at, suggestion, amount)  # pyright: ignore[reportArgumentType]

    def _part(self, at: float, suggestion: str, units: str) -> list[Fact]:
        if self.deaf:
            return []
        item = self.items.get(suggestion, "")
        taken = item[: to_code_points(item, int(units), PositionEncoding.UTF16)].replace("\r\n", "\n")
        amount = "line" if "\n" in taken else "word"
        return self.outcomes.accepted(at, suggestion, amount, length=len(taken), evidence="notice")

    def _dismiss(self, at: float, suggestion: str) -> list[Fact]:
        return [] if self.deaf else self.outcomes.dismissed(at, suggestion)

    def _clear(self, at: float, uri: str) -> list[Fact]:
        return self.outcomes.cleared(at, uri)

    def _close(self, at: float, uri: str) -> list[Fact]:
        self.documents.close(uri)
        return self.outcomes.closed(at, uri)

    def _end(self, at: float) -> list[Fact]:
        return self.outcomes.end(at)


def found_in(facts: list[Fact]) -> dict[str, Truth]:
    """What the facts say of each suggestion; a suggestion is counted once, whoever said how much was accepted."""
    found: defaultdict[str, Truth] = defaultdict(Truth)
    for fact in facts:
        one = found[fact.suggestion]
        if fact.kind is Kind.ACCEPTED:
            one.accepted = max(one.accepted, fact.characters or 0)
        elif fact.kind is Kind.TYPED_THROUGH:
            one.typed += fact.characters or 0
        elif fact.kind is Kind.RETAINED:
            assert fact.after_s is not None
            one.retained[fact.after_s] = fact.share
            if fact.disturbed in {"many_files", "replaced"}:
                one.marks.add(fact.disturbed)
        elif fact.kind in {Kind.UNDONE, Kind.EDITED, Kind.DISMISSED, Kind.SHOWN}:
            one.marks.add(fact.kind.value)
    return dict(found)
