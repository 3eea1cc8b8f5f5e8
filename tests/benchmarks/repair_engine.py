"""The real engine on a loopback model that answers each item of a set by a writer of `repair_forms`."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.benchmarks.repair_forms import Writer
from tests.benchmarks.repair_items import Item
from tests.doubles import ModelDouble
from tests.doubles.answers import prompt_text
from tests.doubles.behaviours import behaviour

from caretwise.adapters.project import uri_of_path
from caretwise.adapters.settings_load import load
from caretwise.app import App, Surface
from caretwise.engine.fix import Found

_PATH = re.compile(r"^File: (\S+) \(", re.MULTILINE)


class Answers:
    """An answerer that knows by the prompt which item is asked for. `writer` may be changed between requests."""

    def __init__(self, items: Sequence[Item], writer: Writer | None = None) -> None:
        self._items = {item.path: (number, item) for number, item in enumerate(items)}
        self.writer = writer

    def __call__(self, body: Mapping[str, object]) -> str:
        prompt = prompt_text(body)
        found = _PATH.search(prompt)
        assert found is not None and self.writer is not None
        number, item = self._items[found.group(1)]
        # What the model is to change must be there to see.
        assert "\n".join(item.wrong_function) in prompt, item.path
        return self.writer(item, number)


@contextmanager
def model(answers: Answers) -> Iterator[ModelDouble]:
    with ModelDouble(behaviour("vllm", answerer=answers, model="oracle")) as double:
        yield double


@asynccontextmanager
async def app_on(double: ModelDouble, folder: Path, config: str = "") -> AsyncIterator[App]:
    """An app whose only model is the double, with places of its own."""
    (folder / "config.toml").write_text(config, encoding="utf-8")
    root = folder / "project"
    root.mkdir(exist_ok=True)
    environ = {
        "CARETWISE_CACHE_DIR": str(folder / "cache"),
        "CARETWISE_STATE_DIR": str(folder / "state"),
        "CARETWISE_CONFIG": str(folder / "config.toml"),
        "CARETWISE_BASE_URL": double.base_url,
        "CARETWISE_MODEL": "oracle",
        "CARETWISE_ENDPOINT": "vllm",
    }
    app = App(load(environ), [root], Surface(tell=lambda _: None, show=lambda _: None), list, environ)
    app.start()
    try:
        yield app
    finally:
        await app.close()


async def find(app: App, item: Item, root: Path) -> Found:
    """What the engine finds for an item."""
    snapshot = item.snapshot(uri_of_path(root / item.path))
    return await app.fixer.find(snapshot, [item.finding], item.language, item.path, progress=lambda _: None)


def run(items: Sequence[Item], writers: Mapping[str, Writer]) -> dict[str, list[Found]]:
    """What the engine finds for each item, by each writer's answers."""
    answers = Answers(items)

    async def all_of() -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = {}
        with tempfile.TemporaryDirectory() as folder:
            async with app_on(double, Path(folder)) as app:
                for name, writer in writers.items():
                    answers.writer = writer
                    found[name] = [await find(app, item, Path(folder) / "project") for item in items]
        return found

    with model(answers) as double:
        return asyncio.run(all_of())
