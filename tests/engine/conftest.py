"""An app on a loopback model, without an editor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.doubles import ModelDouble

from caretwise.adapters.project import uri_of_path
from caretwise.adapters.settings_load import load
from caretwise.app import App, Surface
from caretwise.complete.trigger import Trigger
from caretwise.engine.offer import Ask
from caretwise.text.language import by_path
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot


class Bench:
    """One app, its documents, and what it said."""

    def __init__(self, root: Path, environ: dict[str, str]) -> None:
        self.root, self.environ = root, environ
        self.said: list[str] = []
        self.statuses: list[str] = []
        self.documents: list[Snapshot] = []
        self.version = 0
        surface = Surface(tell=self.said.append, show=lambda status: self.statuses.append(status.kind.value))
        self.app = App(load(environ), [root], surface, lambda: self.documents, environ)

    def ask(self, marked: str, name: str = "a.py", *, invoked: bool = False) -> Ask:
        """An ask at the `‸` in a text."""
        before = marked[: marked.index("‸")]
        at = Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
        self.version += 1
        language = by_path(name)
        text = marked.replace("‸", "")
        snapshot = Snapshot.of(text, uri=uri_of_path(self.root / name), language_id=language.id, version=self.version)
        return Ask(snapshot, at, language, name, Trigger.INVOKED if invoked else Trigger.AUTOMATIC)


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., object]:
    @asynccontextmanager
    async def make(double: ModelDouble | None = None, config: str = "", **environ: str) -> AsyncIterator[Bench]:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        (tmp_path / "config.toml").write_text(config)
        places = {
            "CARETWISE_CACHE_DIR": str(tmp_path / "cache"),
            "CARETWISE_STATE_DIR": str(tmp_path / "state"),
            "CARETWISE_CONFIG": str(tmp_path / "config.toml"),
        }
        model = {}
        if double is not None:
            model = {
                "CARETWISE_BASE_URL": double.base_url,
                "CARETWISE_MODEL": "kimi-k2.6",
                "CARETWISE_ENDPOINT": "moonshot",
            }
        found = Bench(root, {**places, **model, **environ})
        found.app.start()
        try:
            yield found
        finally:
            await found.app.close()

    return make


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOONSHOT_API_KEY", "sk-moonshot-test")
