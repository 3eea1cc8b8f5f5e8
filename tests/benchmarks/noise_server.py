"""The noisy oracle through the real server: a session on stdio, the model on loopback, a sample of the holes."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from noise_kinds import KINDS
from noise_projects import Hole

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.doubles.double import ModelDouble
from tests.doubles.moonshot import Moonshot
from tests.protocol.session import Session, environment, model_environment, session

from caretwise.text.snapshot import Snapshot


class _Oracle:
    """Answers every request with what it was given last."""

    def __init__(self) -> None:
        self.answer = ""

    def __call__(self, body: Any) -> str:
        return self.answer


def served(holes: Sequence[Hole], count: int, seed: int) -> Iterator[tuple[Hole, str, str]]:
    """For `count` holes, each in one kind of noise: the hole, the kind, and the document after acceptance."""
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS for _ in range(-(-count // len(KINDS)))]
    chance.shuffle(kinds)
    chosen = list(zip(chance.sample(list(holes), min(count, len(holes))), kinds, strict=False))
    yield from asyncio.run(_session(chosen))


async def _session(chosen: Sequence[tuple[Hole, str]]) -> list[tuple[Hole, str, str]]:
    oracle = _Oracle()
    found: list[tuple[Hole, str, str]] = []
    with (
        tempfile.TemporaryDirectory(prefix="caretwise-oracle-") as home,
        ModelDouble(Moonshot(oracle)) as double,
    ):
        root = Path(home) / "project"
        root.mkdir()
        environ = environment(Path(home), **model_environment(double.base_url))
        async with session(root, environ) as running:
            for number, (hole, kind) in enumerate(chosen):
                oracle.answer = KINDS[kind](hole)
                name = f"hole_{number}{hole.language.endings[0]}"
                found.append((hole, kind, await _accepted(running, hole, name)))
    return found


async def _accepted(running: Session, hole: Hole, name: str) -> str:
    """The document after the suggestion at the hole was accepted."""
    text = hole.before + hole.after
    running.open(name, text, hole.language.id)
    snapshot = Snapshot.of(text)
    at = snapshot.position(len(hole.before))
    item = await running.ghost(name, at.line, at.character)
    running.client.text_document_did_close(
        types.DidCloseTextDocumentParams(text_document=types.TextDocumentIdentifier(uri=running.uri(name)))
    )
    if item is None or item.range is None:
        return text
    start, end = item.range.start, item.range.end
    lines = text.split("\n")
    line = lines[start.line]
    assert start.line == end.line
    lines[start.line] = line[: start.character] + str(item.insert_text) + line[end.character :]
    return "\n".join(lines)
