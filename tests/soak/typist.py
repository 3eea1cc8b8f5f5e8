"""Somebody at work: types, asks, types along, accepts, takes back, saves, has things fixed, opens and closes files."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.editor import Editor
from tests.soak.host import ending

MOST_OPEN = 8
CANCELLED, MEMORY, MODEL = "cancelled", "memory", "model"

_HEAD = '''"""Module {name}."""

from module_{other} import measure


def area(width, height):
    return width * height


class Shape{name}:
    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        return area(self.width, self.height)
'''
_BODY = '''

def measure_{name}_{n}(items):
    """Adds up part {n}."""
    total = 0
    for item in items:
        total += item.width * {n}
    return total
'''


def source(number: int, rng: random.Random) -> str:
    """A module of 20 to 400 lines; every fifth is a long one."""
    parts = rng.randint(1, 6) if number % 5 else rng.randint(20, 50)
    name = f"{number:04}"
    return _HEAD.format(name=name, other=f"{max(0, number - 1):04}") + "".join(
        _BODY.format(name=name, n=n) for n in range(parts)
    )


@dataclass
class Page:
    """A document that is open: the editor's own copy of it."""

    uri: str
    lines: list[str]
    version: int = 1

    @property
    def last(self) -> int:
        """The number of the last line, where everything is typed."""
        return len(self.lines) - 1


@dataclass
class Counts:
    """What was done so far, and how long answers took (kind, seconds)."""

    keystrokes: int = 0
    completions: int = 0
    from_memory: int = 0
    cancelled: int = 0
    silent: int = 0
    accepted: int = 0
    fixes: int = 0
    opened: int = 0
    closed: int = 0
    wrong: list[str] = field(default_factory=list)
    took: list[tuple[str, float]] = field(default_factory=list)


