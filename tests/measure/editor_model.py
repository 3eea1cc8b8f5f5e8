"""An editor that knows whose each code point is: random sessions, and the truth about them."""

from __future__ import annotations

import random
import re
from collections import defaultdict

from lsprotocol import types

from caretwise.lsp.document import Documents
from caretwise.measure.fact import Fact
from caretwise.measure.outcome import Outcomes
from caretwise.measure.schema import CHECKPOINTS
from caretwise.text.position import Position, PositionEncoding

GHOSTS = (
    "width{0} * height{0}",
    "total{0}(items{0}, rate)",
    "value{0} = other{0}",
    "for x{0} in names{0}:\n        go(x{0})\n    end{0}",
)
LINES = ("import os\n", "alpha = 1\n", "    return beta\n", "\n", "gamma(delta)\n")
TOKEN = re.compile(r"\w+|[^\w\s]")
Owned = tuple[str, tuple[str, int] | None]
Edit = tuple[int, int, list[Owned]]


class Editor:
    """One document, one cursor; `silent`: it never says what it accepts."""

    def __init__(self, name: str, draw: random.Random) -> None:
        self.draw, self.silent, self.now = draw, name == "Kakoune", 100.0
        self.documents, self.outcomes, self.version = Documents(), Outcomes(name), 0
        self.facts: list[Fact] = []
        head = "".join(draw.choices(LINES, k=4)) + "def work(items):\n    "
        text = head + "\n" + "".join(draw.choices(LINES, k=4))
        self.document = self.documents.open(types.TextDocumentItem("a", "python", 0, text))
        self.text: list[Owned] = [(char, None) for char in text]
        self.cursor = len(head)
        self.undo: list[list[Edit]] = []
        self.ghosts: dict[str, str] = {}
        self.on_screen: tuple[str, int] | None = None
        self.accepted: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self.first: dict[str, float] = {}
        self.typed: defaultdict[str, int] = defaultdict(int)
        self.kept: defaultdict[str, dict[int, float]] = defaultdict(dict)

    def until(self, at: float) -> None:
        """Time goes by, and every timer is heard."""
        while (due := self.outcomes.due()) is not None and due <= at:
            self.now = max(self.now, due)
            self._look()
            more = self.outcomes.tick(self.now)
            self.facts += more
            assert more or self.outcomes.due() != due, "a timer that does nothing is due for ever"
        self.now = at
        self._look()

    def _look(self) -> None:
        for name, first in self.first.items():
            for after in CHECKPOINTS:
                if self.now >= first + after:
                    self.kept[name].setdefault(after, self._share(name))

    def _share(self, name: str) -> float:
        where = {owner: at for at, (_, owner) in enumerate(self.text) if owner is not None}
        found: list[bool] = []
        for low, high in self.accepted[name]:
            text = self.ghosts[name][low:high]
            for token in TOKEN.finditer(text):
                at = [where.get((name, low + place), -9) for place in range(token.start(), token.end())]
                whole = at[0] >= 0 and at == list(range(at[0], at[0] + len(at)))
                ahead = self.text[at[0] - 1][0] if token.start() else " "
                behind = self.text[at[-1] + 1][0] if token.end() < len(text) else " "
                found.append(whole and not (token[0].isalnum() and (ahead.isalnum() or behind.isalnum())))
        return sum(found) / len(found)

    def edit(self, edits: list[Edit], *, remember: bool = True) -> list[Edit]:
        """One notification; what would take it back."""
        changes: list[types.TextDocumentContentChangeEvent] = []
        back: list[Edit] = []
        for low, high, new in edits:
            span = types.Range(self._place(low), self._place(high))
            changes.append(types.TextDocumentContentChangePartial(span, "".join(char for char, _ in new)))
            back.insert(0, (low, low + len(new), self.text[low:high]))
            self.text[low:high] = new
            if self.cursor >= high:
                self.cursor += len(new) - (high - low)
        self.version += 1
        self.document.change(changes, self.version, PositionEncoding.UTF16)
        self.facts += self.outcomes.changed(self.now, "a", self.document.take_changes(self.version))
        if remember:
            self.undo.append(back)
        return back

    def put(self, at: int, text: str) -> None:
        """The user puts text in."""
        self.edit([(at, at, [(char, None) for char in text])])

    def _place(self, at: int) -> types.Position:
        ahead = "".join(char for char, _ in self.text[:at])
        return types.Position(ahead.count("\n"), len(ahead) - ahead.rfind("\n") - 1)

    def offer(self) -> None:
        """A new line, and a suggestion in it."""
        text = "".join(char for char, _ in self.text)
        self.cursor = text.index("\n", self.cursor)
        self.put(self.cursor, "\n    ")
        name = f"s{len(self.ghosts)}"
        self.ghosts[name] = self.draw.choice(GHOSTS).format(len(self.ghosts))
        self.until(self.now + 0.1)
        place = self._place(self.cursor)
        self.facts += self.outcomes.offered(
            self.now, name, "a", self.ghosts[name], Position(place.line, place.character)
        )
        self.on_screen = name, 0
        if not self.silent:
            self.facts += self.outcomes.shown(self.now, name)

    def type_some(self) -> None:
        """The next few code points of the suggestion, key by key."""
        assert self.on_screen
        name, done = self.on_screen
        for char in self.ghosts[name][done : done + self.draw.randint(1, 4)].split("\n")[0]:
            if done < len(self.ghosts[name]) - 3:
                self.put(self.cursor, char)
                done += 1
                self.typed[name] += 1
                self.until(self.now + self.draw.choice([0.1, 0.9]))
        self.on_screen = name, done

    def accept(self) -> None:
        """All of it; the editor's word comes before the edit or after it, or never."""
        assert self.on_screen
        name, done = self.on_screen
        ghost, self.on_screen = self.ghosts[name], None
        says_first = self.draw.random() < 0.4
        if says_first and not self.silent:
            self.facts += self.outcomes.accepted(self.now, name)
            self.until(self.now + self.draw.choice([0.0, 0.01, 0.3]))
        self.first[name], self.accepted[name] = self.now, [(done, len(ghost))]
        self.edit([(self.cursor, self.cursor, [(ghost[at], (name, at)) for at in range(done, len(ghost))])])
        if not says_first and not self.silent:
            self.until(self.now + self.draw.choice([0.0, 0.01, 0.3]))
            self.facts += self.outcomes.accepted(self.now, name)

    def work_on(self) -> None:
        """Something else: a word of accepted text goes or is split, lines come and go, an undo, perhaps undone."""
        text = "".join(char for char, _ in self.text)
        starts = [found.end() for found in re.finditer("\n", text)][:-1]
        words = [word for word in re.finditer(r"\w{3,}", text) if self._is_ours(word.start(), word.end())]
        kind = self.draw.choice(["word", "split", "line", "no line", "undo", "undo"])
        if kind == "word" and words:
            word = self.draw.choice(words)
            self.edit([(word.start(), word.end(), [])])
        elif kind == "split" and words:
            word = self.draw.choice(words)
            self.put(word.start() + 1, "zz ")
        elif kind == "line":
            self.put(self.draw.choice(starts), self.draw.choice(LINES))
        elif kind == "no line":
            low = self.draw.choice(starts)
            high = text.index("\n", low) + 1
            if not any(owner for _, owner in self.text[low:high]) and not low <= self.cursor < high:
                self.edit([(low, high, [])])
        elif kind == "undo" and self.undo:
            forth = self.edit(self.undo.pop(), remember=False)
            if self.draw.random() < 0.4:
                self.until(self.now + self.draw.choice([0.3, 2.0, 8.0]))
                self.undo.append(self.edit(forth, remember=False))

    def _is_ours(self, low: int, high: int) -> bool:
        return len({owner and owner[0] for _, owner in self.text[low:high]} | {None}) == 2 and all(
            owner for _, owner in self.text[low:high]
        )


def session(seed: int) -> Editor:
    """A random session, to its end."""
    draw = random.Random(seed)
    editor = Editor(draw.choice(["Neovim", "Visual Studio Code", "Kakoune"]), draw)
    for _ in range(14):
        editor.until(editor.now + draw.choice([0.05, 0.8, 1.5, 3.0, 8.0, 20.0]))
        chance = draw.random()
        if editor.on_screen is None:
            (editor.offer if chance < 0.4 else editor.work_on)()
        elif chance < 0.5:
            editor.type_some()
        elif chance < 0.9:
            editor.accept()
        else:
            editor.on_screen = None
            editor.put(editor.cursor, "Q")
            editor.facts += editor.outcomes.cleared(editor.now, "a")
    editor.until(editor.now + 700)
    editor.facts += editor.outcomes.end(editor.now)
    return editor
