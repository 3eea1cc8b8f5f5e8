"""The real caretwise with one model: inside this process to see every count, and over stdio as an editor has it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from caretwise.adapters.journal import read_events
from caretwise.adapters.ports import Exchange
from caretwise.adapters.project import uri_of_path
from caretwise.adapters.settings_load import load
from caretwise.app import App, Surface
from caretwise.complete.trigger import Trigger
from caretwise.engine.fix import Fix
from caretwise.engine.offer import Ask, Offer, Silence
from caretwise.engine.trace import Trace
from caretwise.lsp.editor_client import EditorClient
from caretwise.measure.event import Event
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask as ModelAsk
from caretwise.models.request import Request, build
from caretwise.repair.answer import Refusal
from caretwise.repair.finding import Finding
from caretwise.text.language import by_path
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

CARET = "‸"
"""Where the cursor is in a text."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model as a user would write it down."""

    endpoint: str
    base_url: str
    model: str
    family: str = ""
    style: str = ""

    def as_toml(self) -> str:
        """The configuration file. The cache is off: every request shall reach the server."""
        lines = ['inline = "real"', 'fix = "real"', "cache = false", "[models.real]"]
        fields = ("endpoint", "base_url", "model", "family", "style")
        return "\n".join(lines + [f'{name} = "{getattr(self, name)}"' for name in fields if getattr(self, name)])


class Caretwise:
    """An app on one model."""

    def __init__(self, folder: Path, model: Model) -> None:
        environ = environment(folder, model)
        self.root, self._state = folder / "project", folder / "state"
        self.said: list[str] = []
        self._documents: list[Snapshot] = []
        self.app = App(load(environ), [self.root], Surface(tell=self.said.append), lambda: self._documents, environ)
        self.app.start()

    @property
    def profile(self) -> Profile:
        """How the model is spoken to."""
        return self.app.profiles["real"]

    async def suggest(self, marked: str, name: str) -> tuple[Offer | Silence, Trace]:
        """Ghost text at the caret of a text, as typing would ask for it."""
        at, text = place(marked)
        language, trace = by_path(name), Trace()
        snapshot = Snapshot.of(text, uri=uri_of_path(self.root / name), language_id=language.id, version=1)
        ask = Ask(snapshot, at, language, name, Trigger.AUTOMATIC)
        return await self.app.suggester.suggest(ask, trace), trace

    async def fix(self, text: str, message: str, line: int, *, max_tokens: int) -> Fix | Refusal:
        """A fix for a message about a line (from 0), with a limit that a small model keeps."""
        self.app.outside.fix = replace(self.profile, max_tokens={"fix": max_tokens})
        language = by_path("fix.py")
        snapshot = Snapshot.of(text, uri=uri_of_path(self.root / "fix.py"), language_id=language.id, version=1)
        finding = Finding(Range(Position(line, 0), Position(line, len(snapshot.line(line)))), message, source="user")
        return await self.app.fixer.fix(snapshot, finding, language, "fix.py", progress=lambda _: None)

    async def journal(self) -> list[Event]:
        """What was noted so far."""
        await self.app.settle()
        return list(read_events(self._state))

    def request(self, text: str, max_tokens: int, *, stops: Sequence[str] = (), role: Role = Role.INLINE) -> Request:
        """A request with a text of our choice, as the profile shapes it."""
        profile = replace(self.profile, max_tokens={role.value: max_tokens})
        ask = ModelAsk(role, messages=(("user", text),), prefix=text, stops=tuple(stops), max_tokens=max_tokens)
        return build(profile, ask)

    async def exchange(
        self, request: Request, until: Callable[[str], bool] = lambda _: False, *, seconds: float = 100
    ) -> Exchange:
        """Send a request through caretwise's own adapter."""
        return await self.app.endpoint.exchange(request, until, seconds=seconds)


@asynccontextmanager
async def caretwise(model: Model) -> AsyncIterator[Caretwise]:
    """An app on a model, in a folder of its own that goes with it."""
    with tempfile.TemporaryDirectory(prefix="caretwise-real-") as folder:
        found = Caretwise(Path(folder), model)
        try:
            yield found
        finally:
            await found.app.close()


def environment(folder: Path, model: Model) -> dict[str, str]:
    """Write the configuration into a folder; the variables that name it."""
    (folder / "project").mkdir(exist_ok=True)
    (folder / "config.toml").write_text(model.as_toml())
    return {
        "CARETWISE_CONFIG": str(folder / "config.toml"),
        "CARETWISE_CACHE_DIR": str(folder / "cache"),
        "CARETWISE_STATE_DIR": str(folder / "state"),
    }


def place(marked: str) -> tuple[Position, str]:
    """The caret's position, and the text without it."""
    before, _, after = marked.partition(CARET)
    return Position(before.count("\n"), len(before) - before.rfind("\n") - 1), before + after


@dataclass(frozen=True, slots=True)
class EditorSession:
    """What an editor had of a session: the ghosts in the order of the places, what it was told, the journal."""

    ghosts: list[str]
    messages: list[str]
    events: list[Event]


async def editor_session(model: Model, marked: Sequence[str]) -> EditorSession:
    """Start the server as editors do, ask at each place, and read the journal when it has ended."""
    with tempfile.TemporaryDirectory(prefix="caretwise-real-") as folder:
        home, client, ghosts = Path(folder), EditorClient(), list[str]()
        await client.start(home / "project", environment(home, model))
        try:
            for number, one in enumerate(marked):
                at, text = place(one)
                uri = uri_of_path(home / "project" / f"place{number}.py")
                client.open(uri, "python", text)
                ghost = await client.ghost(uri, at)
                ghosts.append(ghost.text if ghost is not None else "")
                client.close(uri)
        finally:
            await client.stop()
        return EditorSession(ghosts, client.messages, list(read_events(home / "state")))


async def doctor(model: Model) -> tuple[int, list[str]]:
    """Run `caretwise doctor`; its status and its lines."""
    with tempfile.TemporaryDirectory(prefix="caretwise-real-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "caretwise", "doctor"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **environment(Path(folder), model)},
        )
        try:
            written, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, written.decode().splitlines()
