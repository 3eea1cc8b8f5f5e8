"""How much of a prompt stays as it was from one request to the next: what a host with a prefix cache need not compute again.

    python -m tests.benchmarks.prompt_prefix [--keep] [--llama BINARY --model FILE.gguf]

Replays of work on this repository's own files: typing lines with brackets that the editor closes, several lines with their
indentation, an edit in another function and back, while other files are open beside it. Prompts are made as the engine
makes them, for each chat style and for a layout that puts the suffix first. With a llama.cpp server and a model it also
measures the time to the first token of the first and of the second request. The exit status is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.results import keep

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.project import uri_of_path
from caretwise.adapters.resources import catalog
from caretwise.adapters.settings_load import load
from caretwise.app import App, Surface
from caretwise.engine.offer import Ask
from caretwise.models.catalog import ModelChoice
from caretwise.models.profile import Profile
from caretwise.text.edit import TextEdit, apply_edits, common_prefix
from caretwise.text.language import identify
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

TITLE = "What of a prompt stays"
SOURCES = Path(__file__).parents[2] / "server" / "caretwise"
FILES = ("engine/suggest.py", "complete/ghost.py", "adapters/settings_load.py")
BESIDE = ("engine/offer.py", "engine/screen.py", "complete/recipe.py", "text/snapshot.py", "text/edit.py")
LEAST, MOST_RATIO = 0.95, 0.10
EVERY = 4
"""Keys from one request to the next."""

LINES = (
    "found = self._answers.find(ask, self._outside.fingerprint())\n",
    "if found is None:\n    return None\n",
    "for number, line in enumerate(snapshot.lines[first:last]):\n    total += len(line)\n",
)
STYLES = ("snippet", "hole", "search_replace", "raw_fim (suffix first)")


@dataclass(frozen=True, slots=True)
class Step:
    """A state of the document with the cursor in it."""

    snapshot: Snapshot
    position: Position


class Hand:
    """Types in one document, as an editor that closes brackets does."""

    def __init__(self, path: Path) -> None:
        """Begin with the file as it is."""
        uri = uri_of_path(path)
        self.now = Snapshot.of(path.read_text(), uri=uri, language_id="python", version=1)
        self.at = Position(0, 0)
        self.edits: list[tuple[Snapshot, TextEdit, Snapshot]] = []

    def put(self, text: str, at: Position) -> None:
        """Insert a text at a place; the cursor does not move."""
        edit = TextEdit(Range(at, at), text)
        before, self.now = self.now, apply_edits(self.now, [edit], version=self.now.version + 1)
        self.edits.append((before, edit, self.now))

    def open_line(self, number: int) -> None:
        """Begin a line below line `number`, as deep as that one."""
        depth = len(self.now.line(number)) - len(self.now.line(number).lstrip())
        self.put("\n" + " " * depth, Position(number, len(self.now.line(number))))
        self.at = Position(number + 1, depth)

    def key(self, character: str) -> None:
        """One key: what it inserts, and the closing bracket that the editor adds, or that is typed over."""
        after = self.now.after(self.at)
        if character in ")]}" and after.startswith(character):
            self.at = replace(self.at, character=self.at.character + 1)
        elif character == "\n":
            end = Position(self.at.line, len(self.now.line(self.at.line)))
            self.at = end
            self.open_line(self.at.line)
        else:
            closing = {"(": ")", "[": "]", "{": "}"}.get(character, "")
            self.put(character + closing, self.at)
            self.at = replace(self.at, character=self.at.character + 1)


def trace(path: Path) -> Iterator[tuple[Hand, Step]]:
    """The states in which a request would be made."""
    hand = Hand(path)
    third = len(hand.now.lines) // 3
    places = [third, third, third + 12, 2 * third]
    for place, lines in zip(places, (LINES[0], LINES[1], LINES[2], LINES[0]), strict=True):
        hand.open_line(_statement(hand.now, place))
        for count, character in enumerate(lines.rstrip("\n")):
            if character == " " and not hand.now.before(hand.at).strip():
                continue  # the editor has indented
            hand.key(character)
            if count % EVERY == 0:
                yield hand, Step(hand.now, hand.at)


def _statement(snapshot: Snapshot, near: int) -> int:
    """A line near by that is inside a function."""
    return next(n for n in range(near, len(snapshot.lines)) if snapshot.line(n).startswith("        "))


def profile_of(style: str) -> Profile:
    """A model that is asked in a style."""
    if style in STYLES[:3]:
        choice = ModelChoice("m", "kimi-k2.6", "http://127.0.0.1:1/v1", "moonshot", style=style)
    else:
        choice = ModelChoice("m", "codestral", "http://127.0.0.1:1/v1", "vllm", family="codestral", style="raw_fim")
    found = catalog().resolve(choice)
    assert isinstance(found, Profile), found
    return found


async def prompts(style: str, path: Path, folder: Path) -> list[str]:
    """The prompts of one trace, as the text that goes over the wire, in the order in which a host reads it."""
    environ = {name: str(folder / name.lower()) for name in ("CARETWISE_CACHE_DIR", "CARETWISE_STATE_DIR")}
    environ["CARETWISE_CONFIG"] = os.devnull
    beside = [_opened(SOURCES / name) for name in BESIDE if SOURCES / name != path]
    app = App(load(environ), [SOURCES], Surface(tell=lambda _: None), lambda: beside, environ)
    profile = profile_of(style)
    app.outside.inline = profile
    made: list[str] = []
    try:
        first = Hand(path).now
        app.opened(first)
        await app.outside.gatherer.settle()
        done = 0
        for hand, step in trace(path):
            for before, edit, after in hand.edits[done:]:
                app.changed(before, [edit], after)
            done = len(hand.edits)
            ask = Ask(step.snapshot, step.position, identify("python", path.name), path.name)
            prepared = await app.suggester._model.prepared(ask, profile)
            await app.outside.gatherer.settle()
            body = prepared.request.body
            made.append(body.get("prompt") or "\n".join(one["content"] for one in body["messages"]))
    finally:
        await app.close()
    return made


def _opened(path: Path) -> Snapshot:
    return Snapshot.of(path.read_text(), uri=uri_of_path(path), language_id="python", version=1)


def kept(made: list[str]) -> list[float]:
    """Of each prompt but the first: the part that is an unchanged beginning of the one before."""
    return [common_prefix(one, two) / len(two) for one, two in itertools.pairwise(made)]


@dataclass(frozen=True, slots=True)
class Row:
    """One style over all traces."""

    style: str
    requests: int
    characters: int
    parts: tuple[float, ...]

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return statistics.median(self.parts) >= LEAST

    def __str__(self) -> str:
        """The row in Markdown."""
        tenth = statistics.quantiles(self.parts, n=10)[0]
        cold = sum(part < 0.5 for part in self.parts)
        return (
            f"| {self.style} | {self.requests} | {self.characters:,} | {statistics.median(self.parts):.1%} | {tenth:.1%} "
            f"| {statistics.mean(self.parts):.1%} | {cold} | {'met' if self.met else '**missed**'} |"
        )


HEAD = (
    "| style | prompts | characters (median) | unchanged beginning: median | 10th percentile | mean | below half | goal |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


async def measure() -> list[Row]:
    """All styles over all traces."""
    rows: list[Row] = []
    for style in STYLES:
        parts: list[float] = []
        sizes: list[int] = []
        for name in FILES:
            with tempfile.TemporaryDirectory() as folder:
                made = await prompts(style, SOURCES / name, Path(folder))
            parts += kept(made)
            sizes += map(len, made)
        rows.append(Row(style, len(sizes), int(statistics.median(sizes)), tuple(parts)))
        print(rows[-1], flush=True)
    return rows


# -- a real server


async def first_tokens(binary: Path, model: Path, style: str) -> list[float]:
    """Milliseconds to the first token of the first requests of a trace, at a server that has just been started."""
    path = SOURCES / FILES[0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(binary), "-m", str(model), "--port", str(port), "-c", "8192", "-np", "1", "--no-webui", "-t", "2"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        await asyncio.to_thread(_ready, port)
        with tempfile.TemporaryDirectory() as folder:
            bodies = await prompts_as_requests(style, path, Path(folder), f"http://127.0.0.1:{port}/v1")
        endpoint = OpenAIEndpoint(lambda _: "none")
        times: list[float] = []
        for request in bodies:
            exchange = await endpoint.exchange(request, lambda _: True, seconds=300)
            assert exchange.failure is None, exchange.failure
            assert exchange.first_token_ms is not None
            times.append(exchange.first_token_ms)
        await endpoint.close()
        return times
    finally:
        server.terminate()
        server.wait(20)


async def prompts_as_requests(style: str, path: Path, folder: Path, base_url: str) -> list[object]:
    """The first four requests of a trace, for a server at an address."""
    environ = {name: str(folder / name.lower()) for name in ("CARETWISE_CACHE_DIR", "CARETWISE_STATE_DIR")}
    environ["CARETWISE_CONFIG"] = os.devnull
    app = App(load(environ), [SOURCES], Surface(tell=lambda _: None), list, environ)
    profile = catalog().resolve(ModelChoice("m", "local", base_url, "llamacpp", style=style))
    assert isinstance(profile, Profile), profile
    app.outside.inline = profile
    made: list[object] = []
    try:
        for _, step in trace(path):
            ask = Ask(step.snapshot, step.position, identify("python", path.name), path.name)
            made.append((await app.suggester._model.prepared(ask, profile)).request)
            if len(made) == 4:
                return made
    finally:
        await app.close()
    return made


def _ready(port: int, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the model server did not get ready")


def main() -> int:
    """Run the benchmark."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--keep", action="store_true", help="write the table to RESULTS.md")
    arguments.add_argument("--llama", type=Path, help="llama.cpp's llama-server")
    arguments.add_argument("--model", type=Path, help="a model for it")
    options = arguments.parse_args()
    print(HEAD, end="")
    rows = asyncio.run(measure())
    good = all(row.met for row in rows)
    told = ""
    if options.llama is not None and options.model is not None and shutil.which(options.llama):
        for style in ("snippet", "hole"):
            times = asyncio.run(first_tokens(options.llama, options.model, style))
            ratio = times[1] / times[0]
            good = good and ratio <= MOST_RATIO
            shown = ", ".join(f"{one:,.0f}" for one in times)
            told += f"\nllama.cpp's server with a model file of {options.model.stat().st_size >> 20} MiB, style {style}: first token after {shown} ms in four "
            told += f"requests; the second takes {ratio:.1%} of the first (goal: {MOST_RATIO:.0%} at the most).\n"
        print(told)
    if options.keep:
        keep(TITLE, "python -m tests.benchmarks.prompt_prefix --keep", HEAD + "\n".join(map(str, rows)) + "\n" + told)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
