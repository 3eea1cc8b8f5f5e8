"""Documents that are in the editor and not on disk yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from caretwise.text.snapshot import Snapshot

MakeBench = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.mark.parametrize(
    ("name", "learned"), [("new.py", 1), ("sub/new.py", 1), ("secret/new.py", 0), ("ignored.py", 0), (".env", 0)]
)
async def test_the_embedded_engine_learns_from_them_as_far_as_the_rules_allow(
    bench: MakeBench, name: str, learned: int
) -> None:
    async with bench() as one:
        (one.root / ".git").mkdir()
        (one.root / ".gitignore").write_text("ignored.py\nsecret/\n")
        await asyncio.wait_for(one.app.outside.embedded.learned(), 20)
        uri = (one.root / name).as_uri()
        one.documents.append(Snapshot.of("total = 1\n", uri=uri, language_id="python", version=1))
        one.app.opened(one.documents[0])
        await asyncio.wait_for(one.app.outside.gatherer.settle(), 20)
        one.app.outside.embedded.changed_on_disk([one.root / "nothing.py"])
        await asyncio.wait_for(one.app.outside.embedded.learned(), 20)  # behind the opening, on the same thread
        assert one.app.outside.embedded.documents == learned
        one.documents.clear()
        one.app.closed(uri)
        one.app.outside.embedded.changed_on_disk([one.root / "nothing.py"])
        await asyncio.wait_for(one.app.outside.embedded.learned(), 20)
        assert one.app.outside.embedded.documents == 0
