"""A run: every arm is asked for every hole, through the engine that the editor uses, in a copy that has the holes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.ports import Endpoint
from caretwise.adapters.project import uri_of_path
from caretwise.adapters.settings import cache_folder
from caretwise.adapters.shadow import shadow
from caretwise.app import App, Surface
from caretwise.bench.answer import Answer, scored
from caretwise.bench.cost import dollars
from caretwise.bench.holes import Hole, leaks, passes
from caretwise.cli.bench_arms import Arm
from caretwise.complete.trigger import Trigger
from caretwise.engine.breaker import Breaker
from caretwise.engine.model_walk import LATE, PAUSED
from caretwise.engine.offer import Ask, Facts, Offer, Silence
from caretwise.engine.trace import Trace
from caretwise.models.failure import CONFIGURATION, FailureKind
from caretwise.text.language import identify
from caretwise.text.snapshot import Snapshot

WAITS = (2.0, 10.0, 30.0)
"""Seconds between tries of a request that failed."""

INDEX_PATIENCE = 10.0
"""Seconds that the index may take for an answer: what a model is shown must not depend on how busy the machine is."""

_OWN_FAULT = frozenset({LATE, FailureKind.TIMEOUT.value, FailureKind.THINKING_ONLY.value})
"""The model's own doing, and a result like any other: an editor's user would have seen nothing either."""

_NO_ANSWER = frozenset(kind.value for kind in FailureKind) - _OWN_FAULT

_LASTING = frozenset(kind.value for kind in CONFIGURATION)
"""Asking again helps nothing."""


class StoppedError(Exception):
    """The run cannot go on; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of whom. `files` are the project's texts by path, whole."""

    arms: Sequence[Arm]
    holes: Sequence[Hole]
    files: Mapping[str, str]
    trigger: Trigger = Trigger.AUTOMATIC
    endpoint: Callable[[OpenAIEndpoint], Endpoint] | None = None
    """What is put between the engine and the hosts."""
    alone: bool = False
    """Whether every hole is a project of its own (a data set's tasks are)."""


@dataclass(slots=True)
class _Session:
    """One arm's engine, open on the copy."""

    arm: Arm
    app: App
    open: list[Snapshot]


async def run(
    plan: Plan,
    done: Callable[[Arm, Hole], bool],
    on_answer: Callable[[Answer, Trace], None],
    told: Callable[[str], None],
) -> None:
    """Ask for everything that is not `done`; `on_answer` gets each answer and may end the run with StoppedError.

    Raises StoppedError when an arm does not answer any more.
    """
    for group in passes(plan.holes):
        if all(done(arm, hole) for arm in plan.arms for hole in group):
            continue
        holed = {hole.path: hole.document for hole in group}
        for one in [[hole] for hole in group] if plan.alone else [list(group)]:
            files = {one[0].path: one[0].document} if plan.alone else {**plan.files, **holed}
            with shadow(files) as folder:
                await _group(plan, one, folder, done, on_answer, told)


async def _group(
    plan: Plan,
    group: Sequence[Hole],
    folder: Path,
    done: Callable[[Arm, Hole], bool],
    on_answer: Callable[[Answer, Trace], None],
    told: Callable[[str], None],
) -> None:
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(_session(plan, arm, folder, told)) for arm in plan.arms]
        for number, hole in enumerate(group):
            turn = number % len(sessions)  # no arm is always the first to be asked
            for session in (*sessions[turn:], *sessions[:turn]):
                if not done(session.arm, hole):
                    answer, trace = await _answer(session, hole, folder, plan.trigger)
                    on_answer(answer, trace)


@asynccontextmanager
async def _session(plan: Plan, arm: Arm, folder: Path, told: Callable[[str], None]) -> AsyncIterator[_Session]:
    environ = {**os.environ, "CARETWISE_CACHE_DIR": str(cache_folder(os.environ) / "bench"), "DO_NOT_TRACK": "1"}
    opened: list[Snapshot] = []
    app = App(arm.loaded, [folder], Surface(told), lambda: opened, environ, plan.endpoint)
    try:
        app.start()
        app.outside.gatherer.patience = INDEX_PATIENCE
        if app.outside.inline is None:
            await app.outside.embedded.learned()
        yield _Session(arm, app, opened)
    finally:
        await app.close()


async def _answer(session: _Session, hole: Hole, folder: Path, trigger: Trigger) -> tuple[Answer, Trace]:
    for wait in (*WAITS, None):
        answer, trace, reason = await _asked(session, hole, folder, trigger)
        if not _unanswered(session, answer.code):
            return answer, trace
        if wait is None or answer.code in _LASTING:
            raise StoppedError(f"{session.arm.name} does not answer: {reason}")
        await asyncio.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _unanswered(session: _Session, code: str) -> bool:
    """Whether nothing was answered, which is no result."""
    if code in _OWN_FAULT:
        # Once it has answered, that is its way. Before, it may still be loading, or its profile is wrong.
        return session.app.outside.pace.cold(session.arm.loaded.settings.inline)
    return code in _NO_ANSWER or code.startswith(PAUSED)


async def _asked(session: _Session, hole: Hole, folder: Path, trigger: Trigger) -> tuple[Answer, Trace, str]:
    """Open the document as an editor does, let the background settle, ask, close it."""
    app, language, trace = session.app, hole.language, Trace()
    if app.outside.capped():
        raise StoppedError(app.outside.spending.sentence())
    # One failure must not silence the engine for the next holes, as it should for somebody who types.
    app.outside.breaker = Breaker(time.monotonic)
    snapshot = Snapshot.of(hole.document, uri=uri_of_path(folder / hole.path), language_id=language.id)
    session.open[:] = [snapshot]
    app.opened(snapshot)
    await app.settle()
    path = app.outside.gatherer.relative(snapshot.uri)
    ask = Ask(snapshot, hole.cursor, identify(language.id, path), path, trigger)
    since = time.perf_counter()
    found = await app.suggester.suggest(ask, trace)
    ms = (time.perf_counter() - since) * 1000
    app.closed(snapshot.uri)
    session.open.clear()
    answer = _of(session.arm, hole, found, ms)
    return replace(answer, leak=leaks(hole, trace.prompt)), trace, found.reason if isinstance(found, Silence) else ""


def _of(arm: Arm, hole: Hole, found: Offer | Silence, ms: float) -> Answer:
    text, replaces = (found.ghost.text, found.ghost.replaces) if isinstance(found, Offer) else ("", 0)
    truth, text, score = scored(hole, text, replaces)
    facts = found.facts or Facts(origin="network" if arm.profile is not None else "embedded")
    usage = facts.usage
    prompt, cached, completion = usage.prompt or 0, usage.cached or 0, usage.completion or 0
    return Answer(
        arm=arm.name,
        key=arm.key,
        hole=hole.id,
        path=hole.path,
        kind=hole.kind,
        truth=truth,
        text=text,
        code=found.code if isinstance(found, Silence) else "",
        origin=facts.origin,
        ms=round(ms, 2),
        first_token_ms=facts.first_token_ms,
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=completion,
        dollars=dollars(arm.prices, prompt, cached, completion),
        exact=score.exact,
        first_line=score.first_line,
        similarity=round(score.similarity, 4),
        identifiers=round(score.identifiers, 4),
    )