class Typist:
    """Works on the files of a folder through an editor. `tick` is called after each key."""

    source = MODEL
    """Who answers what is not remembered."""

    def __init__(self, editor: Editor, root: Path, rng: random.Random, tick: Callable[[], None]) -> None:
        self._editor, self._root, self._rng, self._tick = editor, root, rng, tick
        self._pages: list[Page] = []
        self._number = 0
        self.counts = Counts()

    # -- files -----------------------------------------------------------------------------------------------------

    async def open(self, name: str) -> Page:
        """Open a file; the oldest is closed when many are open."""
        while len(self._pages) >= MOST_OPEN:
            self.close(self._pages[0])
        path = self._root / name
        text = path.read_text() + "\n\n"
        page = Page(path.as_uri(), text.split("\n"))
        item = {"uri": page.uri, "languageId": "python", "version": 1, "text": text}
        self._editor.notify("textDocument/didOpen", {"textDocument": item})
        await self._editor.drain()
        self._pages.append(page)
        self.counts.opened += 1
        return page

    def close(self, page: Page) -> None:
        """Close a file."""
        self._pages.remove(page)
        self._editor.notify("textDocument/didClose", {"textDocument": {"uri": page.uri}})
        self.counts.closed += 1

    def close_all(self) -> None:
        """Close what is open."""
        for page in list(self._pages):
            self.close(page)

    # -- keys ------------------------------------------------------------------------------------------------------

    def key(self, page: Page, text: str) -> None:
        """Type at the very end."""
        line = page.last
        at = {"line": line, "character": len(page.lines[line])}
        page.lines[line:] = (page.lines[line] + text).split("\n")
        self._change(page, {"range": {"start": at, "end": at}, "text": text})

    def erase(self, page: Page, characters: int) -> None:
        """Take back the last characters of the last line, one key each."""
        for _ in range(characters):
            end = {"line": page.last, "character": len(page.lines[-1])}
            start = {"line": page.last, "character": len(page.lines[-1]) - 1}
            page.lines[-1] = page.lines[-1][:-1]
            self._change(page, {"range": {"start": start, "end": end}, "text": ""})

    def _change(self, page: Page, change: dict[str, Any]) -> None:
        page.version += 1
        document = {"uri": page.uri, "version": page.version}
        self._editor.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        self.counts.keystrokes += 1
        self._tick()

    def replace_all(self, page: Page) -> None:
        """What some editors send for an undo: the whole text."""
        page.version += 1
        document = {"uri": page.uri, "version": page.version}
        whole = {"text": "\n".join(page.lines)}
        self._editor.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [whole]})

    def save(self, page: Page) -> None:
        """Say that the file was saved (the file itself stays: nothing is read by its URI)."""
        self._editor.notify("textDocument/didSave", {"textDocument": {"uri": page.uri}})

    # -- asking ----------------------------------------------------------------------------------------------------

    def _params(self, page: Page, *, invoked: bool = False) -> dict[str, Any]:
        return {
            "textDocument": {"uri": page.uri},
            "position": {"line": page.last, "character": len(page.lines[-1])},
            "context": {"triggerKind": 1 if invoked else 2},
        }

    async def ask(self, page: Page, kind: str, *, invoked: bool = False) -> dict[str, Any] | None:
        """Ghost text at the cursor, or None."""
        since = time.perf_counter()
        answer = await self._editor.request("textDocument/inlineCompletion", self._params(page, invoked=invoked))
        took = time.perf_counter() - since
        if "error" in answer:
            self.counts.wrong.append(f"an error as answer: {answer['error']}")
            return None
        items = answer["result"]["items"]
        if not items:
            self.counts.silent += 1
            return None
        self.counts.took.append((kind, took))
        return items[0]

    def start(self, page: Page, number: str) -> str:
        """Begin a new line with a call that only the host can finish; what of it is still to be typed, key by key."""
        self.key(page, "\n")
        self.key(page, f"v{number}")
        return " = area("

    def wanted(self, number: str) -> str:
        """What the suggestion must be there."""
        return ending(number)

    async def begin(self, page: Page) -> str:
        """Something new, up to where it is to be finished; returns its number. One request on the way is taken back."""
        self._number += 1
        number = str(self._number)
        typed = self.start(page, number)
        cancel_at = self._rng.randrange(1, len(typed) - 1) if self._rng.random() < 0.3 else None
        for place, character in enumerate(typed):
            self.key(page, character)
            if place == cancel_at:
                asked = self._editor.send("textDocument/inlineCompletion", self._params(page))
                self.key(page, typed[place + 1])
                self.erase(page, 1)
                answer = await self._editor.cancel(asked)
                if "error" in answer and answer["error"]["code"] != -32800:
                    self.counts.wrong.append(f"an error as answer: {answer['error']}")
                self.counts.cancelled += 1
        await self._editor.drain()
        return number

    async def complete(self, page: Page) -> bool:
        """One suggestion, typed along for a while and then accepted; whether there was one."""
        number = await self.begin(page)
        item = await self.ask(page, self.source)
        if item is None:
            return False
        text = item["insertText"]
        if text != self.wanted(number):
            self.counts.wrong.append(f"asked for {self.wanted(number)!r}, got {text!r}")
            return False
        self.counts.completions += 1
        for _ in range(self._rng.randrange(0, 4)):
            self.key(page, text[0])
            text = text[1:]
            rest = await self.ask(page, MEMORY)
            if rest is None or rest["insertText"] != text:
                self.counts.wrong.append(f"typed along to {text!r}, got {rest and rest['insertText']!r}")
                return False
            self.counts.from_memory += 1
        if self._rng.random() < 0.7:
            self.key(page, text)
            await self._editor.request("workspace/executeCommand", item["command"])
            self.counts.accepted += 1
        else:
            self.erase(page, self._rng.randrange(1, 4))
        return True

    async def fix(self, page: Page) -> bool:
        """A line with a fault, a diagnostic from somebody, the code action, its edit; whether the fault was mended."""
        self._number += 1
        number = self._number
        self.key(page, f"\nw{number} = undefined_name")
        line, end = page.last, len(page.lines[-1])
        span = {
            "start": {"line": line, "character": end - len("undefined_name")},
            "end": {"line": line, "character": end},
        }
        diagnostic = {"range": span, "message": 'Undefined name "undefined_name"', "severity": 1, "source": "lint"}
        params = {"textDocument": {"uri": page.uri}, "range": span, "context": {"diagnostics": [diagnostic]}}
        listed = (await self._editor.request("textDocument/codeAction", params)).get("result") or []
        if not listed:
            self.counts.wrong.append("no code action for a diagnostic")
            return False
        answer = await self._editor.request("codeAction/resolve", listed[0])
        edit = (answer.get("result") or {}).get("edit")
        if edit is None:
            return False
        if f"{number}" not in str(edit):
            self.counts.wrong.append(f"the fix of line {number} is {edit}")
            return False
        self.counts.fixes += 1
        return True

    # -- trouble ---------------------------------------------------------------------------------------------------

    async def ask_in_vain(self, page: Page, *, patience: float) -> None:
        """Ask while the network is out of order: typing goes on, and the request is taken back when nothing comes."""
        await self.begin(page)
        asked = self._editor.send("textDocument/inlineCompletion", self._params(page))
        try:
            answer = await asyncio.wait_for(asyncio.shield(asked.answer), patience)
        except TimeoutError:
            answer = await self._editor.cancel(asked)
        if "error" in answer and answer["error"]["code"] != -32800:
            self.counts.wrong.append(f"an error as answer: {answer['error']}")
        self.counts.silent += 1

    async def recover(self, page: Page, seconds: float) -> float | None:
        """Ask by hand, as one does when the network is back; seconds until there was a suggestion, None when none came."""
        number = await self.begin(page)
        since = time.monotonic()
        while time.monotonic() - since < seconds:
            item = await self.ask(page, "recovery", invoked=True)
            if item is not None:
                if self.wanted(number) not in item["insertText"]:
                    self.counts.wrong.append(f"asked for {self.wanted(number)!r}, got {item['insertText']!r}")
                return time.monotonic() - since
            await asyncio.sleep(0.1)
        self.counts.wrong.append(f"no suggestion within {seconds:.0f} s of the network's recovery")
        return None
