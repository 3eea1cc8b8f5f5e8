"""Ignore patterns that a workspace brings along after the session has started."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.text.edit import difference
from caretwise.text.snapshot import Snapshot

MakeBench = Callable[..., AbstractAsyncContextManager[Any]]


async def behind_all(one: Any) -> None:
    """Wait until the embedded engine's thread has done what it was told."""
    embedded = one.app.outside.embedded
    await asyncio.wait_for(embedded.learned(), 20)
    await asyncio.get_running_loop().run_in_executor(embedded._thread, lambda: None)


async def test_they_reach_what_the_embedded_engine_has_learned(bench: MakeBench) -> None:
    async with bench() as one:
        (one.root / "public.py").write_text("shown = 1\n")
        (one.root / "private.py").write_text("hidden = 1\n")
        uri = (one.root / "private_open.py").as_uri()
        one.documents.append(Snapshot.of("hidden = 2\n", uri=uri, language_id="python", version=1))
        (one.root / "private_open.py").write_text("hidden = 2\n")
        embedded = one.app.outside.embedded
        one.app.opened(one.documents[0])
        await one.app.outside.gatherer.settle()
        embedded.learn_project(one.app.outside.project)
        await behind_all(one)
        assert embedded.documents == 3
        one.app.apply_workspace({"ignore": ["private*"]}, "initializationOptions")
        await one.app.outside.gatherer.settle()
        await behind_all(one)
        assert embedded.documents == 1
        one.app.apply_workspace({"ignore": []}, "initializationOptions")
        await one.app.outside.gatherer.settle()
        await behind_all(one)
        assert embedded.documents == 3


async def test_they_reach_what_was_learned_before_a_model_answers(bench: MakeBench) -> None:
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as one:
            (one.root / "public.py").write_text("shown = 1\n")
            (one.root / "private.py").write_text("hidden = 1\n")
            (one.root / "private_open.py").write_text("hidden = 2\n")
            uri = (one.root / "private_open.py").as_uri()
            one.documents.append(Snapshot.of("hidden = 2\n", uri=uri, language_id="python", version=1))
            one.app.start()
            embedded = one.app.outside.embedded
            assert not one.app.outside.embedded_answers()
            model = one.app.loaded.settings.inline
            one.app.apply_workspace({"inline": ""}, "initializationOptions")
            await asyncio.wait_for(embedded.learned(), 20)
            assert embedded.documents == 3
            one.app.apply_workspace({"inline": model, "ignore": ["private*"]}, "initializationOptions")
            assert not one.app.outside.embedded_answers()
            await one.app.outside.gatherer.settle()
            await behind_all(one)
            assert embedded.documents == 1
            one.app.apply_workspace({"inline": model}, "initializationOptions")
            await asyncio.wait_for(embedded.learned(), 20)
            assert embedded.documents == 1


async def test_they_reach_the_engine_while_it_learns(bench: MakeBench) -> None:
    async with bench() as one:
        (one.root / "private.py").write_text("hidden = 1\n")
        one.app.apply_workspace({"ignore": ["private*"]}, "initializationOptions")
        await asyncio.wait_for(one.app.outside.embedded.learned(), 20)
        assert one.app.outside.embedded.documents == 0


@pytest.mark.parametrize(("first", "then", "shown"), [([], ["private*"], False), (["private*"], [], True)])
async def test_they_reach_edits_of_an_open_document(
    bench: MakeBench, first: list[str], then: list[str], shown: bool
) -> None:
    with ModelDouble(behaviour("moonshot")) as double:
        async with bench(double) as one:
            one.app.apply_workspace({"ignore": first}, "initializationOptions")
            before = one.ask("x = 1\n‸", "private.py").snapshot
            (one.root / "private.py").write_text(before.text)
            one.documents.append(before)
            one.app.opened(before)
            one.app.apply_workspace({"ignore": then}, "initializationOptions")
            await one.app.outside.gatherer.settle()
            after = one.ask("x = 1\nedited = 2\n‸", "private.py").snapshot
            one.app.changed(before, difference(before, after.text), after)
            other, later = (one.ask(text + "‸", "b.py").snapshot for text in ("y = 1\n", "y = 12\n"))
            (one.root / "b.py").write_text(other.text)
            one.documents.append(other)
            one.app.opened(other)
            await one.app.outside.gatherer.settle()
            one.app.changed(other, difference(other, later.text), later)  # ends the edit before it
            await one.app.suggester.suggest(one.ask("def area(width, height):\n    return ‸\n"))
        assert ("edited = 2" in double.requests[0].body.decode()) is shown
