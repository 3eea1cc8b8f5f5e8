"""Ignore patterns that a workspace brings along after the session has started."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from caretwise.text.snapshot import Snapshot

MakeBench = Callable[..., AbstractAsyncContextManager[Any]]


async def test_they_reach_what_the_embedded_engine_has_learned(bench: MakeBench) -> None:
    async with bench() as one:
        (one.root / "public.py").write_text("shown = 1\n")
        (one.root / "private.py").write_text("hidden = 1\n")
        uri = (one.root / "private_open.py").as_uri()
        one.documents.append(Snapshot.of("hidden = 2\n", uri=uri, language_id="python", version=1))
        (one.root / "private_open.py").write_text("hidden = 2\n")
        embedded = one.app.outside.embedded
        one.app.opened(one.documents[0])
        embedded.learn_project(one.app.outside.project)
        await asyncio.wait_for(embedded.learned(), 20)
        assert embedded.documents == 3
        one.app.apply_workspace({"ignore": ["private*"]}, "initializationOptions")
        await asyncio.wait_for(embedded.learned(), 20)
        await one.app.outside.gatherer.settle()
        assert embedded.documents == 1
        one.app.apply_workspace({"ignore": []}, "initializationOptions")
        await asyncio.wait_for(embedded.learned(), 20)
        assert embedded.documents == 3


async def test_they_reach_the_engine_while_it_learns(bench: MakeBench) -> None:
    async with bench() as one:
        (one.root / "private.py").write_text("hidden = 1\n")
        one.app.apply_workspace({"ignore": ["private*"]}, "initializationOptions")
        await asyncio.wait_for(one.app.outside.embedded.learned(), 20)
        assert one.app.outside.embedded.documents == 0
